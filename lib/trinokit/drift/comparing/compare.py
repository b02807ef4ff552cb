"""Where do the two sides of one object disagree, leaf by leaf, and which of that do the rules explain?"""

from collections.abc import Mapping
from typing import Any

from trinokit.drift.comparing import lists, rules, texts
from trinokit.drift.comparing.canonical import canonical, identical, same
from trinokit.drift.comparing.kinds import Kinds
from trinokit.drift.comparing.normalize import normalized, version
from trinokit.drift.comparing.rules import Rule
from trinokit.drift.comparing.shapes import SEQUENCE, TEXT, VARIABLES, Place
from trinokit.drift.differences import ABSENT, CHANGED, MANAGED, MISSING, UNDECLARED, Difference
from trinokit.drift.paths import Path
from trinokit.objects import Object

Map = Mapping[str, Any]
_NOTHING: Map = {}
_WALKED = (dict, list)
_IN_ORDER = (SEQUENCE, VARIABLES)


class _Found:
    """The *differences* that were found between the sides of one *object*."""

    __slots__ = ("differences", "object")

    def __init__(self, object: Object) -> None:
        self.object, self.differences = object, []

    def add(self, path: Path, declared: object, live: object, judged: str, reason: str = "") -> None:
        """Note one more."""
        self.differences.append(Difference(self.object, path, declared, live, judged, reason))

    def drift_since(self, start: int) -> bool:
        """Whether any drift was noted after the first *start* differences."""
        return any(each.is_drift for each in self.differences[start:])


# The maps around a value, declared and live, and what was found.
Around = tuple[Map, Map, _Found]


def differences(declared: Object, live: Object, kinds: Kinds) -> list[Difference]:
    """Every leaf where *declared* and *live* of one object disagree, judged by the rules of *kinds* alone."""
    found = _Found(live)
    wanted, held = normalized(declared), normalized(live)
    if wanted.get("aggregationRule"):
        wanted, held = _aggregated(wanted, held, found)
    _maps(kinds.root(version(live), live.kind), wanted, held, (), found)
    return found.differences


def _aggregated(declared: Map, live: Map, found: _Found) -> tuple[Map, Map]:
    """The sides without the rules, which a controller collects for this role."""
    if live.get("rules") and not declared.get("rules"):
        found.add(("rules",), ABSENT, live["rules"], MANAGED, "aggregated from labelled roles")
    return {**declared, "rules": None}, {**live, "rules": None}


def _maps(place: Place, declared: Map, live: Map, path: Path, found: _Found) -> None:
    children, around = place.children, (declared, live, found)
    for key, wanted in declared.items():
        held = live.get(key)
        if wanted == held and (held.__class__ is str or identical(wanted, held)):
            continue
        child = children.get(key) or place.at(key)
        if not child.skipped:
            _said(child, wanted, held, (*path, key), around)
    if not live.keys() <= declared.keys():
        _rest(place, declared, live, path, found)


def _rest(place: Place, declared: Map, live: Map, path: Path, found: _Found) -> None:
    """Judge the keys that only *live* has, of which most have a default."""
    children, around = place.children, (declared, live, found)
    for key, held in live.items():
        if key in declared or held is None:
            continue
        child = children.get(key) or place.at(key)
        rule = child.always
        if rule is None and held.__class__ not in _WALKED:
            rule = child.constants.get((held.__class__, held))
        if rule is None:
            _unsaid(child, ABSENT, held, (*path, key), around)
        elif not child.skipped:
            found.differences.append(Difference(found.object, (*path, key), ABSENT, held, rule.judged, rule.reason))


def _said(place: Place, wanted: Any, held: Any, path: Path, around: Around) -> None:
    found = around[2]
    if held is None:
        if wanted is not None:
            _one_sided(place, wanted, path, found, MISSING)
    elif wanted or not _empty(place, wanted):
        _values(place, wanted, held, path, found)
    elif not same(place, wanted, held):
        _unsaid(place, wanted, held, path, around)


def _empty(place: Place, wanted: Any) -> bool:
    """Whether the server takes *wanted*, which is false, as if nothing were declared."""
    return wanted is None or place.dropped or (wanted.__class__ in _WALKED and not place.present)


def _unsaid(place: Place, wanted: Any, held: Any, path: Path, around: Around) -> None:
    """Judge what is live where nothing is declared, or *wanted*, which is empty."""
    declared, live, found = around
    rule = place.always or (_explaining(place, held, declared, live) if place.rules else None)
    if rule is not None:
        found.differences.append(Difference(found.object, path, ABSENT, held, rule.judged, rule.reason))
    elif wanted is ABSENT or wanted is None or held.__class__ in _WALKED:
        _one_sided(place, held, path, found, UNDECLARED)
    else:
        found.add(path, wanted, held, CHANGED)


def _one_sided(place: Place, value: Any, path: Path, found: _Found, judged: str) -> None:
    """Note every leaf of a *value* that one side lacks."""
    declared, live = (value, ABSENT) if judged == MISSING else (ABSENT, value)
    if value.__class__ not in _WALKED:
        if value or judged == UNDECLARED or not place.dropped:
            found.add(path, declared, live, judged)
        return
    nothing, start = value.__class__(), len(found.differences)
    sides = (value, nothing) if judged == MISSING else (nothing, value)
    (_maps if value.__class__ is dict else _lists)(place, *sides, path, found)
    if place.present and not found.drift_since(start):
        found.add(path, declared, live, judged)


def _values(place: Place, wanted: Any, held: Any, path: Path, found: _Found) -> None:
    if wanted.__class__ is dict and held.__class__ is dict:
        _maps(place, wanted, held, path, found)
    elif wanted.__class__ is list and held.__class__ is list:
        _lists(place, wanted, held, path, found)
    elif not same(place, wanted, held):
        _changed(place, wanted, held, path, found)


def _changed(place: Place, wanted: Any, held: Any, path: Path, found: _Found) -> None:
    inside = None
    if place.shape == TEXT and isinstance(wanted, str) and isinstance(held, str):
        inside = texts.within(str(path[-1]), wanted, held)
    for keys, before, after in inside or ():
        judged = MISSING if after is ABSENT else UNDECLARED if before is ABSENT else CHANGED
        found.add((*path, *keys), before, after, judged)
    if not inside:
        found.add(path, wanted, held, CHANGED, "" if inside is None else "only comments or layout differ")


def _lists(place: Place, declared: list, live: list, path: Path, found: _Found) -> None:
    of = place.item
    for step, wanted, held in lists.pairs(place, declared, live):
        if held is ABSENT:
            found.add((*path, step), wanted, ABSENT, MISSING)
        elif wanted is ABSENT:
            _gained(of, held, (*path, step), found)
        elif wanted != held or not identical(wanted, held):
            _values(of, wanted, held, (*path, step), found)
    orders = lists.reordered(place, declared, live) if place.shape in _IN_ORDER else None
    if orders:
        found.add(path, *orders, CHANGED, "reordered")


def _gained(place: Place, held: Any, path: Path, found: _Found) -> None:
    """Judge an item that only the live list has; a rule may ask for what stands in it."""
    rule = place.always or _explaining(place, held, _NOTHING, held if held.__class__ is dict else _NOTHING)
    if rule is None:
        found.add(path, ABSENT, held, UNDECLARED)
    else:
        found.add(path, ABSENT, held, rule.judged, rule.reason)


def _explaining(place: Place, held: Any, declared: Map, live: Map) -> Rule | None:
    """The rule that explains a value which is *held* beside those maps."""
    known = None if held.__class__ in _WALKED else place.constants.get((held.__class__, held))
    if known is not None:
        return known
    for rule in place.rules:
        value = rules.value(rule, live)
        if (value is ABSENT or _means(place, held, value)) and rules.holds(rule, declared, live):
            return rule
    return None


def _means(place: Place, held: Any, value: Any) -> bool:
    if held.__class__ in _WALKED:
        return value.__class__ is held.__class__ and canonical(place, held) == canonical(place, value)
    return same(place, held, value)
