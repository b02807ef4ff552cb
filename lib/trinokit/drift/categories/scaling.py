"""Scaling: how many pods are there, how large are they, and where may they run?"""

import re
from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import autoscaler_drift
from trinokit.drift.differences import Difference
from trinokit.findings import Finding

_KINDS = ("HorizontalPodAutoscaler", "PodDisruptionBudget", "PriorityClass", "ScaledObject", "VerticalPodAutoscaler")
_PATH = re.compile(
    r"spec\.replicas|.*\.(tolerations|nodeSelector|affinity|topologySpreadConstraints|priorityClassName|nodeName)\b.*"
    r"|.*\.resources\b.*"
)


def _claim(difference: Difference) -> Claim:
    kind = difference.object.kind
    if kind in _KINDS:
        return Claim.KIND
    return Claim.PLACE if kind != "ConfigMap" and _PATH.fullmatch(difference.where) else Claim.NONE


def _replicas(context: CategoryContext) -> pd.DataFrame:
    return autoscaler_drift.scaling_table(context.declared, context.live)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    return autoscaler_drift.scaling_findings(table("replicas"))


SCALING = DriftCategory("scaling", _claim, {"replicas": _replicas}, _findings)
