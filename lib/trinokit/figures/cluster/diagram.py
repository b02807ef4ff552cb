"""What does the cluster look like? Namespaces as boxes, and who depends on whom."""

from functools import cache

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextToPath

from trinokit.figures.chart_decorator import INK, Chart, with_caption
from trinokit.figures.cluster import layout_and_arrows
from trinokit.figures.cluster.box_placement import Area
from trinokit.figures.cluster.diagram_parts import (
    ENTRY_BOX,
    OUTSIDE_BOX,
    DiagramArrow,
    DiagramBox,
    DiagramNode,
    DiagramParts,
    diagram_parts,
)
from trinokit.figures.drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY

_PROTOCOL_COLOURS = {
    "thrift": ORANGE,
    "s3": GREEN,
    "mysql": BLUE,
    "postgresql": BLUE,
    "redis": PURPLE,
    "http": SKY,
    "hdfs": "#7a5195",
    "kafka": "#6b8e23",
    "in": INK,
}
_LEGEND_NAMES = {"in": "way in"}
_BROKEN, _WATCHED = "broken", "scraped"
_ALARM_COLOUR, _NODE_COLOUR, _BOX_COLOUR, _SMALL_TEXT, _MEDIUM_TEXT = "#c5221f", "#ffffff", "#f1f3f4", 8.0, 9.0
_LEGEND_ROW, _SAMPLE_WIDTH = 0.27, 0.3


@with_caption
def cluster_diagram(
    workloads: pd.DataFrame,
    *,
    dependencies: pd.DataFrame,
    entries: pd.DataFrame,
    volumes: pd.DataFrame,
    namespaces: pd.DataFrame,
) -> Chart:
    """Namespaces with their roles and workloads (replicas ready of wanted, an autoscaler's limits, storage), ways in on
    the left, hosts outside on the right, what watches below, and an arrow to whatever somebody depends on: red and
    dashed where it is broken, and from a whole box where three or more in it depend on the same. A namespace in which
    much depends on each other is drawn in numbered parts."""
    parts = diagram_parts(workloads, dependencies, entries, volumes, namespaces)
    rows = _legend_rows(_legend_names(parts), 8.6)
    page = layout_and_arrows.lay_out_sheet(parts, top=layout_and_arrows.MARGIN + _LEGEND_ROW * len(rows) + 0.1)
    figure = Chart(figsize=(page.width, page.height), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, page.width), ylim=(page.height, 0))
    axes.axis("off")
    for index, row in enumerate(rows):
        _draw_legend(axes, row, layout_and_arrows.MARGIN + _LEGEND_ROW * (index + 0.5))
    for box in parts.boxes:
        _draw_box(axes, box, page.boxes[box.key], page.node_width)
    for arrow, path in layout_and_arrows.arrow_paths(parts, page):
        _draw_arrow(axes, arrow, path)
    for node in [node for box in parts.boxes for node in box.nodes]:
        _draw_node(axes, node, page.nodes[node.key])
    figure.set_label(parts.sentence)
    return figure


def _legend_names(parts: DiagramParts) -> list[str]:
    """What the legend explains: the protocols, and the marks that are there."""
    protocols = {
        arrow.protocol if arrow.protocol in _PROTOCOL_COLOURS else "other" for arrow in parts.arrows if not arrow.broken
    }
    names = [name for name in [*_PROTOCOL_COLOURS, "other"] if name in protocols]
    watched = any(node.watched for box in parts.boxes for node in box.nodes)
    broken = any(arrow.broken for arrow in parts.arrows)
    return names + [_BROKEN] * broken + [_WATCHED] * watched


def _legend_rows(names: list[str], width: float) -> list[list[tuple[str, float]]]:
    """*names* in rows that are not wider than *width*, each with the place where it begins."""
    rows: list[list[tuple[str, float]]] = [[]]
    x = layout_and_arrows.MARGIN
    for name in names:
        needed = _SAMPLE_WIDTH + 0.1 + _text_width(_LEGEND_NAMES.get(name, name), _MEDIUM_TEXT) + 0.3
        if rows[-1] and x + needed > width:
            rows.append([])
            x = layout_and_arrows.MARGIN
        rows[-1].append((name, x))
        x += needed
    return rows


def _draw_legend(axes: Axes, row: list[tuple[str, float]], y: float) -> None:
    for name, x in row:
        if name == _WATCHED:
            axes.add_patch(_scraped_mark(x + _SAMPLE_WIDTH - 0.06, y))
        else:
            style = {"linestyle": (0, (4, 2))} if name == _BROKEN else {}
            axes.plot([x, x + _SAMPLE_WIDTH], [y, y], color=_arrow_colour(name, name == _BROKEN), linewidth=2, **style)
        axes.text(
            x + _SAMPLE_WIDTH + 0.08,
            y,
            _LEGEND_NAMES.get(name, name),
            fontsize=_MEDIUM_TEXT,
            color=INK,
            va="center_baseline",
        )


def _draw_box(axes: Axes, box: DiagramBox, area: Area, room: float) -> None:
    outer = box.key in (ENTRY_BOX, OUTSIDE_BOX)
    line = {"edgecolor": GREY, "linewidth": 0.8, "linestyle": "--" if outer else "-"}
    axes.add_patch(_rounded_box(area, 0.08, facecolor="none" if outer else _BOX_COLOUR, zorder=0, **line))
    text_style = {"va": "center", "ha": "left", "color": INK, "zorder": 5}
    x, room = area.x + (0.1 if box.is_monitoring else layout_and_arrows.ARC_WIDTH), 1.55 if box.is_monitoring else room
    axes.text(
        x, area.y + 0.155, _fit_text(box.title, 10, room, bold=True), fontsize=10, fontweight="bold", **text_style
    )
    if box.role:
        axes.text(
            x, area.y + 0.31, _fit_text(box.role, _SMALL_TEXT, room), fontsize=_SMALL_TEXT, style="italic", **text_style
        )
    if box.footer:
        y = area.bottom - 0.13
        axes.text(x, y, _fit_text(box.footer, _SMALL_TEXT, room), fontsize=_SMALL_TEXT, **text_style)


def _draw_node(axes: Axes, node: DiagramNode, area: Area) -> None:
    line = {"edgecolor": _ALARM_COLOUR if node.is_alarming else INK, "linewidth": 1.2 if node.is_alarming else 0.8}
    style = "--" if node.missing else "-"
    axes.add_patch(_rounded_box(area, 0.05, facecolor=_NODE_COLOUR, zorder=3, linestyle=style, **line))
    x, y = area.x + 0.09, area.y + 0.065 + layout_and_arrows.LINE_HEIGHT / 2
    text_style = {"va": "center", "ha": "left", "zorder": 5}
    room = area.width - 0.18
    title = _fit_text(node.title, _MEDIUM_TEXT, room - 0.14 * node.watched, bold=True)
    axes.text(x, y, title, fontsize=_MEDIUM_TEXT, weight="bold", color=INK, **text_style)
    if node.detail:
        y += layout_and_arrows.LINE_HEIGHT
        colour = _ALARM_COLOUR if node.short or node.missing else INK
        axes.text(x, y, _fit_text(node.detail, _SMALL_TEXT, room), fontsize=_SMALL_TEXT, color=colour, **text_style)
    if node.storage:
        y += layout_and_arrows.LINE_HEIGHT
        _draw_storage_sign(axes, x + 0.05, y)
        colour = _ALARM_COLOUR if node.unbound else INK
        axes.text(
            x + 0.15,
            y,
            _fit_text(node.storage, _SMALL_TEXT, room - 0.15),
            fontsize=_SMALL_TEXT,
            color=colour,
            **text_style,
        )
    if node.watched:
        axes.add_patch(_scraped_mark(area.right - 0.1, area.y + 0.1))


def _draw_storage_sign(axes: Axes, x: float, y: float) -> None:
    """The sign for storage."""
    style = {"facecolor": GREY, "edgecolor": INK, "linewidth": 0.6, "zorder": 5}
    axes.add_patch(Ellipse((x, y + 0.04), 0.1, 0.04, **style))
    axes.add_patch(Rectangle((x - 0.05, y - 0.04), 0.1, 0.08, **{**style, "linewidth": 0}))
    axes.add_patch(Ellipse((x, y - 0.04), 0.1, 0.04, **style))


def _draw_arrow(axes: Axes, drawn: DiagramArrow, path: Path) -> None:
    style = {"linestyle": (0, (4, 2)), "linewidth": 1.8} if drawn.broken else {"linewidth": 1.3}
    colour = _arrow_colour(drawn.protocol, drawn.broken)
    order = 2.5 if drawn.broken else 2
    arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=8, color=colour, zorder=order, **style)
    axes.add_patch(arrow)


def _scraped_mark(x: float, y: float) -> Circle:
    return Circle((x, y), 0.04, facecolor=SKY, edgecolor=INK, linewidth=0.5, zorder=6)


def _rounded_box(area: Area, radius: float, **style: object) -> FancyBboxPatch:
    corners = f"round,pad=0,rounding_size={radius}"
    return FancyBboxPatch((area.x, area.y), area.width, area.height, boxstyle=corners, **style)


def _arrow_colour(protocol: str, broken: bool) -> str:
    return _ALARM_COLOUR if broken else _PROTOCOL_COLOURS.get(protocol, GREY)


def _fit_text(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """*text*, without its middle where it would be wider than *room* inches."""
    length = len(text)
    shortened = text
    while length > 4 and _text_width(shortened, size, bold=bold) > room:
        length -= 1
        shortened = f"{text[: length - length // 3]}…{text[len(text) - length // 3 :]}"
    return shortened


@cache
def _text_width(text: str, size: float, *, bold: bool = False) -> float:
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    # The picture rounds each letter to whole dots, and so gets a little wider than the outlines are.
    return TextToPath().get_text_width_height_descent(text, font, False)[0] / 72 * 1.06
