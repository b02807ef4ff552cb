"""How is a figure drawn? Panels, bars over time and bars by line, in colours that everybody can tell apart."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Patch
from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator

from trinokit.figures.chart_decorator import INK, Chart

# https://jfly.uni-koeln.de/color/
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#9aa0a6"
THOUSANDS_FORMAT = FuncFormatter(lambda value, _: f"{value:,.0f}")
PERCENT_FORMAT = FuncFormatter(lambda value, _: f"{value:.0%}")


def panel_figure(*heights: float) -> tuple[Chart, list[Axes]]:
    """A figure with panels of *heights* (inches) above each other, their times in line."""
    figure = Chart(figsize=(9, sum(heights)), dpi=110, layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    return figure, [_style_axes(each) for each in axes.flat]


def add_legend(axes: Axes, colours: dict[str, str] | None = None) -> None:
    """Name what is drawn, or *colours* (name → colour), in one line above the panel."""
    handles = [Patch(color=colour, label=name) for name, colour in (colours or {}).items()]
    options = {"handles": handles} if handles else {}
    axes.legend(
        ncols=7, loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9, handlelength=1.2, **options
    )


def _style_axes(axes: Axes) -> Axes:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return axes


def draw_bars_over_time(axes: Axes, bins: pd.DataFrame, columns: dict[str, str], *, label: str) -> None:
    """Draw *columns* (name → colour) of *bins* on top of each other."""
    # One outline a column, since a day of single bars takes matplotlib seconds: up, along and down for each bin.
    starts = bins["time_bucket"].repeat(4)
    along = starts + pd.Series([0, 0, 0.9, 0.9] * len(bins), starts.index) * _bin_width(bins["time_bucket"])
    bottom = pd.Series(0.0, bins.index)
    for column, colour in columns.items():
        tops = (bottom + bins[column]).repeat(4)
        tops.iloc[0::4], tops.iloc[3::4] = bottom, bottom
        axes.fill_between(along, bottom.repeat(4), tops, color=colour, linewidth=0, label=_series_name(column))
        bottom = bottom + bins[column]
    axes.set_ylim(bottom=0)
    locator = AutoDateLocator(maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylabel(label)


def bin_middles(starts: pd.Series) -> pd.Series:
    """The moments half-way between each start of a bin and the next."""
    return starts + _bin_width(starts) / 2


def _bin_width(starts: pd.Series) -> pd.Timedelta:
    return starts.diff().min() if len(starts) > 1 else pd.Timedelta(minutes=1)


def grouped_bar_figure(
    labels: pd.Series, columns: dict[str, pd.Series], colours: list, *, percent: bool = False
) -> Chart:
    """A bar a line for each of *columns*, side by side."""
    figure, [axes] = panel_figure(0.7 + 0.26 * len(labels) * (1 + 0.3 * (len(columns) - 1)))
    thick = 0.8 / len(columns)
    for index, ((name, values), colour) in enumerate(zip(columns.items(), colours, strict=True)):
        heights = [line + (index - (len(columns) - 1) / 2) * thick for line in range(len(labels))]
        axes.barh(heights, values, height=thick * 0.95, color=colour, label=name)
    _label_bars(axes, labels)
    if percent:
        axes.xaxis.set_major_locator(AutoLocator())
        axes.xaxis.set_major_formatter(PERCENT_FORMAT)
    return figure


def stacked_bar_figure(labels: pd.Series, columns: dict[str, tuple[pd.Series, str]]) -> Chart:
    """A bar a line, *columns* (name → values and colour) after each other."""
    figure, [axes] = panel_figure(0.7 + 0.26 * len(labels))
    before = 0
    for name, (values, colour) in columns.items():
        axes.barh(range(len(labels)), values, left=before, height=0.75, color=colour, label=name)
        before = before + values
    _label_bars(axes, labels)
    return figure


def _label_bars(axes: Axes, labels: pd.Series) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(THOUSANDS_FORMAT)
    names = axes.get_legend_handles_labels()[1]
    if len(names) > 1:
        add_legend(axes)
    else:
        axes.set_xlabel(names[0])


def _series_name(column: str) -> str:
    return column.removesuffix("_ms").removesuffix("_count").replace("_", " ")
