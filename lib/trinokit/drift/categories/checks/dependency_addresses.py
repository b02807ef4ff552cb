"""Do the workloads depend on what git declares? Every address of theirs on both sides, and who else has another one."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import address_mentions, catalog_consistency, config_references
from trinokit.architecture.dependencies import dependency_table
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import WORKLOAD_KINDS, Workload, find_workloads
from trinokit.drift.categories.checks.unread_objects import unread_finding, unread_kinds
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Objects

_NO_ADDRESS = "–"
# Catalogs are compared by `inconsistent_catalog_findings`, and what a node says of itself differs between nodes.
_COMPARED_ELSEWHERE = re.compile(r"/catalog/[^/]+$|/(config|node)\.properties$")


class AddressState(StrEnum):
    """How an address of one side stands to that of the other; not told where a variable or a Secret holds it."""

    SAME = "same"
    MOVED = "moved"
    NEW = "new"
    GONE = "gone"
    NOT_TOLD = "not told"
    UNREAD = "unread"


class AddressRow(NamedTuple):
    """An address that a *workload* is configured with under the *key* of its *evidence*, as both sides have it."""

    namespace: str
    workload: str
    evidence: str
    key: str
    declared: str
    live: str
    state: AddressState
    note: str = ""


class _AddressKey(NamedTuple):
    """Where an address is written: by whom, in which object, and under which key."""

    namespace: str
    workload: str
    evidence: str
    key: str


class _FileSetting(NamedTuple):
    """A setting in a file at *path* that the nodes of a Trino *instance* see."""

    namespace: str
    instance: str
    path: str
    key: str


class _Destination(NamedTuple):
    """Where an address leads, and in which state the dependency is."""

    state: str
    to: str
    namespace: str
    port: str
    scheme: str


def address_drift_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """Every address that a workload is configured with, where it is written, as it is declared and as it is live.

    The columns are the fields of an AddressRow.
    """
    declared_addresses, live_addresses = _addresses_by_key(declared), _addresses_by_key(live)
    rows = [
        row
        for key in {**declared_addresses, **live_addresses}
        for row in _address_rows(key, declared_addresses, live_addresses)
    ]
    return table_of_rows(AddressRow, [*rows, *_unread_rows(declared, live)])


def address_drift_findings(addresses: pd.DataFrame) -> list[Finding]:
    """Addresses that are not as declared: CRITICAL where another one stands there, WARNING where one is new or gone."""
    unread = addresses[addresses["state"] == AddressState.UNREAD]
    findings = [unread_finding(row.evidence, row.note) for row in unread.itertuples()]
    other = addresses[addresses["state"].isin([AddressState.MOVED, AddressState.NEW, AddressState.GONE])]
    columns = ["namespace", "evidence", "key", "declared", "live", "state", "note"]
    for (namespace, evidence, *parts), rows in other.groupby(columns, sort=True):
        findings.append(_address_finding(f"{evidence} in {namespace}", parts, join_names(rows["workload"])))
    if findings:
        return findings
    same_addresses = addresses[addresses["state"] == AddressState.SAME]
    if same_addresses.empty:
        return [Finding(WARNING, "endpoints", "none was found in any ConfigMap, environment or argument")]
    unread_count = (addresses["state"] == AddressState.NOT_TOLD).sum()
    unread_text = f", {unread_count} not told, as a variable or a Secret holds it" if unread_count else ""
    return [
        Finding(
            OK, "endpoints", f"{format_count(len(same_addresses), 'address', 'addresses')} as declared{unread_text}"
        )
    ]


def inconsistent_address_findings(live: Objects) -> list[Finding]:
    """Addresses in catalogs and other files in which a live coordinator and its workers disagree."""
    findings = [unread_finding(kind, reason) for kind, reason in unread_kinds(live, "ConfigMap", *WORKLOAD_KINDS)]
    compared = catalog_consistency.inconsistent_catalog_findings(live)
    findings += [each for each in compared if each.severity not in (OK, INFO)]
    findings += _inconsistent_file_findings(live)
    return findings or compared


def _addresses_by_key(objects: Objects) -> dict[_AddressKey, dict[str, _Destination]]:
    """What is written at each place, and where each address leads."""
    addresses: dict[_AddressKey, dict[str, _Destination]] = {}
    for row in dependency_table(objects).itertuples():
        # Pods that Prometheus discovers are written nowhere.
        if not row.address.startswith("found by "):
            key = _AddressKey(row.from_namespace, row.from_workload, row.evidence, row.evidence_key)
            scheme = row.address.rpartition("://")[0]
            addresses.setdefault(key, {})[row.address] = _Destination(
                state=row.state, to=row.to, namespace=row.to_namespace, port=row.port, scheme=scheme
            )
    return addresses


def _address_rows(key: _AddressKey, declared_addresses: dict, live_addresses: dict) -> Iterator[AddressRow]:
    declared, live = declared_addresses.get(key, {}), live_addresses.get(key, {})
    row = partial(AddressRow, **key._asdict())
    for address in declared.keys() & live.keys():
        untold = "unknown" in (declared[address].state, live[address].state)
        state, note = (AddressState.NOT_TOLD, "a variable or a Secret holds it") if untold else (AddressState.SAME, "")
        yield row(declared=address, live=address, state=state, note=note)
    only_declared, only_live = _addresses_only_in(declared, live), _addresses_only_in(live, declared)
    if only_declared and only_live:
        state, note = AddressState.MOVED, _same_destination_note(only_declared, only_live)
        yield row(declared=", ".join(only_declared), live=", ".join(only_live), state=state, note=note)
    elif only_declared:
        yield row(declared=", ".join(only_declared), live=_NO_ADDRESS, state=AddressState.GONE)
    elif only_live:
        yield row(declared=_NO_ADDRESS, live=", ".join(only_live), state=AddressState.NEW)


def _addresses_only_in(here: dict[str, _Destination], there: dict[str, _Destination]) -> dict[str, _Destination]:
    return {each: leads for each, leads in here.items() if each not in there}


def _same_destination_note(fewer: dict[str, _Destination], all_addresses: dict[str, _Destination]) -> str:
    """That addresses which are written differently lead to the same Service and port, where they do."""
    fewer_hosts, all_hosts = {leads[1:] for leads in fewer.values()}, {leads[1:] for leads in all_addresses.values()}
    there = all(each.state in ("ok", "not ready") and each.to.startswith("Service/") for each in all_addresses.values())
    if not there or fewer_hosts != all_hosts:
        return ""
    return f"both lead to {join_names(f'{to} in {namespace}' for to, namespace, *_ in sorted(fewer_hosts))}"


def _unread_rows(declared: Objects, live: Objects) -> Iterator[AddressRow]:
    for side in (declared, live):
        unread = [*unread_kinds(side, "ConfigMap", "Service", *WORKLOAD_KINDS)]
        unreadable = address_mentions.unreadable_config_findings(side)
        unread += [(each.subject, each.sentence) for each in unreadable if each.severity == CRITICAL]
        for kind, reason in unread:
            note = f"{reason} ({side.side})"
            yield AddressRow(
                namespace="",
                workload="",
                evidence=kind,
                key="",
                declared=_NO_ADDRESS,
                live=_NO_ADDRESS,
                state=AddressState.UNREAD,
                note=note,
            )


def _address_finding(subject: str, parts: list[str], workloads: str) -> Finding:
    key, declared, live, state, note = parts
    details = {"key": key, "declared": declared, "live": live, "workloads": workloads}
    if state == AddressState.NEW:
        return Finding(WARNING, subject, f"leads {workloads} to {live} ({key}), which git does not declare", details)
    if state == AddressState.GONE:
        return Finding(WARNING, subject, f"no longer leads {workloads} to {declared} ({key}), as git declares", details)
    sentence = f"leads {workloads} to {live} ({key}), and git declares {declared}"
    return Finding(WARNING if note else CRITICAL, subject, sentence + (f"; {note}" if note else ""), details)


def _inconsistent_file_findings(live: Objects) -> Iterator[Finding]:
    """Settings of files that both a coordinator and its workers have, such as hive-site.xml, with other addresses."""
    nodes = catalog_consistency.catalog_table(live)
    trino_workloads = set(zip(nodes["namespace"], nodes["workload"], strict=True))
    settings: dict[_FileSetting, dict[str, set[str]]] = {}
    for node in [each for each in find_workloads(live) if (each.namespace, str(each)) in trino_workloads]:
        for setting_key, evidence, address in _addresses_in_files(node, live):
            settings.setdefault(setting_key, {}).setdefault(f"{node} ({evidence})", set()).add(address)
    for setting, users_by_value in settings.items():
        if len(set(map(frozenset, users_by_value.values()))) > 1:
            values_text = "; ".join(
                f"{', '.join(sorted(destinations))} for {who}" for who, destinations in users_by_value.items()
            )
            yield Finding(
                CRITICAL,
                f"{setting.path} in {setting.namespace}",
                f"differs between nodes in {setting.key}: {values_text}",
            )


def _addresses_in_files(node: Workload, live: Objects) -> Iterator[tuple[_FileSetting, str, str]]:
    """Each setting in the files of *node*, its evidence and its address."""
    instance = node.labels.get("app.kubernetes.io/instance", "")
    paths = {(f"{file.kind}/{file.name}", file.key): file.path for file in config_references.mounted_files(node, live)}
    for mention in address_mentions.address_mentions(node, live):
        file, _, key = mention.key.partition(": ")
        path = paths.get((mention.evidence, file), "")
        if key and path and not _COMPARED_ELSEWHERE.search(path):
            yield _FileSetting(node.namespace, instance, path, key), mention.evidence, mention.address.written
