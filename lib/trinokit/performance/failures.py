"""What failed, and what did it waste?"""

import pandas as pd

from trinokit.findings import OK, WARNING, Finding, format_count
from trinokit.performance.unanswered import format_percent, unanswered_findings


def failure_findings(failures: pd.DataFrame, *, share: float, wasted_cpu_s: float) -> list[Finding]:
    """Whether more than *share* of the queries failed, what wasted CPU, and errors that are not the users' own."""
    if failures.attrs.get("unanswered"):
        return unanswered_findings(failures, "failures")
    if failures.empty:
        return [Finding(OK, "failures", "no query failed")]
    failed, all_failed = failures["share"].sum(), failures["query_count"].sum()
    code = failures["error_code"].iloc[0]
    sentence = f"{format_percent(failed)} of the queries failed ({all_failed:,}, limit {format_percent(share)}), most with {code}"
    findings = [Finding(WARNING if failed > share else OK, "failures", sentence)]
    findings += [
        _wasted_cpu_finding(row, wasted_cpu_s) for row in failures.itertuples() if row.wasted_cpu_s > wasted_cpu_s
    ]
    return findings + [
        _cluster_error_finding(row) for row in failures.itertuples() if row.error_type in ("INTERNAL_ERROR", "EXTERNAL")
    ]


def unparsed_statement_findings(types: pd.DataFrame, *, share: float) -> list[Finding]:
    """Whether more than *share* of the statements could not be parsed."""
    if failed := unanswered_findings(types, "statements"):
        return failed
    found = types.loc[types["query_type"] == "(not parsed)", "share"].sum()
    sentence = f"{format_percent(found)} could not be parsed (limit {format_percent(share)})"
    return [Finding(WARNING if found > share else OK, "statements", sentence)]


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
        f"is no mistake of the users ({row.error_type}): {_queries_and_users(row)}, last at {row.last_seen:%Y-%m-%d %H:%M}",
    )


def _queries_and_users(row: tuple) -> str:
    return f"{format_count(row.query_count, 'query', 'queries')} of {format_count(row.users_hit, 'user')}"
