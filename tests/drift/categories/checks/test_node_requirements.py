"""Nodes are as a policy file asks, and a slip in the file is told with its line."""

import pytest
from tests.architecture.objects import objects
from tests.conftest import ROOT

from trinokit.drift.categories.checks import node_requirements
from trinokit.drift.categories.checks.node_requirements import NodePolicy, NodeRule
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

TRINO = {"key": "dedicated", "value": "trino", "effect": "NoSchedule"}
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def node(name: str = "node-0", *taints: dict, zone: str | None = "a", **status: object) -> dict:
    labels = {"kubernetes.io/os": "linux"} | ({"zone": zone} if zone else {})
    told = {"allocatable": {"cpu": "31500m", "memory": "128Gi"}, "nodeInfo": {"kubeletVersion": "v1.36.3-gke.1"}}
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": list(taints)},
        "status": told | status,
    }


def rows(*bodies: dict, **rule: object) -> list[list]:
    found = node_requirements.node_rule_table(objects(*bodies), NodePolicy([NodeRule(**{"nodes": "node-*"} | rule)]))
    return [row[2:] for row in found.to_numpy().tolist() if row[0]]


def judged(*bodies: dict, rules: list[NodeRule] | None = None, **about: object) -> list[Finding]:
    return node_requirements.node_findings(
        objects(*bodies, **about), NodePolicy([NodeRule("node-*")] if rules is None else rules)
    )


def test_a_policy_is_read():
    text = "rules:\n- nodes: {pool: trino}\n  count: 3\n  taints: ['dedicated=trino:NoSchedule']\n"

    assert node_requirements.parse_node_policy(text, "nodes.yaml") == NodePolicy(
        [NodeRule({"pool": "trino"}, count=3, taints=["dedicated=trino:NoSchedule"])]
    )
    assert node_requirements.parse_node_policy("\n", "nodes.yaml") == NodePolicy([])


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("rule: []", 1, "unknown field `rule`.*\n.*did you mean rules"),
        ("rules:\n- nodes: a\n  lables: {}", 3, "unknown field `lables`.*\n.*did you mean labels"),
        ("rules:\n- count: 1", 2, "missing required field `nodes`"),
        ("rules:\n- nodes: a\n- nodes: ''", 3, "expected a pattern of names or labels"),
        ("rules:\n- nodes: a\n  count: many", 3, "expected `int`, got `str`"),
        ("rules:\n- nodes: a\n  taints: [b]", 2, "expected key=value:Effect or key:Effect in a taint, found 'b'"),
        ("rules:\n- nodes: a\n  allowed_taints: ['b:Never']", 2, "in a taint, found 'b:Never'"),
        ("rules:\n- nodes: a\n  allocatable: {cpu: 4 cores}", 2, "such as 16 or 64Gi for cpu, found '4 cores'"),
        ("rules:\n- nodes: a\n  kubelet_from: 1.34", 3, "expected `str`, got `float`"),
        ("rules:\n- nodes: a\n  kubelet_below: new", 2, "such as 1.34 or 1.34.2, found 'new'"),
        ("rules:\n- nodes: a\n  nodes: b", 3, "expected each key once"),
    ],
)
def test_a_slip_is_refused_with_its_line(text, line, found):
    with pytest.raises(ParameterError, match=rf"nodes.yaml, line {line}: .*(?i:{found})"):
        node_requirements.parse_node_policy(text, "nodes.yaml")


@pytest.mark.parametrize(
    ("which", "covered"),
    [
        ("node-*", True),
        ("node-1", False),
        ({"zone": "a"}, True),
        ({"zone": "*"}, True),
        ({"zone": "b"}, False),
        ({"zone": "a", "pool": "*"}, False),
    ],
)
def test_a_rule_covers_nodes_by_name_or_by_labels(which, covered):
    [found] = objects(node()).of("Node")

    assert NodeRule(which).covers(found) == covered


@pytest.mark.parametrize(
    ("wanted", "row"),
    [
        ("a", ["label zone", "a", "a", "as asked"]),
        ("*", ["label zone", "*", "a", "as asked"]),
        (["b", "a"], ["label zone", "b or a", "a", "as asked"]),
        ("b", ["label zone", "b", "a", "differs"]),
    ],
)
def test_a_label_has_a_value_that_is_asked_for(wanted, row):
    assert rows(node(), labels={"zone": wanted}) == [row]


def test_a_label_that_is_not_there_is_missing():
    assert rows(node(zone=None), labels={"zone": "*"}) == [["label zone", "*", "", "missing"]]


def test_a_taint_is_required_or_allowed_or_neither():
    text, cordon = "taint dedicated=trino:NoSchedule", "taint node.kubernetes.io/unschedulable:NoSchedule"

    assert rows(node("node-0", TRINO), taints=["dedicated=trino:NoSchedule"]) == [
        [text, "required", "present", "as asked"]
    ]
    assert rows(node("node-0"), taints=["dedicated=trino:NoSchedule"]) == [[text, "required", "", "missing"]]
    assert rows(node("node-0", CORDON, TRINO), allowed_taints=["dedicated=*:*"]) == [
        [text, "allowed", "present", "as asked"],
        [cordon, "", "present", "not allowed"],
    ]


def test_an_empty_value_of_a_taint_is_none():
    assert rows(node("node-0", CORDON), taints=["node.kubernetes.io/unschedulable=:NoSchedule"])[0][3] == "as asked"


@pytest.mark.parametrize(
    ("least", "verdict"),
    [
        ({"cpu": 31}, "as asked"),
        ({"cpu": 31.5}, "as asked"),
        ({"cpu": "31501m"}, "too little"),
        ({"memory": "131072Mi"}, "as asked"),
        ({"memory": "129Gi"}, "too little"),
        ({"nvidia.com/gpu": 1}, "missing"),
    ],
)
def test_a_node_has_room_as_an_exact_quantity(least, verdict):
    assert [row[3] for row in rows(node(), allocatable=least)] == [verdict]


@pytest.mark.parametrize(
    ("limits", "version", "verdict"),
    [
        ({"kubelet_from": "1.36"}, "v1.36.0", "as asked"),
        ({"kubelet_from": "1.36.3", "kubelet_below": "1.37"}, "v1.36.3-gke.1", "as asked"),
        ({"kubelet_from": "1.36.4"}, "v1.36.3", "too old"),
        ({"kubelet_from": "1.9"}, "v1.10.0", "as asked"),
        ({"kubelet_below": "1.36"}, "v1.36.0", "too new"),
        ({"kubelet_below": "1.36"}, "v1.35.9", "as asked"),
        ({"kubelet_from": "1.36"}, "kwok-0.8.0", "is no version of Kubernetes"),
    ],
)
def test_a_kubelet_is_within_its_limits(limits, version, verdict):
    [row] = rows(node(nodeInfo={"kubeletVersion": version}), **limits)

    assert row == ["kubelet", row[1], version, verdict]


def test_nodes_that_are_as_asked_are_fine():
    assert judged(node(), node("node-1")) == [Finding(OK, "nodes", "2 nodes, each as 1 rule of the node policy ask")]


def test_what_is_wrong_with_a_node_is_one_finding():
    rule = NodeRule("node-*", labels={"zone": "b"}, taints=["dedicated=trino:NoSchedule"], allocatable={"cpu": 32})

    assert judged(node("node-0", CORDON), rules=[rule]) == [
        Finding(
            WARNING,
            "Node/node-0",
            "allocatable cpu 31500m: too little (rule node-*: at least 32); "
            "label zone a: differs (rule node-*: b); "
            "taint dedicated=trino:NoSchedule: missing (rule node-*); "
            "taint node.kubernetes.io/unschedulable:NoSchedule: not allowed (rule node-*)",
        )
    ]


def test_each_rule_that_covers_a_node_is_obeyed():
    rules = [NodeRule("*", labels={"zone": "a"}), NodeRule({"zone": "a"}, labels={"pool": "*"})]

    assert judged(node(), rules=rules) == [
        Finding(WARNING, "Node/node-0", "label pool: missing (rule zone=a: *)"),
    ]


def test_a_node_that_no_rule_covers_and_a_rule_with_too_few_nodes_are_told():
    assert judged(node(), node("odd"), rules=[NodeRule("node-*", count=2), NodeRule("gpu-*")]) == [
        Finding(WARNING, "Node/odd", "no rule covers it"),
        Finding(WARNING, "node rule gpu-*", "covers 0 nodes (at least 1)"),
        Finding(WARNING, "node rule node-*", "covers 1 node (at least 2)"),
    ]


def test_without_a_policy_nothing_is_judged():
    assert judged(node(), rules=[]) == [
        Finding(INFO, "nodes", "no rule is given, so 1 node could not be judged: write a node policy")
    ]


@pytest.mark.parametrize("rules", [[], [NodeRule("node-*")]])
def test_nodes_that_could_not_be_read_are_critical(rules):
    assert judged(rules=rules, unread={"Node": "forbidden"}) == [
        Finding(CRITICAL, "Node", "could not be read: forbidden; nothing can be said of it")
    ]


def test_the_example_is_what_the_reference_stack_needs():
    policy = node_requirements.parse_node_policy(
        (ROOT / "parameters" / "nodes.yaml").read_text(), "parameters/nodes.yaml"
    )
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "topology.kubernetes.io/zone": "a"}
    room = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    five = [node(f"node-{number}", allocatable=room) for number in range(5)]
    for each in five:
        each["metadata"]["labels"] = labels

    assert [found.severity for found in node_requirements.node_findings(objects(*five), policy)] == [OK]
    assert [found.subject for found in node_requirements.node_findings(objects(*five[:4]), policy)] == [
        "node rule node-*"
    ]
