"""How much is it, line by line? One figure a question."""

import pandas as pd
from matplotlib.figure import Figure

from trinokit.figures.drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, captioned, legend, lines, stacked


@captioned
def longest_queries(longest: pd.DataFrame) -> Figure:
    """The queries that executed longest, in seconds; red where they did not finish."""
    labels = longest["user"] + "  " + longest["query_id"]
    colours = [BLUE if state == "FINISHED" else RED for state in longest["state"]]
    return lines(labels, {"s": longest["execution_time_ms"] / 1000}, [colours])


@captioned
def load_per_user(load: pd.DataFrame) -> Figure:
    """Each user's share of the queries and of the execution time; the last line is everybody else."""
    shares = {name.replace("_", " "): load[name] for name in ("share_of_queries", "share_of_execution_time")}
    return lines(load["user"], shares, [SKY, BLUE], percent=True)


@captioned
def query_types(types: pd.DataFrame) -> Figure:
    """Statements by type, failed ones on the right."""
    finished = types["query_count"] - types["failed_count"]
    return stacked(types["query_type"], {"finished": (finished, BLUE), "failed": (types["failed_count"], RED)})


@captioned
def query_states(states: pd.DataFrame) -> Figure:
    """Queries active and queued at that moment, and completed and failed in the window (log scale)."""
    colours = {"ACTIVE": GREEN, "QUEUED": ORANGE, "COMPLETED": BLUE, "FAILED": RED}
    labels = states["standing"].str.lower() + "  " + states["state"]
    figure = lines(labels, {"queries": states["query_count"]}, [states["standing"].map(colours).tolist()])
    figure.axes[0].set_xscale("symlog")
    return figure


@captioned
def failures(failures: pd.DataFrame) -> Figure:
    """Failed queries by error code; the colour is Trino's type of the error."""
    colours = {"USER_ERROR": SKY, "INSUFFICIENT_RESOURCES": ORANGE, "EXTERNAL": PURPLE, "INTERNAL_ERROR": RED}
    found = [colours.get(kind, GREY) for kind in failures["error_type"]]
    figure = lines(failures["error_code"], {"queries": failures["query_count"]}, [found])
    legend(figure.axes[0], {kind: colours.get(kind, GREY) for kind in failures["error_type"].unique()})
    return figure


@captioned
def coverage(coverage: pd.DataFrame) -> Figure:
    """Rows in the history and rows that are missing, by coordinator and UTC day."""
    labels = coverage["coordinator"] + "  " + coverage["utc_day"]
    lost = coverage["rows_lost"].fillna(0)
    return stacked(labels, {"in the history": (coverage["rows_seen"], BLUE), "lost": (lost, RED)})
