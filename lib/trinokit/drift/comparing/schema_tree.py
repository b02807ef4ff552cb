"""What may stand at a place of an object, and what is known of it? A tree that grows as it is walked."""

from collections.abc import Mapping
from typing import Any

import msgspec

from trinokit.drift.comparing import value_explanation_rules
from trinokit.drift.comparing.value_explanation_rules import ITEM_STEP, RULES_KEY, SKIPPED, ExplanationRule, RuleTree
from trinokit.drift.differences import ABSENT

# A reference to a shape: the name of a type, its fields written out, or a list of a word below, what of, and its keys.
ShapeReference = str | Mapping[str, Any] | list
QUANTITY, ANY, SCALAR = "Quantity", "Any", ""
# A text that may be a file, whose keys are compared.
TEXT = "Text"
MAP = "map"
KEYED, SEQUENCE, ENV_VARIABLES, SET, ORDERED = "keyed", "sequence", "variables", "set", "ordered"
METRICS, PERMISSIONS, FLOWS = "metrics", "permissions", "flows"
QUANTITY_KEYS = frozenset(("capacity", "hard", "requests", "limits", "storage", "sizeLimit", "divisor", "averageValue"))
_FIELDS = "fields"
_NO_FLAGS = (False, False, False)
_EMPTY_MAP: Mapping[str, Any] = {}


class SchemaTypes(msgspec.Struct):
    """The *fields* of every type that are more than scalars, and those whose zero value the server *drops*.

    Of the types in *telling*, and in the fields that *present* has by type, an empty map is not the same as none.
    """

    fields: Mapping[str, Mapping[str, Any]]
    drops: Mapping[str, list[str]]
    present: Mapping[str, list[str]]
    telling: list[str]


class SchemaNode:
    """One place of the tree: its *shape*, the *keys* that tell items of a list apart, and its *rules*.

    *always* is the rule that explains any value, and *constants* has those that explain one, without a condition.
    *skipped* says that it is not compared, *dropped* that the server drops a zero value there, *present* that an empty
    map is not the same as none, and *textual* that null is an empty text.
    """

    __slots__ = (
        "always",
        "constants",
        "_item",
        "_known",
        "_of",
        "_types",
        "children",
        "dropped",
        "keys",
        "present",
        "rules",
        "shape",
        "skipped",
        "textual",
    )

    def __init__(
        self, types: SchemaTypes, reference: ShapeReference, rules: RuleTree, flags: tuple[bool, bool, bool] = _NO_FLAGS
    ) -> None:
        self._types, self._known, self._item = types, rules, None
        self.shape, self._of, self.keys = _resolve_reference(reference)
        self.rules: tuple[ExplanationRule, ...] = tuple(rules.get(RULES_KEY, ()))
        self.skipped = bool(self.rules) and self.rules[0].judged == SKIPPED
        certain = [rule for rule in self.rules if not rule.is_conditional]
        self.always = next((rule for rule in certain if rule.value is ABSENT), None)
        scalars = [rule for rule in certain if not isinstance(rule.value, dict | list)]
        self.constants = {(rule.value.__class__, rule.value): rule for rule in scalars}
        self.dropped, self.present, self.textual = flags
        self.children: dict[str, SchemaNode] = {}

    @property
    def item(self) -> "SchemaNode":
        """An item of this list."""
        if self._item is None:
            of = ANY if self.shape in (ANY, SCALAR, _FIELDS) else self._of
            self._item = SchemaNode(self._types, of, self._known.get(ITEM_STEP, {}))
        return self._item

    @property
    def filled(self) -> list[tuple[str, ExplanationRule]]:
        """The rules that fill a key of this map, each with its key."""
        return [
            (key, rule)
            for key, subrules in self._known.items()
            if key != RULES_KEY
            for rule in subrules.get(RULES_KEY, ())
        ]

    def at(self, key: str) -> "SchemaNode":
        """What stands at *key* of this map."""
        child = self.children.get(key)
        if child is None:
            reference, flags = self._below(key)
            child = self.children[key] = SchemaNode(
                self._types, reference, value_explanation_rules.child_rules(self._known, key), flags
            )
        return child

    def _below(self, key: str) -> tuple[ShapeReference, tuple[bool, bool, bool]]:
        if self.shape in (MAP, QUANTITY):
            return self._of, (False, False, self.shape == MAP)
        if self.shape != _FIELDS:
            return QUANTITY if key in QUANTITY_KEYS else ANY, _NO_FLAGS
        name = self._of if isinstance(self._of, str) else ""
        fields = self._types.fields.get(name, _EMPTY_MAP) if name else self._of
        reference = fields.get(key, SCALAR)
        tells = reference if isinstance(reference, str) else ""
        present = tells in self._types.telling or key in self._types.present.get(name, ())
        return reference, (key in self._types.drops.get(name, ()), present, False)


def _resolve_reference(reference: ShapeReference) -> tuple[str, ShapeReference, tuple[str, ...]]:
    """The shape that *reference* means, what it is made of, and its keys."""
    if reference == QUANTITY:
        return QUANTITY, QUANTITY, ()
    if reference in (ANY, SCALAR, TEXT):
        return reference, ANY, ()
    if isinstance(reference, list):
        shape, of, *keys = reference
        return shape, of, tuple(keys)
    return _FIELDS, reference, ()
