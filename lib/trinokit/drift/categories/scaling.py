"""Is each workload scaled between the bounds that git declares, and by one autoscaler only?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from trinokit.architecture.wording import listed, table
from trinokit.drift.categories.reading import UNREAD, is_read, not_judged, unread
from trinokit.findings import INFO, OK, WARNING, Finding, counted
from trinokit.objects import Object, Objects

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")
_WORKLOADS = KINDS[:3]
_COLUMNS = {"namespace": "str", "workload": "str", "replicas_declared": "Int64", "replicas_live": "Int64"}
_COLUMNS |= dict.fromkeys(("min_declared", "max_declared", "min_live", "max_live"), "Int64")
_COLUMNS |= dict.fromkeys(("vertical_declared", "vertical_live", "tolerations", "selectors", "affinity"), "str")
_COLUMNS |= dict.fromkeys(("autoscalers", "contested", "state"), "str")
_Place = tuple[str, str, str]


@dataclass(frozen=True)
class _Scaler:
    """One autoscaler: what it scales, between which numbers of replicas, and by which resources."""

    object: Object
    target: _Place
    least: int | None = None
    most: int | None = None
    resources: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Kind/name."""
        return f"{self.object.kind}/{self.object.name}"


@dataclass(frozen=True)
class _Side:
    """The workloads of one side, and what scales them by number and by size."""

    workloads: dict[_Place, Object]
    horizontal: dict[_Place, list[_Scaler]]
    vertical: dict[_Place, list[_Scaler]]

    @classmethod
    def of(cls, objects: Objects) -> "_Side":
        """The side that *objects* are."""
        workloads = {(each.namespace, each.kind, each.name): each for each in objects.of(*_WORKLOADS)}
        horizontal = _by_target([*_horizontal(objects), *_of_keda(objects)])
        return cls(workloads, horizontal, _by_target(_vertical(objects)))


def compared(declared: Objects, live: Objects) -> pd.DataFrame:
    """Each workload on both sides: replicas, bounds of its autoscalers, and where its pods may go.

    *autoscalers* are those that set its replicas live, and *contested* the resources that a vertical one changes
    while a horizontal one scales by them. *state* says on which side it is only.
    """
    git, cluster = _Side.of(declared), _Side.of(live)
    every = {*git.workloads, *cluster.workloads}
    places = {(namespace, kind, name) for namespace, kind, name in every if is_read(kind, namespace, live)}
    rows = [(place[0], f"{place[1]}/{place[2]}", *_row(place, git, cluster)) for place in places]
    missing = [("", what, *[None] * 6, *[""] * 7, reason) for what, reason in unread(live, *KINDS)]
    return table(_COLUMNS, [*rows, *missing])


def judged(compared: pd.DataFrame) -> list[Finding]:
    """What no single field tells: replicas outside their bounds, and autoscalers in each other's way."""
    missing = compared["state"].str.startswith(UNREAD)
    findings = [not_judged(row.workload, row.state) for row in compared[missing].itertuples()]
    known = compared[~missing]
    for row in known.itertuples():
        findings += _judged(row)
    scaled = int((known["autoscalers"] != "").sum())
    sentence = f"{counted(len(known), 'workload')}, {scaled} of them autoscaled, each within its bounds"
    return findings or [Finding(OK, "scaling", sentence)]


def _by_target(scalers: Iterable[_Scaler]) -> dict[_Place, list[_Scaler]]:
    found: dict[_Place, list[_Scaler]] = {}
    for each in scalers:
        found.setdefault(each.target, []).append(each)
    return found


def _horizontal(objects: Objects) -> Iterator[_Scaler]:
    for each in objects.of("HorizontalPodAutoscaler"):
        # KEDA makes an ordinary autoscaler for its own.
        owners = each.at("metadata", "ownerReferences") or []
        if any(owner.get("kind") == "ScaledObject" for owner in owners):
            continue
        least = each.at("spec", "minReplicas")
        resources = frozenset(filter(None, map(_resource, each.at("spec", "metrics") or [])))
        yield _Scaler(
            *(each, _target(each, "scaleTargetRef"), 1 if least is None else least, each.at("spec", "maxReplicas")),
            resources if each.at("spec", "metrics") else frozenset({"cpu"}),
        )


def _of_keda(objects: Objects) -> Iterator[_Scaler]:
    for each in [found for found in objects.items if found.kind == "ScaledObject"]:
        least, most = each.at("spec", "minReplicaCount"), each.at("spec", "maxReplicaCount")
        types = {trigger.get("type") for trigger in each.at("spec", "triggers") or []}
        yield _Scaler(
            *(each, _target(each, "scaleTargetRef"), 0 if least is None else least, 100 if most is None else most),
            frozenset(types & {"cpu", "memory"}),
        )


def _vertical(objects: Objects) -> Iterator[_Scaler]:
    for each in [found for found in objects.items if found.kind == "VerticalPodAutoscaler"]:
        target = _target(each, "targetRef")
        changed = () if _mode(each) == "Off" else _changed(each, objects.find(target[1], target[0], target[2]))
        yield _Scaler(each, target, resources=frozenset(changed))


def _changed(vertical: Object, target: Object | None) -> Iterator[str]:
    """The resources that *vertical* changes in a container of its *target*."""
    policies = vertical.at("spec", "resourcePolicy", "containerPolicies") or []
    by_name = {policy.get("containerName", "*"): policy for policy in policies}
    containers = (target.at("spec", "template", "spec", "containers") if target else None) or [{"name": "*"}]
    for container in containers:
        policy = by_name.get(container["name"]) or by_name.get("*") or {}
        if policy.get("mode") != "Off":
            yield from policy.get("controlledResources") or ("cpu", "memory")


def _target(each: Object, field: str) -> _Place:
    reference = each.at("spec", field) or {}
    return each.namespace, reference.get("kind") or "Deployment", reference.get("name") or ""


def _resource(metric: dict) -> str:
    kind = metric.get("type", "")
    return (metric.get(kind[:1].lower() + kind[1:]) or {}).get("name", "") if kind.endswith("Resource") else ""


def _mode(vertical: Object) -> str:
    return vertical.at("spec", "updatePolicy", "updateMode") or "Auto"


def _row(place: _Place, git: _Side, cluster: _Side) -> Iterator[object]:
    both = [side.workloads.get(place) for side in (git, cluster)]
    running, vertical = cluster.horizontal.get(place, []), cluster.vertical.get(place, [])
    yield from map(_replicas, both)
    yield from _bounds(git.horizontal.get(place, []))
    yield from _bounds(running)
    yield "; ".join(map(_worded, git.vertical.get(place, [])))
    yield "; ".join(map(_worded, vertical))
    yield from (_same(both, name) for name in ("tolerations", "nodeSelector", "affinity"))
    yield listed(map(str, running))
    yield ", ".join(sorted({name for one in running for other in vertical for name in one.resources & other.resources}))
    yield "" if all(both) else "only in git" if both[0] else "only live"


def _replicas(each: Object | None) -> int | None:
    return each.at("spec", "replicas") if each else None


def _bounds(scalers: list[_Scaler]) -> tuple[int | None, int | None]:
    return (scalers[0].least, scalers[0].most) if scalers else (None, None)


def _worded(vertical: _Scaler) -> str:
    """The bounds of a vertical autoscaler by container."""
    parts = [_mode(vertical.object)]
    for policy in vertical.object.at("spec", "resourcePolicy", "containerPolicies") or []:
        least, most = policy.get("minAllowed") or {}, policy.get("maxAllowed") or {}
        bounds = [f"{name} {least.get(name, '')}–{most.get(name, '')}" for name in sorted({*least, *most})]
        parts.append(f"{policy.get('containerName', '*')}: {', '.join(bounds) or 'no bounds'}")
    return ", ".join(parts)


def _same(both: list[Object | None], name: str) -> str:
    """Whether the pods of *both* sides have the same *name* in their spec; a list in any order."""
    if None in both:
        return ""
    one, other = (each.at("spec", "template", "spec", name) or None for each in both)
    if isinstance(one, list) and isinstance(other, list):
        one, other = (sorted(each, key=str) for each in (one, other))
    return "none" if one is other is None else "same" if one == other else "differ"


def _judged(row: tuple) -> Iterator[Finding]:
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
    yield from _within(row, subject)


def _within(row: tuple, subject: str) -> Iterator[Finding]:
    replicas = counted(row.replicas_live, "replica")
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
