"""Failures are judged by their share, what they wasted and whose mistake they are."""

import pandas as pd
import pytest

from trinokit.findings import OK, WARNING, Finding
from trinokit.performance import failures


def failed(*rows: tuple) -> pd.DataFrame:
    columns = ["error_type", "error_code", "query_count", "share", "users_hit", "wasted_cpu_s", "last_seen"]
    return pd.DataFrame([(*row, pd.Timestamp("2026-07-01 12:00")) for row in rows], columns=columns)


def test_too_many_failures_are_a_warning_with_the_commonest_code():
    table = failed(("USER_ERROR", "SYNTAX_ERROR", 30, 0.15, 2, 0.0), ("USER_ERROR", "TABLE_NOT_FOUND", 2, 0.01, 1, 0.0))

    assert failures.failure_findings(table, share_limit=0.1, wasted_cpu_limit_s=60) == [
        Finding(WARNING, "failures", "16 % of the queries failed (32, limit 10 %), most with SYNTAX_ERROR")
    ]


def test_wasted_cpu_and_errors_of_the_cluster_are_findings_of_their_own():
    table = failed(
        ("INSUFFICIENT_RESOURCES", "EXCEEDED_TIME_LIMIT", 1, 0.01, 1, 90.0),
        ("EXTERNAL", "JDBC_ERROR", 2, 0.02, 2, 0.0),
    )

    assert failures.failure_findings(table, share_limit=0.1, wasted_cpu_limit_s=60) == [
        Finding(OK, "failures", "3 % of the queries failed (3, limit 10 %), most with EXCEEDED_TIME_LIMIT"),
        Finding(WARNING, "EXCEEDED_TIME_LIMIT", "wasted 90 s of CPU (limit 60 s) in 1 query of 1 user"),
        Finding(
            WARNING,
            "JDBC_ERROR",
            "is no mistake of the users (EXTERNAL): 2 queries of 2 users, last at 2026-07-01 12:00",
        ),
    ]


def test_no_failure_is_fine():
    assert failures.failure_findings(failed(), share_limit=0.1, wasted_cpu_limit_s=60) == [
        Finding(OK, "failures", "no query failed")
    ]


def test_failures_that_were_not_answered_are_not_fine():
    table = failed()
    table.attrs["unanswered"] = "the history has no column for error_code"

    assert failures.failure_findings(table, share_limit=0.1, wasted_cpu_limit_s=60) == [
        Finding(WARNING, "failures", "was not answered: the history has no column for error_code")
    ]


@pytest.mark.parametrize(("limit", "severity"), [(0.05, OK), (0.04, WARNING)])
def test_statements_that_cannot_be_parsed_are_judged_by_their_share(limit, severity):
    types = pd.DataFrame({"query_type": ["SELECT", "(not parsed)"], "share": [0.95, 0.05]})

    [finding] = failures.unparsed_statement_findings(types, share_limit=limit)

    assert finding == Finding(severity, "statements", f"5 % could not be parsed (limit {limit * 100:.0f} %)")
