"""Quotas: may a namespace use what git lets it use, and how much of it is used? A category beside those of the kit."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_of_rows
from trinokit.drift.categories import CategoryContext, Claim, DriftCategory
from trinokit.drift.differences import Difference
from trinokit.findings import OK, WARNING, Finding, format_count


class QuotaRow(NamedTuple):
    """A row of the table of quotas: how much of a *resource* may be used at most, and how much is."""

    namespace: str
    quota: str
    resource: str
    hard: str
    used: str


def _claim(difference: Difference) -> Claim:
    return Claim.KIND if difference.object.kind in ("ResourceQuota", "LimitRange") else Claim.NONE


def _usage(context: CategoryContext) -> pd.DataFrame:
    """How much of each quota is used; a `QuotaRow` each."""
    rows = [
        QuotaRow(
            namespace=each.namespace,
            quota=each.name,
            resource=resource,
            hard=hard,
            used=(each.at("status", "used") or {}).get(resource, ""),
        )
        for each in context.live.of("ResourceQuota")
        for resource, hard in (each.at("status", "hard") or {}).items()
    ]
    return table_of_rows(QuotaRow, rows)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    usage = table("quota usage")
    findings = [
        Finding(WARNING, f"ResourceQuota/{row.quota} in {row.namespace}", f"all {row.hard} {row.resource} are used")
        for row in usage[usage["hard"] == usage["used"]].itertuples()
    ]
    return findings or [Finding(OK, "quotas", f"{format_count(len(usage), 'limit')}, none used up")]


QUOTAS = DriftCategory("quotas", _claim, {"quota usage": _usage}, _findings)
