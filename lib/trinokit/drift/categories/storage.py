"""Does each claim have the storage that git declares, and the volume it is bound to what it claims?"""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.wording import listed, table, was_read
from trinokit.drift.categories.reading import UNREAD, is_read, not_judged, unread
from trinokit.drift.comparing.quantities import rational
from trinokit.drift.pairing import claims
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, counted
from trinokit.objects import Object, Objects

KINDS = ("PersistentVolumeClaim", "PersistentVolume", "StorageClass")
_COLUMNS = dict.fromkeys(
    ("namespace", "claim", "declared_by", "object", "property", "wanted", "found", "verdict"), "str"
)
SAME, GROWN, BELOW, DIFFERS, MISSING, UNBOUND = "same", "grown", "below", "differs", "missing", "not bound"
_DEFAULT, _NONE = "(default)", "(none)"
_DEFAULT_MARK = "storageclass.kubernetes.io/is-default-class"
# What stood in the place of spec.storageClassName until Kubernetes 1.6 is obeyed to this day.
_CLASS_MARK = "volume.beta.kubernetes.io/storage-class"
_CLAIM, _CLASS, _CAPACITY, _GIVEN, _MODES, _VOLUME_MODE, _RECLAIM = (
    *("claim", "class", "capacity", "capacity given", "access modes", "volume mode", "reclaim policy"),
)


class _Wanted(NamedTuple):
    """A claim *name* that is *declared_by* an object, with the metadata and spec of its *body*."""

    namespace: str
    name: str
    declared_by: str
    body: dict


def compared(declared: Objects, live: Objects) -> pd.DataFrame:
    """Each claim as git declares it beside the live one, and each live claim beside the volume it is bound to.

    Claims that a StatefulSet makes are declared by its templates. A class that is not written is the default one.
    """
    default = _default_class(live)
    claims = {(each.namespace, each.name): each for each in live.of("PersistentVolumeClaim")}
    wanted = {(each.namespace, each.name): each for each in _wanted(declared, live)}
    rows: list[tuple] = []
    for place in wanted.keys() | claims.keys():
        head = (*place, wanted[place].declared_by if place in wanted else "")
        claim = claims.get(place)
        if claim is None:
            rows.append((*head, f"PersistentVolumeClaim/{place[1]}", _CLAIM, "", "", MISSING))
            continue
        if place in wanted:
            rows += [(*head, f"{claim.kind}/{claim.name}", *row) for row in _claim(wanted[place].body, claim, default)]
        rows += [(*head, *row) for row in _volume(claim, declared, live)]
    missing = [("", "", "", what, "", "", "", reason) for what, reason in unread(live, *KINDS)]
    return table(_COLUMNS, [*rows, *missing])


def judged(compared: pd.DataFrame) -> list[Finding]:
    """Claims that a template declares otherwise, and volumes that are not what their claim or git asks for.

    A claim that git declares by itself is compared like any object, so it is not told again here.
    """
    missing = compared["verdict"].str.startswith(UNREAD)
    findings = [not_judged(row.object, row.verdict) for row in compared[missing].itertuples()]
    findings += [
        Finding(_severity(row), _subject(row), _sentence(row))
        for row in compared[~missing & (compared["verdict"] != SAME)].itertuples()
        if not _is_told_elsewhere(row)
    ]
    claims = compared[~missing].groupby(["namespace", "claim"]).ngroups
    sentence = f"{counted(claims, 'claim')}, each with the storage that it asks for"
    return findings or [Finding(OK, "storage", sentence)]


def _wanted(declared: Objects, live: Objects) -> Iterator[_Wanted]:
    """The claims that git declares, by themselves or through a template, where the live ones could be read."""
    for each in declared.of("PersistentVolumeClaim"):
        if is_read("PersistentVolumeClaim", each.namespace, live):
            yield _Wanted(each.namespace, each.name, f"{each.kind}/{each.name}", each.body)
    for each in declared.of("StatefulSet"):
        if is_read("PersistentVolumeClaim", each.namespace, live):
            for template in each.at("spec", "volumeClaimTemplates") or []:
                for name in _names(template["metadata"]["name"], each, live):
                    yield _Wanted(each.namespace, name, f"{each.kind}/{each.name}", template)


def _names(template: str, maker: Object, live: Objects) -> set[str]:
    """The claims of a *template* that are there, also beyond the replicas, and those that both sides want."""
    own = claims(template, maker)
    there = {
        each.name
        for each in live.of("PersistentVolumeClaim")
        if each.namespace == maker.namespace and own.fullmatch(each.name)
    }
    running = live.find("StatefulSet", maker.namespace, maker.name)
    ordinals = _ordinals(maker) & _ordinals(running) if running else set()
    return there | {f"{template}-{maker.name}-{number}" for number in ordinals}


def _ordinals(maker: Object) -> set[int]:
    start, replicas = maker.at("spec", "ordinals", "start") or 0, maker.at("spec", "replicas")
    return set(range(start, start + (1 if replicas is None else replicas)))


def _default_class(live: Objects) -> str | None:
    if not was_read("StorageClass", "", live.unread):
        return None
    marked = [each for each in live.of("StorageClass") if each.annotations.get(_DEFAULT_MARK) == "true"]
    # Of several default classes the newest is taken.
    # https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
    newest = max(marked, key=lambda each: (each.at("metadata", "creationTimestamp") or "", each.name), default=None)
    return newest.name if newest else _DEFAULT


def _class(body: dict, default: str | None) -> str | None:
    marks, spec = (body.get("metadata") or {}).get("annotations") or {}, body.get("spec") or {}
    written = marks.get(_CLASS_MARK, spec.get("storageClassName"))
    # Whoever writes an empty class wants none, which is not the default class.
    return default if written is None else written or _NONE


def _claim(wanted: dict, claim: Object, default: str | None) -> Iterator[tuple]:
    """What the live *claim* has beside what is *wanted*: property, wanted, found, verdict."""
    spec, live = wanted.get("spec") or {}, claim.at("spec") or {}
    if storage := _class(wanted, default):
        yield _equal(_CLASS, storage, _class(claim.body, _DEFAULT))
    yield _enough(_CAPACITY, _request(spec), _request(live))
    yield _equal(_MODES, _modes(spec), _modes(live))
    yield _equal(_VOLUME_MODE, spec.get("volumeMode") or "Filesystem", live.get("volumeMode") or "Filesystem")


def _volume(claim: Object, declared: Objects, live: Objects) -> Iterator[tuple]:
    """What *claim* was given beside what it asks for: object, property, wanted, found, verdict."""
    spec, name = claim.at("spec") or {}, claim.at("spec", "volumeName") or ""
    itself, subject = f"{claim.kind}/{claim.name}", f"PersistentVolume/{name}"
    if claim.at("status", "phase") != "Bound":
        yield itself, _CLAIM, "Bound", claim.at("status", "phase") or "", UNBOUND
        return
    yield itself, *_enough(_GIVEN, _request(spec), claim.at("status", "capacity", "storage"))
    volume = live.find("PersistentVolume", "", name)
    if volume is None:
        if was_read("PersistentVolume", "", live.unread):
            yield subject, _CLAIM, "", "", MISSING
        return
    yield from ((subject, *row) for row in _bound(volume, claim))
    if policy := _policy(volume, declared):
        yield subject, *_equal(_RECLAIM, policy, volume.at("spec", "persistentVolumeReclaimPolicy") or "Retain")


def _bound(volume: Object, claim: Object) -> Iterator[tuple]:
    """What *volume* has beside what the *claim* that it is bound to asks for: property, wanted, found, verdict."""
    asked, given = claim.at("spec") or {}, volume.at("spec") or {}
    holder = given.get("claimRef") or {}
    yield _equal(_CLAIM, f"{claim.namespace}/{claim.name}", f"{holder.get('namespace')}/{holder.get('name')}")
    yield _equal(_CLASS, _class(claim.body, _NONE), _class(volume.body, _NONE))
    yield _enough(_CAPACITY, _request(asked), (given.get("capacity") or {}).get("storage"))
    # A volume may offer more modes than the claim asks for.
    enough = set(asked.get("accessModes") or []) <= set(given.get("accessModes") or [])
    yield _MODES, _modes(asked), _modes(given), SAME if enough else DIFFERS
    yield _equal(_VOLUME_MODE, asked.get("volumeMode") or "Filesystem", given.get("volumeMode") or "Filesystem")


def _policy(volume: Object, declared: Objects) -> str:
    """What git says becomes of *volume* when its claim goes; empty where git says nothing."""
    promised = declared.find("PersistentVolume", "", volume.name)
    if promised:
        return promised.at("spec", "persistentVolumeReclaimPolicy") or "Retain"
    storage = declared.find("StorageClass", "", volume.at("spec", "storageClassName") or "")
    return (storage.at("reclaimPolicy") or "Delete") if storage else ""


def _request(spec: dict) -> str:
    return str(((spec.get("resources") or {}).get("requests") or {}).get("storage") or "")


def _modes(spec: dict) -> str:
    return ", ".join(sorted(spec.get("accessModes") or []))


def _equal(name: str, wanted: str, found: str) -> tuple:
    return name, wanted, found, SAME if wanted == found else DIFFERS


def _enough(name: str, wanted: object, found: object) -> tuple:
    least, given = rational(str(wanted or "")), rational(str(found or ""))
    if least is None or given is None:
        return _equal(name, str(wanted or ""), str(found or ""))
    verdict = SAME if given == least else GROWN if given > least else BELOW
    return name, str(wanted), str(found), verdict


def _is_told_elsewhere(row: tuple) -> bool:
    return row.declared_by == row.object and row.property not in (_GIVEN, _CLAIM)


def _severity(row: tuple) -> Severity:
    if row.verdict == GROWN or (row.property == _RECLAIM and row.found == "Retain"):
        return INFO
    of_volume = row.object.startswith("PersistentVolume/")
    heavy = row.property in (_CLAIM, _VOLUME_MODE, _RECLAIM) or (of_volume and row.property == _CAPACITY)
    return CRITICAL if heavy else WARNING


def _subject(row: tuple) -> str:
    return row.object if row.object.startswith("PersistentVolume/") else f"{row.object} in {row.namespace}"


def _sentence(row: tuple) -> str:
    for_whom = listed(filter(None, [row.declared_by, f"claim {row.claim} in {row.namespace}"]))
    if row.verdict == MISSING:
        return f"is not there, and it is wanted for {for_whom}"
    if row.verdict == UNBOUND:
        return f"is {row.found or 'in no phase'} and not Bound ({for_whom})"
    if row.property == _RECLAIM:
        then = "its data go with the claim" if row.found == "Delete" else "it stays when the claim goes"
        return f"has reclaim policy {row.found} and git says {row.wanted}: {then} ({for_whom})"
    return f"has {row.property} {row.found or _NONE}, {row.verdict}: {row.wanted or _NONE} is asked for ({for_whom})"
