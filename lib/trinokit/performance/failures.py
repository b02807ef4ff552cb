"""What failed, and what did it waste?"""

import pandas as pd

from trinokit.findings import OK, WARNING, Finding, format_count
from trinokit.performance.unanswered import format_percent, unanswered_findings


def failure_findings(failures: pd.DataFrame, *, share_limit: float, wasted_cpu_limit_s: float) -> list[Finding]:
    """Whether more than *share_limit* of the queries failed, what wasted CPU, and errors that are not the users' own.

    *failures* answers the question of that name, a row an error code: error_type, error_code, query_count, share (of
    all queries of the window), users_hit, wasted_cpu_s and last_seen (UTC). A code that wasted more than
    *wasted_cpu_limit_s* and any that is INTERNAL_ERROR or EXTERNAL is a WARNING of its own.
    """
    if failures.attrs.get("unanswered"):
        return unanswered_findings(failures, "failures")
    if failures.empty:
        return [Finding(OK, "failures", "no query failed")]
    failed_share, failed_count = failures["share"].sum(), failures["query_count"].sum()
    counts = f"{failed_count:,}, limit {format_percent(share_limit)}"
    code = failures["error_code"].iloc[0]
    sentence = f"{format_percent(failed_share)} of the queries failed ({counts}), most with {code}"
    findings = [Finding(WARNING if failed_share > share_limit else OK, "failures", sentence)]
    findings += [
        _wasted_cpu_finding(row, wasted_cpu_limit_s)
        for row in failures.itertuples()
        if row.wasted_cpu_s > wasted_cpu_limit_s
    ]
    return findings + [
        _cluster_error_finding(row) for row in failures.itertuples() if row.error_type in ("INTERNAL_ERROR", "EXTERNAL")
    ]


def unparsed_statement_findings(types: pd.DataFrame, *, share_limit: float) -> list[Finding]:
    """Whether more than *share_limit* of the statements could not be parsed.

    *types* answers the question query_types: query_type, where ``(not parsed)`` has none, and share.
    """
    if unanswered := unanswered_findings(types, "statements"):
        return unanswered
    unparsed_share = types.loc[types["query_type"] == "(not parsed)", "share"].sum()
    sentence = f"{format_percent(unparsed_share)} could not be parsed (limit {format_percent(share_limit)})"
    return [Finding(WARNING if unparsed_share > share_limit else OK, "statements", sentence)]


def _wasted_cpu_finding(row: tuple, limit_s: float) -> Finding:
    return Finding(
        WARNING,
        row.error_code,
        f"wasted {row.wasted_cpu_s:,.0f} s of CPU (limit {limit_s:,.0f} s) in {_queries_and_users(row)}",
    )


def _cluster_error_finding(row: tuple) -> Finding:
    return Finding(
        WARNING,
        row.error_code,
        f"is no mistake of the users ({row.error_type}): {_queries_and_users(row)}, "
        f"last at {row.last_seen:%Y-%m-%d %H:%M}",
    )


def _queries_and_users(row: tuple) -> str:
    return f"{format_count(row.query_count, 'query', 'queries')} of {format_count(row.users_hit, 'user')}"
