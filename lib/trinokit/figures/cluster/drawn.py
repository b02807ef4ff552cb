"""What does the cluster look like? Namespaces as boxes, and who depends on whom."""

from functools import cache

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextToPath

from trinokit.figures.cluster import sheet
from trinokit.figures.cluster.parts import IN, OUT, Box, Edge, Node, Parts, parts
from trinokit.figures.cluster.placing import Area
from trinokit.figures.drawing import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, captioned

_COLOURS = {
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
_NAMES = {"in": "way in"}
_BROKEN, _WATCHED = "broken", "scraped"
_ALARM, _PAPER, _SHADE, _SMALL, _MEDIUM = "#c5221f", "#ffffff", "#f1f3f4", 8.0, 9.0
_LEGEND_ROW, _SAMPLE = 0.27, 0.3


@captioned
def architecture(
    workloads: pd.DataFrame,
    *,
    dependencies: pd.DataFrame,
    entries: pd.DataFrame,
    volumes: pd.DataFrame,
    namespaces: pd.DataFrame,
) -> Figure:
    """Namespaces with their roles and workloads (replicas ready of wanted, an autoscaler's limits, storage), ways in on
    the left, hosts outside on the right, what watches below, and an arrow to whatever somebody depends on: red and
    dashed where it is broken, and from a whole box where three or more in it depend on the same. A namespace in which
    much depends on each other is drawn in numbered parts."""
    shown = parts(workloads, dependencies, entries, volumes, namespaces)
    rows = _legend_rows(_legend(shown), 8.6)
    page = sheet.placed(shown, top=sheet.MARGIN + _LEGEND_ROW * len(rows) + 0.1)
    figure = Figure(figsize=(page.width, page.height), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, page.width), ylim=(page.height, 0))
    axes.axis("off")
    for place, row in enumerate(rows):
        _draw_legend(axes, row, sheet.MARGIN + _LEGEND_ROW * (place + 0.5))
    for box in shown.boxes:
        _draw_box(axes, box, page.boxes[box.key], page.node_width)
    for edge, path in sheet.paths(shown, page):
        _draw_edge(axes, edge, path)
    for node in [node for box in shown.boxes for node in box.nodes]:
        _draw_node(axes, node, page.nodes[node.key])
    figure.set_label(shown.sentence)
    return figure


def _legend(shown: Parts) -> list[str]:
    """What the legend explains: the protocols, and the marks that are there."""
    protocols = {edge.protocol if edge.protocol in _COLOURS else "other" for edge in shown.edges if not edge.broken}
    names = [name for name in [*_COLOURS, "other"] if name in protocols]
    watched = any(node.watched for box in shown.boxes for node in box.nodes)
    broken = any(edge.broken for edge in shown.edges)
    return names + [_BROKEN] * broken + [_WATCHED] * watched


def _legend_rows(names: list[str], width: float) -> list[list[tuple[str, float]]]:
    """*names* in rows that are not wider than *width*, each with the place where it begins."""
    rows: list[list[tuple[str, float]]] = [[]]
    x = sheet.MARGIN
    for name in names:
        needed = _SAMPLE + 0.1 + _width(_NAMES.get(name, name), _MEDIUM) + 0.3
        if rows[-1] and x + needed > width:
            rows.append([])
            x = sheet.MARGIN
        rows[-1].append((name, x))
        x += needed
    return rows


def _draw_legend(axes: Axes, row: list[tuple[str, float]], y: float) -> None:
    for name, x in row:
        if name == _WATCHED:
            axes.add_patch(_mark(x + _SAMPLE - 0.06, y))
        else:
            style = {"linestyle": (0, (4, 2))} if name == _BROKEN else {}
            axes.plot([x, x + _SAMPLE], [y, y], color=_colour(name, name == _BROKEN), linewidth=2, **style)
        axes.text(x + _SAMPLE + 0.08, y, _NAMES.get(name, name), fontsize=_MEDIUM, color=INK, va="center_baseline")


def _draw_box(axes: Axes, box: Box, area: Area, room: float) -> None:
    outer = box.key in (IN, OUT)
    line = {"edgecolor": GREY, "linewidth": 0.8, "linestyle": "--" if outer else "-"}
    axes.add_patch(_rounded(area, 0.08, facecolor="none" if outer else _SHADE, zorder=0, **line))
    place = {"va": "center", "ha": "left", "color": INK, "zorder": 5}
    x, room = area.x + (0.1 if box.watches else sheet.ARC), 1.55 if box.watches else room
    axes.text(x, area.y + 0.155, _fitted(box.title, 10, room, bold=True), fontsize=10, fontweight="bold", **place)
    if box.role:
        axes.text(x, area.y + 0.31, _fitted(box.role, _SMALL, room), fontsize=_SMALL, style="italic", **place)
    if box.footer:
        y = area.bottom - 0.13
        axes.text(x, y, _fitted(box.footer, _SMALL, room), fontsize=_SMALL, **place)


def _draw_node(axes: Axes, node: Node, area: Area) -> None:
    line = {"edgecolor": _ALARM if node.alarming else INK, "linewidth": 1.2 if node.alarming else 0.8}
    style = "--" if node.missing else "-"
    axes.add_patch(_rounded(area, 0.05, facecolor=_PAPER, zorder=3, linestyle=style, **line))
    x, y = area.x + 0.09, area.y + 0.065 + sheet.LINE / 2
    place = {"va": "center", "ha": "left", "zorder": 5}
    room = area.width - 0.18
    title = _fitted(node.title, _MEDIUM, room - 0.14 * node.watched, bold=True)
    axes.text(x, y, title, fontsize=_MEDIUM, weight="bold", color=INK, **place)
    if node.detail:
        y += sheet.LINE
        colour = _ALARM if node.short or node.missing else INK
        axes.text(x, y, _fitted(node.detail, _SMALL, room), fontsize=_SMALL, color=colour, **place)
    if node.storage:
        y += sheet.LINE
        _draw_drum(axes, x + 0.05, y)
        colour = _ALARM if node.unbound else INK
        axes.text(x + 0.15, y, _fitted(node.storage, _SMALL, room - 0.15), fontsize=_SMALL, color=colour, **place)
    if node.watched:
        axes.add_patch(_mark(area.right - 0.1, area.y + 0.1))


def _draw_drum(axes: Axes, x: float, y: float) -> None:
    """The sign for storage."""
    style = {"facecolor": GREY, "edgecolor": INK, "linewidth": 0.6, "zorder": 5}
    axes.add_patch(Ellipse((x, y + 0.04), 0.1, 0.04, **style))
    axes.add_patch(Rectangle((x - 0.05, y - 0.04), 0.1, 0.08, **{**style, "linewidth": 0}))
    axes.add_patch(Ellipse((x, y - 0.04), 0.1, 0.04, **style))


def _draw_edge(axes: Axes, edge: Edge, path: Path) -> None:
    style = {"linestyle": (0, (4, 2)), "linewidth": 1.8} if edge.broken else {"linewidth": 1.3}
    colour = _colour(edge.protocol, edge.broken)
    order = 2.5 if edge.broken else 2
    arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=8, color=colour, zorder=order, **style)
    axes.add_patch(arrow)


def _mark(x: float, y: float) -> Circle:
    return Circle((x, y), 0.04, facecolor=SKY, edgecolor=INK, linewidth=0.5, zorder=6)


def _rounded(area: Area, radius: float, **style: object) -> FancyBboxPatch:
    corners = f"round,pad=0,rounding_size={radius}"
    return FancyBboxPatch((area.x, area.y), area.width, area.height, boxstyle=corners, **style)


def _colour(protocol: str, broken: bool) -> str:
    return _ALARM if broken else _COLOURS.get(protocol, GREY)


def _fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """*text*, without its middle where it would be wider than *room* inches."""
    kept = len(text)
    shown = text
    while kept > 4 and _width(shown, size, bold=bold) > room:
        kept -= 1
        shown = f"{text[: kept - kept // 3]}…{text[len(text) - kept // 3 :]}"
    return shown


@cache
def _width(text: str, size: float, *, bold: bool = False) -> float:
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    # The picture rounds each letter to whole dots, and so gets a little wider than the outlines are.
    return TextToPath().get_text_width_height_descent(text, font, False)[0] / 72 * 1.06
