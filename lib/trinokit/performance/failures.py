"""What failed, and what did it waste?"""

import pandas as pd

from trinokit.findings import OK, WARNING, Finding, counted
from trinokit.performance.judging import not_judged, percent


def failing(failures: pd.DataFrame, *, share: float, wasted_cpu_s: float) -> list[Finding]:
    """Whether more than *share* of the queries failed, what wasted CPU, and errors that are not the users' own."""
    if failures.attrs.get("unanswered"):
        return not_judged(failures, "failures")
    if failures.empty:
        return [Finding(OK, "failures", "no query failed")]
    failed, all_failed = failures["share"].sum(), failures["query_count"].sum()
    code = failures["error_code"].iloc[0]
    sentence = f"{percent(failed)} of the queries failed ({all_failed:,}, limit {percent(share)}), most with {code}"
    findings = [Finding(WARNING if failed > share else OK, "failures", sentence)]
    findings += [_wasted(row, wasted_cpu_s) for row in failures.itertuples() if row.wasted_cpu_s > wasted_cpu_s]
    return findings + [
        _cluster(row) for row in failures.itertuples() if row.error_type in ("INTERNAL_ERROR", "EXTERNAL")
    ]


def unparsed(types: pd.DataFrame, *, share: float) -> list[Finding]:
    """Whether more than *share* of the statements could not be parsed."""
    if failed := not_judged(types, "statements"):
        return failed
    found = types.loc[types["query_type"] == "(not parsed)", "share"].sum()
    sentence = f"{percent(found)} could not be parsed (limit {percent(share)})"
    return [Finding(WARNING if found > share else OK, "statements", sentence)]


def _wasted(row: tuple, limit_s: float) -> Finding:
    return Finding(
        WARNING,
        row.error_code,
        f"wasted {row.wasted_cpu_s:,.0f} s of CPU (limit {limit_s:,.0f} s) in {_hit(row)}",
    )


def _cluster(row: tuple) -> Finding:
    return Finding(
        WARNING,
        row.error_code,
        f"is no mistake of the users ({row.error_type}): {_hit(row)}, last at {row.last_seen:%Y-%m-%d %H:%M}",
    )


def _hit(row: tuple) -> str:
    return f"{counted(row.query_count, 'query', 'queries')} of {counted(row.users_hit, 'user')}"
