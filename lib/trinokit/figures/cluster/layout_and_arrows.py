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


def lay_out_sheet(parts: DiagramParts, *, top: float) -> Sheet:
    """A sheet with everything on it, from *top* downwards; what watches all others stands in a strip below."""
    upper = [box for box in parts.boxes if not box.is_monitoring]
    arrows = _box_pairs(parts, {box.key for box in upper})
    columns_of_keys = _box_columns(upper, arrows)
    order = box_placement.order_columns(columns_of_keys, arrows)
    # A box keeps more room around it than a lane.
    heights = {box.key: _box_height(box) + _BOX_SURROUND for box in upper} | _lane_heights(order, arrows)
    sheet = _empty_sheet(len(order), columns_of_keys, top)
    _place_columns(sheet, box_placement.stack_columns(order, heights, set(arrows), gap=_BOX_GAP), heights, top)
    for box in parts.boxes:
        if box.is_monitoring:
            _lay_strip(box, sheet)
        else:
            _stack_nodes(box, sheet)
    # A bundle of arrows comes out of the whole box.
    sheet.nodes |= {(key, ""): area for key, area in sheet.boxes.items()}
    return sheet


def _lane_heights(order: list[list], arrows: list[BoxPair]) -> dict[BoxPair, float]:
    lanes = {key for column in order for key in column if isinstance(key, tuple)}
    return {pair: _LANE_HEIGHT * sum(arrow in (pair, pair[::-1]) for arrow in arrows) for pair in lanes}


def _place_columns(sheet: Sheet, middles: list[dict], heights: dict, top: float) -> None:
    """Put the boxes and lanes of each column where their *middles* are, the highest at *top*."""
    highest = min((y - heights[key] / 2 for column in middles for key, y in column.items()), default=0)
    for index, column in enumerate(middles):
        for key, middle in column.items():
            y = middle - highest + top
            height = heights[key] - (0 if isinstance(key, tuple) else _BOX_SURROUND)
            sheet.bottom = max(sheet.bottom, y + height / 2)
            if isinstance(key, tuple):
                sheet.lanes[index, key] = y
            else:
                sheet.boxes[key] = Area(sheet.column_left(index), y - height / 2, sheet.box_width, height)


def _empty_sheet(number: int, columns_of_keys: dict[str, int], top: float) -> Sheet:
    """A sheet for a *number* of columns, as wide as they need, with nothing on it below *top*."""
    node = _NODE_WIDTH if number < _MAX_COLUMNS else _NARROW_NODE_WIDTH
    gutters = (number - 1) * (1.4 if number < _MAX_COLUMNS - 1 else 0.85)
    wished = 2 * MARGIN + number * (node + PADDING + ARC_WIDTH) + gutters
    return Sheet(min(max(wished, _MIN_WIDTH), _MAX_WIDTH), node, top, columns=columns_of_keys)


def arrow_paths(parts: DiagramParts, sheet: Sheet) -> list[tuple[DiagramArrow, Path]]:
    """The way of each arrow over *sheet*."""
    ports = _arrow_ports(parts, sheet)
    shifts = _lane_shifts(parts, ports, sheet)
    return [(arrow, _arrow_path(arrow, ports, shifts[arrow], sheet)) for arrow in parts.arrows]


def _lane_shifts(parts: DiagramParts, ports: ArrowPorts, sheet: Sheet) -> dict[DiagramArrow, float]:
    """How far above or below the middle of its lane each arrow is, in the order in which they begin at the left."""
    together: dict[tuple[str, ...], list[DiagramArrow]] = {}
    for arrow in parts.arrows:
        together.setdefault(tuple(sorted((arrow.source[0], arrow.target[0]))), []).append(arrow)
    shifts = {}
    for arrows in together.values():
        ranked = sorted(arrows, key=lambda arrow: ports[arrow, _left_end(arrow, sheet)])
        shifts |= {arrow: (rank - (len(arrows) - 1) / 2) * _LANE_HEIGHT for rank, arrow in enumerate(ranked)}
    return shifts


def _left_end(arrow: DiagramArrow, sheet: Sheet) -> NodeKey:
    """The end of *arrow* that is farther left."""
    return min(arrow.source, arrow.target, key=lambda key: sheet.columns.get(key[0], 0))


def _box_pairs(parts: DiagramParts, keys: set[str]) -> list[BoxPair]:
    """From which box to which an arrow leads, as often as one does."""
    pairs = [(arrow.source[0], arrow.target[0]) for arrow in parts.arrows]
    return [(first, second) for first, second in pairs if first != second and {first, second} <= keys]


def _box_columns(upper: list[DiagramBox], arrows: list[BoxPair]) -> dict[str, int]:
    heights = {box.key: _box_height(box) + _BOX_SURROUND for box in upper}
    ends = heights.keys() & {ENTRY_BOX, OUTSIDE_BOX}
    most = _MAX_COLUMNS - len(ends)
    inner = [key for key in heights if key not in ends]
    columns = box_placement.assign_columns(inner, [arrow for arrow in arrows if not ends & set(arrow)], most=most)
    columns_of_keys = dict.fromkeys(ends & {ENTRY_BOX}, 0)
    columns_of_keys |= {
        key: column + len(columns_of_keys) for key, column in _balance_columns(columns, heights, most).items()
    }
    return columns_of_keys | dict.fromkeys(ends & {OUTSIDE_BOX}, max(columns_of_keys.values(), default=-1) + 1)


def _balance_columns(columns: dict[str, int], heights: dict[str, float], most: int) -> dict[str, int]:
    """The columns as *columns*, or where one of them gets too high, *most* columns of about the same height."""
    high = [sum(heights[key] for key in columns if columns[key] == column) for column in set(columns.values())]
    if max(high, default=0) <= _MAX_COLUMN_HEIGHT:
        return columns
    evened, height_above = {}, 0.0
    for key in sorted(columns, key=lambda key: (columns[key], key)):
        evened[key] = int((height_above + heights[key] / 2) / sum(high) * most)
        height_above += heights[key]
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
    for index, node in enumerate(box.nodes):
        row, column = divmod(index, a_row)
        at = y + title_height(box) + row * (high + ARC_WIDTH)
        x = MARGIN + _STRIP_TITLE_WIDTH + column * step
        sheet.nodes[node.key] = Area(x, at, sheet.node_width, node_height(node))
    rows = -(-len(box.nodes) // a_row)
    height = max(title_height(box) + rows * (high + ARC_WIDTH), 0.5 + LINE_HEIGHT * bool(box.footer))
    sheet.boxes[box.key] = Area(MARGIN, y, sheet.width - 2 * MARGIN, height)
    sheet.bottom = y + height


def _arrow_ports(parts: DiagramParts, sheet: Sheet) -> ArrowPorts:
    """Where on its side of a node each arrow begins or ends."""
    arrows_by_side: dict[tuple[NodeKey, str], list[tuple[DiagramArrow, float]]] = {}
    for arrow in parts.arrows:
        for key, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            arrows_by_side.setdefault((key, _arrow_side(key, other, sheet)), []).append(
                (arrow, _next_height(key, other, sheet))
            )
    ports = {}
    for (key, _), arrows_of_side in arrows_by_side.items():
        for (arrow, _), y in zip(
            arrows_of_side, box_placement.port_positions(sheet.nodes[key], [y for _, y in arrows_of_side]), strict=True
        ):
            ports[arrow, key] = y
    return ports


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


def _arrow_path(arrow: DiagramArrow, ports: ArrowPorts, shift: float, sheet: Sheet) -> Path:
    begin_column, end_column = sheet.columns.get(arrow.source[0]), sheet.columns.get(arrow.target[0])
    begin, end = sheet.nodes[arrow.source], sheet.nodes[arrow.target]
    y0, y1 = ports[arrow, arrow.source], ports[arrow, arrow.target]
    if begin_column is None and end_column is None:
        return _strip_path(begin, end)
    if begin_column is None or end_column is None:
        lane_end, node, y = (begin, end, y1) if begin_column is None else (end, begin, y0)
        return _orient_path(_rising_path(lane_end, node, y), backwards=begin_column is not None)
    if arrow.source[0] == arrow.target[0]:
        return _bend_path(begin.x, y0, end.x, y1, -ARC_WIDTH)
    if begin_column == end_column:
        return _bend_path(begin.right, y0, end.right, y1, PADDING + 0.3)
    stations = _bend_points(arrow, ports, shift, sheet)
    return _orient_path(_curved_path(stations), backwards=begin_column > end_column)


def _bend_points(arrow: DiagramArrow, ports: ArrowPorts, shift: float, sheet: Sheet) -> list[tuple[float, float]]:
    """The points between which an arrow bends, from left to right."""
    left_end = _left_end(arrow, sheet)
    right = arrow.target if left_end == arrow.source else arrow.source
    points = [(sheet.nodes[left_end].right, ports[arrow, left_end])]
    pair = left_end[0], right[0]
    for column in range(sheet.columns[left_end[0]] + 1, sheet.columns[right[0]]):
        y = sheet.lanes[column, pair] + shift
        points += [(sheet.column_left(column), y), (sheet.column_left(column) + sheet.box_width, y)]
    return [*points, (sheet.nodes[right].x, ports[arrow, right])]


def _curved_path(stations: list[tuple[float, float]]) -> Path:
    """A path that bends between columns and is straight across them."""
    points, codes = [stations[0]], [Path.MOVETO]
    for index, ((x0, y0), (x1, y1)) in enumerate(zip(stations, stations[1:], strict=False)):
        middle = (x0 + x1) / 2
        straight = index % 2
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


def _rising_path(lane_area: Area, node: Area, y: float) -> Path:
    """From a node of the strip up the gutter at the left of *node*."""
    gutter, start = node.x - ARC_WIDTH - 0.1, lane_area.y
    rise = min(0.7, start - y - 0.15)
    points = [(lane_area.centre, start), (lane_area.centre, start - 0.7 * rise)]
    points += [(gutter, start - 0.5 * rise), (gutter, start - rise)]
    points += [(gutter, y + 0.15), (gutter, y), (gutter + 0.1, y), (node.x, y)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3])


def _orient_path(path: Path, *, backwards: bool) -> Path:
    if not backwards:
        return path
    # Read backwards, each straight step and each curve keeps its code; only the first point moves.
    codes = [Path.MOVETO, *path.codes[:0:-1]]
    return Path(path.vertices[::-1], codes)
