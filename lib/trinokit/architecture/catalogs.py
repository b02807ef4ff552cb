"""Do the coordinator and the workers of a Trino have the same catalogs?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trinokit.architecture import uses
from trinokit.architecture import workloads as made
from trinokit.architecture.addresses import addresses
from trinokit.architecture.settings import settings
from trinokit.architecture.variables import every_variable, expanded
from trinokit.architecture.wording import listed, table
from trinokit.architecture.workloads import Workload
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.objects import Objects

_COLUMNS = {
    "namespace": "str",
    "catalog": "str",
    "connector": "str",
    "workload": "str",
    "source": "str",
    "properties": "Int64",
}
_CATALOG = re.compile(r"/catalog/([^/]+)\.properties$")


@dataclass(frozen=True)
class _Catalog:
    """What a workload sees of a catalog; no *properties* where a Secret has them."""

    source: str
    properties: dict[str, str] | None


@dataclass(frozen=True)
class _Node:
    """A workload of Trino nodes with its catalogs by name."""

    workload: Workload
    coordinates: bool
    catalogs: dict[str, _Catalog]


def catalogs(objects: Objects) -> pd.DataFrame:
    """Every catalog that a workload of Trino nodes sees, and where it comes from."""
    rows = []
    for node in _nodes(objects):
        for name, each in node.catalogs.items():
            known = each.properties
            connector = (known or {}).get("connector.name", "")
            size = None if known is None else len(known)
            rows.append((node.workload.namespace, name, connector, str(node.workload), each.source, size))
    return table(_COLUMNS, rows)


def differing(objects: Objects) -> list[Finding]:
    """Catalogs that a coordinator and its workers do not share, or in which a property differs."""
    findings, compared = [], 0
    clusters: dict[tuple[str, str], list[_Node]] = {}
    for node in _nodes(objects):
        instance = node.workload.labels.get("app.kubernetes.io/instance", "")
        clusters.setdefault((node.workload.namespace, instance), []).append(node)
    for nodes in clusters.values():
        for coordinator in [node for node in nodes if node.coordinates]:
            for worker in [node for node in nodes if not node.coordinates]:
                compared += 1
                findings += _compared(coordinator, worker)
    if not compared:
        return [Finding(INFO, "catalogs", "no coordinator and workers were found whose catalogs could be compared")]
    if findings:
        return findings
    return [Finding(OK, "catalogs", f"workers see what their coordinator sees ({counted(compared, 'comparison')})")]


def _nodes(objects: Objects) -> list[_Node]:
    found = []
    for workload in made.found(objects):
        seen, configuration = {}, {}
        for path, source, properties in _properties(workload, objects):
            if known := _CATALOG.search(path):
                seen[known[1]] = _Catalog(source, properties)
            elif path.endswith("/config.properties"):
                configuration = properties or {}
        if seen or "coordinator" in configuration:
            named = workload.labels.get("app.kubernetes.io/component") or workload.object.name
            written = configuration.get("coordinator")
            found.append(_Node(workload, written == "true" if written else "coordinator" in named, seen))
    return found


def _properties(workload: Workload, objects: Objects) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """Path, source and settings of each file of properties that *workload* sees."""
    variables = every_variable(workload, objects)
    for file in uses.files(workload, objects):
        if file.path.endswith(".properties"):
            source = f"{file.kind}/{file.name}"
            text = objects.find(file.kind, workload.namespace, file.name).at("data", file.key)
            if file.kind == "Secret":
                yield file.path, f"{source}: {file.key}", None
            elif isinstance(text, str):
                read = settings(file.key, text)
                yield file.path, source, {each.key: expanded(each.value, variables) for each in read.settings}


def _compared(coordinator: _Node, worker: _Node) -> Iterator[Finding]:
    for name in sorted({*coordinator.catalogs, *worker.catalogs}):
        here, there = coordinator.catalogs.get(name), worker.catalogs.get(name)
        subject = f"catalog {name} in {worker.workload.namespace}"
        if here is None or there is None:
            has, lacks = (coordinator, worker) if here else (worker, coordinator)
            sentence = f"is known to {has.workload} and not to {lacks.workload}: its queries fail"
            yield Finding(CRITICAL, subject, sentence)
        elif here.properties is None or there.properties is None:
            if here.source != there.source:
                where = f"{coordinator.workload} has it from {here.source}, {worker.workload} from {there.source}"
                yield Finding(CRITICAL, subject, f"could not be compared, since a Secret has it: {where}")
        else:
            yield from _properties_differ(subject, here, there, (coordinator, worker))


def _properties_differ(subject: str, here: _Catalog, there: _Catalog, nodes: tuple[_Node, _Node]) -> Iterator[Finding]:
    coordinator, worker = nodes
    for key in sorted({*here.properties, *there.properties}):
        one, other = here.properties.get(key), there.properties.get(key)
        if one == other:
            continue
        leads = [_worded(key, value) for value in (one, other)]
        # A value may be a password, so it is shown only as far as it is an address.
        differs = f"differs in {key}: {leads[0]} for {coordinator.workload}, {leads[1]} for {worker.workload}"
        severity = CRITICAL if leads[0] != leads[1] and addresses(key, one or other or "") else WARNING
        yield Finding(severity, subject, f"{differs} ({here.source}, {there.source})")


def _worded(key: str, value: str | None) -> str:
    if value is None:
        return "nothing"
    return listed(each.written for each in addresses(key, value)) or "a value of its own"
