"""What does the picture of a cluster show? Boxes with nodes, and the edges between them, out of the tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from trinokit.figures.cluster import placing

IN, OUT = "(in)", "(out)"
_BUNDLE = 3
# A namespace with more arrows inside is drawn as several boxes.
_MOST_INSIDE, _MOST_PARTS = 4, 4
_UNDRAWN = ("unknown", "not read")
_WHOLE = ("ok", "external", *_UNDRAWN)
Key = tuple[str, str]


@dataclass(frozen=True)
class Node:
    """A workload, a way in, a host outside, or what is *missing*; it is *short* of replicas or of an address."""

    key: Key
    title: str
    detail: str = ""
    storage: str = ""
    short: bool = False
    unbound: bool = False
    watched: bool = False
    missing: bool = False

    @property
    def alarming(self) -> bool:
        """Whether something about it is not well."""
        return self.short or self.unbound or self.missing


@dataclass(frozen=True)
class Edge:
    """Who depends on whom, by which *protocol*, and whether it is *broken*.

    The source of a bundle is a whole box, (key of the box, "").
    """

    source: Key
    target: Key
    protocol: str
    broken: bool = False


@dataclass(frozen=True)
class Box:
    """A namespace, the ways in or the outside, with its nodes; the *footer* says what else is in it."""

    key: str
    title: str
    role: str
    nodes: tuple[Node, ...]
    footer: str = ""

    @property
    def watches(self) -> bool:
        """Whether it stands at the edge, since it looks after all others."""
        return any("monitor" in text.lower() for text in (self.key, self.role))


@dataclass(frozen=True)
class Parts:
    """Everything that is drawn."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]

    @property
    def sentence(self) -> str:
        """The picture in words, for those who do not see it."""
        broken = [edge for edge in self.edges if edge.broken]
        return f"Arrows: {self._between(self.edges)}. Broken: {self._between(broken)}."

    def _between(self, edges: Sequence[Edge]) -> str:
        """From which box to which others *edges* lead."""
        titles = {box.key: box.title for box in self.boxes}
        leads: dict[str, set[str]] = {}
        for edge in edges:
            leads.setdefault(titles[edge.source[0]], set()).add(titles[edge.target[0]])
        texts = [f"{source} to {', '.join(sorted(targets))}" for source, targets in sorted(leads.items())]
        return "; ".join(texts) or "none"


def parts(
    workloads: pd.DataFrame,
    dependencies: pd.DataFrame,
    entries: pd.DataFrame,
    volumes: pd.DataFrame,
    namespaces: pd.DataFrame,
) -> Parts:
    """What to draw of the tables that the architecture has."""
    edges = dict.fromkeys([*_entering(entries), *_depending(dependencies)])
    watched = _watched(dependencies)
    nodes = {node.key: replace(node, watched=node.key in watched) for node in _workloads(workloads, volumes)}
    nodes |= {node.key: node for node in _entry_nodes(entries)}
    nodes |= {edge.target: _unknown(edge.target) for edge in edges if edge.target not in nodes}
    known = [edge for edge in edges if edge.source in nodes and edge.source != edge.target]
    homes = _homes(list(nodes), known)
    moved = [replace(edge, source=homes[edge.source], target=homes[edge.target]) for edge in known]
    boxes = _boxes([replace(node, key=homes[key]) for key, node in nodes.items()], namespaces)
    return Parts(tuple(boxes), tuple(_bundled(moved)))


def _homes(keys: list[Key], edges: list[Edge]) -> dict[Key, Key]:
    """The keys under which nodes stand: in a box of their namespace, or of several where much happens inside it."""
    homes = {key: key for key in keys}
    for box in {key[0] for key in keys} - {IN, OUT}:
        links = [(edge.source, edge.target) for edge in edges if edge.source[0] == edge.target[0] == box]
        if len(set(links)) > _MOST_INSIDE:
            inside = sorted(key for key in keys if key[0] == box)
            layers = placing.columns(inside, links, most=_MOST_PARTS)
            homes |= {key: (f"{box}/{layers[key] + 1}", key[1]) for key in inside}
    return homes


def _boxes(nodes: list[Node], namespaces: pd.DataFrame) -> Iterator[Box]:
    """The ways in first, the outside last, and namespaces by name between them."""
    rows = {row.namespace: row for row in namespaces.itertuples()}
    rank = {IN: -1, OUT: 1}
    for key in sorted({node.key[0] for node in nodes}, key=lambda key: (rank.get(key, 0), key)):
        inside = sorted((node for node in nodes if node.key[0] == key), key=lambda node: node.key)
        yield _box(key, inside, rows.get(key.partition("/")[0]))


def _bundled(edges: list[Edge]) -> Iterator[Edge]:
    """*edges*, with one from the whole box where several nodes of it depend on the same."""
    alike: dict[Edge, list[Edge]] = {}
    for edge in edges:
        alike.setdefault(replace(edge, source=(edge.source[0], "")), []).append(edge)
    for bundle, each in alike.items():
        inside = bundle.source[0] == bundle.target[0]
        yield from each if len(each) < _BUNDLE or inside else [bundle]


def _box(key: str, nodes: list[Node], row: tuple | None) -> Box:
    name, _, part = key.partition("/")
    title = {IN: "ways in", OUT: "outside"}.get(key, f"{name} ({part})" if part else name)
    if row is None:
        return Box(key, title, "", tuple(nodes))
    counts = {"ConfigMap": row.config_maps, "Secret": row.secrets}
    footer = ", ".join(f"{number} {name}{'s' * (number != 1)}" for name, number in counts.items() if number)
    return Box(key, title, row.role, tuple(nodes), "" if part > "1" else footer)


def _workloads(workloads: pd.DataFrame, volumes: pd.DataFrame) -> Iterator[Node]:
    kept: dict[Key, list] = {}
    for row in volumes.itertuples():
        for by in filter(None, row.mounted_by.split(", ")):
            kept.setdefault((row.namespace, by), []).append(row)
    for row in workloads.itertuples():
        key = row.namespace, f"{row.kind}/{row.workload}"
        known = pd.notna(row.replicas_ready) and pd.notna(row.replicas_wanted)
        short = bool(known and row.replicas_ready < row.replicas_wanted)
        loose = {each.phase for each in kept.get(key, [])} - {"", "Bound"}
        storage = ", ".join([*_storage(kept.get(key, [])), *sorted(loose)])
        yield Node(key, row.workload, _detail(row), storage, short, unbound=bool(loose))


def _detail(row: tuple) -> str:
    counts = [f"{number}" for number in (row.replicas_ready, row.replicas_wanted) if pd.notna(number)]
    scaled = row.note.removeprefix("autoscaled, ") if row.note.startswith("autoscaled") else ""
    text = f"{row.kind} {'/'.join(counts)}".strip()
    return f"{text} ({scaled.replace(' to ', '–')})" if scaled else text


def _storage(claims: list) -> list[str]:
    if not claims:
        return []
    sizes = {each.capacity_gib for each in claims}
    if len(sizes) == 1:
        number = f"{len(claims)} × " if len(claims) > 1 else ""
        return [f"{number}{sizes.pop():,.4g} GiB"]
    return [f"{len(claims)} claims, {sum(each.capacity_gib for each in claims):,.4g} GiB"]


def _entry_nodes(entries: pd.DataFrame) -> Iterator[Node]:
    for (namespace, entry), rows in entries.groupby(["namespace", "entry"], sort=True):
        first = rows.iloc[0]
        kind, _, name = entry.partition("/")
        title = first["host"] or f"{name}{first['path']}"
        detail = kind if first["host"] else first["entry_class"]
        nowhere = bool(rows["problem"].str.startswith("no address").any())
        yield Node(
            (IN, f"{entry} in {namespace}"), title, f"{detail}, no address" if nowhere else detail, short=nowhere
        )


def _entering(entries: pd.DataFrame) -> Iterator[Edge]:
    for row in entries.itertuples():
        broken = row.problem != "" and not row.problem.startswith("no address")
        for to in row.leads_to.split(", ") if row.leads_to else [f"Service/{row.service}"]:
            yield Edge((IN, f"{row.entry} in {row.namespace}"), (row.namespace, to), "in", broken)


def _depending(dependencies: pd.DataFrame) -> Iterator[Edge]:
    for row in dependencies.itertuples():
        broken = row.state not in _WHOLE
        source = row.from_namespace, row.from_workload
        if row.state in _UNDRAWN or (row.protocol == "metrics" and not broken):
            continue
        if not row.to_namespace:
            yield Edge(source, (OUT, row.to), row.protocol, broken)
        for to in row.leads_to.split(", ") if row.leads_to else [row.to] * broken:
            if row.to_namespace:
                yield Edge(source, (row.to_namespace, to), row.protocol, broken)


def _watched(dependencies: pd.DataFrame) -> set[Key]:
    scraped = dependencies[(dependencies["protocol"] == "metrics") & (dependencies["state"] == "ok")]
    return {(row.to_namespace, to) for row in scraped.itertuples() for to in row.leads_to.split(", ")}


def _unknown(key: Key) -> Node:
    """A host outside, or a Service that is not there or leads to nothing."""
    kind, _, name = key[1].partition("/")
    return Node(key, key[1]) if key[0] == OUT else Node(key, name or kind, f"no {kind}", missing=True)
