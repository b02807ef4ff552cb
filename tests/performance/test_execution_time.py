"""Percentiles merge from counts within one percent, and only bins with enough queries are judged."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance import execution_time


def histogram(times: list[int]) -> pd.DataFrame:
    buckets = [math.ceil(math.log(time) / math.log(execution_time.BUCKET_GROWTH)) if time else -1 for time in times]
    return pd.DataFrame({"log_bucket": buckets, "query_count": 1, "sum_ms": times})


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_within_one_percent_of_the_exact_rank(times, share):
    exact = sorted(times)[int(share * (len(times) - 1))]

    assert execution_time.histogram_percentile(histogram(times), share) == pytest.approx(exact, rel=0.0101)


@given(st.lists(st.integers(0, 10**6), min_size=1), st.lists(st.integers(0, 10**6), min_size=1))
def test_merged_histograms_give_the_percentile_of_all_queries(one, other):
    merged = pd.concat([histogram(one), histogram(other)])

    assert execution_time.histogram_percentile(merged, 0.95) == execution_time.histogram_percentile(
        histogram(one + other), 0.95
    )


def test_averaging_percentiles_would_be_far_off():
    quiet, busy = [60_000] * 10, [100] * 990
    average = (
        execution_time.histogram_percentile(histogram(quiet), 0.95)
        + execution_time.histogram_percentile(histogram(busy), 0.95)
    ) / 2

    assert average > 30_000
    assert execution_time.histogram_percentile(histogram(quiet + busy), 0.95) == pytest.approx(100, rel=0.01)


def test_no_query_has_no_percentile():
    assert math.isnan(execution_time.histogram_percentile(histogram([]), 0.95))


def test_the_whole_window_is_one_row_with_its_n():
    [row] = execution_time.execution_time_summary_table(histogram([100] * 99 + [10_000])).to_dict("records")

    assert row["query_count"] == 100
    assert row["avg_execution_time"] == 199
    assert row["p50_execution_time"] == pytest.approx(100, rel=0.01)
    assert row["p99_execution_time"] == pytest.approx(100, rel=0.01)


def times(*bins: tuple[int, float]) -> pd.DataFrame:
    start = pd.Timestamp("2026-07-01 12:00")
    rows = [(start + pd.Timedelta(minutes=minute), count, p95) for minute, (count, p95) in enumerate(bins)]
    return pd.DataFrame(rows, columns=["time_bucket", "query_count", "p95_execution_time"])


def test_neighbouring_slow_bins_are_one_finding():
    table = times((100, 10), (100, 900), (120, 800), (100, 10), (100, 700))

    assert execution_time.slow_period_findings(table, p95_limit_ms=500, least_queries=60) == [
        Finding(
            WARNING,
            "execution time",
            "p95 reached 900 ms (limit 500 ms, n 100) in the 2 bins from 12:01 to 12:02 on 2026-07-01",
        ),
        Finding(
            WARNING, "execution time", "p95 reached 700 ms (limit 500 ms, n 100) in the bin of 12:04 on 2026-07-01"
        ),
        Finding(OK, "execution time", "p95 was within 500 ms in 2 of 5 bins"),
    ]


def test_a_bin_with_too_few_queries_is_not_judged_and_that_is_said():
    table = times((100, 10), (3, 99_999))

    assert execution_time.slow_period_findings(table, p95_limit_ms=500, least_queries=60) == [
        Finding(
            OK,
            "execution time",
            "p95 was within 500 ms in 1 of 1 bins; 1 bins with fewer than 60 finished queries were not judged",
        )
    ]


def test_bins_that_are_all_too_small_are_critical():
    assert execution_time.slow_period_findings(times((3, 10)), p95_limit_ms=500, least_queries=60) == [
        Finding(CRITICAL, "execution time", "could not be judged: no bin has 60 finished queries; widen the bins")
    ]


def test_no_finished_query_is_critical():
    assert execution_time.slow_period_findings(times(), p95_limit_ms=500, least_queries=60) == [
        Finding(CRITICAL, "execution time", "could not be judged: the answer has no rows")
    ]


LONGEST = pd.DataFrame([("q1", "ann", "FAILED", 90_000), ("q2", "bob", "FINISHED", 60_000)])
LONGEST.columns = ["query_id", "user", "state", "execution_time_ms"]


def test_a_long_query_is_named_with_its_user_and_end():
    assert execution_time.long_query_findings(LONGEST, limit_ms=60_000) == [
        Finding(WARNING, "query q1", "of ann executed 90.0 s (limit 60.0 s) and ended FAILED")
    ]


def test_the_longest_query_is_told_when_it_is_within_the_limit():
    assert execution_time.long_query_findings(LONGEST, limit_ms=90_000) == [
        Finding(OK, "longest queries", "the longest executed 90.0 s (limit 90.0 s)")
    ]
