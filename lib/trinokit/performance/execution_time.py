"""How long did queries execute? Finished queries only; a percentile never stands without its n."""

import math

import pandas as pd

from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.performance.unanswered import unanswered_findings

# Bucket i of a histogram holds times above GROWTH**(i-1) ms, up to GROWTH**i ms.
# https://arxiv.org/abs/1908.10693
RELATIVE_ERROR = 0.01
BUCKET_GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)


def histogram_percentile(histogram: pd.DataFrame, share: float) -> float:
    """The time in ms that *share* of the queries in *histogram* did not exceed, within 1 %.

    *histogram* has a row a bucket, or several: those of other minutes or users merge by being appended. Its columns are
    log_bucket (number of the bucket, -1 for times below 1 ms) and query_count. NaN when it counts no query.

    >>> histogram = pd.DataFrame({"log_bucket": [100, 200], "query_count": [99, 1]})
    >>> f"{histogram_percentile(histogram, 0.5):.2f}"
    '7.32'
    """
    counts = histogram.groupby("log_bucket")["query_count"].sum().sort_index()
    reached = counts.cumsum() > share * (counts.sum() - 1)
    if not reached.any():
        return math.nan
    bucket = reached.idxmax()
    return 0.0 if bucket < 0 else (1 - RELATIVE_ERROR) * BUCKET_GROWTH**bucket


def execution_time_summary_table(histogram: pd.DataFrame) -> pd.DataFrame:
    """One row for the whole window: how many finished queries, their average, p50, p95 and p99 in ms.

    *histogram* is as `histogram_percentile` takes it, with sum_ms beside; one that was not answered is given back.
    """
    if histogram.attrs.get("unanswered"):
        return histogram
    count = histogram["query_count"].sum()
    row = {
        "query_count": count,
        "avg_execution_time": histogram["sum_ms"].sum() / count if count else math.nan,
        **{f"p{share}_execution_time": histogram_percentile(histogram, share / 100) for share in (50, 95, 99)},
    }
    return pd.DataFrame([row])


def slow_period_findings(times: pd.DataFrame, *, p95_limit_ms: float, least_queries: int) -> list[Finding]:
    """A WARNING for each stretch of bins whose p95 exceeded *p95_limit_ms*, and how many bins did not.

    Only bins with at least *least_queries* count; without one the answer is CRITICAL. *times* answers the question
    execution_time: time_bucket (UTC), query_count and p95_execution_time (ms).
    """
    subject = "execution time"
    if unanswered := unanswered_findings(times, subject):
        return unanswered
    full_bins = times[times["query_count"] >= least_queries]
    if full_bins.empty:
        return [
            Finding(
                CRITICAL, subject, f"could not be judged: no bin has {least_queries} finished queries; widen the bins"
            )
        ]
    slow = full_bins["p95_execution_time"] > p95_limit_ms
    stretches = (slow != slow.shift()).cumsum()[slow]
    findings = [
        _slow_period_finding(full_bins.loc[rows.index], p95_limit_ms) for _, rows in stretches.groupby(stretches)
    ]
    thin_bins = len(times) - len(full_bins)
    sentence = f"p95 was within {p95_limit_ms:,.0f} ms in {(~slow).sum()} of {len(full_bins)} bins"
    aside = f"; {thin_bins} bins with fewer than {least_queries} finished queries were not judged" if thin_bins else ""
    return [*findings, Finding(OK, subject, sentence + aside)]


def long_query_findings(longest: pd.DataFrame, *, limit_ms: float) -> list[Finding]:
    """A WARNING for each query that executed longer than *limit_ms*, whatever became of it.

    *longest* answers the question longest_queries: query_id, user, state and execution_time_ms.
    """
    if unanswered := unanswered_findings(longest, "longest queries"):
        return unanswered
    over = longest[longest["execution_time_ms"] > limit_ms]
    findings = [
        Finding(
            WARNING,
            f"query {row.query_id}",
            f"of {row.user} executed {row.execution_time_ms / 1000:,.1f} s (limit {limit_ms / 1000:,.1f} s) "
            f"and ended {row.state}",
        )
        for row in over.itertuples()
    ]
    longest_s = longest["execution_time_ms"].max() / 1000
    return findings or [
        Finding(OK, "longest queries", f"the longest executed {longest_s:,.1f} s (limit {limit_ms / 1000:,.1f} s)")
    ]


def _slow_period_finding(bins: pd.DataFrame, limit_ms: float) -> Finding:
    first, last = bins["time_bucket"].iloc[0], bins["time_bucket"].iloc[-1]
    worst = bins.loc[bins["p95_execution_time"].idxmax()]
    when = (
        f"in the bin of {first:%H:%M}"
        if len(bins) == 1
        else f"in the {len(bins)} bins from {first:%H:%M} to {last:%H:%M}"
    )
    return Finding(
        WARNING,
        "execution time",
        f"p95 reached {worst['p95_execution_time']:,.0f} ms (limit {limit_ms:,.0f} ms, n {worst['query_count']:,}) "
        f"{when} on {first:%Y-%m-%d}",
    )
