"""When do two values mean the same? When their canonical forms are equal."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import msgspec

from trinokit.drift.comparing import rules
from trinokit.drift.comparing.quantities import rational
from trinokit.drift.comparing.shapes import KEYED, METRICS, QUANTITY, SET, VARIABLES, Place
from trinokit.drift.differences import DEFAULTED

_UNORDERED = {SET, KEYED, VARIABLES, METRICS}
_EMPTY = (frozenset(), ())
_WALKED = (dict, list)
_sorted = msgspec.json.Encoder(order="sorted").encode


def same(place: Place, declared: object, live: object) -> bool:
    """Whether two scalars mean the same; a number is never a truth value, and a text only where it is a quantity."""
    if declared == live:
        return (declared.__class__ is bool) is (live.__class__ is bool)
    if declared is None or live is None:
        # The server reads null as an empty text where a map has texts.
        return place.textual and live == ""
    if place.shape != QUANTITY or isinstance(declared, _WALKED) or isinstance(live, _WALKED):
        return False
    wanted = rational(declared)
    return wanted is not None and wanted == rational(live)


def identical(declared: Any, live: Any) -> bool:
    """Whether two values, which are equal to Python, are so without taking a number for a truth value."""
    if declared.__class__ is not live.__class__:
        return False
    return declared.__class__ not in _WALKED or _sorted(declared) == _sorted(live)


def canonical(place: Place, value: Any) -> Hashable:
    """The *value* with defaults filled in, without what is empty, and in an order that says something or in none."""
    if isinstance(value, dict):
        return _map(place, value)
    if isinstance(value, list):
        items = [canonical(place.item, each) for each in value]
        return frozenset(Counter(items).items()) if place.shape in _UNORDERED else tuple(items)
    if isinstance(value, bool):
        return "bool", value
    exact = rational(value) if place.shape == QUANTITY and value is not None else None
    return value if exact is None else exact


def _map(place: Place, value: Mapping[str, Any]) -> Hashable:
    found = {}
    for key, each in value.items():
        child = place.at(key)
        if not child.skipped and (each or not child.dropped):
            _put(found, child, key, each)
    for key, rule in place.filled:
        if key not in found and rule.judged == DEFAULTED and not key.endswith("*") and rules.holds(rule, value, value):
            _put(found, place.at(key), key, rules.value(rule, value))
    return frozenset(found.items())


def _put(found: dict[str, Hashable], child: Place, key: str, value: object) -> None:
    form = canonical(child, value)
    if form is not None and (form not in _EMPTY or child.present):
        found[key] = form
