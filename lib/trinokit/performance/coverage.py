"""How much of what happened is in the history at all?"""

import pandas as pd

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance.unanswered import format_percent, unanswered_findings


def history_caveat_findings(about: pd.DataFrame) -> list[Finding]:
    """What to bear in mind about how the history was read."""
    caveats = [Finding(WARNING, row.fact, row.caveat) for row in about.itertuples() if row.caveat]
    return caveats or [Finding(OK, "reading", "the history was read as it should be")]


def lost_row_findings(coverage: pd.DataFrame, *, share: float) -> list[Finding]:
    """Rows that are missing from the history: CRITICAL above *share* of all, since every other figure is then off."""
    if failed := unanswered_findings(coverage, "coverage"):
        return failed
    foreign = coverage[coverage["rows_lost"].isna()]
    known = coverage.drop(foreign.index)
    findings = [
        Finding(
            CRITICAL, "coverage", f"could not be judged for {row.rows_seen:,} rows whose query_id is not one of Trino's"
        )
        for row in foreign.itertuples()
    ]
    if known.empty:
        return findings
    lost, seen = int(known["rows_lost"].sum()), int(known["rows_seen"].sum())
    of_all = f"{lost:,} of {lost + seen:,} queries"
    if not lost:
        return [*findings, Finding(OK, "coverage", f"none of {seen:,} queries is missing")]
    where = ", ".join(
        f"{row.coordinator} on {row.utc_day} ({int(row.rows_lost):,})" for row in known.itertuples() if row.rows_lost
    )
    sentence = f"{of_all} ({format_percent(lost / (lost + seen))}, limit {format_percent(share)}) never reached the history: {where}"
    return [*findings, Finding(CRITICAL if lost / (lost + seen) > share else WARNING, "coverage", sentence)]
