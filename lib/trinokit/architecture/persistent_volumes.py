"""Where is data kept? Claims, what they are bound to, and who mounts them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import Workload, find_workloads
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_ACCESS_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_UNIT_FACTORS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_UNIT_FACTORS |= {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", start=1)}


class VolumeRow(NamedTuple):
    """A row of the table of volumes: a *claim* and its *volume*, or a volume without a claim.

    *capacity_gib* is NaN where no size is written. *phase* is missing where a workload wants a claim that is not there,
    and empty on the declared side. *mounted_by* names workloads.
    """

    namespace: str
    claim: str
    storage_class: str
    capacity_gib: float
    access_modes: str
    phase: str
    volume: str
    mounted_by: str


def volume_table(objects: Objects) -> pd.DataFrame:
    """Every claim with its volume and who mounts it, claims that a stateful set makes, and volumes without a claim.

    A row is a `VolumeRow`.
    """
    pods_by_claim: dict[tuple[str, str], list[str]] = {}
    for workload in find_workloads(objects):
        for name in _claims_of_workload(workload):
            pods_by_claim.setdefault((workload.namespace, name), []).append(str(workload))
    templates = {(each.namespace, name): body for each, name, body in _template_claims(find_workloads(objects))}
    claims = {(each.namespace, each.name): each.body for each in objects.of("PersistentVolumeClaim")}
    live = objects.side == "live"
    rows = [
        _claim_row(
            claim_key,
            claims.get(claim_key) or templates.get(claim_key),
            pods_by_claim.get(claim_key, []),
            there=claim_key in claims,
            live=live,
        )
        for claim_key in {*pods_by_claim, *claims}
    ]
    return table_of_rows(VolumeRow, [*rows, *_unclaimed_volume_rows(objects)])


def unbound_claim_findings(volumes: pd.DataFrame) -> list[Finding]:
    """Claims that are not bound to a volume, claims that nobody mounts and volumes that nobody claims."""
    if volumes.empty:
        return [Finding(INFO, "volumes", "there is none: nothing outlives its pod")]
    claims = volumes[volumes["claim"] != ""]
    loose = claims[~claims["phase"].isin(["Bound", ""])]
    findings = [Finding(CRITICAL, _subject(row), _unbound_sentence(row)) for row in loose.itertuples()]
    findings += [
        Finding(INFO, _subject(row), f"is mounted by nothing ({row.capacity_gib:,.0f} GiB)")
        for row in claims[(claims["mounted_by"] == "") & claims["phase"].isin(["Bound", ""])].itertuples()
    ]
    findings += [
        Finding(WARNING, f"PersistentVolume/{row.volume}", f"belongs to no claim and is {row.phase}")
        for row in volumes[(volumes["claim"] == "") & (volumes["phase"] != "Available")].itertuples()
    ]
    number = format_count(len(claims), "claim")
    state = f"{number}, each bound" if claims["phase"].any() else f"{number}; only live ones can be bound"
    return findings or [Finding(OK, "volumes", state)]


def quantity_in_gib(quantity: str | float | None) -> float:
    """A *quantity* of bytes such as 10Gi in GiB; NaN where none is written or it is none.

    >>> quantity_in_gib("512Mi"), quantity_in_gib("2Gi")
    (0.5, 2.0)
    """
    match = re.fullmatch(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)", str(quantity or ""))
    if match is None or match[2] not in _UNIT_FACTORS or match[1].count(".") > 1 or not match[1].strip("."):
        return float("nan")
    return float(match[1]) * _UNIT_FACTORS[match[2]] / 1024**3


def _subject(row: tuple) -> str:
    return f"PersistentVolumeClaim/{row.claim} in {row.namespace}"


def _unbound_sentence(row: tuple) -> str:
    who = f"{row.mounted_by} cannot start" if row.mounted_by else "nothing mounts it"
    if row.phase == "missing":
        return f"is not there: {who}"
    request_text = f"class {row.storage_class or '(default)'}, {row.capacity_gib:,.0f} GiB, {row.access_modes}"
    return f"is {row.phase} and not Bound ({request_text}): {who}"


def _claims_of_workload(workload: Workload) -> Iterator[str]:
    """The names of the claims that the pods of *workload* mount."""
    for volume in workload.spec.get("volumes") or []:
        if claim := volume.get("persistentVolumeClaim"):
            yield claim["claimName"]
        # The claim of an ephemeral volume is named after the pod, so it is known only where the pod has its name.
        if "ephemeral" in volume and workload.object.kind == "Pod":
            yield f"{workload.object.name}-{volume['name']}"
    for _, name, _ in _template_claims([workload]):
        yield name


def _template_claims(workloads: list[Workload]) -> Iterator[tuple[Workload, str, dict]]:
    """Each claim that a stateful set makes: of whom, its name, its body."""
    for each in workloads:
        ordinals = each.object.at("spec", "ordinals", "start") or 0
        replicas = each.object.at("spec", "replicas")
        for template in each.object.at("spec", "volumeClaimTemplates") or []:
            for ordinal in range(ordinals, ordinals + (1 if replicas is None else replicas)):
                yield each, f"{template['metadata']['name']}-{each.object.name}-{ordinal}", template


def _claim_row(claim_key: tuple[str, str], body: dict | None, by: list[str], *, there: bool, live: bool) -> VolumeRow:
    spec, status = (body or {}).get("spec") or {}, (body or {}).get("status") or {}
    absent = "missing" if live or body is None else ""
    phase = status.get("phase", "") if there else absent
    return VolumeRow(
        namespace=claim_key[0],
        claim=claim_key[1],
        storage_class=_storage_class_text(spec),
        capacity_gib=_capacity_gib(spec, status),
        access_modes=_access_modes_text(spec),
        phase=phase,
        volume=spec.get("volumeName", ""),
        mounted_by=join_names(sorted(set(by))),
    )


def _storage_class_text(spec: dict) -> str:
    # Whoever writes an empty class wants none, which is not the default class.
    return spec.get("storageClassName", "") or ("(none)" if "storageClassName" in spec else "")


def _capacity_gib(spec: dict, status: dict) -> float:
    requested = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return quantity_in_gib((status.get("capacity") or {}).get("storage") or requested)


def _access_modes_text(spec: dict) -> str:
    return ", ".join(_ACCESS_MODES.get(mode, mode) for mode in spec.get("accessModes") or [])


def _unclaimed_volume_rows(objects: Objects) -> Iterator[VolumeRow]:
    for each in objects.of("PersistentVolume"):
        if _is_claimed(each, objects):
            continue
        spec = each.at("spec") or {}
        yield VolumeRow(
            namespace="",
            claim="",
            storage_class=_storage_class_text(spec),
            capacity_gib=quantity_in_gib(each.at("spec", "capacity", "storage")),
            access_modes=_access_modes_text(spec),
            phase=each.at("status", "phase") or "",
            volume=each.name,
            mounted_by="",
        )


def _is_claimed(volume: Object, objects: Objects) -> bool:
    """Whether a claim holds *volume*, or one may that lies in a namespace that was not read."""
    claim = volume.at("spec", "claimRef")
    if claim is None or volume.at("status", "phase") == "Released":
        return False
    read_namespaces = {each.namespace for each in objects.of("PersistentVolumeClaim")}
    there = objects.find("PersistentVolumeClaim", claim.get("namespace", ""), claim.get("name", ""))
    return there is not None or claim.get("namespace") not in read_namespaces
