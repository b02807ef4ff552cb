"""Where on the sheet is each box and node of the picture of a cluster, and which way do the arrows take?"""

from dataclasses import dataclass, field

from matplotlib.path import Path

from trinokit.figures.cluster import box_placement
from trinokit.figures.cluster.box_placement import Area
from trinokit.figures.cluster.diagram_parts import (
    ENTRY_BOX,
    OUTSIDE_BOX,
    DiagramArrow,
    DiagramBox,
    DiagramNode,
    DiagramParts,
    NodeKey,
)

# Inches. Arrows inside a box bend through the space ARC at its left.
LINE_HEIGHT, PADDING, ARC_WIDTH, MARGIN = 0.16, 0.13, 0.24, 0.2
_MIN_WIDTH, _MAX_WIDTH, _MAX_COLUMNS = 9.0, 13.0, 5
_NODE_WIDTH, _NARROW_NODE_WIDTH, _MAX_COLUMN_HEIGHT = 2.05, 1.76, 14.0
_BOX_GAP, _LANE_HEIGHT, _BOX_SURROUND, _STRIP_GAP, _STRIP_TITLE_WIDTH = 0.1, 0.07, 0.2, 0.4, 1.75
BoxPair = tuple[str, str]
ArrowPorts = dict[tuple[DiagramArrow, NodeKey], float]


@dataclass
class Sheet:
    """The place of everything, in inches from the upper left corner."""

    width: float
    node_width: float
    bottom: float
    boxes: dict[str, Area] = field(default_factory=dict)
    nodes: dict[NodeKey, Area] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    lanes: dict[tuple[int, BoxPair], float] = field(default_factory=dict)

    def column_left(self, column: int) -> float:
        """Where *column* begins."""
        last = max(self.columns.values(), default=0)
        return MARGIN + column * (self.width - 2 * MARGIN - self.box_width) / max(last, 1)

    @property
    def height(self) -> float:
        """Where it ends below everything that stands on it."""
        return self.bottom + MARGIN

    @property
    def box_width(self) -> float:
        """How wide the boxes in the columns are."""
        return self.node_width + PADDING + ARC_WIDTH


def node_height(node: DiagramNode) -> float:
    """How high *node* is: a line for its name, and one each for what else is known."""
    return 0.13 + LINE_HEIGHT * (1 + bool(node.detail) + bool(node.storage))


def title_height(box: DiagramBox) -> float:
    """How much room the title of *box* takes, with its role below; none in a strip, where it stands at the left."""
    return PADDING if box.is_monitoring else 0.28 + 0.15 * bool(box.role)


def lay_out_sheet(shown: DiagramParts, *, top: float) -> Sheet:
    """A sheet with everything on it, from *top* downwards; what watches all others stands in a strip below."""
    upper = [box for box in shown.boxes if not box.is_monitoring]
    links = _box_pairs(shown, {box.key for box in upper})
    standing = _box_columns(upper, links)
    order = box_placement.order_columns(standing, links)
    # A box keeps more room around it than a lane.
    heights = {box.key: _box_height(box) + _BOX_SURROUND for box in upper} | _lane_heights(order, links)
    sheet = _empty_sheet(len(order), standing, top)
    _place_columns(sheet, box_placement.stack_columns(order, heights, set(links), gap=_BOX_GAP), heights, top)
    for box in shown.boxes:
        if box.is_monitoring:
            _lay_strip(box, sheet)
        else:
            _stack_nodes(box, sheet)
    # A bundle of arrows comes out of the whole box.
    sheet.nodes |= {(key, ""): area for key, area in sheet.boxes.items()}
    return sheet


def _lane_heights(order: list[list], links: list[BoxPair]) -> dict[BoxPair, float]:
    lanes = {key for column in order for key in column if isinstance(key, tuple)}
    return {pair: _LANE_HEIGHT * sum(link in (pair, pair[::-1]) for link in links) for pair in lanes}


def _place_columns(sheet: Sheet, middles: list[dict], heights: dict, top: float) -> None:
    """Put the boxes and lanes of each column where their *middles* are, the highest at *top*."""
    highest = min((y - heights[key] / 2 for column in middles for key, y in column.items()), default=0)
    for place, column in enumerate(middles):
        for key, middle in column.items():
            y = middle - highest + top
            height = heights[key] - (0 if isinstance(key, tuple) else _BOX_SURROUND)
            sheet.bottom = max(sheet.bottom, y + height / 2)
            if isinstance(key, tuple):
                sheet.lanes[place, key] = y
            else:
                sheet.boxes[key] = Area(sheet.column_left(place), y - height / 2, sheet.box_width, height)


def _empty_sheet(number: int, standing: dict[str, int], top: float) -> Sheet:
    """A sheet for a *number* of columns, as wide as they need, with nothing on it below *top*."""
    node = _NODE_WIDTH if number < _MAX_COLUMNS else _NARROW_NODE_WIDTH
    gutters = (number - 1) * (1.4 if number < _MAX_COLUMNS - 1 else 0.85)
    wished = 2 * MARGIN + number * (node + PADDING + ARC_WIDTH) + gutters
    return Sheet(min(max(wished, _MIN_WIDTH), _MAX_WIDTH), node, top, columns=standing)


def arrow_paths(shown: DiagramParts, sheet: Sheet) -> list[tuple[DiagramArrow, Path]]:
    """The way of each arrow over *sheet*."""
    ports = _arrow_ports(shown, sheet)
    shifts = _lane_shifts(shown, ports, sheet)
    return [(edge, _arrow_path(edge, ports, shifts[edge], sheet)) for edge in shown.edges]


def _lane_shifts(shown: DiagramParts, ports: ArrowPorts, sheet: Sheet) -> dict[DiagramArrow, float]:
    """How far above or below the middle of its lane each arrow is, in the order in which they begin at the left."""
    together: dict[tuple[str, ...], list[DiagramArrow]] = {}
    for edge in shown.edges:
        together.setdefault(tuple(sorted((edge.source[0], edge.target[0]))), []).append(edge)
    shifts = {}
    for edges in together.values():
        ranked = sorted(edges, key=lambda edge: ports[edge, _left_end(edge, sheet)])
        shifts |= {edge: (rank - (len(edges) - 1) / 2) * _LANE_HEIGHT for rank, edge in enumerate(ranked)}
    return shifts


def _left_end(edge: DiagramArrow, sheet: Sheet) -> NodeKey:
    """The end of *edge* that is farther left."""
    return min(edge.source, edge.target, key=lambda key: sheet.columns.get(key[0], 0))


def _box_pairs(shown: DiagramParts, keys: set[str]) -> list[BoxPair]:
    """From which box to which an edge leads, as often as one does."""
    pairs = [(edge.source[0], edge.target[0]) for edge in shown.edges]
    return [(one, other) for one, other in pairs if one != other and {one, other} <= keys]


def _box_columns(upper: list[DiagramBox], links: list[BoxPair]) -> dict[str, int]:
    heights = {box.key: _box_height(box) + _BOX_SURROUND for box in upper}
    ends = heights.keys() & {ENTRY_BOX, OUTSIDE_BOX}
    most = _MAX_COLUMNS - len(ends)
    inner = [key for key in heights if key not in ends]
    found = box_placement.assign_columns(inner, [link for link in links if not ends & set(link)], most=most)
    standing = dict.fromkeys(ends & {ENTRY_BOX}, 0)
    standing |= {key: column + len(standing) for key, column in _balance_columns(found, heights, most).items()}
    return standing | dict.fromkeys(ends & {OUTSIDE_BOX}, max(standing.values(), default=-1) + 1)


def _balance_columns(found: dict[str, int], heights: dict[str, float], most: int) -> dict[str, int]:
    """The columns as *found*, or where one of them gets too high, *most* columns of about the same height."""
    high = [sum(heights[key] for key in found if found[key] == column) for column in set(found.values())]
    if max(high, default=0) <= _MAX_COLUMN_HEIGHT:
        return found
    evened, above = {}, 0.0
    for key in sorted(found, key=lambda key: (found[key], key)):
        evened[key] = int((above + heights[key] / 2) / sum(high) * most)
        above += heights[key]
    return evened


def _box_height(box: DiagramBox) -> float:
    return title_height(box) + sum(node_height(node) + PADDING for node in box.nodes) + LINE_HEIGHT * bool(box.footer)


def _stack_nodes(box: DiagramBox, sheet: Sheet) -> None:
    area = sheet.boxes[box.key]
    y = area.y + title_height(box)
    for node in box.nodes:
        sheet.nodes[node.key] = Area(area.x + ARC_WIDTH, y, sheet.node_width, node_height(node))
        y += node_height(node) + PADDING


def _lay_strip(box: DiagramBox, sheet: Sheet) -> None:
    """Put the nodes of *box* beside each other, right of its title and below everything else."""
    y = sheet.bottom + _STRIP_GAP * bool(sheet.boxes)
    step = sheet.node_width + 0.3
    a_row = int((sheet.width - 2 * MARGIN - _STRIP_TITLE_WIDTH) // step)
    high = max(node_height(node) for node in box.nodes)
    for place, node in enumerate(box.nodes):
        row, column = divmod(place, a_row)
        at = y + title_height(box) + row * (high + ARC_WIDTH)
        x = MARGIN + _STRIP_TITLE_WIDTH + column * step
        sheet.nodes[node.key] = Area(x, at, sheet.node_width, node_height(node))
    rows = -(-len(box.nodes) // a_row)
    height = max(title_height(box) + rows * (high + ARC_WIDTH), 0.5 + LINE_HEIGHT * bool(box.footer))
    sheet.boxes[box.key] = Area(MARGIN, y, sheet.width - 2 * MARGIN, height)
    sheet.bottom = y + height


def _arrow_ports(shown: DiagramParts, sheet: Sheet) -> ArrowPorts:
    """Where on its side of a node each arrow begins or ends."""
    wanted: dict[tuple[NodeKey, str], list[tuple[DiagramArrow, float]]] = {}
    for edge in shown.edges:
        for key, other in ((edge.source, edge.target), (edge.target, edge.source)):
            wanted.setdefault((key, _arrow_side(key, other, sheet)), []).append((edge, _next_height(key, other, sheet)))
    found = {}
    for (key, _), asked in wanted.items():
        for (edge, _), y in zip(
            asked, box_placement.port_positions(sheet.nodes[key], [y for _, y in asked]), strict=True
        ):
            found[edge, key] = y
    return found


def _arrow_side(key: NodeKey, other: NodeKey, sheet: Sheet) -> str:
    """On which side of *key* the arrow from or to *other* is."""
    here, there = sheet.columns.get(key[0]), sheet.columns.get(other[0])
    if key[0] == other[0] or here is None or there is None:
        return "left"
    return "right" if here <= there else "left"


def _next_height(key: NodeKey, other: NodeKey, sheet: Sheet) -> float:
    """The height at which an arrow from *key* next passes on its way to *other*."""
    here, there = sheet.columns.get(key[0]), sheet.columns.get(other[0])
    if here is not None and there is not None and abs(here - there) > 1:
        pair = (key[0], other[0]) if here < there else (other[0], key[0])
        return sheet.lanes[here + (1 if here < there else -1), pair]
    return sheet.nodes[other].middle


def _arrow_path(edge: DiagramArrow, ports: ArrowPorts, shift: float, sheet: Sheet) -> Path:
    one, other = sheet.columns.get(edge.source[0]), sheet.columns.get(edge.target[0])
    begin, end = sheet.nodes[edge.source], sheet.nodes[edge.target]
    y0, y1 = ports[edge, edge.source], ports[edge, edge.target]
    if one is None and other is None:
        return _strip_path(begin, end)
    if one is None or other is None:
        below, node, y = (begin, end, y1) if one is None else (end, begin, y0)
        return _orient_path(_rising_path(below, node, y), backwards=one is not None)
    if edge.source[0] == edge.target[0]:
        return _bend_path(begin.x, y0, end.x, y1, -ARC_WIDTH)
    if one == other:
        return _bend_path(begin.right, y0, end.right, y1, PADDING + 0.3)
    stations = _bend_points(edge, ports, shift, sheet)
    return _orient_path(_curved_path(stations), backwards=one > other)


def _bend_points(edge: DiagramArrow, ports: ArrowPorts, shift: float, sheet: Sheet) -> list[tuple[float, float]]:
    """The points between which an arrow bends, from left to right."""
    left = _left_end(edge, sheet)
    right = edge.target if left == edge.source else edge.source
    points = [(sheet.nodes[left].right, ports[edge, left])]
    pair = left[0], right[0]
    for column in range(sheet.columns[left[0]] + 1, sheet.columns[right[0]]):
        y = sheet.lanes[column, pair] + shift
        points += [(sheet.column_left(column), y), (sheet.column_left(column) + sheet.box_width, y)]
    return [*points, (sheet.nodes[right].x, ports[edge, right])]


def _curved_path(stations: list[tuple[float, float]]) -> Path:
    """A path that bends between columns and is straight across them."""
    points, codes = [stations[0]], [Path.MOVETO]
    for place, ((x0, y0), (x1, y1)) in enumerate(zip(stations, stations[1:], strict=False)):
        middle = (x0 + x1) / 2
        straight = place % 2
        points += [(x1, y1)] if straight else [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.LINETO] if straight else [Path.CURVE4] * 3
    return Path(points, codes)


def _bend_path(x0: float, y0: float, x1: float, y1: float, out: float) -> Path:
    return Path([(x0, y0), (x0 + out, y0), (x1 + out, y1), (x1, y1)], [Path.MOVETO, *[Path.CURVE4] * 3])


def _strip_path(begin: Area, end: Area) -> Path:
    """Between two nodes of a strip, beneath them."""
    depth = max(begin.bottom, end.bottom) + ARC_WIDTH
    points = [(begin.centre, begin.bottom), (begin.centre, depth), (end.centre, depth), (end.centre, end.bottom)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3])


def _rising_path(below: Area, node: Area, y: float) -> Path:
    """From a node of the strip up the gutter at the left of *node*."""
    gutter, start = node.x - ARC_WIDTH - 0.1, below.y
    rise = min(0.7, start - y - 0.15)
    points = [(below.centre, start), (below.centre, start - 0.7 * rise)]
    points += [(gutter, start - 0.5 * rise), (gutter, start - rise)]
    points += [(gutter, y + 0.15), (gutter, y), (gutter + 0.1, y), (node.x, y)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3])


def _orient_path(path: Path, *, backwards: bool) -> Path:
    if not backwards:
        return path
    # Read backwards, each straight step and each curve keeps its code; only the first point moves.
    codes = [Path.MOVETO, *path.codes[:0:-1]]
    return Path(path.vertices[::-1], codes)
