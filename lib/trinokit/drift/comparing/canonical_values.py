"""When do two values mean the same? When their canonical forms are equal."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import msgspec

from trinokit.drift.comparing import value_explanation_rules
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.comparing.schema_tree import ENV_VARIABLES, KEYED, METRICS, QUANTITY, SET, SchemaNode
from trinokit.drift.differences import DEFAULTED

_UNORDERED_SHAPES = {SET, KEYED, ENV_VARIABLES, METRICS}
_EMPTY_FORMS = (frozenset(), ())
_COLLECTION_TYPES = (dict, list)
_sorted_json = msgspec.json.Encoder(order="sorted").encode


def is_same_scalar(node: SchemaNode, declared: object, live: object) -> bool:
    """Whether two scalars mean the same; a number is never a truth value, and a text only where it is a quantity."""
    if declared == live:
        return (declared.__class__ is bool) is (live.__class__ is bool)
    if declared is None or live is None:
        # The server reads null as an empty text where a map has texts.
        return node.textual and live == ""
    if node.shape != QUANTITY or isinstance(declared, _COLLECTION_TYPES) or isinstance(live, _COLLECTION_TYPES):
        return False
    declared_quantity = parse_quantity(declared)
    return declared_quantity is not None and declared_quantity == parse_quantity(live)


def is_identical(declared: Any, live: Any) -> bool:
    """Whether two values, which are equal to Python, are so without taking a number for a truth value."""
    if declared.__class__ is not live.__class__:
        return False
    return declared.__class__ not in _COLLECTION_TYPES or _sorted_json(declared) == _sorted_json(live)


def canonical_form(node: SchemaNode, value: Any) -> Hashable:
    """The *value* with defaults filled in, without what is empty, and in an order that says something or in none."""
    if isinstance(value, dict):
        return _canonical_map(node, value)
    if isinstance(value, list):
        items = [canonical_form(node.item, each) for each in value]
        return frozenset(Counter(items).items()) if node.shape in _UNORDERED_SHAPES else tuple(items)
    if isinstance(value, bool):
        return "bool", value
    exact = parse_quantity(value) if node.shape == QUANTITY and value is not None else None
    return value if exact is None else exact


def _canonical_map(node: SchemaNode, value: Mapping[str, Any]) -> Hashable:
    canonical = {}
    for key, each in value.items():
        child = node.at(key)
        if not child.skipped and (each or not child.dropped):
            _put_canonical_form(canonical, child, key, each)
    for key, rule in node.filled:
        if (
            key not in canonical
            and rule.judged == DEFAULTED
            and not key.endswith("*")
            and value_explanation_rules.is_condition_met(rule, value, value)
        ):
            _put_canonical_form(canonical, node.at(key), key, value_explanation_rules.explained_value(rule, value))
    return frozenset(canonical.items())


def _put_canonical_form(canonical: dict[str, Hashable], child: SchemaNode, key: str, value: object) -> None:
    form = canonical_form(child, value)
    if form is not None and (form not in _EMPTY_FORMS or child.present):
        canonical[key] = form
