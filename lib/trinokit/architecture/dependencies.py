"""Who depends on whom, and does every dependency lead somewhere?"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trinokit.architecture import cluster_dns, network_policies, prometheus_scraping, service_backends
from trinokit.architecture.address_mentions import Mention, address_mentions
from trinokit.architecture.cluster_dns import ResolvedHost
from trinokit.architecture.reachability import Network
from trinokit.architecture.table_building import join_names, sorted_table
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.objects import Object, Objects

_COLUMNS = {
    "from_namespace": "str",
    "from_workload": "str",
    "to_namespace": "str",
    "to": "str",
    "port": "str",
    "protocol": "str",
    "state": "str",
    "address": "str",
    "evidence": "str",
    "evidence_key": "str",
    "leads_to": "str",
    "note": "str",
}
_STATE_SEVERITIES: dict[str, Severity] = {"unknown": INFO, "not read": WARNING}
_STATE_REMEDIES = {
    "missing": "correct the address, or make what it names",
    "wrong port": "correct the port",
    "forbidden": "add a rule, or correct the address",
    "not read": "add it to the cluster's namespaces, or correct the address",
    "unknown": "look there",
}


@dataclass(frozen=True)
class _Destination:
    """Where a dependency leads: as the table has it, with the *state* it is in and a *note* why."""

    state: str
    namespace: str = ""
    to: str = ""
    leads_to: str = ""
    note: str = ""


def dependency_table(objects: Objects) -> pd.DataFrame:
    """Every address that a workload is configured with, where it leads and whether it can work.

    *state* is ok, external, missing, wrong port, selects nothing, forbidden, not ready, unknown or not read.
    """
    network = Network(objects)
    every = [each for workload in network.workloads for each in address_mentions(workload, objects)]
    rows = [row for each in every if (row := _dependency_row(each, network))]
    return sorted_table(_COLUMNS, [*rows, *_scrape_rows(network)])


def broken_dependency_findings(dependencies: pd.DataFrame) -> list[Finding]:
    """Dependencies that lead nowhere or are forbidden, each address once with everybody who has it.

    Where the Service itself does not answer, `services.unreachable_service_findings` tells who depends on it.
    """
    if dependencies.empty:
        return [Finding(WARNING, "dependencies", "none was found in any ConfigMap, environment or argument")]
    bad = dependencies[dependencies["state"].isin(_STATE_REMEDIES)]
    grouped = bad.groupby(["from_namespace", "evidence", "evidence_key", "address", "state", "note"], sort=True)
    findings = [
        Finding(
            _STATE_SEVERITIES.get(state, CRITICAL),
            f"{evidence} in {namespace}",
            f"leads {join_names(rows['from_workload'])} to {address} ({key}), and {note}: {_STATE_REMEDIES[state]}",
        )
        for (namespace, evidence, key, address, state, note), rows in grouped
    ]
    outside = (dependencies["state"] == "external").sum()
    number = format_count(len(dependencies), "dependency", "dependencies")
    return findings or [Finding(OK, "dependencies", f"{number}, each to a place that is there, {outside} outside")]


def _dependency_row(mention: Mention, network: Network) -> tuple | None:
    address, namespace = mention.address, mention.workload.namespace
    place = (
        cluster_dns.resolve_host(address.host, namespace, network.objects) if address.host else ResolvedHost("unknown")
    )
    if place.state == "self":
        return None
    end = _destination(mention, place, network)
    return (
        *(namespace, str(mention.workload), end.namespace, end.to, str(address.port or ""), address.protocol),
        *(end.state, address.written, mention.evidence, mention.key, end.leads_to, end.note),
    )


def _destination(mention: Mention, place: ResolvedHost, network: Network) -> _Destination:
    service = f"Service/{place.service}"
    match place.state:
        case "unknown":
            return _Destination("unknown", note="a variable or a Secret holds it")
        case "not read":
            return _Destination("not read", place.namespace, service, note=f"namespace {place.namespace} is not read")
        case "missing":
            lacking = f"pod {place.pod} behind {service}" if place.pod else service
            return _Destination("missing", place.namespace, service, note=f"there is no {lacking} in {place.namespace}")
        case "API server":
            return _Destination("ok", place.namespace, service)
        case "external":
            return _outside_destination(mention, place, network)
    return _service_destination(mention, network.objects.find("Service", place.namespace, place.service), network)


def _outside_destination(mention: Mention, place: ResolvedHost, network: Network) -> _Destination:
    literal = (place.host,) if cluster_dns.is_ip_address(place.host) else ()
    port = mention.address.port
    note = "" if port is None else network.refusal(mention.workload, network_policies.TrafficEnd(ips=literal), port)
    return _Destination("forbidden" if note else "external", to=place.host, note=note)


def _service_destination(mention: Mention, service: Object, network: Network) -> _Destination:
    behind, name = network.behind(service), f"Service/{service.name}"
    state, note = _service_state(mention, service, network)
    return _Destination(state, service.namespace, name, ", ".join(map(str, behind)), note)


def _service_state(mention: Mention, service: Object, network: Network) -> tuple[str, str]:
    """Whether *service* takes what is *mentioned*, and what is wrong if it does not."""
    port, name = mention.address.port, f"Service/{service.name}"
    # The name of a headless Service leads to the pods themselves, whichever ports it lists.
    direct = port is None or service_backends.service_type(service) == "Headless"
    written = None if direct else service_backends.find_service_port(service, port)
    if not direct and written is None:
        return (
            "wrong port",
            f"{name} has no port {port}, it has {service_backends.format_port_numbers(service) or 'none'}",
        )
    if service.at("spec", "selector") and not network.behind(service):
        return "selects nothing", f"{name} selects no workload"
    if refused := _refusal_note(mention, service, written, network):
        return "forbidden", refused
    return ("not ready", f"{name} has no ready pod") if network.idle(service) else ("ok", "")


def _refusal_note(mention: Mention, service: Object, written: dict | None, network: Network) -> str:
    notes = []
    for each in network.behind(service):
        inner = service_backends.target_port(written, each) if written else mention.address.port
        if inner is not None:
            notes.append(network.refusal(mention.workload, each, inner))
    return join_names(filter(None, notes))


def _scrape_rows(network: Network) -> Iterator[tuple]:
    """A dependency for each pod port that a discovery of Prometheus finds."""
    for each in prometheus_scraping.discovered_targets(network.workloads, network.objects):
        note = "" if each.port is None else network.refusal(each.scraper, each.target, each.port)
        target, port = str(each.target), str(each.port or "")
        yield (
            *(each.scraper.namespace, str(each.scraper), each.target.namespace, target, port, "metrics"),
            *("forbidden" if note else "ok", f"found by {each.role}", each.evidence, each.key, target, note),
        )
