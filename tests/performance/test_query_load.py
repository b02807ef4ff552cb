"""Quiet bins, heavy users, queues and waiting are judged by the limits they are given."""

import pandas as pd
import pytest

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance import query_load

WINDOW = {"since": "2026-07-01T12:00:30", "until": "2026-07-01T12:04", "bin_minutes": 1}


def created(*counts: tuple[int, int]) -> pd.DataFrame:
    start = pd.Timestamp("2026-07-01 12:00")
    rows = [(start + pd.Timedelta(minutes=minute), count, 0) for minute, count in counts]
    return pd.DataFrame(rows, columns=["time_bucket", "query_count", "failed_count"])


def test_bins_without_a_query_are_there_and_a_cut_bin_counts_by_the_time_it_covers():
    bins = query_load.throughput_table(created((0, 30), (3, 60)), **WINDOW)

    assert list(bins["query_count"]) == [30, 0, 0, 60]
    assert list(bins["queries_per_minute"]) == [60, 0, 0, 60]
    assert bins["time_bucket"].iloc[-1] == pd.Timestamp("2026-07-01 12:03")


def test_a_quiet_bin_is_found():
    bins = query_load.throughput_table(created((0, 50), (1, 100), (2, 5), (3, 100)), **WINDOW)

    assert query_load.quiet_period_findings(bins, share_limit=0.1) == [
        Finding(
            WARNING,
            "throughput",
            "fell below 10 % of the median of 100 queries per minute in 1 of 4 bins: 2026-07-01 12:02",
        )
    ]


def test_bins_that_are_all_busy_are_fine():
    bins = query_load.throughput_table(created((0, 50), (1, 100), (2, 90), (3, 100)), **WINDOW)

    assert query_load.quiet_period_findings(bins, share_limit=0.1) == [
        Finding(OK, "throughput", "the quietest of 4 bins had 90 queries per minute (median 100)")
    ]


def test_a_history_with_hardly_a_query_is_quiet_everywhere():
    bins = query_load.throughput_table(created((0, 1)), **WINDOW)

    [finding] = query_load.quiet_period_findings(bins, share_limit=0.1)

    assert finding.severity == WARNING
    assert "in 4 of 4 bins" in finding.sentence


USERS = pd.DataFrame(
    [("ann", 1, 0.1, 0.7), ("bob", 1, 0.2, 0.1), ("(all others)", 9, 0.7, 0.2)],
    columns=["user", "users", "share_of_queries", "share_of_execution_time"],
)


def test_a_heavy_user_is_named_with_both_shares():
    assert query_load.heavy_user_findings(USERS, share_limit=0.5) == [
        Finding(WARNING, "user ann", "caused 70 % of the execution time (limit 50 %) with 10 % of the queries")
    ]


def test_all_others_together_are_no_heavy_user():
    assert query_load.heavy_user_findings(USERS, share_limit=0.75) == [
        Finding(OK, "load", "no user caused more than 75 % of the execution time")
    ]


@pytest.mark.parametrize(("queued", "severity"), [(5, OK), (6, WARNING)])
def test_a_queue_is_judged_by_its_length(queued, severity):
    states = pd.DataFrame({"standing": ["ACTIVE", "QUEUED", "QUEUED"], "query_count": [2, queued, 0]})

    assert query_load.queue_findings(states, limit=5) == [
        Finding(severity, "queue", f"{queued} queries were queued and 2 active at that moment (limit 5 queued)")
    ]


def spent(**sums: int) -> pd.DataFrame:
    return pd.DataFrame([{"time_bucket": pd.Timestamp("2026-07-01"), "elapsed_ms": 10_000, "waiting_ms": 0} | sums])


@pytest.mark.parametrize(("queued", "severity", "share"), [(2000, OK, "20 %"), (2010, WARNING, "20.1 %")])
def test_waiting_is_judged_by_its_share_of_the_elapsed_time(queued, severity, share):
    sentence = f"{share} of 10 s elapsed was spent queued or waiting for resources (limit 20 %)"

    assert query_load.waiting_time_findings(spent(queued_ms=queued), share_limit=0.2) == [
        Finding(severity, "waiting", sentence)
    ]


def unanswered() -> pd.DataFrame:
    table = pd.DataFrame(columns=["time_bucket", "query_count"])
    table.attrs["unanswered"] = "the history has no column for cpu_time_ms"
    return table


@pytest.mark.parametrize(
    "judge",
    [
        lambda table: query_load.quiet_period_findings(query_load.throughput_table(table, **WINDOW), share_limit=0.1),
        lambda table: query_load.heavy_user_findings(table, share_limit=0.1),
        lambda table: query_load.queue_findings(table, limit=1),
        lambda table: query_load.waiting_time_findings(table, share_limit=0.1),
    ],
)
def test_what_was_not_answered_is_a_warning_and_never_fine(judge):
    [finding] = judge(unanswered())

    assert finding.severity == WARNING
    assert finding.sentence == "was not answered: the history has no column for cpu_time_ms"


def test_an_answer_without_rows_is_critical():
    [finding] = query_load.heavy_user_findings(USERS.iloc[:0], share_limit=0.1)

    assert finding.severity == CRITICAL
