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


def assign_columns(keys: Sequence[PlacedKey], arrows: KeyPairs, *, most: int) -> dict[PlacedKey, int]:
    """In which of at most *most* columns each of *keys* stands, so that *arrows* mostly lead to the right."""
    indexes = {key: index for index, key in enumerate(keys)}
    weights = Counter((indexes[begin], indexes[end]) for begin, end in arrows if begin != end)
    # What is linked with nothing is given no rank; effort goes into orders only.
    layers = [node["rank"] or 0 for node in _lay_out([{}] * len(keys), weights, "fast")]
    last = max(layers, default=0)
    squeeze = min(1.0, (most - 1) / last) if last else 1.0
    return {key: round(layer * squeeze) for key, layer in zip(keys, layers, strict=True)}


def order_columns(columns_of_keys: Mapping[PlacedKey, int], arrows: KeyPairs) -> list[list[PlacedKey]]:
    """The keys of each column from top to bottom, with few crossings of *arrows*, each counted as often as it is there.

    An arrow that passes columns has a lane in each of them, with the key (source, target).
    """
    together = Counter(_left_to_right(arrow, columns_of_keys) for arrow in arrows)
    chains = _lane_chains(columns_of_keys, together)
    layers = {stop: column for chain in chains for column, stop in chain} | dict(columns_of_keys)
    ranks = [{"rank": {"fixed": column}} for column in layers.values()]
    effort = "balanced" if len(layers) <= _THOROUGH else "fast"
    across = dict(zip(layers, _lay_out(ranks, _steps(chains, layers, together), effort), strict=True))
    columns: list[list[PlacedKey]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for key in sorted(layers, key=lambda key: across[key]["order"]):
        columns[layers[key]].append(key if key in columns_of_keys else key[:2])
    return columns


def stack_columns(
    order: list[list[PlacedKey]], heights: Mapping[PlacedKey, float], arrows: KeyPairs, *, gap: float
) -> list[dict[PlacedKey, float]]:
    """The middle of everything in each column, below each other with a *gap*, and near to what it is linked with."""
    near = _adjacent_ranks(order, arrows)
    high = [[heights[key] for key in column] for column in order]
    middles = [_fit_middles([0.0] * len(column), column, gap) for column in high]
    for sweep in range(_PLACEMENT_SWEEPS):
        for column_index in range(len(order)) if sweep % 2 else reversed(range(len(order))):
            preferred = [
                _mean_of_neighbours(near, (column_index, rank), middles) for rank in range(len(order[column_index]))
            ]
            middles[column_index] = _fit_middles(preferred, high[column_index], gap)
    return [dict(zip(column, middle, strict=True)) for column, middle in zip(order, middles, strict=True)]


def port_positions(area: Area, middles: Sequence[float]) -> list[float]:
    """Where on a side of *area* the arrows to *middles* end: in their order, spread over its height."""
    step = area.height / (len(middles) + 1)
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(middles)), key=lambda index: middles[index]))}
    return [area.y + step * (ranks[index] + 1) for index in range(len(middles))]


def _steps(
    chains: list[list[tuple[int, PlacedKey]]], keys: Iterable[PlacedKey], together: Counter
) -> dict[tuple[int, int], int]:
    """From which of *keys* to which other each part of *chains* leads, and for how many arrows."""
    indexes = {key: index for index, key in enumerate(keys)}
    return {
        (indexes[first], indexes[second]): together[chain[0][1], chain[-1][1]]
        for chain in chains
        for (_, first), (_, second) in pairwise(chain)
    }


def _lay_out(nodes: list[dict], weights: Mapping[tuple[int, int], int], effort: str) -> list[dict]:
    """The rank of each of *nodes*, its column, and its order in it, with few crossings, as *weights* count them."""
    graph = graphlay.Graph()
    for fields in nodes:
        graph.node(width=1, height=1, **fields)
    for (first, second), weight in sorted(weights.items()):
        graph.edge(first, second, weight=weight)
    return graphlay.layout(graph, options={"effort": effort}).nodes


def _left_to_right(
    arrow: tuple[PlacedKey, PlacedKey], columns_of_keys: Mapping[PlacedKey, int]
) -> tuple[PlacedKey, ...]:
    return tuple(sorted(arrow, key=lambda key: (columns_of_keys[key], str(key))))


def _lane_chains(columns_of_keys: Mapping[PlacedKey, int], arrows: KeyPairs) -> list[list[tuple[int, PlacedKey]]]:
    """Each arrow from the left, as column and key: its source, a lane in each column that it passes, its target."""
    chains = []
    for arrow in sorted({_left_to_right(arrow, columns_of_keys) for arrow in arrows}, key=str):
        source, target = arrow
        lanes = [(column, (*arrow, column)) for column in range(columns_of_keys[source] + 1, columns_of_keys[target])]
        if columns_of_keys[source] != columns_of_keys[target]:
            chains.append([(columns_of_keys[source], source), *lanes, (columns_of_keys[target], target)])
    return chains


def _adjacent_ranks(order: list[list[PlacedKey]], arrows: KeyPairs) -> dict[ColumnRank, list[ColumnRank]]:
    """What each place, a column and a rank in it, is linked with in the columns beside it."""
    ranks = {(column, key): rank for column, keys in enumerate(order) for rank, key in enumerate(keys)}
    columns_of_keys = {key: column for column, key in ranks if not isinstance(key, tuple)}
    near: dict[ColumnRank, list[ColumnRank]] = {}
    for chain in _lane_chains(columns_of_keys, arrows):
        stops = [(column, ranks[column, key[:2] if isinstance(key, tuple) else key]) for column, key in chain]
        for first, second in pairwise(stops):
            near.setdefault(first, []).append(second)
            near.setdefault(second, []).append(first)
    return near


def _mean_of_neighbours(
    near: dict[ColumnRank, list[ColumnRank]], column_rank: ColumnRank, middles: list[list[float]]
) -> float:
    """The middle of what *column_rank* is linked with, or its own where it is linked with nothing."""
    values = [middles[column][rank] for column, rank in near.get(column_rank, [column_rank])]
    return sum(values) / len(values)


def _fit_middles(preferred: list[float], heights: list[float], gap: float) -> list[float]:
    """Middles as near to the *preferred* ones as order, *heights* and *gap* allow."""
    offsets = [0.0]
    for upper, lower in pairwise(heights):
        offsets.append(offsets[-1] + (upper + lower) / 2 + gap)
    # Pool adjacent violators: https://en.wikipedia.org/wiki/Isotonic_regression
    pools: list[tuple[float, int]] = []
    for index, want in enumerate(preferred):
        mean, size = want - offsets[index], 1
        while pools and pools[-1][0] > mean:
            before, last_pool = pools.pop()
            mean, size = (before * last_pool + mean * size) / (last_pool + size), last_pool + size
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return [level + offset for level, offset in zip(levels, offsets, strict=False)]
