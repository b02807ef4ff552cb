"""Who depends on whom, and does every dependency lead somewhere?"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import cluster_dns, network_policy_evaluation, prometheus_scraping, service_backends
from trinokit.architecture.address_mentions import Mention, address_mentions
from trinokit.architecture.allowed_traffic import Network
from trinokit.architecture.cluster_dns import HostState, ResolvedHost
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Object, Objects


class DependencyState(StrEnum):
    """Whether a dependency can work, and if not, why."""

    OK = "ok"
    EXTERNAL = "external"
    MISSING = "missing"
    WRONG_PORT = "wrong port"
    SELECTS_NOTHING = "selects nothing"
    FORBIDDEN = "forbidden"
    NOT_READY = "not ready"
    UNKNOWN = "unknown"
    NOT_READ = "not read"


class DependencyRow(NamedTuple):
    """A row of the table of dependencies: an *address* as it is written, by whom, where, and where it leads.

    *to* is Service/name, a workload that Prometheus finds, or a host outside. *leads_to* names the workloads behind it,
    *evidence* the object and *evidence_key* the key where the address stands; *note* says what is wrong, or is empty.
    """

    from_namespace: str
    from_workload: str
    to_namespace: str
    to: str
    port: str
    protocol: str
    state: DependencyState
    address: str
    evidence: str
    evidence_key: str
    leads_to: str
    note: str


_STATE_SEVERITIES: dict[str, Severity] = {DependencyState.UNKNOWN: INFO, DependencyState.NOT_READ: WARNING}
_STATE_REMEDIES = {
    DependencyState.MISSING: "correct the address, or make what it names",
    DependencyState.WRONG_PORT: "correct the port",
    DependencyState.FORBIDDEN: "add a rule, or correct the address",
    DependencyState.NOT_READ: "add it to the cluster's namespaces, or correct the address",
    DependencyState.UNKNOWN: "look there",
}


@dataclass(frozen=True)
class _Destination:
    """Where a dependency leads: as the table has it, with the *state* it is in and a *note* why."""

    state: DependencyState
    namespace: str = ""
    to: str = ""
    leads_to: str = ""
    note: str = ""


def dependency_table(objects: Objects) -> pd.DataFrame:
    """Every address that a workload is configured with, where it leads and whether it can work.

    A row is a `DependencyRow`.
    """
    network = Network(objects)
    mentions = [mention for workload in network.workloads for mention in address_mentions(workload, objects)]
    rows = [row for mention in mentions if (row := _dependency_row(mention, network))]
    return table_of_rows(DependencyRow, [*rows, *_scrape_rows(network)])


def broken_dependency_findings(dependencies: pd.DataFrame) -> list[Finding]:
    """Dependencies that lead nowhere or are forbidden, each address once with everybody who has it.

    Where the Service itself does not answer, `services.unreachable_service_findings` tells who depends on it.
    """
    if dependencies.empty:
        return [Finding(WARNING, "dependencies", "none was found in any ConfigMap, environment or argument")]
    broken = dependencies[dependencies["state"].isin(_STATE_REMEDIES)]
    grouped = broken.groupby(["from_namespace", "evidence", "evidence_key", "address", "state", "note"], sort=True)
    findings = [
        Finding(
            _STATE_SEVERITIES.get(state, CRITICAL),
            f"{evidence} in {namespace}",
            f"leads {join_names(rows['from_workload'])} to {address} ({key}), and {note}: {_STATE_REMEDIES[state]}",
        )
        for (namespace, evidence, key, address, state, note), rows in grouped
    ]
    outside = (dependencies["state"] == DependencyState.EXTERNAL).sum()
    number = format_count(len(dependencies), "dependency", "dependencies")
    return findings or [Finding(OK, "dependencies", f"{number}, each to a place that is there, {outside} outside")]


def _dependency_row(mention: Mention, network: Network) -> DependencyRow | None:
    address, namespace = mention.address, mention.workload.namespace
    resolved = (
        cluster_dns.resolve_host(address.host, namespace, network.objects)
        if address.host
        else ResolvedHost(HostState.UNKNOWN)
    )
    if resolved.state == HostState.SELF:
        return None
    end = _destination(mention, resolved, network)
    return DependencyRow(
        from_namespace=namespace,
        from_workload=str(mention.workload),
        to_namespace=end.namespace,
        to=end.to,
        port=str(address.port or ""),
        protocol=address.protocol,
        state=end.state,
        address=address.written,
        evidence=mention.evidence,
        evidence_key=mention.key,
        leads_to=end.leads_to,
        note=end.note,
    )


def _destination(mention: Mention, resolved: ResolvedHost, network: Network) -> _Destination:
    service = f"Service/{resolved.service}"
    match resolved.state:
        case HostState.UNKNOWN:
            return _Destination(DependencyState.UNKNOWN, note="a variable or a Secret holds it")
        case HostState.NOT_READ:
            return _Destination(
                DependencyState.NOT_READ,
                resolved.namespace,
                service,
                note=f"namespace {resolved.namespace} is not read",
            )
        case HostState.MISSING:
            lacking = f"pod {resolved.pod} behind {service}" if resolved.pod else service
            return _Destination(
                DependencyState.MISSING,
                resolved.namespace,
                service,
                note=f"there is no {lacking} in {resolved.namespace}",
            )
        case HostState.API_SERVER:
            return _Destination(DependencyState.OK, resolved.namespace, service)
        case HostState.EXTERNAL:
            return _outside_destination(mention, resolved, network)
    return _service_destination(mention, network.objects.find("Service", resolved.namespace, resolved.service), network)


def _outside_destination(mention: Mention, resolved: ResolvedHost, network: Network) -> _Destination:
    literal = (resolved.host,) if cluster_dns.is_ip_address(resolved.host) else ()
    port = mention.address.port
    end = network_policy_evaluation.TrafficEnd(ips=literal)
    note = "" if port is None else network.refusal(mention.workload, end, port)
    return _Destination(DependencyState.FORBIDDEN if note else DependencyState.EXTERNAL, to=resolved.host, note=note)


def _service_destination(mention: Mention, service: Object, network: Network) -> _Destination:
    behind, name = network.behind(service), f"Service/{service.name}"
    state, note = _service_state(mention, service, network)
    return _Destination(
        state=state, namespace=service.namespace, to=name, leads_to=", ".join(map(str, behind)), note=note
    )


def _service_state(mention: Mention, service: Object, network: Network) -> tuple[DependencyState, str]:
    """Whether *service* takes what is *mentioned*, and what is wrong if it does not."""
    port, name = mention.address.port, f"Service/{service.name}"
    # The name of a headless Service leads to the pods themselves, whichever ports it lists.
    direct = port is None or service_backends.service_type(service) == "Headless"
    written = None if direct else service_backends.find_service_port(service, port)
    if not direct and written is None:
        return (
            DependencyState.WRONG_PORT,
            f"{name} has no port {port}, it has {service_backends.format_port_numbers(service) or 'none'}",
        )
    if service.at("spec", "selector") and not network.behind(service):
        return DependencyState.SELECTS_NOTHING, f"{name} selects no workload"
    if refusal := _refusal_note(mention, service, written, network):
        return DependencyState.FORBIDDEN, refusal
    if network.idle(service):
        return DependencyState.NOT_READY, f"{name} has no ready pod"
    return DependencyState.OK, ""


def _refusal_note(mention: Mention, service: Object, written: dict | None, network: Network) -> str:
    notes = []
    for each in network.behind(service):
        inner = service_backends.target_port(written, each) if written else mention.address.port
        if inner is not None:
            notes.append(network.refusal(mention.workload, each, inner))
    return join_names(filter(None, notes))


def _scrape_rows(network: Network) -> Iterator[DependencyRow]:
    """A dependency for each pod port that a discovery of Prometheus finds."""
    for each in prometheus_scraping.discovered_targets(network.workloads, network.objects):
        note = "" if each.port is None else network.refusal(each.scraper, each.target, each.port)
        yield DependencyRow(
            from_namespace=each.scraper.namespace,
            from_workload=str(each.scraper),
            to_namespace=each.target.namespace,
            to=str(each.target),
            port=str(each.port or ""),
            protocol="metrics",
            state=DependencyState.FORBIDDEN if note else DependencyState.OK,
            address=f"found by {each.role}",
            evidence=each.evidence,
            evidence_key=each.key,
            leads_to=str(each.target),
            note=note,
        )
