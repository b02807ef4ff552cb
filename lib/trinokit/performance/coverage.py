"""How much of what happened is in the history at all?"""

import pandas as pd

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance.unanswered import format_percent, unanswered_findings


def history_caveat_findings(source_facts: pd.DataFrame) -> list[Finding]:
    """What to bear in mind about how the history was read: a WARNING for each row with a *caveat*, else OK.

    *source_facts* has the columns fact, value and caveat, all of them text.
    """
    caveats = [Finding(WARNING, row.fact, row.caveat) for row in source_facts.itertuples() if row.caveat]
    return caveats or [Finding(OK, "reading", "the history was read as it should be")]


def lost_row_findings(coverage: pd.DataFrame, *, share_limit: float) -> list[Finding]:
    """Rows that are missing from the history: CRITICAL above *share_limit* of all, since all else is then off.

    *coverage* answers the question of that name: rows_seen and rows_lost by coordinator and utc_day. rows_lost is NA
    where a query_id is not one of Trino's, which is CRITICAL too. *share_limit* is a part of 1.

    >>> day = pd.DataFrame({"coordinator": ["abcde"], "utc_day": ["20260701"], "rows_seen": [99], "rows_lost": [1]})
    >>> lost_row_findings(day, share_limit=0.05)
    [WARNING: coverage 1 of 100 queries (1 %, limit 5 %) never reached the history: abcde on 20260701 (1)]
    """
    if unanswered := unanswered_findings(coverage, "coverage"):
        return unanswered
    foreign = coverage[coverage["rows_lost"].isna()]
    numbered = coverage.drop(foreign.index)
    findings = [
        Finding(
            CRITICAL, "coverage", f"could not be judged for {row.rows_seen:,} rows whose query_id is not one of Trino's"
        )
        for row in foreign.itertuples()
    ]
    if numbered.empty:
        return findings
    rows_lost, rows_seen = int(numbered["rows_lost"].sum()), int(numbered["rows_seen"].sum())
    of_all = f"{rows_lost:,} of {rows_lost + rows_seen:,} queries"
    if not rows_lost:
        return [*findings, Finding(OK, "coverage", f"none of {rows_seen:,} queries is missing")]
    places_text = ", ".join(
        f"{row.coordinator} on {row.utc_day} ({int(row.rows_lost):,})" for row in numbered.itertuples() if row.rows_lost
    )
    lost_share = rows_lost / (rows_lost + rows_seen)
    shares = f"{format_percent(lost_share)}, limit {format_percent(share_limit)}"
    sentence = f"{of_all} ({shares}) never reached the history: {places_text}"
    return [*findings, Finding(CRITICAL if lost_share > share_limit else WARNING, "coverage", sentence)]
