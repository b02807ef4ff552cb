"""Does a NetworkPolicy let traffic through? Both sides, as the cluster would decide it.

An answer is True, False, or None where it hangs on an address or a label that is not known.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from trinokit.architecture.label_selectors import selector_keys, selector_matches
from trinokit.objects import Object, Objects

_NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"
TriState = bool | None


@dataclass(frozen=True)
class TrafficEnd:
    """One end of a connection: pods with these *labels*, or with no namespace a host outside the cluster.

    *ips* are its addresses where they are known; *ports* are the named ones of its containers, by protocol and name.
    """

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ips: tuple[str, ...] = ()
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict)
    on_host_network: bool = False


@dataclass(frozen=True)
class TrafficRefusal:
    """The *policies* that isolate one *side* and let the traffic not through; *side* is egress or ingress."""

    side: Literal["egress", "ingress"]
    policies: tuple[Object, ...]


def traffic_refusal(
    source: TrafficEnd, target: TrafficEnd, port: int, objects: Objects, protocol: str = "TCP"
) -> TrafficRefusal | None:
    """What refuses traffic from *source* to the *port* of *target*, or None where nothing certainly does."""
    for side, end, other in (("egress", source, target), ("ingress", target, source)):
        isolating = isolating_policies(end, side, objects)
        if (
            isolating
            and _tristate_or(
                _policy_allows(each, side, (end, other), (target, port, protocol), objects) for each in isolating
            )
            is False
        ):
            return TrafficRefusal(side, tuple(isolating))
    return None


def isolating_policies(end: TrafficEnd, side: str, objects: Objects) -> list[Object]:
    """The policies that isolate *end* on one *side*; none for pods on the network of their node."""
    if not end.namespace or end.on_host_network:
        return []
    return [
        each
        for each in objects.of("NetworkPolicy")
        if each.namespace == end.namespace
        and side in isolated_sides(each)
        and selector_matches(each.at("spec", "podSelector") or {}, end.labels)
    ]


def isolated_sides(policy: Object) -> list[str]:
    """The sides that *policy* isolates, in lower case."""
    written = policy.at("spec", "policyTypes")
    if written:
        return [each.lower() for each in written]
    return ["ingress", "egress"] if policy.at("spec", "egress") else ["ingress"]


def policies_blocking_dns(source: TrafficEnd, objects: Objects) -> list[Object]:
    """The policies that keep *source* from asking any name server, none when one lets it."""
    isolating = isolating_policies(source, "egress", objects)
    rules = [rule for each in isolating for rule in each.at("spec", "egress") or []]
    asks = any(
        _any_port_matches(rule, TrafficEnd(), 53, protocol) is not False
        for rule in rules
        for protocol in ("UDP", "TCP")
    )
    return [] if asks else isolating


def _policy_allows(
    policy: Object, side: str, ends: tuple[TrafficEnd, TrafficEnd], to: tuple[TrafficEnd, int, str], objects: Objects
) -> TriState:
    """Whether a rule of *policy* lets the traffic through; *ends* are the isolated one and the other one."""
    peers = "to" if side == "egress" else "from"
    return _tristate_or(
        _tristate_and(_any_peer_matches(rule.get(peers), policy, ends[1], objects), _any_port_matches(rule, *to))
        for rule in policy.at("spec", side) or []
    )


def _any_peer_matches(peers: list[dict] | None, policy: Object, other: TrafficEnd, objects: Objects) -> TriState:
    if not peers:
        return True
    return _tristate_or(_peer_matches(each, policy, other, objects) for each in peers)


def _peer_matches(peer: Mapping, policy: Object, other: TrafficEnd, objects: Objects) -> TriState:
    if "ipBlock" in peer:
        return _ip_block_matches(peer["ipBlock"], other)
    if not other.namespace:
        return False
    if other.on_host_network:
        return None
    if "namespaceSelector" in peer:
        there = _namespace_matches(peer["namespaceSelector"] or {}, other.namespace, objects)
    else:
        there = other.namespace == policy.namespace
    labelled = selector_matches(peer["podSelector"] or {}, other.labels) if "podSelector" in peer else True
    return _tristate_and(there, labelled)


def _namespace_matches(selector: Mapping, namespace: str, objects: Objects) -> TriState:
    object = objects.find("Namespace", "", namespace)
    if object is None and not selector_keys(selector) <= {_NAMESPACE_NAME_LABEL}:
        return None
    return selector_matches(selector, {**(object.labels if object else {}), _NAMESPACE_NAME_LABEL: namespace})


def _ip_block_matches(block: Mapping, other: TrafficEnd) -> TriState:
    excepted = block.get("except") or []
    if not other.ips:
        # Everything is in 0.0.0.0/0, whatever its address is.
        return True if block["cidr"] in ("0.0.0.0/0", "::/0") and not excepted else None
    answers = {
        _is_in_cidr(each, block["cidr"]) and not any(_is_in_cidr(each, less) for less in excepted) for each in other.ips
    }
    return answers.pop() if len(answers) == 1 else None


def _is_in_cidr(address: str, cidr: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)


def _any_port_matches(rule: Mapping, target: TrafficEnd, port: int, protocol: str) -> TriState:
    ports = rule.get("ports")
    return True if not ports else any(_port_matches(each, target, port, protocol) for each in ports)


def _port_matches(written: Mapping, target: TrafficEnd, port: int, protocol: str) -> bool:
    if (written.get("protocol") or "TCP") != protocol:
        return False
    first = written.get("port")
    if isinstance(first, str):
        return target.ports.get((protocol, first)) == port
    return first is None or first <= port <= (written.get("endPort") or first)


def _tristate_or(answers: Iterable[TriState]) -> TriState:
    values = set(answers)
    return True if True in values else None if None in values else False


def _tristate_and(first: TriState, second: TriState) -> TriState:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True
