"""Are the nodes what a policy file asks for? Labels, taints, room, number and version of their kubelets."""

import re
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import groupby
from typing import NamedTuple

import msgspec
import pandas as pd

from trinokit import typed_yaml
from trinokit.architecture.table_building import table_of_rows
from trinokit.drift.categories.checks.unread_objects import UNREAD_PREFIX, unread_finding, unread_kinds
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.findings import INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_TAINT = re.compile(r"([^=:\s]+)(?:=([^:\s]*))?:(NoSchedule|PreferNoSchedule|NoExecute|\*)")
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


class NodeRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is asked of *nodes*, which are named by a pattern of their names or by labels.

    *count* is how many there are at least. A label may have one value of several; ``*`` in a value stands for any text.
    *taints* are required and *allowed_taints* may be there besides, written as kubectl does: key=value:Effect.
    *allocatable* are least quantities; a kubelet is of *kubelet_from* or later, and before *kubelet_below*.
    """

    nodes: str | dict[str, str]
    count: int = 1
    labels: dict[str, str | list[str]] = {}
    taints: list[str] = []
    allowed_taints: list[str] = []
    allocatable: dict[str, str | int | float] = {}
    kubelet_from: str = ""
    kubelet_below: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if not self.nodes:
            raise ValueError("expected a pattern of names or labels in nodes")
        for taint in [*self.taints, *self.allowed_taints]:
            if not _TAINT.fullmatch(taint):
                raise ValueError(f"expected key=value:Effect or key:Effect in a taint, found {taint!r}")
        for name, quantity in self.allocatable.items():
            if parse_quantity(quantity) is None:
                raise ValueError(f"expected a quantity such as 16 or 64Gi for {name}, found {quantity!r}")
        for version in filter(None, (self.kubelet_from, self.kubelet_below)):
            if not _VERSION.fullmatch(version):
                raise ValueError(f"expected a version such as 1.34 or 1.34.2, found {version!r}")

    def __str__(self) -> str:
        """Which nodes it is about."""
        return self.nodes if isinstance(self.nodes, str) else ",".join(f"{k}={v}" for k, v in self.nodes.items())

    def covers(self, node: Object) -> bool:
        """Whether it asks something of *node*."""
        if isinstance(self.nodes, str):
            return fnmatchcase(node.name, self.nodes)
        return all(_matches_any(node.labels.get(key), [value]) for key, value in self.nodes.items())


class NodeVerdict(StrEnum):
    """How what was found on a node, or of the nodes of a rule, stands to what is wanted."""

    AS_ASKED = "as asked"
    MISSING = "missing"
    DIFFERS = "differs"
    NOT_ALLOWED = "not allowed"
    TOO_LITTLE = "too little"
    NO_VERSION = "is no version of Kubernetes"
    TOO_OLD = "too old"
    TOO_NEW = "too new"
    TOO_FEW = "too few"
    MATCHES_NONE = "matches no node"
    NO_RULE = "no rule covers it"


class NodeRuleRow(NamedTuple):
    """A row of `node_rule_table`: a *property* of a *node* as a *rule* wants it and as it was *found*.

    *node* is empty where the rule asks for a number of nodes, and *rule* where none covers the node. *verdict* is a
    `NodeVerdict`, or why the kind in *property* could not be read.
    """

    node: str
    rule: str
    property: str
    wanted: str
    found: str
    verdict: str


class _NodeProperty(NamedTuple):
    """A *property* of a node, as it is *wanted* and as it was *found*."""

    property: str
    wanted: str
    found: str
    verdict: NodeVerdict


class NodePolicy(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is asked of the nodes of a cluster; a node obeys every rule that covers it."""

    rules: list[NodeRule] = []


def parse_node_policy(text: str, name: str) -> NodePolicy:
    """The policy in the *text* of the file *name*, without a rule where it is empty.

    Raises ParameterError that names the line that is wrong.
    """
    return typed_yaml.load_yaml_as(text, name, NodePolicy) if text.strip() else NodePolicy()


def node_rule_table(live: Objects, policy: NodePolicy) -> pd.DataFrame:
    """What each rule of the *policy* asks of each node, and what it found; a `NodeRuleRow` each."""
    nodes = live.of("Node")
    rows = [row for node in nodes for row in _node_rows(node, policy)]
    for rule in policy.rules:
        counted = _node_count(sum(rule.covers(node) for node in nodes), rule.count)
        rows.append(NodeRuleRow(node="", rule=str(rule), **counted._asdict()))
    unread = [
        NodeRuleRow(node="", rule="", property=kind, wanted="", found="", verdict=reason)
        for kind, reason in unread_kinds(live, "Node")
    ]
    return table_of_rows(NodeRuleRow, unread or rows)


def node_findings(live: Objects, policy: NodePolicy) -> list[Finding]:
    """Nodes that break a rule of the *policy* or that no rule covers, and rules with too few nodes."""
    compared = node_rule_table(live, policy)
    unknown = compared[compared["verdict"].str.startswith(UNREAD_PREFIX)]
    if len(unknown):
        return [unread_finding(row.property, row.verdict) for row in unknown.itertuples()]
    number = format_count(len(live.of("Node")), "node")
    if not policy.rules:
        return [Finding(INFO, "nodes", f"no rule is given, so {number} could not be judged: write a node policy")]
    bad = compared[compared["verdict"] != NodeVerdict.AS_ASKED]
    findings = [
        Finding(WARNING, f"Node/{name}", "; ".join(map(_row_sentence, rows)))
        for name, rows in groupby(bad[bad["node"] != ""].itertuples(), key=lambda row: row.node)
    ]
    findings += [
        Finding(WARNING, f"node rule {row.rule}", f"covers {format_count(int(row.found), 'node')} ({row.wanted})")
        for row in bad[bad["node"] == ""].itertuples()
    ]
    rules = format_count(len(policy.rules), "rule")
    return findings or [Finding(OK, "nodes", f"{number}, each as {rules} of the node policy ask")]


def _node_count(number: int, least: int) -> _NodeProperty:
    enough = NodeVerdict.AS_ASKED if number >= least else None
    verdict = enough or (NodeVerdict.TOO_FEW if number else NodeVerdict.MATCHES_NONE)
    return _NodeProperty("count", f"at least {least}", str(number), verdict)


def _node_rows(node: Object, policy: NodePolicy) -> Iterator[NodeRuleRow]:
    rules = [rule for rule in policy.rules if rule.covers(node)]
    if not rules:
        uncovered = _NodeProperty("rule", "one that covers it", "", NodeVerdict.NO_RULE)
        yield NodeRuleRow(node=node.name, rule="", **uncovered._asdict())
    for rule in rules:
        for compare in (_compare_labels, _compare_taints, _compare_allocatable, _compare_kubelet):
            for compared in compare(node, rule):
                yield NodeRuleRow(node=node.name, rule=str(rule), **compared._asdict())


def _compare_labels(node: Object, rule: NodeRule) -> Iterator[_NodeProperty]:
    for key, required_value in rule.labels.items():
        values, value = [required_value] if isinstance(required_value, str) else required_value, node.labels.get(key)
        other = NodeVerdict.MISSING if value is None else NodeVerdict.DIFFERS
        verdict = NodeVerdict.AS_ASKED if _matches_any(value, values) else other
        yield _NodeProperty(f"label {key}", " or ".join(values), value or "", verdict)


def _compare_taints(node: Object, rule: NodeRule) -> Iterator[_NodeProperty]:
    there = {_format_taint(each) for each in node.at("spec", "taints") or []}
    required = {_normalize_taint(each) for each in rule.taints}
    allowed = [*required, *map(_normalize_taint, rule.allowed_taints)]
    for taint in sorted(required):
        found_taint, verdict = ("present", NodeVerdict.AS_ASKED) if taint in there else ("", NodeVerdict.MISSING)
        yield _NodeProperty(f"taint {taint}", "required", found_taint, verdict)
    for taint in sorted(there - required):
        may_be = _matches_any(taint, allowed)
        required_taint, verdict = ("allowed", NodeVerdict.AS_ASKED) if may_be else ("", NodeVerdict.NOT_ALLOWED)
        yield _NodeProperty(f"taint {taint}", required_taint, "present", verdict)


def _compare_allocatable(node: Object, rule: NodeRule) -> Iterator[_NodeProperty]:
    for name, least in rule.allocatable.items():
        allocatable = node.at("status", "allocatable", name)
        quantity = parse_quantity(allocatable) if isinstance(allocatable, str | int | float) else None
        verdict = NodeVerdict.MISSING
        if quantity is not None:
            verdict = NodeVerdict.AS_ASKED if quantity >= parse_quantity(least) else NodeVerdict.TOO_LITTLE
        allocatable_text = "" if allocatable is None else str(allocatable)
        yield _NodeProperty(f"allocatable {name}", f"at least {least}", allocatable_text, verdict)


def _compare_kubelet(node: Object, rule: NodeRule) -> Iterator[_NodeProperty]:
    if not (rule.kubelet_from or rule.kubelet_below):
        return
    kubelet_version = str(node.at("status", "nodeInfo", "kubeletVersion") or "")
    version = _parse_version(kubelet_version)
    first, end = _parse_version(rule.kubelet_from), _parse_version(rule.kubelet_below)
    verdict = NodeVerdict.AS_ASKED
    if version is None:
        verdict = NodeVerdict.NO_VERSION
    elif first and version < first:
        verdict = NodeVerdict.TOO_OLD
    elif end and version >= end:
        verdict = NodeVerdict.TOO_NEW
    parts = [f"from {rule.kubelet_from}" * bool(first), f"below {rule.kubelet_below}" * bool(end)]
    yield _NodeProperty("kubelet", ", ".join(filter(None, parts)), kubelet_version, verdict)


def _matches_any(text: str | None, patterns: list[str]) -> bool:
    return text is not None and any(fnmatchcase(text, pattern) for pattern in patterns)


def _format_taint(taint: dict) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _normalize_taint(written: str) -> str:
    key, value, effect = _TAINT.fullmatch(written).groups()
    return _format_taint({"key": key, "value": value, "effect": effect})


def _parse_version(text: str) -> tuple[int, ...] | None:
    match = _VERSION.match(text)
    return tuple(int(part or 0) for part in match.groups()) if match else None


def _row_sentence(row: tuple) -> str:
    if not row.rule:
        return row.verdict
    rule_text = f" (rule {row.rule}: {row.wanted})" if row.wanted not in ("", "required") else f" (rule {row.rule})"
    return f"{row.property} {row.found if row.found != 'present' else ''}".rstrip() + f": {row.verdict}{rule_text}"
