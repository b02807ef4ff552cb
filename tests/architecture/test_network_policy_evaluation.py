"""NetworkPolicies let through what the documentation says, and agree with a model that is written another way."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.architecture.objects import objects

from trinokit.architecture.network_policy_evaluation import (
    TrafficEnd,
    isolated_sides,
    isolating_policies,
    policies_blocking_dns,
    traffic_refusal,
)
from trinokit.objects import Objects

NAMESPACES = [
    {"kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}}
    for name, team in (("trino", "query"), ("redis", "store"), ("other", "query"))
]
WORKER = TrafficEnd("trino", {"app": "worker"}, ("10.0.0.1",))
REDIS = TrafficEnd("redis", {"app": "redis"}, ("10.0.1.1",), {("TCP", "redis"): 6379, ("UDP", "redis"): 7})
OUTSIDE = TrafficEnd(ips=("192.0.2.9",))


def policy(namespace: str = "redis", name: str = "p", **spec: object) -> dict:
    return {
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {}, **spec},
    }


def peers(*found: dict, **more: object) -> dict:
    """The spec of a policy that lets *found* in."""
    return {"ingress": [{"from": list(found), **more}]}


def verdict(
    *policies: dict, source: TrafficEnd = WORKER, target: TrafficEnd = REDIS, port: int = 6379, protocol: str = "TCP"
):
    """What refuses the traffic: the side and the names of the policies, or None."""
    found = traffic_refusal(source, target, port, objects(*NAMESPACES, *policies), protocol)
    return found and (found.side, [each.name for each in found.policies])


IN = ("ingress", ["p"])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"policyTypes": ["Egress"]}, None),
        ({}, IN),
        ({"ingress": []}, IN),
        ({"ingress": [{}]}, None),
        ({"ingress": [{"from": [], "ports": []}]}, None),
        (peers({"podSelector": {}}), IN),
        (peers({"namespaceSelector": {}}), None),
        (peers({"namespaceSelector": {"matchLabels": {"team": "query"}}}), None),
        (peers({"namespaceSelector": {"matchLabels": {"team": "store"}}}), IN),
        (peers({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "trino"}}}), None),
        (peers({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "worker"}}}), None),
        (peers({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}), IN),
        (peers({"namespaceSelector": {}}, {"podSelector": {"matchLabels": {"app": "web"}}}), None),
        (peers({"ipBlock": {"cidr": "10.0.0.0/16"}}), None),
        (peers({"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.0.0.0/24"]}}), IN),
        (peers({"ipBlock": {"cidr": "fd00::/8"}}), IN),
        ({"podSelector": {"matchLabels": {"app": "other"}}}, None),
        ({"podSelector": {"matchLabels": {"app": "redis"}}}, IN),
    ],
)
def test_who_is_let_in(spec, expected):
    assert verdict(policy(**spec)) == expected


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([{"port": 6379}], None),
        ([{"port": 6380}], IN),
        ([{"port": "redis"}], None),
        ([{"port": "http"}], IN),
        ([{"protocol": "UDP", "port": 6379}], IN),
        ([{"protocol": "TCP"}], None),
        ([{"port": 6000, "endPort": 6400}], None),
        ([{"port": 6000, "endPort": 6378}], IN),
        ([{"port": 80}, {"port": 6379}], None),
        ([], None),
    ],
)
def test_which_ports_are_let_in(ports, expected):
    assert verdict(policy(ingress=[{"ports": ports}])) == expected


def test_a_named_port_is_looked_up_by_its_protocol():
    named = policy(ingress=[{"ports": [{"protocol": "UDP", "port": "redis"}]}])

    assert verdict(named, port=7, protocol="UDP") is None
    assert verdict(named, port=6379) == IN


def test_peers_and_ports_of_one_rule_have_to_hold_together():
    rules = [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 1}]}, {"from": [{"podSelector": {}}]}]

    assert verdict(policy(ingress=rules)) == IN


def test_one_of_several_policies_is_enough():
    both = [policy(name="deny"), policy(name="let", ingress=[{}])]

    assert verdict(*both) is None
    assert verdict(both[0], policy(name="none")) == ("ingress", ["deny", "none"])


def test_egress_is_judged_first_and_by_itself():
    out = policy("trino", "out", egress=[{"to": [{"podSelector": {}}]}], policyTypes=["Egress"])

    assert verdict(out) == ("egress", ["out"])
    assert verdict(out, policy()) == ("egress", ["out"])
    assert verdict(policy("trino", "out", egress=[{"to": [{"namespaceSelector": {}}]}]), policy()) == IN


def test_a_named_port_of_egress_is_one_of_the_target():
    out = policy("trino", "out", egress=[{"ports": [{"port": "redis"}]}], policyTypes=["Egress"])

    assert verdict(out) is None
    assert verdict(out, port=80) == ("egress", ["out"])


@pytest.mark.parametrize(
    ("spec", "sides"),
    [
        ({}, ["ingress"]),
        ({"ingress": []}, ["ingress"]),
        ({"egress": []}, ["ingress"]),
        ({"egress": [{}]}, ["ingress", "egress"]),
        ({"policyTypes": ["Egress"], "ingress": [{}]}, ["egress"]),
        ({"policyTypes": []}, ["ingress"]),
    ],
)
def test_the_sides_that_are_not_written_follow_from_the_rules(spec, sides):
    [found] = objects(policy(**spec)).of("NetworkPolicy")

    assert isolated_sides(found) == sides


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"to": [{"namespaceSelector": {}}]}, ("egress", ["out"])),
        ({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, None),
        ({"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}, None),
        ({"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}, ("egress", ["out"])),
        ({}, None),
    ],
)
def test_a_host_outside_is_reached_by_its_address_only(rule, expected):
    assert verdict(policy("trino", "out", egress=[rule], policyTypes=["Egress"]), target=OUTSIDE) == expected


@pytest.mark.parametrize("target", [TrafficEnd(), TrafficEnd("redis", {"app": "redis"})])
def test_an_address_that_is_not_known_refuses_nothing(target):
    block = {"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}

    assert verdict(policy("trino", "out", egress=[block], policyTypes=["Egress"]), target=target) is None


def test_labels_of_a_namespace_that_was_not_read_refuse_nothing():
    by_team = policy(**peers({"namespaceSelector": {"matchLabels": {"team": "query"}}}))
    by_name = policy(**peers({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "redis"}}}))

    assert traffic_refusal(WORKER, REDIS, 6379, objects(by_team)) is None
    assert traffic_refusal(WORKER, REDIS, 6379, objects(by_name)).side == "ingress"


def test_pods_on_the_network_of_their_node_are_not_isolated():
    host = TrafficEnd("redis", {"app": "redis"}, on_host_network=True)

    assert isolating_policies(host, "ingress", objects(policy())) == []
    assert verdict(policy(**peers({"podSelector": {}})), source=TrafficEnd("redis", {}, on_host_network=True)) is None


@pytest.mark.parametrize(
    ("rules", "refuses"),
    [
        ([], ["out"]),
        ([{"ports": [{"port": 443}]}], ["out"]),
        ([{"ports": [{"port": 53, "protocol": "UDP"}]}], []),
        ([{"ports": [{"port": 53}]}], []),
        ([{"to": [{"podSelector": {}}]}], []),
    ],
)
def test_names_can_be_looked_up_where_a_rule_has_port_53(rules, refuses):
    out = policy("trino", "out", egress=rules, policyTypes=["Egress"])

    assert [each.name for each in policies_blocking_dns(WORKER, objects(out))] == refuses


def test_whoever_is_not_isolated_may_look_up_names():
    assert policies_blocking_dns(WORKER, objects(policy())) == []


# The model: a set of all connections in a tiny world, from which each isolating policy keeps what it lists.
PODS = [(namespace, app) for namespace in ("a", "b") for app in ("x", "y")]
PORTS = (1, 2, 3)
SELECTORS = st.sampled_from([{}, {"matchLabels": {"app": "x"}}, {"matchLabels": {"app": "y"}}])
SPACES = st.sampled_from([{}, {"matchLabels": {"kubernetes.io/metadata.name": "a"}}, {"matchLabels": {"is": "b"}}])
PEERS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"podSelector": SELECTORS}),
        st.fixed_dictionaries({"namespaceSelector": SPACES}),
        st.fixed_dictionaries({"podSelector": SELECTORS, "namespaceSelector": SPACES}),
    ),
    max_size=2,
)
PORT = st.one_of(
    st.fixed_dictionaries({"port": st.sampled_from(PORTS)}),
    st.just({"port": "named"}),
    st.fixed_dictionaries({"port": st.sampled_from(PORTS), "endPort": st.just(3)}),
    st.just({"protocol": "UDP"}),
)


def rules(peer: str) -> st.SearchStrategy:
    return st.lists(st.fixed_dictionaries({}, optional={peer: PEERS, "ports": st.lists(PORT, max_size=2)}), max_size=2)


POLICIES = st.builds(
    lambda namespace, spec: policy(namespace, **spec),
    st.sampled_from(["a", "b"]),
    st.fixed_dictionaries(
        {"podSelector": SELECTORS},
        optional={
            "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
            "ingress": rules("from"),
            "egress": rules("to"),
        },
    ),
)


def chosen(selector: dict, pods: list) -> set:
    app = selector.get("matchLabels", {}).get("app")
    return {pod for pod in pods if app in (None, pod[1])}


def spaces(selector: dict) -> set:
    [name] = selector.get("matchLabels", {}).values() or [None]
    return {space for space in ("a", "b") if name in (None, space)}


def listed(rule: dict, key: str, namespace: str) -> set:
    """Peer and port of each connection that *rule* lists."""
    found = set()
    for peer in rule.get(key) or [{"namespaceSelector": {}}]:
        within = spaces(peer["namespaceSelector"]) if "namespaceSelector" in peer else {namespace}
        found |= chosen(peer.get("podSelector", {}), [pod for pod in PODS if pod[0] in within])
    ports = set()
    for port in rule.get("ports") or [{"protocol": "TCP"}]:
        if port.get("protocol", "TCP") == "TCP":
            first = {"named": 2}.get(port.get("port"), port.get("port"))
            ports |= set(PORTS) if first is None else set(range(first, port.get("endPort", first) + 1))
    return set(product(found, ports))


def modelled(policies: list[dict]) -> set:
    """Source, target and port of every connection that there can be."""
    whole = set(product(PODS, PODS, PORTS))
    for side, key in (("ingress", "from"), ("egress", "to")):
        lets: dict = {}
        for each in policies:
            spec, namespace = each["spec"], each["metadata"]["namespace"]
            sides = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
            if side.capitalize() not in sides:
                continue
            for pod in chosen(spec["podSelector"], [pod for pod in PODS if pod[0] == namespace]):
                found = [listed(rule, key, namespace) for rule in spec.get(side) or []]
                lets.setdefault(pod, set()).update(*found)
        own, other = (1, 0) if side == "ingress" else (0, 1)
        whole = {each for each in whole if each[own] not in lets or (each[other], each[2]) in lets[each[own]]}
    return whole


def end(pod: tuple) -> TrafficEnd:
    return TrafficEnd(pod[0], {"app": pod[1]}, (), {("TCP", "named"): 2})


def decided(everything: Objects) -> set:
    return {
        (source, target, port)
        for source, target, port in product(PODS, PODS, PORTS)
        if traffic_refusal(end(source), end(target), port, everything) is None
    }


@given(st.lists(POLICIES, max_size=3))
def test_policies_decide_as_the_model_does(policies):
    named = [{"kind": "Namespace", "metadata": {"name": name, "labels": {"is": name}}} for name in ("a", "b")]
    numbered = [each | {"metadata": each["metadata"] | {"name": f"p{place}"}} for place, each in enumerate(policies)]

    assert decided(objects(*named, *numbered)) == modelled(numbered)
