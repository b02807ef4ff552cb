"""Which items of two lists belong together? Those with equal keys, the equal ones of a set, else those at one index."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest

import msgspec

from trinokit.drift.comparing import network_flows, rbac_permissions, value_explanation_rules
from trinokit.drift.comparing.canonical_values import canonical_form
from trinokit.drift.comparing.schema_tree import (
    ENV_VARIABLES,
    FLOWS,
    KEYED,
    METRICS,
    PERMISSIONS,
    SEQUENCE,
    SET,
    SchemaNode,
)
from trinokit.drift.differences import ABSENT
from trinokit.drift.paths import MEMBER, PathStep

# Where in its list, and the item on either side; ABSENT on the side that lacks it.
ItemPair = tuple[PathStep, object, object]


def pair_items(node: SchemaNode, declared: list, live: list) -> list[ItemPair]:
    """The items that may differ, each with the one that belongs to it on the other side."""
    if node.shape == SET:
        return _pair_set_members(node, declared, live)
    if node.shape in (PERMISSIONS, FLOWS):
        expanded = _expanded_texts(node, declared), _expanded_texts(node, live)
        return _pair_texts(*expanded) if None not in expanded else _pair_by_index(declared, live)
    if node.shape in _STEP_BY_SHAPE:
        return _pair_same_names(node, declared, live) or _pair_by_key(node, declared, live)
    return _pair_by_index(declared, live)


def reordered_keys(node: SchemaNode, declared: list, live: list) -> tuple[list, list] | None:
    """The keys of both sides where the order of the items says something and is another one."""
    if node.shape == ENV_VARIABLES and not any(_refers_to_variable(each) for each in (*declared, *live)):
        return None
    declared_items, live_items = _items_by_step(node, declared), _items_by_step(node, live)
    if (
        declared_items is None
        or live_items is None
        or [each for each in declared_items if each in live_items]
        == [each for each in live_items if each in declared_items]
    ):
        return None
    return [_step_name(step) for step in declared_items], [_step_name(step) for step in live_items]


def _refers_to_variable(variable: object) -> bool:
    return isinstance(variable, Mapping) and "$(" in str(variable.get("value", ""))


def _step_name(step: PathStep) -> object:
    values = [value for _, value in step]
    return values[0] if len(values) == 1 else values


def _pair_set_members(node: SchemaNode, declared: list, live: list) -> list[ItemPair]:
    """Equal members are pairs, and so are the last two that are left over; of a set's order nothing is told."""
    of = node.item
    live_by_form: dict[object, list[object]] = {}
    for each in live:
        live_by_form.setdefault(canonical_form(of, each), []).append(each)
    pairs: list[ItemPair] = []
    lost: list[tuple[int, object]] = []
    for index, each in enumerate(declared):
        equal = live_by_form.get(canonical_form(of, each))
        if equal:
            pairs.append((index, each, equal.pop(0)))
        else:
            lost.append((index, each))
    gained = [each for equal in live_by_form.values() for each in equal]
    if len(lost) == len(gained) == 1:
        return [*pairs, (*lost[0], gained[0])]
    return [*pairs, *((MEMBER, each, ABSENT) for _, each in lost), *((MEMBER, ABSENT, each) for each in gained)]


def _pair_by_key(node: SchemaNode, declared: list, live: list) -> list[ItemPair]:
    declared_items, live_items = _items_by_step(node, declared), _items_by_step(node, live)
    if declared_items is None or live_items is None:
        return _pair_by_index(declared, live)
    return [
        (step, declared_items.get(step, ABSENT), live_items.get(step, ABSENT))
        for step in dict.fromkeys([*declared_items, *live_items])
    ]


def _pair_by_index(declared: list, live: list) -> list[ItemPair]:
    return [(index, *pair) for index, pair in enumerate(zip_longest(declared, live, fillvalue=ABSENT))]


def _expanded_texts(node: SchemaNode, items: list) -> list[str] | None:
    """What the rules of a role or a policy mean, or None where they are not written as rules are."""
    try:
        return (
            rbac_permissions.permission_texts(items)
            if node.shape == PERMISSIONS
            else network_flows.allowed_flows(items, *node.keys)
        )
    except (AttributeError, TypeError):
        return None


def _pair_texts(declared: Iterable[str], live: Iterable[str]) -> list[ItemPair]:
    declared_counts, live_counts = Counter(dict.fromkeys(declared, 1)), Counter(dict.fromkeys(live, 1))
    return [
        *((MEMBER, each, ABSENT) for each in declared_counts - live_counts),
        *((MEMBER, ABSENT, each) for each in live_counts - declared_counts),
    ]


def _items_by_step(node: SchemaNode, items: list) -> dict[PathStep, object] | None:
    """The *items* by the steps that lead to them; None when the keys do not tell them apart."""
    step: Callable[[SchemaNode, Mapping], PathStep | None] = _STEP_BY_SHAPE[node.shape]
    steps = [step(node, each) if isinstance(each, dict) else None for each in items]
    by_step = dict(zip(steps, items, strict=True))
    return by_step if len(by_step) == len(items) and None not in by_step else None


def _pair_same_names(node: SchemaNode, declared: list, live: list) -> list[ItemPair]:
    """The pairs of two lists whose items have one name each and stand in one order, as most do; else none."""
    if len(node.keys) != 1 or len(declared) != len(live):
        return []
    (key,) = node.keys
    declared_names, live_names = (
        [each.get(key) for each in side if each.__class__ is dict] for side in (declared, live)
    )
    alike = (
        declared_names == live_names
        and len(declared_names) == len(declared)
        and all(name.__class__ is str for name in declared_names)
    )
    if not alike or len(set(declared_names)) != len(declared_names):
        return []
    return [(((key, name),), before, after) for name, before, after in zip(declared_names, declared, live, strict=True)]


def _key_step(node: SchemaNode, item: Mapping) -> PathStep | None:
    step = []
    for key in node.keys:
        value = item.get(key) if "." not in key else value_explanation_rules.value_beside(key, item)
        if value is None:
            value = _default_key_value(node.item, key)
        if value is None or isinstance(value, dict | list):
            return None
        step.append((key, value))
    return tuple(step)


def _default_key_value(item: SchemaNode, key: str) -> object:
    fixed = [rule.value for rule in item.at(key).rules if rule.value is not ABSENT and not rule.when]
    return fixed[0] if fixed else None


def _metric_step(node: SchemaNode, item: Mapping) -> PathStep | None:
    """An autoscaler's metric by what it measures, however its target is written."""
    kind = item.get("type")
    source = item.get(kind[:1].lower() + kind[1:]) if isinstance(kind, str) else None
    metric = source.get("metric") if isinstance(source, dict) else None
    if not isinstance(source, dict) or not isinstance(metric, dict | None):
        return None
    measured = source | (metric or {})
    step = [("type", kind), *((key, str(measured[key])) for key in ("name", "container") if key in measured)]
    metric_keys = {key: measured[key] for key in ("selector", "describedObject") if measured.get(key)}
    return (
        (*step, ("of", msgspec.json.encode(metric_keys, order="deterministic").decode()))
        if metric_keys
        else tuple(step)
    )


_STEP_BY_SHAPE = {KEYED: _key_step, SEQUENCE: _key_step, ENV_VARIABLES: _key_step, METRICS: _metric_step}
