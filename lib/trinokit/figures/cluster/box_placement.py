"""Where does each part of a picture stand? Boxes in columns, in an order with few crossings, and ports for arrows."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import graphlay

_PLACEMENT_SWEEPS = 12
# Boxes and lanes together; with more of them, fewer crossings would cost seconds.
_THOROUGH = 150
PlacedKey = Hashable
KeyPairs = Iterable[tuple[PlacedKey, PlacedKey]]
ColumnRank = tuple[int, int]


@dataclass(frozen=True)
class Area:
    """A rectangle; *y* grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends on the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half-way between its top and its bottom."""
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        """Half-way between its left and its right."""
        return self.x + self.width / 2


def assign_columns(keys: Sequence[PlacedKey], links: KeyPairs, *, most: int) -> dict[PlacedKey, int]:
    """In which of at most *most* columns each of *keys* stands, so that *links* mostly lead to the right."""
    places = {key: place for place, key in enumerate(keys)}
    edges = Counter((places[one], places[other]) for one, other in links if one != other)
    # What is linked with nothing is given no rank; effort goes into orders only.
    layers = [node["rank"] or 0 for node in _lay_out([{}] * len(keys), edges, "fast")]
    last = max(layers, default=0)
    squeeze = min(1.0, (most - 1) / last) if last else 1.0
    return {key: round(layer * squeeze) for key, layer in zip(keys, layers, strict=True)}


def order_columns(standing: Mapping[PlacedKey, int], links: KeyPairs) -> list[list[PlacedKey]]:
    """The keys of each column from top to bottom, with few crossings of *links*, each counted as often as it is there.

    A link that passes columns has a lane in each of them, with the key (source, target).
    """
    together = Counter(_left_to_right(link, standing) for link in links)
    chains = _lane_chains(standing, together)
    layers = {stop: column for chain in chains for column, stop in chain} | dict(standing)
    ranks = [{"rank": {"fixed": column}} for column in layers.values()]
    effort = "balanced" if len(layers) <= _THOROUGH else "fast"
    across = dict(zip(layers, _lay_out(ranks, _steps(chains, layers, together), effort), strict=True))
    found: list[list[PlacedKey]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for key in sorted(layers, key=lambda key: across[key]["order"]):
        found[layers[key]].append(key if key in standing else key[:2])
    return found


def stack_columns(
    order: list[list[PlacedKey]], heights: Mapping[PlacedKey, float], links: KeyPairs, *, gap: float
) -> list[dict[PlacedKey, float]]:
    """The middle of everything in each column, below each other with a *gap*, and near to what it is linked with."""
    near = _adjacent_ranks(order, links)
    high = [[heights[key] for key in column] for column in order]
    middles = [_fit_middles([0.0] * len(column), column, gap) for column in high]
    for sweep in range(_PLACEMENT_SWEEPS):
        for place in range(len(order)) if sweep % 2 else reversed(range(len(order))):
            wanted = [_mean_of_neighbours(near, (place, rank), middles) for rank in range(len(order[place]))]
            middles[place] = _fit_middles(wanted, high[place], gap)
    return [dict(zip(column, found, strict=True)) for column, found in zip(order, middles, strict=True)]


def port_positions(area: Area, others: Sequence[float]) -> list[float]:
    """Where on a side of *area* the arrows to *others* end: in their order, spread over its height."""
    step = area.height / (len(others) + 1)
    ranks = {place: rank for rank, place in enumerate(sorted(range(len(others)), key=lambda place: others[place]))}
    return [area.y + step * (ranks[place] + 1) for place in range(len(others))]


def _steps(
    chains: list[list[tuple[int, PlacedKey]]], keys: Iterable[PlacedKey], together: Counter
) -> dict[tuple[int, int], int]:
    """From which of *keys* to which other each part of *chains* leads, and for how many links."""
    places = {key: place for place, key in enumerate(keys)}
    return {
        (places[one], places[other]): together[chain[0][1], chain[-1][1]]
        for chain in chains
        for (_, one), (_, other) in pairwise(chain)
    }


def _lay_out(nodes: list[dict], edges: Mapping[tuple[int, int], int], effort: str) -> list[dict]:
    """The rank of each of *nodes*, its column, and its order in it, with few crossings of *edges* and their weights."""
    graph = graphlay.Graph()
    for fields in nodes:
        graph.node(width=1, height=1, **fields)
    for (one, other), weight in sorted(edges.items()):
        graph.edge(one, other, weight=weight)
    return graphlay.layout(graph, options={"effort": effort}).nodes


def _left_to_right(link: tuple[PlacedKey, PlacedKey], standing: Mapping[PlacedKey, int]) -> tuple[PlacedKey, ...]:
    return tuple(sorted(link, key=lambda key: (standing[key], str(key))))


def _lane_chains(standing: Mapping[PlacedKey, int], links: KeyPairs) -> list[list[tuple[int, PlacedKey]]]:
    """Each link from left to right, as column and key: its source, a lane in each column that it passes, its target."""
    chains = []
    for link in sorted({_left_to_right(link, standing) for link in links}, key=str):
        source, target = link
        lanes = [(column, (*link, column)) for column in range(standing[source] + 1, standing[target])]
        if standing[source] != standing[target]:
            chains.append([(standing[source], source), *lanes, (standing[target], target)])
    return chains


def _adjacent_ranks(order: list[list[PlacedKey]], links: KeyPairs) -> dict[ColumnRank, list[ColumnRank]]:
    """What each place, a column and a rank in it, is linked with in the columns beside it."""
    ranks = {(column, key): rank for column, keys in enumerate(order) for rank, key in enumerate(keys)}
    standing = {key: column for column, key in ranks if not isinstance(key, tuple)}
    near: dict[ColumnRank, list[ColumnRank]] = {}
    for chain in _lane_chains(standing, links):
        stops = [(column, ranks[column, key[:2] if isinstance(key, tuple) else key]) for column, key in chain]
        for one, other in pairwise(stops):
            near.setdefault(one, []).append(other)
            near.setdefault(other, []).append(one)
    return near


def _mean_of_neighbours(
    near: dict[ColumnRank, list[ColumnRank]], place: ColumnRank, middles: list[list[float]]
) -> float:
    """The middle of what *place* is linked with, or its own where it is linked with nothing."""
    values = [middles[column][rank] for column, rank in near.get(place, [place])]
    return sum(values) / len(values)


def _fit_middles(wanted: list[float], heights: list[float], gap: float) -> list[float]:
    """Middles as near to the *wanted* ones as order, *heights* and *gap* allow."""
    offsets = [0.0]
    for above, below in pairwise(heights):
        offsets.append(offsets[-1] + (above + below) / 2 + gap)
    # Pool adjacent violators: https://en.wikipedia.org/wiki/Isotonic_regression
    pools: list[tuple[float, int]] = []
    for place, want in enumerate(wanted):
        mean, size = want - offsets[place], 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean, size = (before * more + mean * size) / (more + size), more + size
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return [level + offset for level, offset in zip(levels, offsets, strict=False)]
