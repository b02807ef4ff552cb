"""Where does a host name lead? As the cluster's DNS answers it, for a pod of a namespace."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from trinokit.objects import Object, Objects

_MAX_ALIASES = 5


class HostState(StrEnum):
    """What a host name leads to; not read is one in a namespace that was not, unknown one that nobody can resolve."""

    SERVICE = "service"
    POD = "pod"
    API_SERVER = "API server"
    SELF = "self"
    EXTERNAL = "external"
    MISSING = "missing"
    NOT_READ = "not read"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ResolvedHost:
    """Where a name leads: its *state*, and the *service*, one *pod* behind it, or the *host* outside."""

    state: HostState
    namespace: str = ""
    service: str = ""
    pod: str = ""
    host: str = ""


def resolve_host(host: str, namespace: str, objects: Objects) -> ResolvedHost:
    """Where *host* leads when a pod of *namespace* asks for it; an ExternalName is followed to its end."""
    for _ in range(_MAX_ALIASES):
        resolved = _resolve_without_alias(host.rstrip(".").lower(), namespace, objects)
        service = (
            objects.find("Service", resolved.namespace, resolved.service)
            if resolved.state == HostState.SERVICE
            else None
        )
        alias = service.at("spec", "externalName") if service else None
        if not alias or service.at("spec", "type") != "ExternalName":
            return resolved
        host, namespace = alias, resolved.namespace
    return ResolvedHost(HostState.MISSING, resolved.namespace, resolved.service)


def known_namespaces(objects: Objects) -> set[str]:
    """The namespaces that were read."""
    return {*objects.roles, *(each.namespace for each in objects.items if each.namespace)}


def is_ip_address(host: str) -> bool:
    """Whether *host* is an IP address and no name."""
    return _parse_ip(host) is not None


def _resolve_without_alias(host: str, namespace: str, objects: Objects) -> ResolvedHost:
    if host == "localhost" or host.endswith(".localhost"):
        return ResolvedHost(HostState.SELF)
    if address := _parse_ip(host):
        return _resolve_ip(address, objects)
    inside = _cluster_name_labels(host)
    return _resolve_by_search(host, namespace, objects) if inside is None else _resolve_cluster_name(inside, objects)


def _resolve_by_search(host: str, namespace: str, objects: Objects) -> ResolvedHost:
    labels = host.split(".")
    # A name is looked up in its own namespace first, then among all namespaces, then outside.
    # https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    candidates = [_resolve_cluster_name(candidate, objects) for candidate in _search_candidates(labels, namespace)]
    there = [each for each in candidates if each.state in (HostState.SERVICE, HostState.POD)]
    if there:
        return there[0]
    if len(labels) == 1:
        return ResolvedHost(HostState.MISSING, namespace, host)
    if len(labels) == 2 and labels[1] in {each.name for each in objects.of("Namespace")} | known_namespaces(objects):
        return ResolvedHost(HostState.MISSING, labels[1], labels[0])
    return ResolvedHost(HostState.EXTERNAL, host=host)


def _parse_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolve_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address, objects: Objects) -> ResolvedHost:
    if address.is_loopback or address.is_unspecified:
        return ResolvedHost(HostState.SELF)
    for each in objects.of("Service"):
        if str(address) in (each.at("spec", "clusterIPs") or [each.at("spec", "clusterIP")]):
            return ResolvedHost(HostState.SERVICE, each.namespace, each.name)
    return ResolvedHost(HostState.EXTERNAL, host=str(address))


def _cluster_name_labels(host: str) -> tuple[str, ...] | None:
    """The labels before .svc, where *host* ends as names inside the cluster do."""
    labels = host.removesuffix(".cluster.local").split(".")
    return tuple(labels[:-1]) if labels[-1] == "svc" and 3 <= len(labels) <= 5 else None


def _search_candidates(labels: list[str], namespace: str) -> Iterator[tuple[str, ...]]:
    if len(labels) <= 2:
        yield (*labels, namespace)
    if 2 <= len(labels) <= 3:
        yield tuple(labels)


def _resolve_cluster_name(labels: tuple[str, ...], objects: Objects) -> ResolvedHost:
    """Where service.namespace, pod.service.namespace or _port._protocol.service.namespace leads."""
    *before, service, namespace = labels
    object = objects.find("Service", namespace, service)
    if object is None:
        if namespace == "default" and service == "kubernetes":
            return ResolvedHost(HostState.API_SERVER, namespace, service)
        was_read = not objects.roles or namespace in known_namespaces(objects)
        return ResolvedHost(HostState.MISSING if was_read else HostState.NOT_READ, namespace, service)
    if not before or before[0].startswith("_"):
        return ResolvedHost(HostState.SERVICE, namespace, service)
    state = HostState.POD if before[0] in _headless_pod_names(object, objects) else HostState.MISSING
    return ResolvedHost(state, namespace, service, before[0])


def _headless_pod_names(service: Object, objects: Objects) -> set[str]:
    """The names that the pods behind a headless *service* have in its domain."""
    if service.at("spec", "clusterIP") != "None":
        return set()
    pod_names = {each.at("spec", "hostname") or "" for each in objects.of("Pod") if _is_in_subdomain(each, service)}
    for each in objects.of("StatefulSet"):
        if each.namespace == service.namespace and each.at("spec", "serviceName") == service.name:
            first, replicas = each.at("spec", "ordinals", "start") or 0, each.at("spec", "replicas")
            pod_names |= {f"{each.name}-{first + number}" for number in range(1 if replicas is None else replicas)}
    return pod_names


def _is_in_subdomain(pod: Object, service: Object) -> bool:
    return pod.namespace == service.namespace and pod.at("spec", "subdomain") == service.name
