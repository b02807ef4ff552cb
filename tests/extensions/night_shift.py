"""Who asks at which hour? A question, a figure and findings of an analyst's own."""

import pandas as pd

from trinokit.figures import Chart, panel_figure, with_caption
from trinokit.findings import OK, WARNING, Finding
from trinokit.performance import Measurement


@with_caption
def queries_per_user_chart(queries: pd.DataFrame) -> Chart:
    """Queries that each user created in the window."""
    figure, [axes] = panel_figure(2.2)
    by_user = queries.groupby("user")["query_count"].sum()
    axes.bar(list(by_user.index), by_user.tolist())
    axes.set_ylabel("queries")
    return figure


def night_findings(queries: pd.DataFrame, *, last_hour: int) -> list[Finding]:
    """Users who create queries before *last_hour* o'clock, UTC."""
    early = queries[queries["time_bucket"].dt.hour < last_hour]
    findings = [
        Finding(WARNING, f"user {user}", f"created {count:,} queries before {last_hour} o'clock")
        for user, count in early.groupby("user")["query_count"].sum().items()
    ]
    return findings or [Finding(OK, "night", f"nobody created a query before {last_hour} o'clock")]


QUERIES_PER_USER_AND_HOUR = Measurement(
    question="tests/extensions/queries_per_user_and_hour.sql", draw=queries_per_user_chart, judge=night_findings
)
