"""The rules of a NetworkPolicy are a set of flows: however they are grouped, the same traffic has the same texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.architecture.objects import objects

from trinokit.architecture import network_policy_evaluation
from trinokit.drift.comparing.network_flows import allowed_flows

TRINO = {"podSelector": {"matchLabels": {"app": "trino"}}}
TEAM = {"matchLabels": {"team": "y"}}
PORT = {"port": 8080}

SELECTORS = [
    {},
    {"matchLabels": {"app": "a"}},
    {"matchLabels": {"app": "a", "tier": "x"}},
    {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]},
    {"matchExpressions": [{"key": "app", "operator": "In", "values": ["b", "a"]}]},
    {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]},
    {"matchExpressions": [{"key": "tier", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]},
]
PEERS = [
    *({"podSelector": pods} for pods in SELECTORS),
    *({"namespaceSelector": names} for names in SELECTORS),
    *({"podSelector": pods, "namespaceSelector": names} for pods in SELECTORS for names in SELECTORS),
    {"ipBlock": {"cidr": "10.0.0.0/8"}},
    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
]
PORTS = [
    {},
    {"port": 80},
    {"port": 80, "endPort": 80},
    {"port": 80, "endPort": 90},
    {"port": 80, "protocol": "UDP"},
    {"port": "http"},
    {"protocol": "UDP"},
]
RULES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "from": st.lists(st.sampled_from(PEERS), max_size=2),
            "ports": st.lists(st.sampled_from(PORTS), max_size=2),
        },
    ),
    max_size=3,
)
ENDS = [
    network_policy_evaluation.TrafficEnd(namespace, labels, ports={("TCP", "http"): 80})
    for namespace in ("here", "there")
    for labels in ({}, {"app": "a"}, {"app": "b"}, {"app": "a", "tier": "x"}, {"app": "c", "tier": "x"})
] + [network_policy_evaluation.TrafficEnd(ips=(address,)) for address in ("10.0.0.1", "10.1.0.1", "9.9.9.9")]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({}, "from anywhere, any port"),
        ({"from": [], "ports": []}, "from anywhere, any port"),
        ({"from": [TRINO], "ports": [PORT]}, "from pods app=trino in this namespace, port 8080/TCP"),
        (
            {"from": [{"podSelector": {"matchLabels": {"app": "x"}}, "namespaceSelector": TEAM}]},
            "from pods app=x in namespaces team=y, any port",
        ),
        ({"from": [{"podSelector": {}}]}, "from all pods in this namespace, any port"),
        ({"from": [{"namespaceSelector": {}}]}, "from all pods in all namespaces, any port"),
        ({"from": [{"namespaceSelector": TEAM, "podSelector": {}}]}, "from all pods in namespaces team=y, any port"),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.2.0.0/16", "10.1.0.0/16"]}}]},
            "from 10.0.0.0/8 except 10.1.0.0/16, 10.2.0.0/16, any port",
        ),
        ({"from": [{"ipBlock": {"cidr": "2001:db8::/32"}}]}, "from 2001:db8::/32, any port"),
        ({"from": [{}]}, "from an empty peer, any port"),
        ({"ports": [{"protocol": "UDP"}]}, "from anywhere, any UDP port"),
        ({"ports": [{"port": 8000, "endPort": 8100}]}, "from anywhere, ports 8000-8100/TCP"),
        ({"ports": [{"port": "http", "protocol": "TCP"}]}, "from anywhere, port http/TCP"),
        ({"ports": [{"port": "80"}]}, 'from anywhere, port "80"/TCP'),
        ({"ports": [PORT], "later": 1}, 'from anywhere, port 8080/TCP with {"later": 1}'),
    ],
)
def test_a_rule_is_read_as_a_sentence(rule, text):
    assert allowed_flows([rule], "ingress") == [text]


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1, b=2"),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}], "matchLabels": {"b": "2"}},
            "a=1, b=2",
        ),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": list("9271492")}]}, "a in (1, 2, 4, 7, 9)"),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, "a not in (1)"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": []}]}, "a is set"),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "a is not set"),
        ({"matchExpressions": [{"key": "a", "operator": "in", "values": ["1", "2"]}]}, 'a "in" (1, 2)'),
        ({"matchLabels": {"a": "1, b=2"}}, 'a="1, b=2"'),
        ({"matchLabels": {"a": ""}}, "a="),
        ({"matchLabels": {"a": None}}, "a=(null)"),
        ({"matchLabels": {"a": "1"}, "later": 1}, 'a=1, with {"later": 1}'),
    ],
)
def test_a_selector_is_written_the_same_whichever_way_it_is_asked_for(selector, text):
    rules = [{"to": [{"podSelector": selector}], "ports": [{"port": 53, "protocol": "UDP"}]}]

    assert allowed_flows(rules, "egress") == [f"to pods {text} in this namespace, port 53/UDP"]


@pytest.mark.parametrize("rules", [None, []])
def test_no_rule_lets_nothing_through(rules):
    assert allowed_flows(rules, "ingress") == []


def test_a_rule_lets_each_peer_to_each_port():
    rules = [{"from": [TRINO, {"podSelector": {}}], "ports": [PORT, {"port": 9000}, PORT]}]

    assert allowed_flows(rules, "ingress") == [
        "from all pods in this namespace, port 8080/TCP",
        "from all pods in this namespace, port 9000/TCP",
        "from pods app=trino in this namespace, port 8080/TCP",
        "from pods app=trino in this namespace, port 9000/TCP",
    ]


@given(rules=RULES, order=st.randoms(use_true_random=False))
def test_rules_that_are_grouped_another_way_are_the_same_flows(rules, order):
    apart = [
        {"from": [peer] if peer else [], "ports": [port] if port is not None else []}
        for rule in rules
        for peer in rule.get("from") or [None]
        for port in (rule.get("ports") or [None])
    ]
    order.shuffle(apart)

    assert allowed_flows(apart, "ingress") == allowed_flows(rules, "ingress")


def test_rules_with_one_text_let_the_same_traffic_through():
    meanings: dict[tuple[str, ...], set[tuple[bool, ...]]] = {}
    for peer in [None, *PEERS]:
        for port in [None, *PORTS]:
            rules = [{"from": [peer] if peer else [], "ports": [] if port is None else [port]}]
            meanings.setdefault(tuple(allowed_flows(rules, "ingress")), set()).add(let_through(rules))

    assert [texts for texts, found in meanings.items() if len(found) > 1] == []
    # Two selectors and one port are written in two ways, and all pods of a namespace in a third one.
    assert len(meanings) == (1 + 7 + 7 + 7 * 7 - 7 + 2) * 7


def let_through(rules: list[dict]) -> tuple[bool, ...]:
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "here"}}
    spaces = [
        {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in {"here": {"app": "a"}, "there": {"app": "b", "tier": "x"}}.items()
    ]
    held = objects(policy | {"spec": {"podSelector": {}, "ingress": rules}}, *spaces)
    target = network_policy_evaluation.TrafficEnd("here", {}, ports={("TCP", "http"): 80})
    return tuple(
        network_policy_evaluation.traffic_refusal(source, target, port, held, protocol) is None
        for source in ENDS
        for port in (79, 80, 85)
        for protocol in ("TCP", "UDP")
    )
