"""Does a NetworkPolicy let traffic through? Both sides, as the cluster would decide it.

An answer is True, False, or None where it hangs on an address or a label that is not known.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trinokit.architecture.labels import keys, selects
from trinokit.objects import Object, Objects

_NAME_LABEL = "kubernetes.io/metadata.name"
Answer = bool | None


@dataclass(frozen=True)
class End:
    """One end of a connection: pods with these *labels*, or with no namespace a host outside the cluster.

    *ips* are its addresses where they are known; *ports* are the named ones of its containers, by protocol and name.
    """

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ips: tuple[str, ...] = ()
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict)
    on_host_network: bool = False


@dataclass(frozen=True)
class Refusal:
    """The *policies* that isolate one *side* and let the traffic not through; *side* is egress or ingress."""

    side: str
    policies: tuple[Object, ...]


def refused(source: End, target: End, port: int, objects: Objects, protocol: str = "TCP") -> Refusal | None:
    """What refuses traffic from *source* to the *port* of *target*, or None where nothing certainly does."""
    for side, end, other in (("egress", source, target), ("ingress", target, source)):
        isolating = isolated_by(end, side, objects)
        if (
            isolating
            and _any(_lets(each, side, (end, other), (target, port, protocol), objects) for each in isolating) is False
        ):
            return Refusal(side, tuple(isolating))
    return None


def isolated_by(end: End, side: str, objects: Objects) -> list[Object]:
    """The policies that isolate *end* on one *side*; none for pods on the network of their node."""
    if not end.namespace or end.on_host_network:
        return []
    return [
        each
        for each in objects.of("NetworkPolicy")
        if each.namespace == end.namespace
        and side in types(each)
        and selects(each.at("spec", "podSelector") or {}, end.labels)
    ]


def types(policy: Object) -> list[str]:
    """The sides that *policy* isolates, in lower case."""
    written = policy.at("spec", "policyTypes")
    if written:
        return [each.lower() for each in written]
    return ["ingress", "egress"] if policy.at("spec", "egress") else ["ingress"]


def lookups_refused(source: End, objects: Objects) -> list[Object]:
    """The policies that keep *source* from asking any name server, none when one lets it."""
    isolating = isolated_by(source, "egress", objects)
    rules = [rule for each in isolating for rule in each.at("spec", "egress") or []]
    asks = any(_ports(rule, End(), 53, protocol) is not False for rule in rules for protocol in ("UDP", "TCP"))
    return [] if asks else isolating


def _lets(policy: Object, side: str, ends: tuple[End, End], to: tuple[End, int, str], objects: Objects) -> Answer:
    """Whether a rule of *policy* lets the traffic through; *ends* are the isolated one and the other one."""
    peers = "to" if side == "egress" else "from"
    return _any(
        _both(_peers(rule.get(peers), policy, ends[1], objects), _ports(rule, *to))
        for rule in policy.at("spec", side) or []
    )


def _peers(peers: list[dict] | None, policy: Object, other: End, objects: Objects) -> Answer:
    if not peers:
        return True
    return _any(_peer(each, policy, other, objects) for each in peers)


def _peer(peer: Mapping, policy: Object, other: End, objects: Objects) -> Answer:
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], other)
    if not other.namespace:
        return False
    if other.on_host_network:
        return None
    if "namespaceSelector" in peer:
        there = _namespace(peer["namespaceSelector"] or {}, other.namespace, objects)
    else:
        there = other.namespace == policy.namespace
    labelled = selects(peer["podSelector"] or {}, other.labels) if "podSelector" in peer else True
    return _both(there, labelled)


def _namespace(selector: Mapping, namespace: str, objects: Objects) -> Answer:
    object = objects.find("Namespace", "", namespace)
    if object is None and not keys(selector) <= {_NAME_LABEL}:
        return None
    return selects(selector, {**(object.labels if object else {}), _NAME_LABEL: namespace})


def _in_block(block: Mapping, other: End) -> Answer:
    excepted = block.get("except") or []
    if not other.ips:
        # Everything is in 0.0.0.0/0, whatever its address is.
        return True if block["cidr"] in ("0.0.0.0/0", "::/0") and not excepted else None
    answers = {_within(each, block["cidr"]) and not any(_within(each, less) for less in excepted) for each in other.ips}
    return answers.pop() if len(answers) == 1 else None


def _within(address: str, cidr: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)


def _ports(rule: Mapping, target: End, port: int, protocol: str) -> Answer:
    ports = rule.get("ports")
    return True if not ports else any(_port(each, target, port, protocol) for each in ports)


def _port(written: Mapping, target: End, port: int, protocol: str) -> bool:
    if (written.get("protocol") or "TCP") != protocol:
        return False
    first = written.get("port")
    if isinstance(first, str):
        return target.ports.get((protocol, first)) == port
    return first is None or first <= port <= (written.get("endPort") or first)


def _any(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    return True if True in found else None if None in found else False


def _both(one: Answer, other: Answer) -> Answer:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
