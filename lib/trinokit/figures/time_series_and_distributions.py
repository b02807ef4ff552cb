"""How does it change over time, and how is it distributed? One figure a question."""

import pandas as pd

from trinokit.figures.chart_decorator import INK, Chart, with_caption
from trinokit.figures.drawing import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    THOUSANDS_FORMAT,
    add_legend,
    bin_middles,
    draw_bars_over_time,
    panel_figure,
)


@with_caption
def execution_time_chart(times: pd.DataFrame, *, least_queries: int) -> Chart:
    """Average, p95 and p99 execution time a bin (log scale) and how many finished queries (n) stand behind them;
    hollow where there are too few to judge."""
    figure, (upper, lower) = panel_figure(2.7, 0.9)
    middle = bin_middles(times["time_bucket"])
    enough = times["query_count"] >= least_queries
    for column, colour, label in (
        ("p99_execution_time", ORANGE, "p99"),
        ("p95_execution_time", RED, "p95"),
        ("avg_execution_time", BLUE, "average"),
    ):
        upper.plot(middle, times[column], color=colour, linewidth=1.2, alpha=0.6)
        upper.scatter(middle[enough], times[column][enough], color=colour, s=14, label=label)
        upper.scatter(middle[~enough], times[column][~enough], facecolors="none", edgecolors=colour, s=14)
    upper.set_yscale("log")
    upper.yaxis.set_major_formatter(THOUSANDS_FORMAT)
    upper.set_ylabel("ms")
    add_legend(upper)
    draw_bars_over_time(lower, times, {"query_count": GREY}, label="n")
    return figure


@with_caption
def execution_time_histogram_chart(histogram: pd.DataFrame) -> Chart:
    """How many finished queries executed how long (log scale), over the whole window."""
    figure, [axes] = panel_figure(2.2)
    growth = 1.01 / 0.99
    middle = growth ** histogram["log_bucket"].clip(lower=0)
    bin_limits = [10 ** (step / 8) for step in range(49)]
    axes.hist(middle, bins=bin_limits, weights=histogram["query_count"], color=BLUE)
    axes.set_xscale("log")
    axes.set_xlim(middle.min() / 2, middle.max() * 2)
    axes.xaxis.set_major_formatter(THOUSANDS_FORMAT)
    axes.set_xlabel("execution time, ms")
    axes.set_ylabel("queries")
    return figure


@with_caption
def throughput_chart(bins: pd.DataFrame) -> Chart:
    """Queries created a bin: finished below, failed on top."""
    figure, [axes] = panel_figure(2.2)
    finished = bins.assign(finished=bins["query_count"] - bins["failed_count"])
    draw_bars_over_time(axes, finished, {"finished": BLUE, "failed_count": RED}, label="queries")
    add_legend(axes)
    return figure


@with_caption
def time_spent_chart(spent: pd.DataFrame) -> Chart:
    """Where the elapsed time of the queries created in a bin went (all queries together);
    the dotted line is time blocked, summed over the drivers of each query."""
    figure, [axes] = panel_figure(2.8)
    seconds = spent.assign(**{name: spent[name] / 1000 for name in spent.columns if name.endswith("_ms")})
    parts = {"queued_ms": ORANGE, "waiting_ms": GREEN, "planning_ms": PURPLE, "execution_ms": BLUE, "other_ms": GREY}
    draw_bars_over_time(axes, seconds, parts, label="seconds")
    middle = bin_middles(seconds["time_bucket"])
    axes.plot(middle, seconds["blocked_ms"], color=INK, linewidth=1, linestyle=":", label="blocked")
    add_legend(axes)
    return figure
