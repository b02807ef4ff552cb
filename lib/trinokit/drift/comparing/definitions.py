"""What does a custom resource definition say of its kind: which lists, which quantities, which defaults?"""

from collections.abc import Iterator, Mapping
from typing import Any

from trinokit.drift import paths
from trinokit.drift.comparing.rules import Rule
from trinokit.drift.comparing.shapes import AMOUNTS, ANY, KEYED, MAP, ORDERED, QUANTITY, SCALAR, SET, Reference
from trinokit.drift.paths import MEMBER, Path
from trinokit.objects import Object

KIND = "CustomResourceDefinition"
_REASON = "default of its definition"
_EVERY = "*"
Kind = tuple[str, str]


def of(definition: Object) -> Iterator[tuple[Kind, Mapping[str, Any]]]:
    """The schema of each version of the kind that *definition* defines."""
    spec = definition.body["spec"]
    for version in spec["versions"]:
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema:
            yield (f"{spec['group']}/{version['name']}", spec["names"]["kind"]), schema


def read(schema: Mapping[str, Any]) -> tuple[Reference, list[Rule]]:
    """The shape that *schema* means, and the rules that its defaults are."""
    own = {key: each for key, each in schema.get("properties", {}).items() if key != "status"}
    reference = _shape({"properties": own}, "")
    return reference | {"metadata": "meta.v1.ObjectMeta"}, list(_defaults({"properties": own}, ()))


def _shape(schema: Mapping[str, Any], name: str) -> Reference:
    if _is_quantity(schema, name):
        return QUANTITY
    if "items" in schema:
        return _list(schema, name)
    if isinstance(schema.get("additionalProperties"), Mapping):
        return [MAP, _shape(schema["additionalProperties"], name)]
    if "properties" in schema:
        return {key: _shape(each, key) for key, each in schema["properties"].items()}
    return SCALAR if schema.get("type") in ("string", "integer", "number", "boolean") else ANY


def _list(schema: Mapping[str, Any], name: str) -> Reference:
    of, kind = _shape(schema["items"], name), schema.get("x-kubernetes-list-type")
    if kind == "map":
        return [KEYED, of, *schema.get("x-kubernetes-list-map-keys", ())]
    return [SET if kind == "set" else ORDERED, of]


def _is_quantity(schema: Mapping[str, Any], name: str) -> bool:
    mixed = schema.get("x-kubernetes-int-or-string", False)
    if mixed and "KMGTPE" in schema.get("pattern", ""):
        return True
    return name in AMOUNTS and (mixed or schema.get("type") in ("string", "number", "integer"))


def _defaults(schema: Mapping[str, Any], path: Path) -> Iterator[Rule]:
    if "default" in schema:
        yield Rule(kinds=(), path=paths.pattern(path), value=schema["default"], reason=_REASON)
    for key, each in schema.get("properties", {}).items():
        yield from _defaults(each, (*path, key))
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield from _defaults(schema["additionalProperties"], (*path, _EVERY))
    if isinstance(schema.get("items"), Mapping):
        yield from _defaults(schema["items"], (*path, MEMBER))
