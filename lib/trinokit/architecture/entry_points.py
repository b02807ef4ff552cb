"""How is the cluster reached from outside? Ingresses, routes of a Gateway and load balancers."""

from collections.abc import Iterator

import pandas as pd

from trinokit.architecture import service_backends
from trinokit.architecture.reachability import Network
from trinokit.architecture.table_building import sorted_table
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_COLUMNS = {
    "namespace": "str",
    "entry": "str",
    "entry_class": "str",
    "host": "str",
    "path": "str",
    "service": "str",
    "port": "str",
    "address": "str",
    "leads_to": "str",
    "problem": "str",
}


def entry_point_table(objects: Objects) -> pd.DataFrame:
    """Every rule of an Ingress or a route and every load balancer, with the Service that it leads to.

    *problem* says why nobody can come in that way.
    """
    network = Network(objects)
    return sorted_table(_COLUMNS, [*_ingress_rows(network), *_route_rows(network), *_load_balancer_rows(network)])


def broken_entry_findings(entries: pd.DataFrame) -> list[Finding]:
    """Ways into the cluster that lead nowhere."""
    if entries.empty:
        return [Finding(INFO, "entry points", "there is none: nothing outside the cluster reaches it")]
    bad = entries[entries["problem"] != ""]
    findings = [
        Finding(
            WARNING if row.problem.startswith("no address") else CRITICAL,
            f"{row.entry} in {row.namespace}",
            f"{row.host or 'any host'}{row.path}: {row.problem}",
        )
        for row in bad.itertuples()
    ]
    return findings or [
        Finding(OK, "entry points", f"{format_count(len(entries), 'way')} into the cluster, each to a Service")
    ]


def _ingress_rows(network: Network) -> Iterator[tuple]:
    for each in network.objects.of("Ingress"):
        class_name = each.at("spec", "ingressClassName") or each.annotations.get("kubernetes.io/ingress.class", "")
        address = _load_balancer_addresses(each.at("status", "loadBalancer", "ingress"))
        for host, path, backend in _ingress_paths(each):
            place = backend.get("service") or {}
            number = (place.get("port") or {}).get("number") or (place.get("port") or {}).get("name") or ""
            yield _entry_row(each, (class_name, host, path), (place.get("name", ""), number), address, network)


def _ingress_paths(ingress: Object) -> Iterator[tuple[str, str, dict]]:
    if backend := ingress.at("spec", "defaultBackend"):
        yield "", "/", backend
    for rule in ingress.at("spec", "rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            yield rule.get("host") or "", path.get("path") or "/", path["backend"]


def _route_rows(network: Network) -> Iterator[tuple]:
    for each in network.objects.of("HTTPRoute"):
        through = ", ".join(f"Gateway/{parent['name']}" for parent in each.at("spec", "parentRefs") or [])
        host = ", ".join(each.at("spec", "hostnames") or [])
        for rule in each.at("spec", "rules") or []:
            for backend in rule.get("backendRefs") or []:
                place = backend.get("name", ""), backend.get("port", "")
                yield _entry_row(each, (through, host, _route_paths(rule)), place, through, network)


def _route_paths(rule: dict) -> str:
    return ", ".join((match.get("path") or {}).get("value") or "/" for match in rule.get("matches") or [{}])


def _load_balancer_rows(network: Network) -> Iterator[tuple]:
    for each in network.objects.of("Service"):
        if each.at("spec", "type") not in ("LoadBalancer", "NodePort"):
            continue
        balanced = each.at("spec", "type") == "LoadBalancer"
        address = _load_balancer_addresses(each.at("status", "loadBalancer", "ingress")) if balanced else "every node"
        for port in each.at("spec", "ports") or []:
            number = port["port"] if balanced else port.get("nodePort", "")
            way = each.at("spec", "loadBalancerClass") or each.at("spec", "type"), "", f":{number}"
            yield _entry_row(each, way, (each.name, port["port"]), address, network)


def _entry_row(entry: Object, way: tuple, place: tuple, address: str, network: Network) -> tuple:
    name, port = place
    service = network.objects.find("Service", entry.namespace, name) if name else None
    behind = ", ".join(map(str, network.behind(service))) if service else ""
    problem = _backend_problem(service, name, port) or _address_problem(address, network.objects.side)
    return entry.namespace, f"{entry.kind}/{entry.name}", *way, name, str(port), address, behind, problem


def _backend_problem(service: Object | None, name: str, port: int | str) -> str:
    if not name:
        return ""
    if service is None:
        return f"there is no Service/{name}"
    if port != "" and service_backends.find_service_port(service, port) is None:
        return f"Service/{name} has no port {port}"
    return ""


def _address_problem(address: str, side: str) -> str:
    return "no address has been assigned: ask its controller why" if side == "live" and not address else ""


def _load_balancer_addresses(given: list[dict] | None) -> str:
    return ", ".join(each.get("hostname") or each.get("ip") or "" for each in given or [])
