"""How much was asked, by whom, and what had to wait?"""

import pandas as pd

from trinokit.findings import OK, WARNING, Finding, format_count
from trinokit.performance.unanswered import format_percent, unanswered_findings
from trinokit.window import Window


def throughput_table(throughput: pd.DataFrame, *, since: str, until: str, bin_minutes: int) -> pd.DataFrame:
    """*throughput* with the bins in which nothing was created, and queries per minute of the time a bin covers.

    *throughput* answers the question of that name: time_bucket (UTC), query_count and failed_count. Bins at both ends
    of the window cover less than *bin_minutes*, so queries_per_minute is of the part that lies within.
    """
    if throughput.attrs.get("unanswered"):
        return throughput
    window, width = Window.parse(since, until), pd.Timedelta(minutes=bin_minutes)
    first = pd.Timestamp(window.since).floor(width)
    starts = pd.date_range(first, window.until, freq=width, inclusive="left", name="time_bucket")
    bins = throughput.set_index("time_bucket").reindex(starts, fill_value=0).reset_index()
    begin = bins["time_bucket"].clip(lower=window.since)
    end = (bins["time_bucket"] + width).clip(upper=window.until)
    return bins.assign(queries_per_minute=bins["query_count"] / ((end - begin) / pd.Timedelta(minutes=1)))


def quiet_period_findings(throughput: pd.DataFrame, *, share_limit: float) -> list[Finding]:
    """A WARNING where bins had fewer queries per minute than *share_limit* of the median bin.

    *throughput* is a `throughput_table`.
    """
    if unanswered := unanswered_findings(throughput, "throughput"):
        return unanswered
    rate = throughput["queries_per_minute"]
    median = rate.median()
    quiet = throughput[rate < share_limit * median] if median else throughput
    if quiet.empty:
        return [
            Finding(
                OK,
                "throughput",
                f"the quietest of {len(rate)} bins had {rate.min():,.0f} queries per minute (median {median:,.0f})",
            )
        ]
    times = ", ".join(f"{start:%Y-%m-%d %H:%M}" for start in quiet["time_bucket"][:5])
    more_text = f" and {len(quiet) - 5} more" if len(quiet) > 5 else ""
    limit = f"{format_percent(share_limit)} of the median of {median:,.0f} queries per minute"
    return [
        Finding(WARNING, "throughput", f"fell below {limit} in {len(quiet)} of {len(rate)} bins: {times}{more_text}")
    ]


def heavy_user_findings(load: pd.DataFrame, *, share_limit: float) -> list[Finding]:
    """A WARNING for each user who caused more than *share_limit* of the execution time.

    *load* answers the question load_per_user: user, users (how many a line stands for), share_of_queries and
    share_of_execution_time.
    """
    if unanswered := unanswered_findings(load, "load"):
        return unanswered
    single_users = load[load["users"] == 1]
    heavy = single_users[single_users["share_of_execution_time"] > share_limit]
    findings = [
        Finding(
            WARNING,
            f"user {row.user}",
            f"caused {format_percent(row.share_of_execution_time)} of the execution time "
            f"(limit {format_percent(share_limit)}) with {format_percent(row.share_of_queries)} of the queries",
        )
        for row in heavy.itertuples()
    ]
    sentence = f"no user caused more than {format_percent(share_limit)} of the execution time"
    return findings or [Finding(OK, "load", sentence)]


def queue_findings(states: pd.DataFrame, *, limit: int) -> list[Finding]:
    """Whether more than *limit* queries are queued now.

    *states* answers the question query_states: standing (ACTIVE, QUEUED, COMPLETED or FAILED), state and query_count.
    """
    if unanswered := unanswered_findings(states, "queue"):
        return unanswered
    counts = states.groupby("standing")["query_count"].sum()
    queued = format_count(int(counts["QUEUED"]), "query was", "queries were")
    sentence = f"{queued} queued and {counts['ACTIVE']:,} active at that moment (limit {limit} queued)"
    return [Finding(WARNING if counts["QUEUED"] > limit else OK, "queue", sentence)]


def waiting_time_findings(spent: pd.DataFrame, *, share_limit: float) -> list[Finding]:
    """Whether queries spent more than *share_limit* of their elapsed time queued or waiting for resources.

    *spent* answers the question time_spent: time_bucket (UTC), elapsed_ms and its parts, queued_ms and waiting_ms.
    """
    if unanswered := unanswered_findings(spent, "waiting"):
        return unanswered
    sums = spent.drop(columns="time_bucket").sum()
    waited = (sums["queued_ms"] + sums["waiting_ms"]) / max(sums["elapsed_ms"], 1)
    sentence = (
        f"{format_percent(waited)} of {sums['elapsed_ms'] / 1000:,.0f} s elapsed was spent queued or waiting "
        f"for resources (limit {format_percent(share_limit)})"
    )
    return [Finding(WARNING if waited > share_limit else OK, "waiting", sentence)]
