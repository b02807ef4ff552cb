"""Where do the two sides of one object disagree, leaf by leaf, and which of that do the rules explain?"""

from collections.abc import Mapping
from typing import Any

from trinokit.drift.comparing import config_texts, explanation_rules, list_pairing
from trinokit.drift.comparing.canonical_values import canonical_form, is_identical, is_same_scalar
from trinokit.drift.comparing.explanation_rules import ExplanationRule
from trinokit.drift.comparing.kind_schemas import KindSchemas
from trinokit.drift.comparing.schema_tree import ENV_VARIABLES, SEQUENCE, TEXT, SchemaNode
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

    def add(self, path: ObjectPath, declared: object, live: object, judged: str, reason: str = "") -> None:
        """Note one more."""
        self.differences.append(
            Difference(object=self.object, path=path, declared=declared, live=live, judged=judged, reason=reason)
        )

    def has_drift_since(self, start: int) -> bool:
        """Whether any drift was noted after the first *start* differences."""
        return any(each.is_drift for each in self.differences[start:])


# The maps around a value, declared and live, and what was found.
Surroundings = tuple[JsonMap, JsonMap, _DifferenceCollector]


def compare_objects(declared: Object, live: Object, kinds: KindSchemas) -> list[Difference]:
    """Every leaf where *declared* and *live* of one object disagree, judged by the rules of *kinds* alone."""
    found = _DifferenceCollector(live)
    wanted, held = normalized_body(declared), normalized_body(live)
    if wanted.get("aggregationRule"):
        wanted, held = _without_aggregated_rules(wanted, held, found)
    _compare_maps(kinds.root(normalized_api_version(live), live.kind), wanted, held, (), found)
    return found.differences


def _without_aggregated_rules(declared: JsonMap, live: JsonMap, found: _DifferenceCollector) -> tuple[JsonMap, JsonMap]:
    """The sides without the rules, which a controller collects for this role."""
    if live.get("rules") and not declared.get("rules"):
        found.add(("rules",), ABSENT, live["rules"], MANAGED, "aggregated from labelled roles")
    return {**declared, "rules": None}, {**live, "rules": None}


def _compare_maps(
    place: SchemaNode, declared: JsonMap, live: JsonMap, path: ObjectPath, found: _DifferenceCollector
) -> None:
    children, around = place.children, (declared, live, found)
    for key, wanted in declared.items():
        held = live.get(key)
        if wanted == held and (held.__class__ is str or is_identical(wanted, held)):
            continue
        child = children.get(key) or place.at(key)
        if not child.skipped:
            _compare_declared_key(child, wanted, held, (*path, key), around)
    if not live.keys() <= declared.keys():
        _judge_live_only_keys(place, declared, live, path, found)


def _judge_live_only_keys(
    place: SchemaNode, declared: JsonMap, live: JsonMap, path: ObjectPath, found: _DifferenceCollector
) -> None:
    """Judge the keys that only *live* has, of which most have a default."""
    children, around = place.children, (declared, live, found)
    for key, held in live.items():
        if key in declared or held is None:
            continue
        child = children.get(key) or place.at(key)
        rule = child.always
        if rule is None and held.__class__ not in _COLLECTION_TYPES:
            rule = child.constants.get((held.__class__, held))
        if rule is None:
            _judge_undeclared_value(child, ABSENT, held, (*path, key), around)
        elif not child.skipped:
            found.add((*path, key), ABSENT, held, rule.judged, rule.reason)


def _compare_declared_key(place: SchemaNode, wanted: Any, held: Any, path: ObjectPath, around: Surroundings) -> None:
    found = around[2]
    if held is None:
        if wanted is not None:
            _note_one_sided_value(place, wanted, path, found, MISSING)
    elif wanted or not _is_empty_declaration(place, wanted):
        _compare_values(place, wanted, held, path, found)
    elif not is_same_scalar(place, wanted, held):
        _judge_undeclared_value(place, wanted, held, path, around)


def _is_empty_declaration(place: SchemaNode, wanted: Any) -> bool:
    """Whether the server takes *wanted*, which is false, as if nothing were declared."""
    return wanted is None or place.dropped or (wanted.__class__ in _COLLECTION_TYPES and not place.present)


def _judge_undeclared_value(place: SchemaNode, wanted: Any, held: Any, path: ObjectPath, around: Surroundings) -> None:
    """Judge what is live where nothing is declared, or *wanted*, which is empty."""
    declared, live, found = around
    rule = place.always or (_explaining_rule(place, held, declared, live) if place.rules else None)
    if rule is not None:
        found.add(path, ABSENT, held, rule.judged, rule.reason)
    elif wanted is ABSENT or wanted is None or held.__class__ in _COLLECTION_TYPES:
        _note_one_sided_value(place, held, path, found, UNDECLARED)
    else:
        found.add(path, wanted, held, CHANGED)


def _note_one_sided_value(
    place: SchemaNode, value: Any, path: ObjectPath, found: _DifferenceCollector, judged: str
) -> None:
    """Note every leaf of a *value* that one side lacks."""
    declared, live = (value, ABSENT) if judged == MISSING else (ABSENT, value)
    if value.__class__ not in _COLLECTION_TYPES:
        if value or judged == UNDECLARED or not place.dropped:
            found.add(path, declared, live, judged)
        return
    nothing, start = value.__class__(), len(found.differences)
    sides = (value, nothing) if judged == MISSING else (nothing, value)
    (_compare_maps if value.__class__ is dict else _compare_lists)(place, *sides, path, found)
    if place.present and not found.has_drift_since(start):
        found.add(path, declared, live, judged)


def _compare_values(place: SchemaNode, wanted: Any, held: Any, path: ObjectPath, found: _DifferenceCollector) -> None:
    if wanted.__class__ is dict and held.__class__ is dict:
        _compare_maps(place, wanted, held, path, found)
    elif wanted.__class__ is list and held.__class__ is list:
        _compare_lists(place, wanted, held, path, found)
    elif not is_same_scalar(place, wanted, held):
        _note_changed_value(place, wanted, held, path, found)


def _note_changed_value(
    place: SchemaNode, wanted: Any, held: Any, path: ObjectPath, found: _DifferenceCollector
) -> None:
    inside = None
    if place.shape == TEXT and isinstance(wanted, str) and isinstance(held, str):
        inside = config_texts.text_differences(str(path[-1]), wanted, held)
    for keys, before, after in inside or ():
        judged = MISSING if after is ABSENT else UNDECLARED if before is ABSENT else CHANGED
        found.add((*path, *keys), before, after, judged)
    if not inside:
        found.add(path, wanted, held, CHANGED, "" if inside is None else "only comments or layout differ")


def _compare_lists(
    place: SchemaNode, declared: list, live: list, path: ObjectPath, found: _DifferenceCollector
) -> None:
    of = place.item
    for step, wanted, held in list_pairing.pair_items(place, declared, live):
        if held is ABSENT:
            found.add((*path, step), wanted, ABSENT, MISSING)
        elif wanted is ABSENT:
            _judge_live_only_item(of, held, (*path, step), found)
        elif wanted != held or not is_identical(wanted, held):
            _compare_values(of, wanted, held, (*path, step), found)
    orders = list_pairing.reordered_keys(place, declared, live) if place.shape in _ORDERED_SHAPES else None
    if orders:
        found.add(path, *orders, CHANGED, "reordered")


def _judge_live_only_item(place: SchemaNode, held: Any, path: ObjectPath, found: _DifferenceCollector) -> None:
    """Judge an item that only the live list has; a rule may ask for what stands in it."""
    rule = place.always or _explaining_rule(place, held, _EMPTY_MAP, held if held.__class__ is dict else _EMPTY_MAP)
    if rule is None:
        found.add(path, ABSENT, held, UNDECLARED)
    else:
        found.add(path, ABSENT, held, rule.judged, rule.reason)


def _explaining_rule(place: SchemaNode, held: Any, declared: JsonMap, live: JsonMap) -> ExplanationRule | None:
    """The rule that explains a value which is *held* beside those maps."""
    known = None if held.__class__ in _COLLECTION_TYPES else place.constants.get((held.__class__, held))
    if known is not None:
        return known
    for rule in place.rules:
        value = explanation_rules.explained_value(rule, live)
        if (value is ABSENT or _is_explained_value(place, held, value)) and explanation_rules.is_condition_met(
            rule, declared, live
        ):
            return rule
    return None


def _is_explained_value(place: SchemaNode, held: Any, value: Any) -> bool:
    if held.__class__ in _COLLECTION_TYPES:
        return value.__class__ is held.__class__ and canonical_form(place, held) == canonical_form(place, value)
    return is_same_scalar(place, held, value)
