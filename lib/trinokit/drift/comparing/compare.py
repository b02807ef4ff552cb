"""Where do the two sides of one object disagree, leaf by leaf, and which of that do the rules explain?"""

from collections.abc import Mapping
from typing import Any

from trinokit.drift.comparing import config_texts, list_pairing, value_explanation_rules
from trinokit.drift.comparing.canonical_values import canonical_form, is_identical, is_same_scalar
from trinokit.drift.comparing.schema_tree import ENV_VARIABLES, SEQUENCE, TEXT, SchemaNode
from trinokit.drift.comparing.schemas_of_all_kinds import KindSchemas
from trinokit.drift.comparing.value_explanation_rules import ExplanationRule
from trinokit.drift.comparing.version_conversion import normalized_api_version, normalized_body
from trinokit.drift.differences import ABSENT, CHANGED, MANAGED, MISSING, UNDECLARED, Difference
from trinokit.drift.paths import ObjectPath
from trinokit.objects import Object

JsonMap = Mapping[str, Any]
_EMPTY_MAP: JsonMap = {}
_COLLECTION_TYPES = (dict, list)
_ORDERED_SHAPES = (SEQUENCE, ENV_VARIABLES)


class _DifferenceCollector:
    """The *differences* that were found between the sides of one *object*."""

    __slots__ = ("differences", "object")

    def __init__(self, object: Object) -> None:
        self.object, self.differences = object, []

    def add(self, path: ObjectPath, declared: object, live: object, difference_class: str, reason: str = "") -> None:
        """Note one more."""
        self.differences.append(
            Difference(
                object=self.object, path=path, declared=declared, live=live, judged=difference_class, reason=reason
            )
        )

    def has_drift_since(self, start: int) -> bool:
        """Whether any drift was noted after the first *start* differences."""
        return any(each.is_drift for each in self.differences[start:])


# The maps around a value, declared and live, and what was found.
Surroundings = tuple[JsonMap, JsonMap, _DifferenceCollector]


def compare_objects(declared: Object, live: Object, kinds: KindSchemas) -> list[Difference]:
    """Every leaf where *declared* and *live* of one object disagree, judged by the rules of *kinds* alone."""
    collector = _DifferenceCollector(live)
    declared_body, live_body = normalized_body(declared), normalized_body(live)
    if declared_body.get("aggregationRule"):
        declared_body, live_body = _without_aggregated_rules(declared_body, live_body, collector)
    _compare_maps(kinds.root(normalized_api_version(live), live.kind), declared_body, live_body, (), collector)
    return collector.differences


def _without_aggregated_rules(
    declared: JsonMap, live: JsonMap, collector: _DifferenceCollector
) -> tuple[JsonMap, JsonMap]:
    """The sides without the rules, which a controller collects for this role."""
    if live.get("rules") and not declared.get("rules"):
        collector.add(("rules",), ABSENT, live["rules"], MANAGED, "aggregated from labelled roles")
    return {**declared, "rules": None}, {**live, "rules": None}


def _compare_maps(
    node: SchemaNode, declared: JsonMap, live: JsonMap, path: ObjectPath, collector: _DifferenceCollector
) -> None:
    children, around = node.children, (declared, live, collector)
    for key, declared_value in declared.items():
        live_value = live.get(key)
        if declared_value == live_value and (live_value.__class__ is str or is_identical(declared_value, live_value)):
            continue
        child = children.get(key) or node.at(key)
        if not child.skipped:
            _compare_declared_key(child, declared_value, live_value, (*path, key), around)
    if not live.keys() <= declared.keys():
        _judge_live_only_keys(node, declared, live, path, collector)


def _judge_live_only_keys(
    node: SchemaNode, declared: JsonMap, live: JsonMap, path: ObjectPath, collector: _DifferenceCollector
) -> None:
    """Judge the keys that only *live* has, of which most have a default."""
    children, around = node.children, (declared, live, collector)
    for key, live_value in live.items():
        if key in declared or live_value is None:
            continue
        child = children.get(key) or node.at(key)
        rule = child.always
        if rule is None and live_value.__class__ not in _COLLECTION_TYPES:
            rule = child.constants.get((live_value.__class__, live_value))
        if rule is None:
            _judge_undeclared_value(child, ABSENT, live_value, (*path, key), around)
        elif not child.skipped:
            collector.add((*path, key), ABSENT, live_value, rule.judged, rule.reason)


def _compare_declared_key(
    node: SchemaNode, declared_value: Any, live_value: Any, path: ObjectPath, around: Surroundings
) -> None:
    collector = around[2]
    if live_value is None:
        if declared_value is not None:
            _note_one_sided_value(node, declared_value, path, collector, MISSING)
    elif declared_value or not _is_empty_declaration(node, declared_value):
        _compare_values(node, declared_value, live_value, path, collector)
    elif not is_same_scalar(node, declared_value, live_value):
        _judge_undeclared_value(node, declared_value, live_value, path, around)


def _is_empty_declaration(node: SchemaNode, declared_value: Any) -> bool:
    """Whether the server takes *declared_value*, which is false, as if nothing were declared."""
    return (
        declared_value is None or node.dropped or (declared_value.__class__ in _COLLECTION_TYPES and not node.present)
    )


def _judge_undeclared_value(
    node: SchemaNode, declared_value: Any, live_value: Any, path: ObjectPath, around: Surroundings
) -> None:
    """Judge what is live where nothing is declared, or *declared_value*, which is empty."""
    declared, live, collector = around
    rule = node.always or (_explaining_rule(node, live_value, declared, live) if node.rules else None)
    if rule is not None:
        collector.add(path, ABSENT, live_value, rule.judged, rule.reason)
    elif declared_value is ABSENT or declared_value is None or live_value.__class__ in _COLLECTION_TYPES:
        _note_one_sided_value(node, live_value, path, collector, UNDECLARED)
    else:
        collector.add(path, declared_value, live_value, CHANGED)


def _note_one_sided_value(
    node: SchemaNode, value: Any, path: ObjectPath, collector: _DifferenceCollector, difference_class: str
) -> None:
    """Note every leaf of a *value* that one side lacks."""
    declared, live = (value, ABSENT) if difference_class == MISSING else (ABSENT, value)
    if value.__class__ not in _COLLECTION_TYPES:
        if value or difference_class == UNDECLARED or not node.dropped:
            collector.add(path, declared, live, difference_class)
        return
    nothing, start = value.__class__(), len(collector.differences)
    sides = (value, nothing) if difference_class == MISSING else (nothing, value)
    (_compare_maps if value.__class__ is dict else _compare_lists)(node, *sides, path, collector)
    if node.present and not collector.has_drift_since(start):
        collector.add(path, declared, live, difference_class)


def _compare_values(
    node: SchemaNode, declared_value: Any, live_value: Any, path: ObjectPath, collector: _DifferenceCollector
) -> None:
    if declared_value.__class__ is dict and live_value.__class__ is dict:
        _compare_maps(node, declared_value, live_value, path, collector)
    elif declared_value.__class__ is list and live_value.__class__ is list:
        _compare_lists(node, declared_value, live_value, path, collector)
    elif not is_same_scalar(node, declared_value, live_value):
        _note_changed_value(node, declared_value, live_value, path, collector)


def _note_changed_value(
    node: SchemaNode, declared_value: Any, live_value: Any, path: ObjectPath, collector: _DifferenceCollector
) -> None:
    inside = None
    if node.shape == TEXT and isinstance(declared_value, str) and isinstance(live_value, str):
        inside = config_texts.text_differences(str(path[-1]), declared_value, live_value)
    for keys, before, after in inside or ():
        difference_class = MISSING if after is ABSENT else UNDECLARED if before is ABSENT else CHANGED
        collector.add((*path, *keys), before, after, difference_class)
    if not inside:
        collector.add(
            path, declared_value, live_value, CHANGED, "" if inside is None else "only comments or layout differ"
        )


def _compare_lists(
    node: SchemaNode, declared: list, live: list, path: ObjectPath, collector: _DifferenceCollector
) -> None:
    of = node.item
    for step, declared_value, live_value in list_pairing.pair_items(node, declared, live):
        if live_value is ABSENT:
            collector.add((*path, step), declared_value, ABSENT, MISSING)
        elif declared_value is ABSENT:
            _judge_live_only_item(of, live_value, (*path, step), collector)
        elif declared_value != live_value or not is_identical(declared_value, live_value):
            _compare_values(of, declared_value, live_value, (*path, step), collector)
    orders = list_pairing.reordered_keys(node, declared, live) if node.shape in _ORDERED_SHAPES else None
    if orders:
        collector.add(path, *orders, CHANGED, "reordered")


def _judge_live_only_item(node: SchemaNode, live_value: Any, path: ObjectPath, collector: _DifferenceCollector) -> None:
    """Judge an item that only the live list has; a rule may ask for what stands in it."""
    rule = node.always or _explaining_rule(
        node, live_value, _EMPTY_MAP, live_value if live_value.__class__ is dict else _EMPTY_MAP
    )
    if rule is None:
        collector.add(path, ABSENT, live_value, UNDECLARED)
    else:
        collector.add(path, ABSENT, live_value, rule.judged, rule.reason)


def _explaining_rule(node: SchemaNode, live_value: Any, declared: JsonMap, live: JsonMap) -> ExplanationRule | None:
    """The rule that explains *live_value* beside those maps."""
    constant_rule = (
        None if live_value.__class__ in _COLLECTION_TYPES else node.constants.get((live_value.__class__, live_value))
    )
    if constant_rule is not None:
        return constant_rule
    for rule in node.rules:
        value = value_explanation_rules.explained_value(rule, live)
        if (
            value is ABSENT or _is_explained_value(node, live_value, value)
        ) and value_explanation_rules.is_condition_met(rule, declared, live):
            return rule
    return None


def _is_explained_value(node: SchemaNode, live_value: Any, value: Any) -> bool:
    if live_value.__class__ in _COLLECTION_TYPES:
        return value.__class__ is live_value.__class__ and canonical_form(node, live_value) == canonical_form(
            node, value
        )
    return is_same_scalar(node, live_value, value)
