"""Where does a host name lead? As the cluster's DNS answers it, for a pod of a namespace."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from trinokit.objects import Object, Objects

_MOST_ALIASES = 5


@dataclass(frozen=True)
class Place:
    """Where a name leads: its *state*, and the *service*, one *pod* behind it, or the *host* outside.

    *state* is service, pod, API server, self, external, missing, or not read where its namespace was not.
    """

    state: str
    namespace: str = ""
    service: str = ""
    pod: str = ""
    host: str = ""


def place(host: str, namespace: str, objects: Objects) -> Place:
    """Where *host* leads when a pod of *namespace* asks for it; an ExternalName is followed to its end."""
    for _ in range(_MOST_ALIASES):
        found = _place(host.rstrip(".").lower(), namespace, objects)
        service = objects.find("Service", found.namespace, found.service) if found.state == "service" else None
        alias = service.at("spec", "externalName") if service else None
        if not alias or service.at("spec", "type") != "ExternalName":
            return found
        host, namespace = alias, found.namespace
    return Place("missing", found.namespace, found.service)


def known_namespaces(objects: Objects) -> set[str]:
    """The namespaces that were read."""
    return {*objects.roles, *(each.namespace for each in objects.items if each.namespace)}


def is_address(host: str) -> bool:
    """Whether *host* is an IP address and no name."""
    return _ip(host) is not None


def _place(host: str, namespace: str, objects: Objects) -> Place:
    if host == "localhost" or host.endswith(".localhost"):
        return Place("self")
    if address := _ip(host):
        return _by_ip(address, objects)
    inside = _inside(host)
    return _by_search(host, namespace, objects) if inside is None else _named(inside, objects)


def _by_search(host: str, namespace: str, objects: Objects) -> Place:
    labels = host.split(".")
    # A name is looked up in its own namespace first, then among all namespaces, then outside.
    # https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    found = [_named(candidate, objects) for candidate in _searched(labels, namespace)]
    there = [each for each in found if each.state in ("service", "pod")]
    if there:
        return there[0]
    if len(labels) == 1:
        return Place("missing", namespace, host)
    if len(labels) == 2 and labels[1] in {each.name for each in objects.of("Namespace")} | known_namespaces(objects):
        return Place("missing", labels[1], labels[0])
    return Place("external", host=host)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _by_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address, objects: Objects) -> Place:
    if address.is_loopback or address.is_unspecified:
        return Place("self")
    for each in objects.of("Service"):
        if str(address) in (each.at("spec", "clusterIPs") or [each.at("spec", "clusterIP")]):
            return Place("service", each.namespace, each.name)
    return Place("external", host=str(address))


def _inside(host: str) -> tuple[str, ...] | None:
    """The labels before .svc, where *host* ends as names inside the cluster do."""
    labels = host.removesuffix(".cluster.local").split(".")
    return tuple(labels[:-1]) if labels[-1] == "svc" and 3 <= len(labels) <= 5 else None


def _searched(labels: list[str], namespace: str) -> Iterator[tuple[str, ...]]:
    if len(labels) <= 2:
        yield (*labels, namespace)
    if 2 <= len(labels) <= 3:
        yield tuple(labels)


def _named(labels: tuple[str, ...], objects: Objects) -> Place:
    """Where service.namespace, pod.service.namespace or _port._protocol.service.namespace leads."""
    *before, service, namespace = labels
    object = objects.find("Service", namespace, service)
    if object is None:
        if namespace == "default" and service == "kubernetes":
            return Place("API server", namespace, service)
        read = not objects.roles or namespace in known_namespaces(objects)
        return Place("missing" if read else "not read", namespace, service)
    if not before or before[0].startswith("_"):
        return Place("service", namespace, service)
    return Place("pod" if before[0] in _pods(object, objects) else "missing", namespace, service, before[0])


def _pods(service: Object, objects: Objects) -> set[str]:
    """The names that the pods behind a headless *service* have in its domain."""
    if service.at("spec", "clusterIP") != "None":
        return set()
    found = {each.at("spec", "hostname") or "" for each in objects.of("Pod") if _belongs(each, service)}
    for each in objects.of("StatefulSet"):
        if each.namespace == service.namespace and each.at("spec", "serviceName") == service.name:
            first, replicas = each.at("spec", "ordinals", "start") or 0, each.at("spec", "replicas")
            found |= {f"{each.name}-{first + number}" for number in range(1 if replicas is None else replicas)}
    return found


def _belongs(pod: Object, service: Object) -> bool:
    return pod.namespace == service.namespace and pod.at("spec", "subdomain") == service.name
