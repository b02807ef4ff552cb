"""A lost row is never fine, and ids that say nothing are the worst."""

import pandas as pd

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance import coverage


def known(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["coordinator", "utc_day", "rows_seen", "rows_lost"])


def test_a_whole_history_is_fine():
    assert coverage.lost_row_findings(known(("abc", "20260701", 1200, 0)), share_limit=0.01) == [
        Finding(OK, "coverage", "none of 1,200 queries is missing")
    ]


def test_a_few_lost_rows_are_a_warning_with_where():
    table = known(("abc", "20260701", 990, 5), ("def", "20260702", 5, 0))

    assert coverage.lost_row_findings(table, share_limit=0.01) == [
        Finding(
            WARNING,
            "coverage",
            "5 of 1,000 queries (0.5 %, limit 1 %) never reached the history: abc on 20260701 (5)",
        )
    ]


def test_many_lost_rows_are_critical():
    [finding] = coverage.lost_row_findings(known(("abc", "20260701", 90, 10)), share_limit=0.01)

    assert finding.severity == CRITICAL


def test_foreign_ids_are_critical_and_the_others_are_judged():
    table = known(("(not an id of Trino)", "", 7, None), ("abc", "20260701", 10, 0))

    assert coverage.lost_row_findings(table, share_limit=0.01) == [
        Finding(CRITICAL, "coverage", "could not be judged for 7 rows whose query_id is not one of Trino's"),
        Finding(OK, "coverage", "none of 10 queries is missing"),
    ]


def test_an_empty_answer_is_critical():
    [finding] = coverage.lost_row_findings(known(), share_limit=0.01)

    assert finding.severity == CRITICAL


def test_a_caveat_of_the_reading_is_a_warning():
    about = pd.DataFrame([("cluster", "x", ""), ("window", "y", "reads it all")], columns=["fact", "value", "caveat"])

    assert coverage.history_caveat_findings(about) == [Finding(WARNING, "window", "reads it all")]
    assert coverage.history_caveat_findings(about.head(1)) == [
        Finding(OK, "reading", "the history was read as it should be")
    ]
