"""Who depends on whom, and does every dependency lead somewhere?"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trinokit.architecture import names, policies, scrapes, serving
from trinokit.architecture.mentions import Mention, mentions
from trinokit.architecture.names import Place
from trinokit.architecture.network import Network
from trinokit.architecture.wording import listed, table
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, counted
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
_SEVERITIES: dict[str, Severity] = {"unknown": INFO, "not read": WARNING}
_REMEDIES = {
    "missing": "correct the address, or make what it names",
    "wrong port": "correct the port",
    "forbidden": "add a rule, or correct the address",
    "not read": "add it to the cluster's namespaces, or correct the address",
    "unknown": "look there",
}


@dataclass(frozen=True)
class _End:
    """Where a dependency leads: as the table has it, with the *state* it is in and a *note* why."""

    state: str
    namespace: str = ""
    to: str = ""
    leads_to: str = ""
    note: str = ""


def dependencies(objects: Objects) -> pd.DataFrame:
    """Every address that a workload is configured with, where it leads and whether it can work.

    *state* is ok, external, missing, wrong port, selects nothing, forbidden, not ready, unknown or not read.
    """
    network = Network(objects)
    every = [each for workload in network.workloads for each in mentions(workload, objects)]
    rows = [row for each in every if (row := _row(each, network))]
    return table(_COLUMNS, [*rows, *_scraped(network)])


def broken(dependencies: pd.DataFrame) -> list[Finding]:
    """Dependencies that lead nowhere or are forbidden, each address once with everybody who has it.

    Where the Service itself does not answer, `services.unanswered` tells who depends on it.
    """
    if dependencies.empty:
        return [Finding(WARNING, "dependencies", "none was found in any ConfigMap, environment or argument")]
    bad = dependencies[dependencies["state"].isin(_REMEDIES)]
    grouped = bad.groupby(["from_namespace", "evidence", "evidence_key", "address", "state", "note"], sort=True)
    findings = [
        Finding(
            _SEVERITIES.get(state, CRITICAL),
            f"{evidence} in {namespace}",
            f"leads {listed(rows['from_workload'])} to {address} ({key}), and {note}: {_REMEDIES[state]}",
        )
        for (namespace, evidence, key, address, state, note), rows in grouped
    ]
    outside = (dependencies["state"] == "external").sum()
    number = counted(len(dependencies), "dependency", "dependencies")
    return findings or [Finding(OK, "dependencies", f"{number}, each to a place that is there, {outside} outside")]


def _row(mention: Mention, network: Network) -> tuple | None:
    address, namespace = mention.address, mention.workload.namespace
    place = names.place(address.host, namespace, network.objects) if address.host else Place("unknown")
    if place.state == "self":
        return None
    end = _end(mention, place, network)
    return (
        *(namespace, str(mention.workload), end.namespace, end.to, str(address.port or ""), address.protocol),
        *(end.state, address.written, mention.evidence, mention.key, end.leads_to, end.note),
    )


def _end(mention: Mention, place: Place, network: Network) -> _End:
    service = f"Service/{place.service}"
    match place.state:
        case "unknown":
            return _End("unknown", note="a variable or a Secret holds it")
        case "not read":
            return _End("not read", place.namespace, service, note=f"namespace {place.namespace} is not read")
        case "missing":
            lacking = f"pod {place.pod} behind {service}" if place.pod else service
            return _End("missing", place.namespace, service, note=f"there is no {lacking} in {place.namespace}")
        case "API server":
            return _End("ok", place.namespace, service)
        case "external":
            return _outside(mention, place, network)
    return _inside(mention, network.objects.find("Service", place.namespace, place.service), network)


def _outside(mention: Mention, place: Place, network: Network) -> _End:
    literal = (place.host,) if names.is_address(place.host) else ()
    port = mention.address.port
    note = "" if port is None else network.refusal(mention.workload, policies.End(ips=literal), port)
    return _End("forbidden" if note else "external", to=place.host, note=note)


def _inside(mention: Mention, service: Object, network: Network) -> _End:
    behind, name = network.behind(service), f"Service/{service.name}"
    state, note = _state(mention, service, network)
    return _End(state, service.namespace, name, ", ".join(map(str, behind)), note)


def _state(mention: Mention, service: Object, network: Network) -> tuple[str, str]:
    """Whether *service* takes what is *mentioned*, and what is wrong if it does not."""
    port, name = mention.address.port, f"Service/{service.name}"
    # The name of a headless Service leads to the pods themselves, whichever ports it lists.
    direct = port is None or serving.kind(service) == "Headless"
    written = None if direct else serving.port(service, port)
    if not direct and written is None:
        return "wrong port", f"{name} has no port {port}, it has {serving.port_numbers(service) or 'none'}"
    if service.at("spec", "selector") and not network.behind(service):
        return "selects nothing", f"{name} selects no workload"
    if refused := _refused(mention, service, written, network):
        return "forbidden", refused
    return ("not ready", f"{name} has no ready pod") if network.idle(service) else ("ok", "")


def _refused(mention: Mention, service: Object, written: dict | None, network: Network) -> str:
    notes = []
    for each in network.behind(service):
        inner = serving.pod_port(written, each) if written else mention.address.port
        if inner is not None:
            notes.append(network.refusal(mention.workload, each, inner))
    return listed(filter(None, notes))


def _scraped(network: Network) -> Iterator[tuple]:
    """A dependency for each pod port that a discovery of Prometheus finds."""
    for each in scrapes.discovered(network.workloads, network.objects):
        note = "" if each.port is None else network.refusal(each.scraper, each.target, each.port)
        target, port = str(each.target), str(each.port or "")
        yield (
            *(each.scraper.namespace, str(each.scraper), each.target.namespace, target, port, "metrics"),
            *("forbidden" if note else "ok", f"found by {each.role}", each.evidence, each.key, target, note),
        )
