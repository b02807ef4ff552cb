"""What can be measured of queries? A question each, with what becomes of its answer: a table, a figure, findings."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from trinokit import figures
from trinokit.findings import Finding
from trinokit.performance import coverage, execution_time, failures, query_load

WINDOW = ("since", "until")
BINS = ("bin_minutes", *WINDOW)
# How the history is read, which the source itself says and no question asks.
HISTORY = "history"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What is made of the answer to one *question*, a file in queries/ without its ending.

    *parameters* are those of the question. *make_table* takes the answer and, by keyword, the values of the parameters;
    without one the answer is the table. *draw* takes the table and makes a Chart of it, *judge* takes it and makes
    findings of it; both may take limits by keyword, and one of them that is None is not to be had. The *aside* columns
    are there for those two and not shown.
    """

    question: str
    parameters: tuple[str, ...] = WINDOW
    make_table: Callable[..., pd.DataFrame] | None = None
    draw: Callable[..., figures.Chart] | None = None
    judge: Callable[..., list[Finding]] | None = None
    aside: tuple[str, ...] = ()


MEASUREMENTS: dict[str, Measurement] = {
    HISTORY: Measurement(
        question=HISTORY,
        parameters=(),
        aside=("caveat",),
        judge=coverage.history_caveat_findings,
    ),
    "window": Measurement(question="extent"),
    "execution_time": Measurement(
        question="execution_time",
        parameters=BINS,
        draw=figures.execution_time_chart,
        judge=execution_time.slow_period_findings,
    ),
    "execution_time_histogram": Measurement(
        question="execution_time_histogram", draw=figures.execution_time_histogram_chart
    ),
    "execution_time_summary": Measurement(
        question="execution_time_histogram",
        make_table=lambda histogram, **_: execution_time.execution_time_summary_table(histogram),
    ),
    "throughput": Measurement(
        question="throughput",
        parameters=BINS,
        make_table=query_load.throughput_table,
        draw=figures.throughput_chart,
        judge=query_load.quiet_period_findings,
    ),
    "longest_queries": Measurement(
        question="longest_queries",
        parameters=(*WINDOW, "rows"),
        draw=figures.longest_queries_chart,
        judge=execution_time.long_query_findings,
    ),
    "load_per_user": Measurement(
        question="load_per_user",
        parameters=(*WINDOW, "rows"),
        draw=figures.user_load_chart,
        judge=query_load.heavy_user_findings,
    ),
    "query_types": Measurement(
        question="query_types", draw=figures.query_types_chart, judge=failures.unparsed_statement_findings
    ),
    "query_states": Measurement(
        question="query_states", draw=figures.query_states_chart, judge=query_load.queue_findings
    ),
    "time_spent": Measurement(
        question="time_spent",
        parameters=BINS,
        draw=figures.time_spent_chart,
        judge=query_load.waiting_time_findings,
    ),
    "failures": Measurement(question="failures", draw=figures.failures_chart, judge=failures.failure_findings),
    "coverage": Measurement(question="coverage", draw=figures.coverage_chart, judge=coverage.lost_row_findings),
}
