"""How much is it, line by line? One figure a question."""

import pandas as pd

from trinokit.figures.chart_decorator import Chart, with_caption
from trinokit.figures.drawing import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    add_legend,
    grouped_bar_figure,
    stacked_bar_figure,
)


@with_caption
def longest_queries_chart(longest: pd.DataFrame) -> Chart:
    """The queries that executed longest, in seconds; red where they did not finish."""
    labels = longest["user"] + "  " + longest["query_id"]
    colours = [BLUE if state == "FINISHED" else RED for state in longest["state"]]
    return grouped_bar_figure(labels, {"s": longest["execution_time_ms"] / 1000}, [colours])


@with_caption
def user_load_chart(load: pd.DataFrame) -> Chart:
    """Each user's share of the queries and of the execution time; the last line is everybody else."""
    shares = {name.replace("_", " "): load[name] for name in ("share_of_queries", "share_of_execution_time")}
    return grouped_bar_figure(load["user"], shares, [SKY, BLUE], percent=True)


@with_caption
def query_types_chart(types: pd.DataFrame) -> Chart:
    """Statements by type, failed ones on the right."""
    finished = types["query_count"] - types["failed_count"]
    return stacked_bar_figure(
        types["query_type"], {"finished": (finished, BLUE), "failed": (types["failed_count"], RED)}
    )


@with_caption
def query_states_chart(states: pd.DataFrame) -> Chart:
    """Queries active and queued at that moment, and completed and failed in the window (log scale)."""
    colours = {"ACTIVE": GREEN, "QUEUED": ORANGE, "COMPLETED": BLUE, "FAILED": RED}
    labels = states["standing"].str.lower() + "  " + states["state"]
    figure = grouped_bar_figure(labels, {"queries": states["query_count"]}, [states["standing"].map(colours).tolist()])
    figure.axes[0].set_xscale("symlog")
    return figure


@with_caption
def failures_chart(failures: pd.DataFrame) -> Chart:
    """Failed queries by error code; the colour is Trino's type of the error."""
    colours = {"USER_ERROR": SKY, "INSUFFICIENT_RESOURCES": ORANGE, "EXTERNAL": PURPLE, "INTERNAL_ERROR": RED}
    bar_colours = [colours.get(kind, GREY) for kind in failures["error_type"]]
    figure = grouped_bar_figure(failures["error_code"], {"queries": failures["query_count"]}, [bar_colours])
    add_legend(figure.axes[0], {kind: colours.get(kind, GREY) for kind in failures["error_type"].unique()})
    return figure


@with_caption
def coverage_chart(coverage: pd.DataFrame) -> Chart:
    """Rows in the history and rows that are missing, by coordinator and UTC day."""
    labels = coverage["coordinator"] + "  " + coverage["utc_day"]
    lost = coverage["rows_lost"].fillna(0)
    return stacked_bar_figure(labels, {"in the history": (coverage["rows_seen"], BLUE), "lost": (lost, RED)})
