"""Does each claim have the storage that git declares, and the volume it is bound to what it claims?"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows, was_read
from trinokit.drift.categories.checks.unread_objects import UNREAD_PREFIX, is_kind_read, unread_finding, unread_kinds
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.pairing import claim_name_pattern
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Object, Objects

STORAGE_KINDS = ("PersistentVolumeClaim", "PersistentVolume", "StorageClass")
_DEFAULT_CLASS, _NO_CLASS = "(default)", "(none)"
_DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class"
# What stood in the place of spec.storageClassName until Kubernetes 1.6 is obeyed to this day.
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class StorageProperty(StrEnum):
    """What is compared of a claim and of its volume; the claim itself where it is missing or not bound."""

    CLAIM = "claim"
    CLASS = "class"
    CAPACITY = "capacity"
    CAPACITY_GIVEN = "capacity given"
    ACCESS_MODES = "access modes"
    VOLUME_MODE = "volume mode"
    RECLAIM_POLICY = "reclaim policy"


class StorageVerdict(StrEnum):
    """How what was found stands to what is wanted: a quantity may have grown or be below it."""

    SAME = "same"
    GROWN = "grown"
    BELOW = "below"
    DIFFERS = "differs"
    MISSING = "missing"
    UNBOUND = "not bound"


class StorageRow(NamedTuple):
    """A row of `storage_table`: a *property* of an *object*, as the *claim* wants it and as it was *found*.

    *declared_by* is empty for a claim that git does not declare; *verdict* is a `StorageVerdict`, or why the kind in
    *object* could not be read.
    """

    namespace: str
    claim: str
    declared_by: str
    object: str
    property: str
    wanted: str
    found: str
    verdict: str


class _ComparedProperty(NamedTuple):
    """A *property* of an *object* (Kind/name), as it is *wanted* and as it was *found*."""

    object: str
    property: StorageProperty
    verdict: StorageVerdict
    wanted: str = ""
    found: str = ""


class _DeclaredClaim(NamedTuple):
    """A claim *name* that is *declared_by* an object, with the metadata and spec of its *body*."""

    namespace: str
    name: str
    declared_by: str
    body: dict


def storage_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """Each claim as git declares it beside the live one, and each live claim beside the volume it is bound to.

    Claims that a StatefulSet makes are declared by its templates. A class that is not written is the default one.
    A row is a `StorageRow`.
    """
    default = _default_storage_class(live)
    claims = {(each.namespace, each.name): each for each in live.of("PersistentVolumeClaim")}
    declared_claims = {(each.namespace, each.name): each for each in _declared_claims(declared, live)}
    rows = []
    for namespace, name in declared_claims.keys() | claims.keys():
        ours, claim = declared_claims.get((namespace, name)), claims.get((namespace, name))
        compared = _compare_claim(name, ours, claim, default)
        if claim:
            compared = [*compared, *_compare_volume(claim, declared, live)]
        whose = {"namespace": namespace, "claim": name, "declared_by": ours.declared_by if ours else ""}
        rows += [StorageRow(**whose, **each._asdict()) for each in compared]
    for kind, reason in unread_kinds(live, *STORAGE_KINDS):
        rows.append(
            StorageRow(
                namespace="", claim="", declared_by="", object=kind, property="", wanted="", found="", verdict=reason
            )
        )
    return table_of_rows(StorageRow, rows)


def storage_findings(compared: pd.DataFrame) -> list[Finding]:
    """Claims that a template declares otherwise, and volumes that are not what their claim or git asks for.

    A claim that git declares by itself is compared like any object, so it is not told again here.
    """
    missing = compared["verdict"].str.startswith(UNREAD_PREFIX)
    findings = [unread_finding(row.object, row.verdict) for row in compared[missing].itertuples()]
    findings += [
        Finding(_row_severity(row), _row_subject(row), _row_sentence(row))
        for row in compared[~missing & (compared["verdict"] != StorageVerdict.SAME)].itertuples()
        if not _is_reported_elsewhere(row)
    ]
    claims = compared[~missing].groupby(["namespace", "claim"]).ngroups
    sentence = f"{format_count(claims, 'claim')}, each with the storage that it asks for"
    return findings or [Finding(OK, "storage", sentence)]


def _declared_claims(declared: Objects, live: Objects) -> Iterator[_DeclaredClaim]:
    """The claims that git declares, by themselves or through a template, where the live ones could be read."""
    for each in declared.of("PersistentVolumeClaim"):
        if is_kind_read("PersistentVolumeClaim", each.namespace, live):
            yield _DeclaredClaim(each.namespace, each.name, f"{each.kind}/{each.name}", each.body)
    for each in declared.of("StatefulSet"):
        if is_kind_read("PersistentVolumeClaim", each.namespace, live):
            for template in each.at("spec", "volumeClaimTemplates") or []:
                for name in _template_claim_names(template["metadata"]["name"], each, live):
                    yield _DeclaredClaim(each.namespace, name, f"{each.kind}/{each.name}", template)


def _template_claim_names(template: str, maker: Object, live: Objects) -> set[str]:
    """The claims of a *template* that are there, also beyond the replicas, and those that both sides want."""
    own = claim_name_pattern(template, maker)
    there = {
        each.name
        for each in live.of("PersistentVolumeClaim")
        if each.namespace == maker.namespace and own.fullmatch(each.name)
    }
    running = live.find("StatefulSet", maker.namespace, maker.name)
    ordinals = _pod_ordinals(maker) & _pod_ordinals(running) if running else set()
    return there | {f"{template}-{maker.name}-{number}" for number in ordinals}


def _pod_ordinals(maker: Object) -> set[int]:
    start, replicas = maker.at("spec", "ordinals", "start") or 0, maker.at("spec", "replicas")
    return set(range(start, start + (1 if replicas is None else replicas)))


def _default_storage_class(live: Objects) -> str | None:
    if not was_read("StorageClass", "", live.unread):
        return None
    marked = [each for each in live.of("StorageClass") if each.annotations.get(_DEFAULT_CLASS_ANNOTATION) == "true"]
    # Of several default classes the newest is taken.
    # https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
    newest = max(marked, key=lambda each: (each.at("metadata", "creationTimestamp") or "", each.name), default=None)
    return newest.name if newest else _DEFAULT_CLASS


def _storage_class(body: dict, default: str | None) -> str | None:
    marks, spec = (body.get("metadata") or {}).get("annotations") or {}, body.get("spec") or {}
    written = marks.get(_CLASS_ANNOTATION, spec.get("storageClassName"))
    # Whoever writes an empty class wants none, which is not the default class.
    return default if written is None else written or _NO_CLASS


def _compare_claim(
    name: str, declared_claim: _DeclaredClaim | None, claim: Object | None, default: str | None
) -> Iterator[_ComparedProperty]:
    """What the live *claim* has beside the *declared_claim* of git; nothing where git does not declare it."""
    itself = f"PersistentVolumeClaim/{name}"
    if claim is None:
        yield _ComparedProperty(itself, StorageProperty.CLAIM, StorageVerdict.MISSING)
        return
    if declared_claim is None:
        return
    spec, live = declared_claim.body.get("spec") or {}, claim.at("spec") or {}
    if storage := _storage_class(declared_claim.body, default):
        live_class = _storage_class(claim.body, _DEFAULT_CLASS)
        yield _compare_texts(itself, StorageProperty.CLASS, storage, live_class)
    yield _compare_capacities(itself, StorageProperty.CAPACITY, _storage_request(spec), _storage_request(live))
    yield _compare_texts(itself, StorageProperty.ACCESS_MODES, _access_modes(spec), _access_modes(live))
    yield _compare_texts(itself, StorageProperty.VOLUME_MODE, _volume_mode(spec), _volume_mode(live))


def _compare_volume(claim: Object, declared: Objects, live: Objects) -> Iterator[_ComparedProperty]:
    """What *claim* was given beside what it asks for."""
    spec, name = claim.at("spec") or {}, claim.at("spec", "volumeName") or ""
    itself, subject, phase = f"{claim.kind}/{claim.name}", f"PersistentVolume/{name}", claim.at("status", "phase") or ""
    if phase != "Bound":
        yield _ComparedProperty(itself, StorageProperty.CLAIM, StorageVerdict.UNBOUND, wanted="Bound", found=phase)
        return
    live_capacity = claim.at("status", "capacity", "storage")
    yield _compare_capacities(itself, StorageProperty.CAPACITY_GIVEN, _storage_request(spec), live_capacity)
    volume = live.find("PersistentVolume", "", name)
    if volume is None:
        if was_read("PersistentVolume", "", live.unread):
            yield _ComparedProperty(subject, StorageProperty.CLAIM, StorageVerdict.MISSING)
        return
    yield from _compare_bound_volume(subject, volume, claim)
    if policy := _declared_reclaim_policy(volume, declared):
        live_policy = volume.at("spec", "persistentVolumeReclaimPolicy") or "Retain"
        yield _compare_texts(subject, StorageProperty.RECLAIM_POLICY, policy, live_policy)


def _compare_bound_volume(subject: str, volume: Object, claim: Object) -> Iterator[_ComparedProperty]:
    """What *volume* has beside what the *claim* that it is bound to asks for."""
    claim_spec, volume_spec = claim.at("spec") or {}, volume.at("spec") or {}
    holder = volume_spec.get("claimRef") or {}
    bound_to = f"{holder.get('namespace')}/{holder.get('name')}"
    yield _compare_texts(subject, StorageProperty.CLAIM, f"{claim.namespace}/{claim.name}", bound_to)
    classes = (_storage_class(each.body, _NO_CLASS) for each in (claim, volume))
    yield _compare_texts(subject, StorageProperty.CLASS, *classes)
    capacity = (volume_spec.get("capacity") or {}).get("storage")
    yield _compare_capacities(subject, StorageProperty.CAPACITY, _storage_request(claim_spec), capacity)
    modes = _compare_texts(subject, StorageProperty.ACCESS_MODES, _access_modes(claim_spec), _access_modes(volume_spec))
    # A volume may offer more modes than the claim asks for.
    enough = set(claim_spec.get("accessModes") or []) <= set(volume_spec.get("accessModes") or [])
    yield modes._replace(verdict=StorageVerdict.SAME if enough else StorageVerdict.DIFFERS)
    yield _compare_texts(subject, StorageProperty.VOLUME_MODE, _volume_mode(claim_spec), _volume_mode(volume_spec))


def _declared_reclaim_policy(volume: Object, declared: Objects) -> str:
    """What git says becomes of *volume* when its claim goes; empty where git says nothing."""
    declared_volume = declared.find("PersistentVolume", "", volume.name)
    if declared_volume:
        return declared_volume.at("spec", "persistentVolumeReclaimPolicy") or "Retain"
    storage = declared.find("StorageClass", "", volume.at("spec", "storageClassName") or "")
    return (storage.at("reclaimPolicy") or "Delete") if storage else ""


def _storage_request(spec: dict) -> str:
    return str(((spec.get("resources") or {}).get("requests") or {}).get("storage") or "")


def _access_modes(spec: dict) -> str:
    return ", ".join(sorted(spec.get("accessModes") or []))


def _volume_mode(spec: dict) -> str:
    return spec.get("volumeMode") or "Filesystem"


def _compare_texts(object: str, property: StorageProperty, declared: str, live: str) -> _ComparedProperty:
    verdict = StorageVerdict.SAME if declared == live else StorageVerdict.DIFFERS
    return _ComparedProperty(object, property, verdict, wanted=declared, found=live)


def _compare_capacities(object: str, property: StorageProperty, declared: object, live: object) -> _ComparedProperty:
    compared = _compare_texts(object, property, str(declared or ""), str(live or ""))
    least, most = parse_quantity(compared.wanted), parse_quantity(compared.found)
    if least is None or most is None:
        return compared
    verdict = StorageVerdict.SAME if most == least else StorageVerdict.GROWN if most > least else StorageVerdict.BELOW
    return compared._replace(verdict=verdict)


def _is_reported_elsewhere(row: tuple) -> bool:
    return row.declared_by == row.object and row.property not in (StorageProperty.CAPACITY_GIVEN, StorageProperty.CLAIM)


def _row_severity(row: tuple) -> Severity:
    if row.verdict == StorageVerdict.GROWN or (
        row.property == StorageProperty.RECLAIM_POLICY and row.found == "Retain"
    ):
        return INFO
    of_volume = row.object.startswith("PersistentVolume/")
    heavy = row.property in (StorageProperty.CLAIM, StorageProperty.VOLUME_MODE, StorageProperty.RECLAIM_POLICY) or (
        of_volume and row.property == StorageProperty.CAPACITY
    )
    return CRITICAL if heavy else WARNING


def _row_subject(row: tuple) -> str:
    return row.object if row.object.startswith("PersistentVolume/") else f"{row.object} in {row.namespace}"


def _row_sentence(row: tuple) -> str:
    for_whom = join_names(filter(None, [row.declared_by, f"claim {row.claim} in {row.namespace}"]))
    if row.verdict == StorageVerdict.MISSING:
        return f"is not there, and it is wanted for {for_whom}"
    if row.verdict == StorageVerdict.UNBOUND:
        return f"is {row.found or 'in no phase'} and not Bound ({for_whom})"
    if row.property == StorageProperty.RECLAIM_POLICY:
        then = "its data go with the claim" if row.found == "Delete" else "it stays when the claim goes"
        return f"has reclaim policy {row.found} and git says {row.wanted}: {then} ({for_whom})"
    live_text, declared_text = row.found or _NO_CLASS, row.wanted or _NO_CLASS
    return f"has {row.property} {live_text}, {row.verdict}: {declared_text} is asked for ({for_whom})"
