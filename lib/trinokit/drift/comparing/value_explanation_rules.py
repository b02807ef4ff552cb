"""Which value at a path does the data explain? Rules: a pattern of paths, a value, and a condition beside it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from trinokit.drift.differences import ABSENT, DEFAULTED

SKIPPED = "skipped"
ITEM_STEP = "[]"
RULES_KEY = ""
_PATTERN_STEP = re.compile(r'\.?([A-Za-z_]\w*)|\["([^"]*)"\]|(\[\])')
_IMAGE_TAG = re.compile(r":[^/@]+$")


class ExplanationRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """At *path*, *value* is nobody's doing; any value when that is left out, as for what a server allocates.

    It has to stand beside one of the values in *when*, by their keys, or of those that begin so where that ends in a
    star; on the declared side beside each of the keys in *present* and none of those in *absent*. With *same_as* the
    value is that of the key beside it. With *tag*, latest or other, the image beside it has such a tag. *judged* is
    what a difference is then, and *reason* why; what is judged SKIPPED is not compared.
    """

    kinds: tuple[str, ...]
    path: str
    value: Any = ABSENT
    when: Mapping[str, tuple[Any, ...]] = {}
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    same_as: str = ""
    tag: str = ""
    judged: str = DEFAULTED
    reason: str = ""

    @property
    def is_conditional(self) -> bool:
        """Whether what stands beside the value matters."""
        return bool(self.when or self.present or self.absent or self.same_as or self.tag)


# What is known of a path: its rules under RULES, and by every next step the same again.
RuleTree = dict[str, Any]


def pattern_steps(pattern: str) -> list[str]:
    """The steps of a *pattern* as `paths.path_pattern` writes it, with ITEM for ``[]``."""
    return [key or quoted or item for key, quoted, item in _PATTERN_STEP.findall(pattern)]


def rule_tree(rules: Iterable[ExplanationRule]) -> RuleTree:
    """The *rules* by the steps of their paths."""
    root: RuleTree = {}
    for rule in rules:
        tree = root
        for step in pattern_steps(rule.path):
            tree = tree.setdefault(step, {})
        tree.setdefault(RULES_KEY, []).append(rule)
    return root


def child_rules(tree: RuleTree, key: str) -> RuleTree:
    """What is known of *key* at *tree*; a key of the tree that ends in a star stands for all that begin so."""
    own_rules = tree.get(key)
    if own_rules is not None or key in (RULES_KEY, ITEM_STEP):
        return own_rules or {}
    for each, rules in tree.items():
        if each.endswith("*") and key.startswith(each[:-1]):
            return rules
    return {}


def is_condition_met(rule: ExplanationRule, declared: Mapping[str, object], live: Mapping[str, object]) -> bool:
    """Whether the condition of the *rule* holds beside *declared* and *live*, the maps around its value."""
    for key, values in rule.when.items():
        if not any(_matches_value(value_beside(key, live), each) for each in values):
            return False
    if any(declared.get(key) for key in rule.absent) or not all(declared.get(key) for key in rule.present):
        return False
    # The server chose by the image it was given first, and keeps its choice when the image changes.
    return not rule.tag or rule.tag == _image_tag_class(str(declared.get("image") or live.get("image") or ""))


def explained_value(rule: ExplanationRule, live: Mapping[str, object]) -> object:
    """The value that the *rule* explains beside *live*; ABSENT for any."""
    return value_beside(rule.same_as, live) if rule.same_as else rule.value


def value_beside(path: str, around: Mapping[str, object]) -> object:
    """What stands at the dotted *path* of the map *around*, or None."""
    value: object = around
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _matches_value(value: object, expected_value: object) -> bool:
    if isinstance(expected_value, str) and expected_value.endswith("*"):
        return isinstance(value, str) and value.startswith(expected_value[:-1])
    return value == expected_value


def _image_tag_class(image: str) -> str:
    name, digest, _ = image.partition("@")
    tag = _IMAGE_TAG.search(name)
    if tag is None:
        return "other" if digest else "latest"
    return "latest" if tag.group() == ":latest" else "other"
