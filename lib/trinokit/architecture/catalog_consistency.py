"""Do the coordinator and the workers of a Trino have the same catalogs?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import config_references
from trinokit.architecture.address_parser import parse_addresses
from trinokit.architecture.environment_variables import expand_variables, workload_environment
from trinokit.architecture.settings_parser import parse_settings
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import Workload, find_workloads
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Objects

_CATALOG_FILE = re.compile(r"/catalog/([^/]+)\.properties$")


class CatalogRow(NamedTuple):
    """A row of the table of catalogs: a *catalog* that a *workload* of Trino nodes sees, and where it comes from.

    *properties* is how many it has, NA where a Secret has them; *connector* is empty there.
    """

    namespace: str
    catalog: str
    connector: str
    workload: str
    source: str
    properties: int | None


@dataclass(frozen=True)
class _Catalog:
    """What a workload sees of a catalog; no *properties* where a Secret has them."""

    source: str
    properties: dict[str, str] | None


@dataclass(frozen=True)
class _TrinoWorkload:
    """A workload of Trino nodes with its catalogs by name."""

    workload: Workload
    is_coordinator: bool
    catalogs: dict[str, _Catalog]


def catalog_table(objects: Objects) -> pd.DataFrame:
    """Every catalog that a workload of Trino nodes sees, and where it comes from; a `CatalogRow` each."""
    rows = [
        CatalogRow(
            namespace=node.workload.namespace,
            catalog=name,
            connector=(each.properties or {}).get("connector.name", ""),
            workload=str(node.workload),
            source=each.source,
            properties=None if each.properties is None else len(each.properties),
        )
        for node in _trino_workloads(objects)
        for name, each in node.catalogs.items()
    ]
    return table_of_rows(CatalogRow, rows)


def inconsistent_catalog_findings(objects: Objects) -> list[Finding]:
    """Catalogs that a coordinator and its workers do not share, or in which a property differs."""
    findings, compared = [], 0
    clusters: dict[tuple[str, str], list[_TrinoWorkload]] = {}
    for node in _trino_workloads(objects):
        instance = node.workload.labels.get("app.kubernetes.io/instance", "")
        clusters.setdefault((node.workload.namespace, instance), []).append(node)
    for nodes in clusters.values():
        for coordinator in [node for node in nodes if node.is_coordinator]:
            for worker in [node for node in nodes if not node.is_coordinator]:
                compared += 1
                findings += _compare_catalogs(coordinator, worker)
    if not compared:
        return [Finding(INFO, "catalogs", "no coordinator and workers were found whose catalogs could be compared")]
    if findings:
        return findings
    return [
        Finding(OK, "catalogs", f"workers see what their coordinator sees ({format_count(compared, 'comparison')})")
    ]


def _trino_workloads(objects: Objects) -> list[_TrinoWorkload]:
    trino_workloads = []
    for workload in find_workloads(objects):
        files, configuration = {}, {}
        for path, source, properties in _properties_files(workload, objects):
            if match := _CATALOG_FILE.search(path):
                files[match[1]] = _Catalog(source, properties)
            elif path.endswith("/config.properties"):
                configuration = properties or {}
        if files or "coordinator" in configuration:
            component = workload.labels.get("app.kubernetes.io/component") or workload.object.name
            written = configuration.get("coordinator")
            trino_workloads.append(
                _TrinoWorkload(workload, written == "true" if written else "coordinator" in component, files)
            )
    return trino_workloads


def _properties_files(workload: Workload, objects: Objects) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """Path, source and settings of each file of properties that *workload* sees."""
    variables = workload_environment(workload, objects)
    for file in config_references.mounted_files(workload, objects):
        if file.path.endswith(".properties"):
            source = f"{file.kind}/{file.name}"
            text = objects.find(file.kind, workload.namespace, file.name).at("data", file.key)
            if file.kind == "Secret":
                yield file.path, f"{source}: {file.key}", None
            elif isinstance(text, str):
                parsed = parse_settings(file.key, text)
                yield file.path, source, {each.key: expand_variables(each.value, variables) for each in parsed.settings}


def _compare_catalogs(coordinator: _TrinoWorkload, worker: _TrinoWorkload) -> Iterator[Finding]:
    for name in sorted({*coordinator.catalogs, *worker.catalogs}):
        here, there = coordinator.catalogs.get(name), worker.catalogs.get(name)
        subject = f"catalog {name} in {worker.workload.namespace}"
        if here is None or there is None:
            has, lacks = (coordinator, worker) if here else (worker, coordinator)
            sentence = f"is known to {has.workload} and not to {lacks.workload}: its queries fail"
            yield Finding(CRITICAL, subject, sentence)
        elif here.properties is None or there.properties is None:
            if here.source != there.source:
                sources_text = (
                    f"{coordinator.workload} has it from {here.source}, {worker.workload} from {there.source}"
                )
                yield Finding(CRITICAL, subject, f"could not be compared, since a Secret has it: {sources_text}")
        else:
            yield from _property_difference_findings(subject, here, there, (coordinator, worker))


def _property_difference_findings(
    subject: str, here: _Catalog, there: _Catalog, nodes: tuple[_TrinoWorkload, _TrinoWorkload]
) -> Iterator[Finding]:
    coordinator, worker = nodes
    for key in sorted({*here.properties, *there.properties}):
        coordinator_value, worker_value = here.properties.get(key), there.properties.get(key)
        if coordinator_value == worker_value:
            continue
        leads = [_shown_value(key, value) for value in (coordinator_value, worker_value)]
        # A value may be a password, so it is shown only as far as it is an address.
        differs = f"differs in {key}: {leads[0]} for {coordinator.workload}, {leads[1]} for {worker.workload}"
        severity = (
            CRITICAL
            if leads[0] != leads[1] and parse_addresses(key, coordinator_value or worker_value or "")
            else WARNING
        )
        yield Finding(severity, subject, f"{differs} ({here.source}, {there.source})")


def _shown_value(key: str, value: str | None) -> str:
    if value is None:
        return "nothing"
    return join_names(each.written for each in parse_addresses(key, value)) or "a value of its own"
