"""What is known of every kind? Of those built in from measured data, of the others from their definitions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from trinokit.drift.comparing import definitions, rules
from trinokit.drift.comparing.rules import Rule
from trinokit.drift.comparing.shapes import ANY, Place, Reference, Types
from trinokit.objects import Objects

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_EVERY = "*"
_REASON = "default of the API server"


@dataclass(frozen=True)
class Kinds:
    """The shapes and rules of kinds; *outside* says why the data may not hold for this server, and is empty otherwise.

    *custom* has the schemas of custom resources, by API version and kind.
    """

    outside: str = ""
    custom: Mapping[tuple[str, str], Mapping] = field(default_factory=dict, repr=False)
    _roots: dict[tuple[str, str], Place] = field(default_factory=dict, repr=False, compare=False)

    def root(self, api_version: str, kind: str) -> Place:
        """The tree of everything that is known of the objects of a *kind*."""
        found = self._roots.get((api_version, kind))
        if found is None:
            found = self._roots[api_version, kind] = self._grown(api_version, kind)
        return found

    def knows(self, api_version: str, kind: str) -> bool:
        """Whether there is a schema for the *kind*."""
        return (api_version, kind) in self.custom or f"{api_version} {kind}" in _data().kinds

    def _grown(self, api_version: str, kind: str) -> Place:
        name, data = f"{api_version} {kind}", _data()
        reference: Reference = data.kinds.get(name, ANY)
        own = [rule for rule in data.rules if name in rule.kinds or _EVERY in rule.kinds]
        if (api_version, kind) in self.custom:
            reference, defaults = definitions.read(self.custom[api_version, kind])
            own += defaults
        return Place(data.types, reference, rules.tree(own))


def known(live: Objects) -> Kinds:
    """What is known of the kinds of a cluster, whose definitions and version *live* has."""
    custom = {
        key: schema for each in live.items if each.kind == definitions.KIND for key, schema in definitions.of(each)
    }
    return Kinds(_outside(live.about.get("Kubernetes", "")), custom)


def rows() -> tuple[Rule, ...]:
    """Every rule of the data."""
    return _data().rules


def _outside(version: str) -> str:
    first, last = _data().since, _data().until
    expected = f"Expected a Kubernetes from {first} to {last}, for which the defaults were measured"
    found = _VERSION.match(version)
    if found is None:
        return f"{expected}, found no version."
    number = int(found[1]), int(found[2])
    inside = _number(first) <= number <= _number(last)
    return "" if inside else f"{expected}, found {version}."


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class _Measured(msgspec.Struct):
    """What was measured on a server, for which minor versions of it."""

    since: str
    until: str
    rules: tuple[Rule, ...]
    drops: dict[str, list[str]]


class _Schema(msgspec.Struct):
    """The types of the built-in kinds, as the server tells them."""

    kinds: dict[str, str]
    types: dict[str, dict[str, Any]]


class _Meant(msgspec.Struct):
    """What neither the schema nor a default tells: what lists mean, what is allocated, what emptiness says."""

    types: dict[str, dict[str, Any]]
    telling: list[str]
    present: dict[str, list[str]]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class _Data:
    since: str
    until: str
    kinds: Mapping[str, str]
    types: Types
    rules: tuple[Rule, ...]


@cache
def _data() -> _Data:
    measured, schema, meant = _file("measured", _Measured), _file("schema", _Schema), _file("meant", _Meant)
    fields = {name: fields | meant.types.get(name, {}) for name, fields in schema.types.items()}
    types = Types(fields, measured.drops, meant.present, meant.telling)
    defaults = [msgspec.structs.replace(rule, reason=_REASON) for rule in measured.rules]
    return _Data(measured.since, measured.until, schema.kinds, types, (*meant.rules, *defaults))


def _file(name: str, type: type) -> Any:
    return msgspec.json.decode((files("trinokit.drift.comparing") / "data" / f"{name}.json").read_bytes(), type=type)
