"""Monitoring: do the objects of Prometheus say what git declares, and has Prometheus loaded it?"""

import re
from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import prometheus_drift
from trinokit.drift.differences import Difference
from trinokit.findings import Finding

_KINDS = ("PodMonitor", "PrometheusRule", "ServiceMonitor")
_FILE_NAME = re.compile(r"prometheus|alert|scrape|rules|dashboard|grafana")
_CONFIG_MAP_NAME = re.compile(r"prometheus|alertmanager|grafana")


def _claim(difference: Difference) -> Claim:
    if difference.object.kind in _KINDS:
        return Claim.KIND
    if difference.object.kind != "ConfigMap":
        return Claim.NONE
    file = next(iter(difference.path[1:2]), "")
    is_named_so = isinstance(file, str) and _FILE_NAME.search(file)
    return Claim.PLACE if is_named_so or _CONFIG_MAP_NAME.search(difference.object.name) else Claim.NONE


def _scrape_jobs(context: CategoryContext) -> pd.DataFrame:
    return prometheus_drift.scrape_job_table(context.declared, context.prometheus)


def _rules(context: CategoryContext) -> pd.DataFrame:
    return prometheus_drift.prometheus_rule_table(context.declared, context.prometheus)


def _settings(context: CategoryContext) -> pd.DataFrame:
    return prometheus_drift.prometheus_setting_table(context.declared, context.prometheus)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    return prometheus_drift.prometheus_findings(context.declared, context.prometheus)


MONITORING = DriftCategory(
    "monitoring",
    _claim,
    {"scrape jobs": _scrape_jobs, "prometheus rules": _rules, "prometheus settings": _settings},
    _findings,
)
