"""Where on the sheet is each box and node of the picture of a cluster, and which way do the arrows take?"""

from dataclasses import dataclass, field

from matplotlib.path import Path

from trinokit.figures.cluster import placing
from trinokit.figures.cluster.parts import IN, OUT, Box, Edge, Key, Node, Parts
from trinokit.figures.cluster.placing import Area

# Inches. Arrows inside a box bend through the space ARC at its left.
LINE, PAD, ARC, MARGIN = 0.16, 0.13, 0.24, 0.2
_NARROW, _WIDE, _MOST_COLUMNS = 9.0, 13.0, 5
_NODE, _NARROW_NODE, _TALLEST = 2.05, 1.76, 14.0
_GAP, _LANE, _AROUND, _STRIP_GAP, _STRIP_TITLE = 0.1, 0.07, 0.2, 0.4, 1.75
Pair = tuple[str, str]
Ports = dict[tuple[Edge, Key], float]


@dataclass
class Sheet:
    """The place of everything, in inches from the upper left corner."""

    width: float
    node_width: float
    height: float = 0.0
    boxes: dict[str, Area] = field(default_factory=dict)
    nodes: dict[Key, Area] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    lanes: dict[tuple[int, Pair], float] = field(default_factory=dict)

    def left_of(self, column: int) -> float:
        """Where *column* begins."""
        last = max(self.columns.values(), default=0)
        return MARGIN + column * (self.width - 2 * MARGIN - self.box_width) / max(last, 1)

    @property
    def box_width(self) -> float:
        """How wide the boxes in the columns are."""
        return self.node_width + PAD + ARC


def node_height(node: Node) -> float:
    """How high *node* is: a line for its name, and one each for what else is known."""
    return 0.13 + LINE * (1 + bool(node.detail) + bool(node.storage))


def title_height(box: Box) -> float:
    """How much room the title of *box* takes, with its role below; none in a strip, where it stands at the left."""
    return PAD if box.watches else 0.28 + 0.15 * bool(box.role)


def placed(shown: Parts, *, top: float) -> Sheet:
    """A sheet with everything on it, from *top* downwards; what watches all others stands in a strip below."""
    upper = [box for box in shown.boxes if not box.watches]
    links = _links(shown, {box.key for box in upper})
    standing = _columns(upper, links)
    order = placing.ordered(standing, links)
    # A box keeps more room around it than a lane.
    heights = {box.key: _box_height(box) + _AROUND for box in upper} | _lane_heights(order, links)
    sheet = _empty(len(order), standing)
    _fill(sheet, placing.stacked(order, heights, set(links), gap=_GAP), heights, top)
    for box in shown.boxes:
        if box.watches:
            _lay_strip(box, sheet, top)
        else:
            _stack_nodes(box, sheet)
    # A bundle of arrows comes out of the whole box.
    sheet.nodes |= {(key, ""): area for key, area in sheet.boxes.items()}
    sheet.height = max((area.bottom for area in sheet.boxes.values()), default=top) + MARGIN
    return sheet


def _lane_heights(order: list[list], links: list[Pair]) -> dict[Pair, float]:
    lanes = {key for column in order for key in column if isinstance(key, tuple)}
    return {pair: _LANE * sum(link in (pair, pair[::-1]) for link in links) for pair in lanes}


def _fill(sheet: Sheet, middles: list[dict], heights: dict, top: float) -> None:
    """Put the boxes and lanes of each column where their *middles* are, the highest at *top*."""
    highest = min((y - heights[key] / 2 for column in middles for key, y in column.items()), default=0)
    for place, column in enumerate(middles):
        for key, middle in column.items():
            y = middle - highest + top
            if isinstance(key, tuple):
                sheet.lanes[place, key] = y
            else:
                height = heights[key] - _AROUND
                sheet.boxes[key] = Area(sheet.left_of(place), y - height / 2, sheet.box_width, height)


def _empty(number: int, standing: dict[str, int]) -> Sheet:
    """A sheet for a *number* of columns, as wide as they need."""
    node = _NODE if number < _MOST_COLUMNS else _NARROW_NODE
    gutters = (number - 1) * (1.4 if number < _MOST_COLUMNS - 1 else 0.85)
    wished = 2 * MARGIN + number * (node + PAD + ARC) + gutters
    return Sheet(min(max(wished, _NARROW), _WIDE), node, columns=standing)


def paths(shown: Parts, sheet: Sheet) -> list[tuple[Edge, Path]]:
    """The way of each arrow over *sheet*."""
    ports = _ports(shown, sheet)
    shifts = _shifts(shown, ports, sheet)
    return [(edge, _path(edge, ports, shifts[edge], sheet)) for edge in shown.edges]


def _shifts(shown: Parts, ports: Ports, sheet: Sheet) -> dict[Edge, float]:
    """How far above or below the middle of its lane each arrow is, in the order in which they begin at the left."""
    together: dict[tuple[str, ...], list[Edge]] = {}
    for edge in shown.edges:
        together.setdefault(tuple(sorted((edge.source[0], edge.target[0]))), []).append(edge)
    shifts = {}
    for edges in together.values():
        ranked = sorted(edges, key=lambda edge: ports[edge, _left(edge, sheet)])
        shifts |= {edge: (rank - (len(edges) - 1) / 2) * _LANE for rank, edge in enumerate(ranked)}
    return shifts


def _left(edge: Edge, sheet: Sheet) -> Key:
    """The end of *edge* that is farther left."""
    return min(edge.source, edge.target, key=lambda key: sheet.columns.get(key[0], 0))


def _links(shown: Parts, keys: set[str]) -> list[Pair]:
    """From which box to which an edge leads, as often as one does."""
    pairs = [(edge.source[0], edge.target[0]) for edge in shown.edges]
    return [(one, other) for one, other in pairs if one != other and {one, other} <= keys]


def _columns(upper: list[Box], links: list[Pair]) -> dict[str, int]:
    heights = {box.key: _box_height(box) + _AROUND for box in upper}
    ends = heights.keys() & {IN, OUT}
    most = _MOST_COLUMNS - len(ends)
    inner = [key for key in heights if key not in ends]
    found = placing.columns(inner, [link for link in links if not ends & set(link)], most=most)
    standing = dict.fromkeys(ends & {IN}, 0)
    standing |= {key: column + len(standing) for key, column in _evened(found, heights, most).items()}
    return standing | dict.fromkeys(ends & {OUT}, max(standing.values(), default=-1) + 1)


def _evened(found: dict[str, int], heights: dict[str, float], most: int) -> dict[str, int]:
    """The columns as *found*, or where one of them gets too high, *most* columns of about the same height."""
    high = [sum(heights[key] for key in found if found[key] == column) for column in set(found.values())]
    if max(high, default=0) <= _TALLEST:
        return found
    evened, above = {}, 0.0
    for key in sorted(found, key=lambda key: (found[key], key)):
        evened[key] = int((above + heights[key] / 2) / sum(high) * most)
        above += heights[key]
    return evened


def _box_height(box: Box) -> float:
    return title_height(box) + sum(node_height(node) + PAD for node in box.nodes) + LINE * bool(box.footer)


def _stack_nodes(box: Box, sheet: Sheet) -> None:
    area = sheet.boxes[box.key]
    y = area.y + title_height(box)
    for node in box.nodes:
        sheet.nodes[node.key] = Area(area.x + ARC, y, sheet.node_width, node_height(node))
        y += node_height(node) + PAD


def _lay_strip(box: Box, sheet: Sheet, top: float) -> None:
    """Put the nodes of *box* beside each other, right of its title and below everything else."""
    y = max((area.bottom for area in sheet.boxes.values()), default=top - _STRIP_GAP) + _STRIP_GAP
    step = sheet.node_width + 0.3
    a_row = int((sheet.width - 2 * MARGIN - _STRIP_TITLE) // step)
    high = max(node_height(node) for node in box.nodes)
    for place, node in enumerate(box.nodes):
        row, column = divmod(place, a_row)
        at = y + title_height(box) + row * (high + ARC)
        x = MARGIN + _STRIP_TITLE + column * step
        sheet.nodes[node.key] = Area(x, at, sheet.node_width, node_height(node))
    rows = -(-len(box.nodes) // a_row)
    height = max(title_height(box) + rows * (high + ARC), 0.5 + LINE * bool(box.footer))
    sheet.boxes[box.key] = Area(MARGIN, y, sheet.width - 2 * MARGIN, height)


def _ports(shown: Parts, sheet: Sheet) -> Ports:
    """Where on its side of a node each arrow begins or ends."""
    wanted: dict[tuple[Key, str], list[tuple[Edge, float]]] = {}
    for edge in shown.edges:
        for key, other in ((edge.source, edge.target), (edge.target, edge.source)):
            wanted.setdefault((key, _side(key, other, sheet)), []).append((edge, _towards(key, other, sheet)))
    found = {}
    for (key, _), asked in wanted.items():
        for (edge, _), y in zip(asked, placing.ports(sheet.nodes[key], [y for _, y in asked]), strict=True):
            found[edge, key] = y
    return found


def _side(key: Key, other: Key, sheet: Sheet) -> str:
    """On which side of *key* the arrow from or to *other* is."""
    here, there = sheet.columns.get(key[0]), sheet.columns.get(other[0])
    if key[0] == other[0] or here is None or there is None:
        return "left"
    return "right" if here <= there else "left"


def _towards(key: Key, other: Key, sheet: Sheet) -> float:
    """The height at which an arrow from *key* next passes on its way to *other*."""
    here, there = sheet.columns.get(key[0]), sheet.columns.get(other[0])
    if here is not None and there is not None and abs(here - there) > 1:
        pair = (key[0], other[0]) if here < there else (other[0], key[0])
        return sheet.lanes[here + (1 if here < there else -1), pair]
    return sheet.nodes[other].middle


def _path(edge: Edge, ports: Ports, shift: float, sheet: Sheet) -> Path:
    one, other = sheet.columns.get(edge.source[0]), sheet.columns.get(edge.target[0])
    begin, end = sheet.nodes[edge.source], sheet.nodes[edge.target]
    y0, y1 = ports[edge, edge.source], ports[edge, edge.target]
    if one is None and other is None:
        return _below(begin, end)
    if one is None or other is None:
        below, node, y = (begin, end, y1) if one is None else (end, begin, y0)
        return _oriented(_rising(below, node, y), backwards=one is not None)
    if edge.source[0] == edge.target[0]:
        return _bend(begin.x, y0, end.x, y1, -ARC)
    if one == other:
        return _bend(begin.right, y0, end.right, y1, PAD + 0.3)
    stations = _stations(edge, ports, shift, sheet)
    return _oriented(_curved(stations), backwards=one > other)


def _stations(edge: Edge, ports: Ports, shift: float, sheet: Sheet) -> list[tuple[float, float]]:
    """The points between which an arrow bends, from left to right."""
    left = _left(edge, sheet)
    right = edge.target if left == edge.source else edge.source
    points = [(sheet.nodes[left].right, ports[edge, left])]
    pair = left[0], right[0]
    for column in range(sheet.columns[left[0]] + 1, sheet.columns[right[0]]):
        y = sheet.lanes[column, pair] + shift
        points += [(sheet.left_of(column), y), (sheet.left_of(column) + sheet.box_width, y)]
    return [*points, (sheet.nodes[right].x, ports[edge, right])]


def _curved(stations: list[tuple[float, float]]) -> Path:
    """A path that bends between columns and is straight across them."""
    points, codes = [stations[0]], [Path.MOVETO]
    for place, ((x0, y0), (x1, y1)) in enumerate(zip(stations, stations[1:], strict=False)):
        middle = (x0 + x1) / 2
        straight = place % 2
        points += [(x1, y1)] if straight else [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.LINETO] if straight else [Path.CURVE4] * 3
    return Path(points, codes)


def _bend(x0: float, y0: float, x1: float, y1: float, out: float) -> Path:
    return Path([(x0, y0), (x0 + out, y0), (x1 + out, y1), (x1, y1)], [Path.MOVETO, *[Path.CURVE4] * 3])


def _below(begin: Area, end: Area) -> Path:
    """Between two nodes of a strip, beneath them."""
    depth = max(begin.bottom, end.bottom) + ARC
    points = [(begin.centre, begin.bottom), (begin.centre, depth), (end.centre, depth), (end.centre, end.bottom)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3])


def _rising(below: Area, node: Area, y: float) -> Path:
    """From a node of the strip up the gutter at the left of *node*."""
    gutter, start = node.x - ARC - 0.1, below.y
    points = [(below.centre, start), (below.centre, start - 0.5), (gutter, start - 0.35), (gutter, start - 0.7)]
    points += [(gutter, y + 0.15), (gutter, y), (gutter + 0.1, y), (node.x, y)]
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3])


def _oriented(path: Path, *, backwards: bool) -> Path:
    if not backwards:
        return path
    # Read backwards, each straight step and each curve keeps its code; only the first point moves.
    codes = [Path.MOVETO, *path.codes[:0:-1]]
    return Path(path.vertices[::-1], codes)
