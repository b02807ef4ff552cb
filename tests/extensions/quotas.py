"""Quotas: may a namespace use what git lets it use, and how much of it is used? A category beside those of the kit."""

from collections.abc import Callable

import pandas as pd

from trinokit.architecture.table_building import sorted_table
from trinokit.drift.categories import CategoryContext, Claim, DriftCategory
from trinokit.drift.differences import Difference
from trinokit.findings import OK, WARNING, Finding, format_count

_COLUMNS = dict.fromkeys(("namespace", "quota", "resource", "hard", "used"), "str")


def _claim(difference: Difference) -> Claim:
    return Claim.KIND if difference.object.kind in ("ResourceQuota", "LimitRange") else Claim.NONE


def _usage(context: CategoryContext) -> pd.DataFrame:
    """How much of each quota is used: namespace, quota, resource, hard, used."""
    rows = [
        (each.namespace, each.name, resource, hard, (each.at("status", "used") or {}).get(resource, ""))
        for each in context.live.of("ResourceQuota")
        for resource, hard in (each.at("status", "hard") or {}).items()
    ]
    return sorted_table(_COLUMNS, rows)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    usage = table("quota usage")
    findings = [
        Finding(WARNING, f"ResourceQuota/{row.quota} in {row.namespace}", f"all {row.hard} {row.resource} are used")
        for row in usage[usage["hard"] == usage["used"]].itertuples()
    ]
    return findings or [Finding(OK, "quotas", f"{format_count(len(usage), 'limit')}, none used up")]


QUOTAS = DriftCategory("quotas", _claim, {"quota usage": _usage}, _findings)
