"""What is known of every kind? Of those built in from measured data, of the others from their definitions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from trinokit.drift.comparing import crd_schemas, value_explanation_rules
from trinokit.drift.comparing.schema_tree import ANY, SchemaNode, SchemaTypes, ShapeReference
from trinokit.drift.comparing.value_explanation_rules import ExplanationRule
from trinokit.objects import Objects

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_EVERY_KIND = "*"
_API_DEFAULT_REASON = "default of the API server"


@dataclass(frozen=True)
class KindSchemas:
    """The shapes and rules of kinds; *outside* says why the data may not hold for this server, and is empty otherwise.

    *custom* has the schemas of custom resources, by API version and kind.
    """

    version_warning: str = ""
    custom: Mapping[tuple[str, str], Mapping] = field(default_factory=dict, repr=False)
    _roots: dict[tuple[str, str], SchemaNode] = field(default_factory=dict, repr=False, compare=False)

    def root(self, api_version: str, kind: str) -> SchemaNode:
        """The tree of everything that is known of the objects of a *kind*."""
        root = self._roots.get((api_version, kind))
        if root is None:
            root = self._roots[api_version, kind] = self._build_root(api_version, kind)
        return root

    def has_schema(self, api_version: str, kind: str) -> bool:
        """Whether there is a schema for the *kind*."""
        return (api_version, kind) in self.custom or f"{api_version} {kind}" in _built_in_data().kinds

    def _build_root(self, api_version: str, kind: str) -> SchemaNode:
        name, data = f"{api_version} {kind}", _built_in_data()
        reference: ShapeReference = data.kinds.get(name, ANY)
        own = [rule for rule in data.rules if name in rule.kinds or _EVERY_KIND in rule.kinds]
        if (api_version, kind) in self.custom:
            reference, defaults = crd_schemas.parse_crd_schema(self.custom[api_version, kind])
            own += defaults
        return SchemaNode(data.types, reference, value_explanation_rules.rule_tree(own))


def cluster_kind_schemas(live: Objects) -> KindSchemas:
    """What is known of the kinds of a cluster, whose definitions and version *live* has."""
    custom = {
        key: schema
        for each in live.items
        if each.kind == crd_schemas.CRD_KIND
        for key, schema in crd_schemas.schemas_by_version(each)
    }
    return KindSchemas(_version_warning(live.about.get("Kubernetes", "")), custom)


def built_in_rules() -> tuple[ExplanationRule, ...]:
    """Every rule of the data."""
    return _built_in_data().rules


def _version_warning(version: str) -> str:
    first, last = _built_in_data().since, _built_in_data().until
    expected = f"Expected a Kubernetes from {first} to {last}, for which the defaults were measured"
    match = _VERSION.match(version)
    if match is None:
        return f"{expected}, found no version."
    number = int(match[1]), int(match[2])
    inside = _version_number(first) <= number <= _version_number(last)
    return "" if inside else f"{expected}, found {version}."


def _version_number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class _MeasuredDefaults(msgspec.Struct):
    """What was measured on a server, for which minor versions of it."""

    since: str
    until: str
    rules: tuple[ExplanationRule, ...]
    drops: dict[str, list[str]]


class _BuiltInSchema(msgspec.Struct):
    """The types of the built-in kinds, as the server tells them."""

    kinds: dict[str, str]
    types: dict[str, dict[str, Any]]


class _HandwrittenRules(msgspec.Struct):
    """What neither the schema nor a default tells: what lists mean, what is allocated, what emptiness says."""

    types: dict[str, dict[str, Any]]
    telling: list[str]
    present: dict[str, list[str]]
    rules: tuple[ExplanationRule, ...]


@dataclass(frozen=True)
class _BuiltInData:
    since: str
    until: str
    kinds: Mapping[str, str]
    types: SchemaTypes
    rules: tuple[ExplanationRule, ...]


@cache
def _built_in_data() -> _BuiltInData:
    measured, schema, handwritten = (
        _load_data_file("measured", _MeasuredDefaults),
        _load_data_file("schema", _BuiltInSchema),
        _load_data_file("meant", _HandwrittenRules),
    )
    fields = {name: fields | handwritten.types.get(name, {}) for name, fields in schema.types.items()}
    types = SchemaTypes(fields, measured.drops, handwritten.present, handwritten.telling)
    defaults = [msgspec.structs.replace(rule, reason=_API_DEFAULT_REASON) for rule in measured.rules]
    return _BuiltInData(
        since=measured.since,
        until=measured.until,
        kinds=schema.kinds,
        types=types,
        rules=(*handwritten.rules, *defaults),
    )


def _load_data_file(name: str, type: type) -> Any:
    return msgspec.json.decode((files("trinokit.drift.comparing") / "data" / f"{name}.json").read_bytes(), type=type)
