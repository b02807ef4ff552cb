"""What scales, between which limits, and does it find what it scales?"""

from collections.abc import Iterator

import pandas as pd

from trinokit.architecture.table_building import sorted_table
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_COLUMNS = {
    "namespace": "str",
    "autoscaler": "str",
    "target": "str",
    "replicas_min": "Int64",
    "replicas_max": "Int64",
    "replicas_current": "Int64",
    "replicas_desired": "Int64",
    "metrics": "str",
    "problem": "str",
}


def autoscaler_table(objects: Objects) -> pd.DataFrame:
    """Every autoscaler with its target, limits, replicas and metrics; *problem* says why it cannot scale."""
    horizontal = [_horizontal_autoscaler_row(each, objects) for each in objects.of("HorizontalPodAutoscaler")]
    return sorted_table(_COLUMNS, [*horizontal, *_scaled_object_rows(objects)])


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


def _horizontal_autoscaler_row(each: Object, objects: Objects) -> tuple:
    reference = each.at("spec", "scaleTargetRef") or {}
    least = each.at("spec", "minReplicas")
    return (
        *(each.namespace, f"{each.kind}/{each.name}", f"{reference.get('kind')}/{reference.get('name')}"),
        *(1 if least is None else least, each.at("spec", "maxReplicas")),
        *(each.at("status", "currentReplicas"), each.at("status", "desiredReplicas")),
        ", ".join(map(_metric_text, each.at("spec", "metrics") or [])) or "cpu 80 %",
        _missing_target_problem(reference, each.namespace, objects) or _inactive_problem(each),
    )


def _scaled_object_rows(objects: Objects) -> Iterator[tuple]:
    """The autoscalers of KEDA, each of which has an ordinary one made for it when it is live."""
    for each in [found for found in objects.items if found.kind == "ScaledObject"]:
        reference = {"kind": "Deployment", **(each.at("spec", "scaleTargetRef") or {})}
        triggers = ", ".join(trigger.get("type", "") for trigger in each.at("spec", "triggers") or [])
        least, most = each.at("spec", "minReplicaCount"), each.at("spec", "maxReplicaCount")
        yield (
            *(each.namespace, f"ScaledObject/{each.name}", f"{reference['kind']}/{reference.get('name')}"),
            *(0 if least is None else least, 100 if most is None else most, None, None),
            *(triggers, _missing_target_problem(reference, each.namespace, objects)),
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
