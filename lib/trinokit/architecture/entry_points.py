"""How is the cluster reached from outside? Ingresses, routes of a Gateway and load balancers."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import service_backends
from trinokit.architecture.allowed_traffic import Network
from trinokit.architecture.table_building import table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects


class EntryPointRow(NamedTuple):
    """A row of the table of entry points: one rule of an *entry* (Kind/name), and the Service that it leads to.

    *entry_class* is the class of an Ingress, the Gateways of a route, or the type of a Service. *host* is empty for
    any. *leads_to* names the workloads behind the Service, *problem* says why nobody can come in, or is empty.
    """

    namespace: str
    entry: str
    entry_class: str
    host: str
    path: str
    service: str
    port: str
    address: str
    leads_to: str
    problem: str


class _Way(NamedTuple):
    """How an entry is asked for: its class, the host and the path."""

    entry_class: str
    host: str
    path: str


class _Backend(NamedTuple):
    """The Service and the port, by number or name, that an entry leads to."""

    service: str
    port: int | str


def entry_point_table(objects: Objects) -> pd.DataFrame:
    """Every rule of an Ingress or a route and every load balancer, with the Service that it leads to.

    A row is an `EntryPointRow`.
    """
    network = Network(objects)
    return table_of_rows(EntryPointRow, [*_ingress_rows(network), *_route_rows(network), *_load_balancer_rows(network)])


def broken_entry_findings(entries: pd.DataFrame) -> list[Finding]:
    """Ways into the cluster that lead nowhere: CRITICAL, or a WARNING where only an address is lacking."""
    if entries.empty:
        return [Finding(INFO, "entry points", "there is none: nothing outside the cluster reaches it")]
    broken = entries[entries["problem"] != ""]
    findings = [
        Finding(
            WARNING if row.problem.startswith("no address") else CRITICAL,
            f"{row.entry} in {row.namespace}",
            f"{row.host or 'any host'}{row.path}: {row.problem}",
        )
        for row in broken.itertuples()
    ]
    return findings or [
        Finding(OK, "entry points", f"{format_count(len(entries), 'way')} into the cluster, each to a Service")
    ]


def _ingress_rows(network: Network) -> Iterator[EntryPointRow]:
    for each in network.objects.of("Ingress"):
        class_name = each.at("spec", "ingressClassName") or each.annotations.get("kubernetes.io/ingress.class", "")
        address = _load_balancer_addresses(each.at("status", "loadBalancer", "ingress"))
        for host, path, backend in _ingress_paths(each):
            service = backend.get("service") or {}
            number = (service.get("port") or {}).get("number") or (service.get("port") or {}).get("name") or ""
            way, target = _Way(class_name, host, path), _Backend(service.get("name", ""), number)
            yield _entry_row(each, way, target, address, network)


def _ingress_paths(ingress: Object) -> Iterator[tuple[str, str, dict]]:
    if backend := ingress.at("spec", "defaultBackend"):
        yield "", "/", backend
    for rule in ingress.at("spec", "rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            yield rule.get("host") or "", path.get("path") or "/", path["backend"]


def _route_rows(network: Network) -> Iterator[EntryPointRow]:
    for each in network.objects.of("HTTPRoute"):
        gateways = ", ".join(f"Gateway/{parent['name']}" for parent in each.at("spec", "parentRefs") or [])
        host = ", ".join(each.at("spec", "hostnames") or [])
        for rule in each.at("spec", "rules") or []:
            for backend in rule.get("backendRefs") or []:
                way = _Way(gateways, host, _route_paths(rule))
                target = _Backend(backend.get("name", ""), backend.get("port", ""))
                yield _entry_row(each, way, target, gateways, network)


def _route_paths(rule: dict) -> str:
    return ", ".join((match.get("path") or {}).get("value") or "/" for match in rule.get("matches") or [{}])


def _load_balancer_rows(network: Network) -> Iterator[EntryPointRow]:
    for each in network.objects.of("Service"):
        if each.at("spec", "type") not in ("LoadBalancer", "NodePort"):
            continue
        is_load_balancer = each.at("spec", "type") == "LoadBalancer"
        address = (
            _load_balancer_addresses(each.at("status", "loadBalancer", "ingress")) if is_load_balancer else "every node"
        )
        for port in each.at("spec", "ports") or []:
            number = port["port"] if is_load_balancer else port.get("nodePort", "")
            way = _Way(each.at("spec", "loadBalancerClass") or each.at("spec", "type"), "", f":{number}")
            yield _entry_row(each, way, _Backend(each.name, port["port"]), address, network)


def _entry_row(entry: Object, way: _Way, backend: _Backend, address: str, network: Network) -> EntryPointRow:
    service = network.objects.find("Service", entry.namespace, backend.service) if backend.service else None
    return EntryPointRow(
        entry.namespace,
        f"{entry.kind}/{entry.name}",
        **way._asdict(),
        service=backend.service,
        port=str(backend.port),
        address=address,
        leads_to=", ".join(map(str, network.behind(service))) if service else "",
        problem=_backend_problem(service, backend) or _address_problem(address, network.objects.side),
    )


def _backend_problem(service: Object | None, backend: _Backend) -> str:
    if not backend.service:
        return ""
    if service is None:
        return f"there is no Service/{backend.service}"
    if backend.port != "" and service_backends.find_service_port(service, backend.port) is None:
        return f"Service/{backend.service} has no port {backend.port}"
    return ""


def _address_problem(address: str, side: str) -> str:
    return "no address has been assigned: ask its controller why" if side == "live" and not address else ""


def _load_balancer_addresses(ingress: list[dict] | None) -> str:
    return ", ".join(each.get("hostname") or each.get("ip") or "" for each in ingress or [])
