"""Does drift grow? This audit beside the earlier runs of the same notebook, by what is new and what is mended."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_in_order
from trinokit.findings import INFO, OK, WARNING, Finding, format_count


class _DriftKey(NamedTuple):
    """What tells one drift from the others in the records of all runs."""

    rule: str
    subject: str
    path: str


class _TrendRow(NamedTuple):
    """A row of `trend_table`: the drift of a *run* by severity, and against the run before it."""

    run: str
    critical: int
    warning: int
    new: int
    mended: int


def trend_table(records: Iterable[Mapping], findings: Iterable[Finding], cluster: str) -> pd.DataFrame:
    """The drift of each earlier run of *cluster* in its *records*, and of this one, which found *findings*.

    *new* and *mended* compare each run with the one before it; runs that did not come to their end are left out.
    """
    runs = [
        (str(record["started"]), _severity_by_key(record["findings"]))
        for record in records
        if _is_whole_run(record, cluster)
    ]
    now = [{"severity": each.severity.name, "subject": each.subject, "details": each.details} for each in findings]
    runs.append(("this run", _severity_by_key(now)))
    befores = [None, *(signs for _, signs in runs)]
    rows = [_trend_row(name, before, signs) for (name, signs), before in zip(runs, befores, strict=False)]
    return table_in_order(_TrendRow, rows)


def trend_findings(trend: pd.DataFrame, records: Iterable[Mapping]) -> list[Finding]:
    """How this run stands against the one before it, and which records could not be read."""
    problems = [
        Finding(WARNING, "earlier runs", f"could not be read: {record['problem']}")
        for record in records
        if "problem" in record
    ]
    if len(trend) < 2:
        return [*problems, Finding(INFO, "trend", "there is no earlier run of this cluster to compare with")]
    last, before = trend.iloc[-1], trend.iloc[-2]
    if not last["new"] and not last["mended"]:
        return [*problems, Finding(OK, "trend", f"nothing is new and nothing mended since {before['run']}")]
    new, mended = format_count(int(last["new"]), "drift is", "drifts are"), f"{last['mended']:,} mended"
    return [*problems, Finding(INFO, "trend", f"{new} new and {mended} since {before['run']}")]


def _is_whole_run(record: Mapping, cluster: str) -> bool:
    whole = record.get("outcome") in ("clean", "findings")
    return whole and record.get("parameters", {}).get("cluster") == cluster


def _severity_by_key(rows: Iterable[Mapping]) -> dict[_DriftKey, str]:
    """The severity of each drift among *rows*, by what tells it from the others."""
    detailed_rows = [(row, row.get("details", {})) for row in rows]
    return {
        _DriftKey(details["rule"], row["subject"], details.get("path", "")): row["severity"]
        for row, details in detailed_rows
        if str(details.get("rule", "")).startswith("drift/")
    }


def _trend_row(run: str, before: dict[_DriftKey, str] | None, signs: dict[_DriftKey, str]) -> _TrendRow:
    count = Counter(signs.values())
    present_signs = signs if before is None else before
    return _TrendRow(
        run=run,
        critical=count["CRITICAL"],
        warning=count["WARNING"],
        new=len(signs.keys() - present_signs.keys()),
        mended=len(present_signs.keys() - signs.keys()),
    )
