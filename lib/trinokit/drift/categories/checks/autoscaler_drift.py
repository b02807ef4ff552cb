"""Is each workload scaled between the bounds that git declares, and by one autoscaler only?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.drift.categories.checks.unread_objects import UNREAD_PREFIX, is_kind_read, unread_finding, unread_kinds
from trinokit.findings import INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

SCALING_KINDS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "VerticalPodAutoscaler",
)
_WORKLOAD_KINDS = SCALING_KINDS[:3]


# Whether pods may go to the same nodes on both sides; empty where one side lacks the workload.
_PlacementState = Literal["none", "same", "differ", ""]


class _WorkloadKey(NamedTuple):
    """Which workload is meant, on whichever side."""

    namespace: str
    kind: str
    name: str


class ScalingRow(NamedTuple):
    """A row of `scaling_table`: a *workload* (Kind/name) on both sides; counts and bounds are NA where none is given.

    *tolerations*, *selectors* and *affinity* are none, same or differ. *autoscalers* are those that set its replicas
    live, and *contested* the resources that a vertical one changes while a horizontal one scales by them. *state* says
    on which side it is only, or why it could not be read.
    """

    namespace: str
    workload: str
    replicas_declared: int | None = None
    replicas_live: int | None = None
    min_declared: int | None = None
    max_declared: int | None = None
    min_live: int | None = None
    max_live: int | None = None
    vertical_declared: str = ""
    vertical_live: str = ""
    tolerations: _PlacementState = ""
    selectors: _PlacementState = ""
    affinity: _PlacementState = ""
    autoscalers: str = ""
    contested: str = ""
    state: str = ""


@dataclass(frozen=True)
class _Autoscaler:
    """One autoscaler: what it scales, between which numbers of replicas, and by which resources."""

    object: Object
    target: _WorkloadKey
    least: int | None = None
    most: int | None = None
    resources: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Kind/name."""
        return f"{self.object.kind}/{self.object.name}"


@dataclass(frozen=True)
class _ScalingSide:
    """The workloads of one side, and what scales them by number and by size."""

    workloads: dict[_WorkloadKey, Object]
    horizontal: dict[_WorkloadKey, list[_Autoscaler]]
    vertical: dict[_WorkloadKey, list[_Autoscaler]]

    @classmethod
    def of(cls, objects: Objects) -> "_ScalingSide":
        """The side that *objects* are."""
        workloads = {_WorkloadKey(each.namespace, each.kind, each.name): each for each in objects.of(*_WORKLOAD_KINDS)}
        horizontal = _autoscalers_by_target([*_horizontal_autoscalers(objects), *_keda_autoscalers(objects)])
        return cls(workloads, horizontal, _autoscalers_by_target(_vertical_autoscalers(objects)))


def scaling_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """Each workload on both sides: replicas, bounds of its autoscalers, and where its pods may go.

    A row is a `ScalingRow`.
    """
    git, cluster = _ScalingSide.of(declared), _ScalingSide.of(live)
    every = {*git.workloads, *cluster.workloads}
    rows = [_workload_row(each, git, cluster) for each in every if is_kind_read(each.kind, each.namespace, live)]
    rows += [ScalingRow("", kind, state=reason) for kind, reason in unread_kinds(live, *SCALING_KINDS)]
    return table_of_rows(ScalingRow, rows)


def scaling_findings(compared: pd.DataFrame) -> list[Finding]:
    """What no single field tells: replicas outside their bounds, and autoscalers in each other's way."""
    missing = compared["state"].str.startswith(UNREAD_PREFIX)
    findings = [unread_finding(row.workload, row.state) for row in compared[missing].itertuples()]
    read_rows = compared[~missing]
    for row in read_rows.itertuples():
        findings += _workload_findings(row)
    scaled = int((read_rows["autoscalers"] != "").sum())
    sentence = f"{format_count(len(read_rows), 'workload')}, {scaled} of them autoscaled, each within its bounds"
    return findings or [Finding(OK, "scaling", sentence)]


def _autoscalers_by_target(scalers: Iterable[_Autoscaler]) -> dict[_WorkloadKey, list[_Autoscaler]]:
    autoscalers: dict[_WorkloadKey, list[_Autoscaler]] = {}
    for each in scalers:
        autoscalers.setdefault(each.target, []).append(each)
    return autoscalers


def _horizontal_autoscalers(objects: Objects) -> Iterator[_Autoscaler]:
    for each in objects.of("HorizontalPodAutoscaler"):
        # KEDA makes an ordinary autoscaler for its own.
        controllers = each.at("metadata", "ownerReferences") or []
        if any(controller.get("kind") == "ScaledObject" for controller in controllers):
            continue
        least = each.at("spec", "minReplicas")
        resources = frozenset(filter(None, map(_metric_resource, each.at("spec", "metrics") or [])))
        yield _Autoscaler(
            object=each,
            target=_scale_target(each, "scaleTargetRef"),
            least=1 if least is None else least,
            most=each.at("spec", "maxReplicas"),
            resources=resources if each.at("spec", "metrics") else frozenset({"cpu"}),
        )


def _keda_autoscalers(objects: Objects) -> Iterator[_Autoscaler]:
    for each in [object for object in objects.items if object.kind == "ScaledObject"]:
        least, most = each.at("spec", "minReplicaCount"), each.at("spec", "maxReplicaCount")
        types = {trigger.get("type") for trigger in each.at("spec", "triggers") or []}
        yield _Autoscaler(
            object=each,
            target=_scale_target(each, "scaleTargetRef"),
            least=0 if least is None else least,
            most=100 if most is None else most,
            resources=frozenset(types & {"cpu", "memory"}),
        )


def _vertical_autoscalers(objects: Objects) -> Iterator[_Autoscaler]:
    for each in [object for object in objects.items if object.kind == "VerticalPodAutoscaler"]:
        target = _scale_target(each, "targetRef")
        changed = (
            ()
            if _update_mode(each) == "Off"
            else _vertically_scaled_resources(each, objects.find(target.kind, target.namespace, target.name))
        )
        yield _Autoscaler(each, target, resources=frozenset(changed))


def _vertically_scaled_resources(vertical: Object, target: Object | None) -> Iterator[str]:
    """The resources that *vertical* changes in a container of its *target*."""
    policies = vertical.at("spec", "resourcePolicy", "containerPolicies") or []
    by_name = {policy.get("containerName", "*"): policy for policy in policies}
    containers = (target.at("spec", "template", "spec", "containers") if target else None) or [{"name": "*"}]
    for container in containers:
        policy = by_name.get(container["name"]) or by_name.get("*") or {}
        if policy.get("mode") != "Off":
            yield from policy.get("controlledResources") or ("cpu", "memory")


def _scale_target(each: Object, field: str) -> _WorkloadKey:
    reference = each.at("spec", field) or {}
    return _WorkloadKey(each.namespace, reference.get("kind") or "Deployment", reference.get("name") or "")


def _metric_resource(metric: dict) -> str:
    kind = metric.get("type", "")
    return (metric.get(kind[:1].lower() + kind[1:]) or {}).get("name", "") if kind.endswith("Resource") else ""


def _update_mode(vertical: Object) -> str:
    return vertical.at("spec", "updatePolicy", "updateMode") or "Auto"


def _workload_row(key: _WorkloadKey, git: _ScalingSide, cluster: _ScalingSide) -> ScalingRow:
    declared, live = both = [side.workloads.get(key) for side in (git, cluster)]
    running, vertical = cluster.horizontal.get(key, []), cluster.vertical.get(key, [])
    min_declared, max_declared = _replica_bounds(git.horizontal.get(key, []))
    min_live, max_live = _replica_bounds(running)
    contested = {
        name
        for horizontal in running
        for vertical_scaler in vertical
        for name in horizontal.resources & vertical_scaler.resources
    }
    return ScalingRow(
        namespace=key.namespace,
        workload=f"{key.kind}/{key.name}",
        replicas_declared=_replica_count(declared),
        replicas_live=_replica_count(live),
        min_declared=min_declared,
        max_declared=max_declared,
        min_live=min_live,
        max_live=max_live,
        vertical_declared="; ".join(map(_format_vertical_bounds, git.vertical.get(key, []))),
        vertical_live="; ".join(map(_format_vertical_bounds, vertical)),
        tolerations=_placement_state(both, "tolerations"),
        selectors=_placement_state(both, "nodeSelector"),
        affinity=_placement_state(both, "affinity"),
        autoscalers=join_names(map(str, running)),
        contested=", ".join(sorted(contested)),
        state="" if all(both) else "only in git" if declared else "only live",
    )


def _replica_count(each: Object | None) -> int | None:
    return each.at("spec", "replicas") if each else None


def _replica_bounds(scalers: list[_Autoscaler]) -> tuple[int | None, int | None]:
    return (scalers[0].least, scalers[0].most) if scalers else (None, None)


def _format_vertical_bounds(vertical: _Autoscaler) -> str:
    """The bounds of a vertical autoscaler by container."""
    parts = [_update_mode(vertical.object)]
    for policy in vertical.object.at("spec", "resourcePolicy", "containerPolicies") or []:
        least, most = policy.get("minAllowed") or {}, policy.get("maxAllowed") or {}
        bounds = [f"{name} {least.get(name, '')}–{most.get(name, '')}" for name in sorted({*least, *most})]
        parts.append(f"{policy.get('containerName', '*')}: {', '.join(bounds) or 'no bounds'}")
    return ", ".join(parts)


def _placement_state(both: list[Object | None], name: str) -> _PlacementState:
    """Whether the pods of *both* sides have the same *name* in their spec; a list in any order."""
    if None in both:
        return ""
    declared_value, live_value = (each.at("spec", "template", "spec", name) or None for each in both)
    if isinstance(declared_value, list) and isinstance(live_value, list):
        declared_value, live_value = (sorted(each, key=str) for each in (declared_value, live_value))
    return "none" if declared_value is live_value is None else "same" if declared_value == live_value else "differ"


def _workload_findings(row: tuple) -> Iterator[Finding]:
    subject = f"{row.workload} in {row.namespace}"
    if ", " in row.autoscalers:
        yield Finding(WARNING, subject, f"is scaled by {row.autoscalers}, which undo each other's work: keep one")
    if row.contested:
        yield Finding(
            WARNING,
            subject,
            f"is scaled by {row.autoscalers} on {row.contested}, which a VerticalPodAutoscaler changes too: "
            "let one of them leave it",
        )
    if pd.isna(row.replicas_live) or pd.isna(row.max_live):
        return
    yield from _bounds_findings(row, subject)


def _bounds_findings(row: tuple, subject: str) -> Iterator[Finding]:
    replicas = format_count(row.replicas_live, "replica")
    if row.replicas_live == 0 and row.min_live > 0:
        yield Finding(WARNING, subject, f"has 0 replicas, which switches {row.autoscalers} off")
    elif not row.min_live <= row.replicas_live <= row.max_live:
        bounds = f"{row.min_live} to {row.max_live}"
        yield Finding(WARNING, subject, f"has {replicas}, outside the {bounds} of {row.autoscalers}")
    elif pd.notna(row.max_declared) and not row.min_declared <= row.replicas_live <= row.max_declared:
        bounds = f"{row.min_declared} to {row.max_declared}"
        yield Finding(WARNING, subject, f"has {replicas}, and git lets it have {bounds}")
    elif row.replicas_live == row.max_live > row.min_live:
        yield Finding(INFO, subject, f"has come to its most of {replicas}: {row.autoscalers} cannot add one")
