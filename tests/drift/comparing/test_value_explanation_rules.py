"""Each rule of the data explains its value at its path, and the same path with another value is told."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from trinokit.drift.comparing import compare, schemas_of_all_kinds, value_explanation_rules
from trinokit.drift.comparing.schema_tree import SchemaNode
from trinokit.drift.comparing.value_explanation_rules import ITEM_STEP, SKIPPED, ExplanationRule
from trinokit.drift.differences import ABSENT, CHANGED, DRIFT, UNDECLARED, Difference
from trinokit.drift.paths import ObjectPath
from trinokit.objects import Object

KNOWN = schemas_of_all_kinds.KindSchemas()
HAND = "by-hand"
ROWS = [
    (kind, rule)
    for rule in schemas_of_all_kinds.built_in_rules()
    for kind in (rule.kinds if rule.kinds != ("*",) else ("v1 ConfigMap",))
]
SKIPPING = [row for row in ROWS if row[1].judged == SKIPPED]
EXPLAINING = [row for row in ROWS if row[1].judged != SKIPPED]
ALWAYS = [row for row in EXPLAINING if row[1].value is ABSENT and not row[1].is_conditional]
CONDITIONAL = [row for row in EXPLAINING if row[1].is_conditional]
VALUED = [row for row in EXPLAINING if row not in ALWAYS and (row[1].value is not ABSENT or row[1].same_as)]
IMAGES = {
    "latest": ["a", "registry:5000/a", "a:latest", "a:latest@sha256:0f"],
    "other": ["a:1", "registry:5000/a:1", "a@sha256:0f"],
}
# What stands beside a value that is the same.
TWINS = {"port": 80, "serviceAccountName": "trino"}


def named(row: tuple[str, ExplanationRule]) -> str:
    kind, rule = row
    return f"{kind} {rule.path} {rule.tag}{rule.present}{rule.absent}{rule.same_as}{rule.value}"


def each(rows: list) -> object:
    return pytest.mark.parametrize(("kind", "rule"), rows, ids=map(named, rows))


@dataclass(frozen=True)
class Case:
    """Where the two bodies of an object differ: the maps or lists around the value, its key and its path."""

    bodies: tuple[dict, dict]
    around: tuple[Any, Any]
    place: SchemaNode
    path: ObjectPath


def case(kind: str, rule: ExplanationRule) -> Case:
    """The smallest objects of *kind* that have what stands around the value of *rule*."""
    bodies: tuple[dict, dict] = {"metadata": {"name": "a"}}, {"metadata": {"name": "a"}}
    around: tuple[Any, Any] = bodies
    place, path = KNOWN.root(*kind.split(" ")), ()
    steps = [step.replace("*", "thing") for step in value_explanation_rules.pattern_steps(rule.path)]
    for step, following in zip(steps[:-1], steps[1:], strict=True):
        if step == ITEM_STEP:
            place, keys = place.item, {key: 80 if "ort" in key else "a" for key in place.keys if key != steps[-1]}
            items = {"metadata": {"name": "a"}} if "metadata.name" in keys else keys
            around[0].append(dict(items))
            around[1].append(dict(items))
            around = around[0][-1], around[1][-1]
            path = (*path, tuple(keys.items()) or 0)
        else:
            inner = [[] if following == ITEM_STEP else {"filled": "yes"} for _ in around]
            around = tuple(side.setdefault(step, new) for side, new in zip(around, inner, strict=True))
            place, path = place.at(step), (*path, step)
    place = place.item if steps[-1] == ITEM_STEP else place.at(steps[-1])
    return Case(bodies, around, place, (*path, () if steps[-1] == ITEM_STEP else steps[-1]))


def put(case: Case, value: Any, *, side: int = 1) -> None:
    """The value stands on the live side, or on the declared one."""
    if isinstance(case.around[side], list):
        case.around[side].append(value)
    else:
        case.around[side][case.path[-1]] = value


def fulfil(case: Case, rule: ExplanationRule) -> None:
    """What the *rule* demands stands beside its value on both sides."""
    beside = {key: values[0] for key, values in rule.when.items()} | dict.fromkeys(rule.present, 1)
    if rule.tag:
        beside["image"] = IMAGES[rule.tag][0]
    if rule.same_as:
        beside[rule.same_as] = TWINS.get(rule.same_as, {"cpu": "1"})
    if not isinstance(case.around[1], list):
        for side in case.around:
            side |= beside


def explained(rule: ExplanationRule) -> Any:
    """A value that the *rule* explains."""
    if rule.same_as:
        return TWINS.get(rule.same_as, {"cpu": "1"})
    if rule.value is ABSENT and rule.when:
        return {key: values[0].replace("*", "thing") for key, values in rule.when.items()}
    return "anything" if rule.value is ABSENT else rule.value


def other(value: Any) -> Any:
    """A value that differs from *value*."""
    if isinstance(value, dict):
        return value | {"by": "hand"}
    if isinstance(value, list):
        return [*value, {"type": HAND} if value and isinstance(value[0], dict) else HAND]
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else HAND


def told(kind: str, case: Case) -> list[Difference]:
    version, name = kind.split(" ")
    sides = [Object(version, name, "", "a", msgspec.json.encode(body)) for body in case.bodies]
    return compare.compare_objects(*sides, KNOWN)


def drift(kind: str, case: Case) -> list[str]:
    """How what lies at or below the case is judged; there is nothing elsewhere."""
    found = told(kind, case)
    above = case.path[: next((index for index, step in enumerate(case.path) if not isinstance(step, str)), -1)]
    assert [each for each in found if each.path[: len(above)] != above] == []
    return [each.judged for each in found if each.judged in DRIFT]


@each(EXPLAINING)
def test_the_value_that_a_rule_explains_is_no_drift(kind, rule):
    made = case(kind, rule)
    fulfil(made, rule)
    put(made, explained(rule))

    found = told(kind, made)

    assert [(each.judged, each.reason, each.declared) for each in found] == [(rule.judged, rule.reason, ABSENT)]
    assert found[0].path[-1] == made.path[-1] or made.path[-1] == ()
    assert found[0].live == explained(rule)


@each(VALUED)
def test_another_value_at_the_path_of_a_rule_is_drift(kind, rule):
    made = case(kind, rule)
    fulfil(made, rule)
    put(made, other(explained(rule)))

    assert drift(kind, made)


@each(CONDITIONAL)
def test_a_value_is_drift_where_the_condition_of_its_rule_does_not_hold(kind, rule):
    made = case(kind, rule)
    put(made, {"name": HAND, "mountPath": HAND} if rule.path.endswith("[]") else explained(rule))
    for side in made.around:
        if isinstance(side, dict):
            side |= dict.fromkeys(rule.absent, 1) | dict.fromkeys(rule.when, HAND)
            side |= {"image": IMAGES["latest" if rule.tag == "other" else "other"][0]} if rule.tag else {}
            side |= {rule.same_as: 1} if rule.same_as else {}

    assert drift(kind, made)


@each(ALWAYS)
def test_what_git_says_is_not_left_to_the_cluster(kind, rule):
    made = case(kind, rule)
    both = [HAND, "by-git"]
    if made.place.shape in ("fields", "map"):
        both = [{"by": each} for each in both]
    elif made.place.shape in ("set", "ordered"):
        both = [[each] for each in both]
    put(made, both[0])
    put(made, both[1], side=0)

    assert drift(kind, made) == [CHANGED]


@each(SKIPPING)
def test_what_is_not_compared_is_no_difference_and_what_is_named_alike_is_one(kind, rule):
    made = case(kind, rule)
    put(made, "one")
    put(made, "other", side=0)

    assert told(kind, made) == []

    made.around[1][f"{made.path[-1]}x"] = "one"

    assert drift(kind, made) == [UNDECLARED]


@pytest.mark.parametrize("tag", IMAGES)
def test_every_way_to_write_a_tag_is_known(tag):
    (rule,) = [rule for kind, rule in ROWS if kind == "v1 Pod" and rule.tag == tag and ".containers" in rule.path]
    ways = [{"image": image} for image in IMAGES[tag]]

    assert [value_explanation_rules.is_condition_met(rule, way, {}) for way in ways] == [True] * len(ways)
    assert not any(
        value_explanation_rules.is_condition_met(rule, {"image": image}, {})
        for key in IMAGES
        if key != tag
        for image in IMAGES[key]
    )


def test_a_default_by_tag_goes_by_the_image_that_git_declares():
    (rule,) = [rule for kind, rule in ROWS if kind == "v1 Pod" and rule.tag == "other" and ".containers" in rule.path]

    assert value_explanation_rules.is_condition_met(rule, {"image": "a:1"}, {"image": "a:latest"})


def test_a_pattern_is_read_as_it_is_written():
    read = value_explanation_rules.pattern_steps(
        'spec.volumes[].config["a.b/c"].metadata.annotations["pv.kubernetes.io/*"]'
    )

    assert read == ["spec", "volumes", ITEM_STEP, "config", "a.b/c", "metadata", "annotations", "pv.kubernetes.io/*"]


def test_a_star_stands_for_any_end_of_a_key_and_a_key_written_out_comes_first():
    one, any_other = ExplanationRule(kinds=(), path='a["b/c"]'), ExplanationRule(kinds=(), path='a["b/*"]')
    place = value_explanation_rules.rule_tree([any_other, one])["a"]

    assert [
        value_explanation_rules.child_rules(place, key).get(value_explanation_rules.RULES_KEY)
        for key in ("b/c", "b/d", "c/d")
    ] == [[one], [any_other], None]
