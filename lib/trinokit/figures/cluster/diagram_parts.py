"""What does the picture of a cluster show? Boxes with nodes, and the arrows between them, out of the tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from trinokit.figures.cluster import box_placement

ENTRY_BOX, OUTSIDE_BOX = "(in)", "(out)"
_MIN_BUNDLE = 3
# A namespace with more arrows inside is drawn as several boxes.
_MAX_ARROWS_INSIDE, _MAX_BOX_PARTS = 4, 4
_UNDRAWN_STATES = ("unknown", "not read")
_INTACT_STATES = ("ok", "external", *_UNDRAWN_STATES)
NodeKey = tuple[str, str]


@dataclass(frozen=True)
class DiagramNode:
    """A workload, a way in, a host outside, or what is *missing*; it is *short* of replicas or of an address."""

    key: NodeKey
    title: str
    detail: str = ""
    storage: str = ""
    short: bool = False
    unbound: bool = False
    watched: bool = False
    missing: bool = False

    @property
    def is_alarming(self) -> bool:
        """Whether something about it is not well."""
        return self.short or self.unbound or self.missing


@dataclass(frozen=True)
class DiagramArrow:
    """Who depends on whom, by which *protocol*, and whether it is *broken*.

    The source of a bundle is a whole box, (key of the box, "").
    """

    source: NodeKey
    target: NodeKey
    protocol: str
    broken: bool = False


@dataclass(frozen=True)
class DiagramBox:
    """A namespace, the ways in or the outside, with its nodes; the *footer* says what else is in it."""

    key: str
    title: str
    role: str
    nodes: tuple[DiagramNode, ...]
    footer: str = ""

    @property
    def is_monitoring(self) -> bool:
        """Whether it stands aside, since it looks after all others."""
        return any("monitor" in text.lower() for text in (self.key, self.role))


@dataclass(frozen=True)
class DiagramParts:
    """Everything that is drawn."""

    boxes: tuple[DiagramBox, ...]
    arrows: tuple[DiagramArrow, ...]

    @property
    def sentence(self) -> str:
        """The picture in words, for those who do not see it."""
        broken = [arrow for arrow in self.arrows if arrow.broken]
        return f"Arrows: {self._leads_text(self.arrows)}. Broken: {self._leads_text(broken)}."

    def _leads_text(self, arrows: Sequence[DiagramArrow]) -> str:
        """From which box to which others *arrows* lead."""
        titles = {box.key: box.title for box in self.boxes}
        leads: dict[str, set[str]] = {}
        for arrow in arrows:
            leads.setdefault(titles[arrow.source[0]], set()).add(titles[arrow.target[0]])
        texts = [f"{source} to {', '.join(sorted(targets))}" for source, targets in sorted(leads.items())]
        return "; ".join(texts) or "none"


def diagram_parts(
    workloads: pd.DataFrame,
    dependencies: pd.DataFrame,
    entries: pd.DataFrame,
    volumes: pd.DataFrame,
    namespaces: pd.DataFrame,
) -> DiagramParts:
    """What to draw of the tables that the architecture has."""
    all_arrows = dict.fromkeys([*_entry_arrows(entries), *_dependency_arrows(dependencies)])
    watched = _scraped_keys(dependencies)
    nodes = {node.key: replace(node, watched=node.key in watched) for node in _workload_nodes(workloads, volumes)}
    nodes |= {node.key: node for node in _entry_nodes(entries)}
    nodes |= {arrow.target: _target_node(arrow.target) for arrow in all_arrows if arrow.target not in nodes}
    drawn = [arrow for arrow in all_arrows if arrow.source in nodes and arrow.source != arrow.target]
    homes = _keys_by_box(list(nodes), drawn)
    moved = [replace(arrow, source=homes[arrow.source], target=homes[arrow.target]) for arrow in drawn]
    boxes = _diagram_boxes([replace(node, key=homes[key]) for key, node in nodes.items()], namespaces)
    return DiagramParts(tuple(boxes), tuple(_bundle_arrows(moved)))


def _keys_by_box(keys: list[NodeKey], arrows: list[DiagramArrow]) -> dict[NodeKey, NodeKey]:
    """The keys under which nodes stand: in a box of their namespace, or of several where much happens inside it."""
    homes = {key: key for key in keys}
    for box in {key[0] for key in keys} - {ENTRY_BOX, OUTSIDE_BOX}:
        arrow_ends = [(arrow.source, arrow.target) for arrow in arrows if arrow.source[0] == arrow.target[0] == box]
        if len(set(arrow_ends)) > _MAX_ARROWS_INSIDE:
            inside = sorted(key for key in keys if key[0] == box)
            layers = box_placement.assign_columns(inside, arrow_ends, most=_MAX_BOX_PARTS)
            homes |= {key: (f"{box}/{layers[key] + 1}", key[1]) for key in inside}
    return homes


def _diagram_boxes(nodes: list[DiagramNode], namespaces: pd.DataFrame) -> Iterator[DiagramBox]:
    """The ways in first, the outside last, and namespaces by name between them."""
    rows = {row.namespace: row for row in namespaces.itertuples()}
    rank = {ENTRY_BOX: -1, OUTSIDE_BOX: 1}
    for key in sorted({node.key[0] for node in nodes}, key=lambda key: (rank.get(key, 0), key)):
        inside = sorted((node for node in nodes if node.key[0] == key), key=lambda node: node.key)
        yield _diagram_box(key, inside, rows.get(key.partition("/")[0]))


def _bundle_arrows(arrows: list[DiagramArrow]) -> Iterator[DiagramArrow]:
    """*arrows*, with one from the whole box where several nodes of it depend on the same."""
    alike: dict[DiagramArrow, list[DiagramArrow]] = {}
    for arrow in arrows:
        alike.setdefault(replace(arrow, source=(arrow.source[0], "")), []).append(arrow)
    for bundle, each in alike.items():
        inside = bundle.source[0] == bundle.target[0]
        yield from each if len(each) < _MIN_BUNDLE or inside else [bundle]


def _diagram_box(key: str, nodes: list[DiagramNode], row: tuple | None) -> DiagramBox:
    name, _, part = key.partition("/")
    title = {ENTRY_BOX: "ways in", OUTSIDE_BOX: "outside"}.get(key, f"{name} ({part})" if part else name)
    if row is None:
        return DiagramBox(key, title, "", tuple(nodes))
    counts = {"ConfigMap": row.config_maps, "Secret": row.secrets}
    footer = ", ".join(f"{number} {name}{'s' * (number != 1)}" for name, number in counts.items() if number)
    return DiagramBox(key=key, title=title, role=row.role, nodes=tuple(nodes), footer="" if part > "1" else footer)


def _workload_nodes(workloads: pd.DataFrame, volumes: pd.DataFrame) -> Iterator[DiagramNode]:
    boxes: dict[NodeKey, list] = {}
    for row in volumes.itertuples():
        for by in filter(None, row.mounted_by.split(", ")):
            boxes.setdefault((row.namespace, by), []).append(row)
    for row in workloads.itertuples():
        key = row.namespace, f"{row.kind}/{row.workload}"
        has_replicas = pd.notna(row.replicas_ready) and pd.notna(row.replicas_wanted)
        short = bool(has_replicas and row.replicas_ready < row.replicas_wanted)
        loose = {each.phase for each in boxes.get(key, [])} - {"", "Bound"}
        storage = ", ".join([*_storage_texts(boxes.get(key, [])), *sorted(loose)])
        yield DiagramNode(
            key=key, title=row.workload, detail=_replicas_text(row), storage=storage, short=short, unbound=bool(loose)
        )


def _replicas_text(row: tuple) -> str:
    counts = [f"{number}" for number in (row.replicas_ready, row.replicas_wanted) if pd.notna(number)]
    scaled = row.note.removeprefix("autoscaled, ") if row.note.startswith("autoscaled") else ""
    text = f"{row.kind} {'/'.join(counts)}".strip()
    return f"{text} ({scaled.replace(' to ', '–')})" if scaled else text


def _storage_texts(claims: list) -> list[str]:
    if not claims:
        return []
    sizes = {each.capacity_gib for each in claims}
    if len(sizes) == 1:
        number = f"{len(claims)} × " if len(claims) > 1 else ""
        return [f"{number}{sizes.pop():,.4g} GiB"]
    return [f"{len(claims)} claims, {sum(each.capacity_gib for each in claims):,.4g} GiB"]


def _entry_nodes(entries: pd.DataFrame) -> Iterator[DiagramNode]:
    for (namespace, entry), rows in entries.groupby(["namespace", "entry"], sort=True):
        first = rows.iloc[0]
        kind, _, name = entry.partition("/")
        title = first["host"] or f"{name}{first['path']}"
        detail = kind if first["host"] else first["entry_class"]
        nowhere = bool(rows["problem"].str.startswith("no address").any())
        yield DiagramNode(
            (ENTRY_BOX, f"{entry} in {namespace}"), title, f"{detail}, no address" if nowhere else detail, short=nowhere
        )


def _entry_arrows(entries: pd.DataFrame) -> Iterator[DiagramArrow]:
    for row in entries.itertuples():
        broken = row.problem != "" and not row.problem.startswith("no address")
        for to in row.leads_to.split(", ") if row.leads_to else [f"Service/{row.service}"]:
            yield DiagramArrow((ENTRY_BOX, f"{row.entry} in {row.namespace}"), (row.namespace, to), "in", broken)


def _dependency_arrows(dependencies: pd.DataFrame) -> Iterator[DiagramArrow]:
    for row in dependencies.itertuples():
        broken = row.state not in _INTACT_STATES
        source = row.from_namespace, row.from_workload
        if row.state in _UNDRAWN_STATES or (row.protocol == "metrics" and not broken):
            continue
        if not row.to_namespace:
            yield DiagramArrow(source, (OUTSIDE_BOX, row.to), row.protocol, broken)
        for to in row.leads_to.split(", ") if row.leads_to else [row.to] * broken:
            if row.to_namespace:
                yield DiagramArrow(source, (row.to_namespace, to), row.protocol, broken)


def _scraped_keys(dependencies: pd.DataFrame) -> set[NodeKey]:
    scraped = dependencies[(dependencies["protocol"] == "metrics") & (dependencies["state"] == "ok")]
    return {(row.to_namespace, to) for row in scraped.itertuples() for to in row.leads_to.split(", ")}


def _target_node(key: NodeKey) -> DiagramNode:
    """A host outside, or a Service that is not there or leads to nothing."""
    kind, _, name = key[1].partition("/")
    return (
        DiagramNode(key, key[1])
        if key[0] == OUTSIDE_BOX
        else DiagramNode(key, name or kind, f"no {kind}", missing=True)
    )
