"""What scales, between which limits, and does it find what it scales?"""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects


class AutoscalerRow(NamedTuple):
    """A row of the table of autoscalers: an *autoscaler* and its *target*, both Kind/name, and its limits in replicas.

    Current and wanted replicas are NA where the side or the kind has no such number. *problem* says why it cannot
    scale, or is empty.
    """

    namespace: str
    autoscaler: str
    target: str
    replicas_min: int | None
    replicas_max: int | None
    replicas_current: int | None
    replicas_desired: int | None
    metrics: str
    problem: str


def autoscaler_table(objects: Objects) -> pd.DataFrame:
    """Every autoscaler with its target, limits, replicas and metrics; an `AutoscalerRow` each."""
    horizontal = [_horizontal_autoscaler_row(each, objects) for each in objects.of("HorizontalPodAutoscaler")]
    return table_of_rows(AutoscalerRow, [*horizontal, *_scaled_object_rows(objects)])


def autoscaler_findings(autoscalers: pd.DataFrame) -> list[Finding]:
    """Autoscalers that cannot scale, and those that have come to their end."""
    if autoscalers.empty:
        return [Finding(INFO, "autoscalers", "there is none: whoever needs more replicas asks for them by hand")]
    bad = autoscalers[autoscalers["problem"] != ""]
    findings = [
        Finding(CRITICAL if row.problem.startswith("there is no") else WARNING, _subject(row), row.problem)
        for row in bad.itertuples()
    ]
    room = autoscalers[autoscalers["replicas_max"] > autoscalers["replicas_min"]]
    full = room[(room["replicas_desired"] >= room["replicas_max"]).fillna(False)]
    findings += [
        Finding(WARNING, _subject(row), f"has come to its most of {row.replicas_max} replicas of {row.target}")
        for row in full.itertuples()
    ]
    number = format_count(len(autoscalers), "autoscaler")
    return findings or [Finding(OK, "autoscalers", f"{number}, each finds what it scales and has room")]


def _horizontal_autoscaler_row(each: Object, objects: Objects) -> AutoscalerRow:
    reference = each.at("spec", "scaleTargetRef") or {}
    least = each.at("spec", "minReplicas")
    return AutoscalerRow(
        namespace=each.namespace,
        autoscaler=f"{each.kind}/{each.name}",
        target=f"{reference.get('kind')}/{reference.get('name')}",
        replicas_min=1 if least is None else least,
        replicas_max=each.at("spec", "maxReplicas"),
        replicas_current=each.at("status", "currentReplicas"),
        replicas_desired=each.at("status", "desiredReplicas"),
        metrics=", ".join(map(_metric_text, each.at("spec", "metrics") or [])) or "cpu 80 %",
        problem=_missing_target_problem(reference, each.namespace, objects) or _inactive_problem(each),
    )


def _scaled_object_rows(objects: Objects) -> Iterator[AutoscalerRow]:
    """The autoscalers of KEDA, each of which has an ordinary one made for it when it is live."""
    for each in [object for object in objects.items if object.kind == "ScaledObject"]:
        reference = {"kind": "Deployment", **(each.at("spec", "scaleTargetRef") or {})}
        triggers = ", ".join(trigger.get("type", "") for trigger in each.at("spec", "triggers") or [])
        least, most = each.at("spec", "minReplicaCount"), each.at("spec", "maxReplicaCount")
        yield AutoscalerRow(
            namespace=each.namespace,
            autoscaler=f"ScaledObject/{each.name}",
            target=f"{reference['kind']}/{reference.get('name')}",
            replicas_min=0 if least is None else least,
            replicas_max=100 if most is None else most,
            replicas_current=None,
            replicas_desired=None,
            metrics=triggers,
            problem=_missing_target_problem(reference, each.namespace, objects),
        )


def _missing_target_problem(reference: dict, namespace: str, objects: Objects) -> str:
    kind, name = reference.get("kind", ""), reference.get("name", "")
    built_in = kind in ("Deployment", "StatefulSet", "ReplicaSet")
    if built_in and objects.find(kind, namespace, name) is None:
        return f"there is no {kind}/{name} in {namespace} to scale"
    return ""


def _inactive_problem(each: Object) -> str:
    for condition in each.at("status", "conditions") or []:
        if condition.get("type") in ("ScalingActive", "AbleToScale") and condition.get("status") == "False":
            return f"does not scale: {condition.get('reason')}: {condition.get('message', '')}".rstrip(": ")
    return ""


def _metric_text(metric: dict) -> str:
    kind = metric.get("type", "")
    part = metric.get(kind[:1].lower() + kind[1:]) or {}
    name = part.get("name") or (part.get("metric") or {}).get("name") or kind
    target = part.get("target") or {}
    if "averageUtilization" in target:
        return f"{name} {target['averageUtilization']} %"
    return f"{name} {target.get('averageValue') or target.get('value') or ''}".strip()


def _subject(row: tuple) -> str:
    return f"{row.autoscaler} in {row.namespace}"
