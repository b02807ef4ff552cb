"""What does a custom resource definition say of its kind: which lists, which quantities, which defaults?"""

from collections.abc import Iterator, Mapping
from typing import Any

from trinokit.drift import paths
from trinokit.drift.comparing.schema_tree import (
    ANY,
    KEYED,
    MAP,
    ORDERED,
    QUANTITY,
    QUANTITY_KEYS,
    SCALAR,
    SET,
    ShapeReference,
)
from trinokit.drift.comparing.value_explanation_rules import ExplanationRule
from trinokit.drift.paths import MEMBER, ObjectPath
from trinokit.objects import Object

CRD_KIND = "CustomResourceDefinition"
_CRD_DEFAULT_REASON = "default of its definition"
_ANY_KEY = "*"
VersionedKind = tuple[str, str]


def schemas_by_version(definition: Object) -> Iterator[tuple[VersionedKind, Mapping[str, Any]]]:
    """The schema of each version of the kind that *definition* defines."""
    spec = definition.body["spec"]
    for version in spec["versions"]:
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema:
            yield (f"{spec['group']}/{version['name']}", spec["names"]["kind"]), schema


def parse_crd_schema(schema: Mapping[str, Any]) -> tuple[ShapeReference, list[ExplanationRule]]:
    """The shape that *schema* means, and the rules that its defaults are."""
    own = {key: each for key, each in schema.get("properties", {}).items() if key != "status"}
    reference = _shape_of_schema({"properties": own}, "")
    return reference | {"metadata": "meta.v1.ObjectMeta"}, list(_default_rules({"properties": own}, ()))


def _shape_of_schema(schema: Mapping[str, Any], name: str) -> ShapeReference:
    if _is_quantity(schema, name):
        return QUANTITY
    if "items" in schema:
        return _list_shape(schema, name)
    if isinstance(schema.get("additionalProperties"), Mapping):
        return [MAP, _shape_of_schema(schema["additionalProperties"], name)]
    if "properties" in schema:
        return {key: _shape_of_schema(each, key) for key, each in schema["properties"].items()}
    return SCALAR if schema.get("type") in ("string", "integer", "number", "boolean") else ANY


def _list_shape(schema: Mapping[str, Any], name: str) -> ShapeReference:
    of, kind = _shape_of_schema(schema["items"], name), schema.get("x-kubernetes-list-type")
    if kind == "map":
        return [KEYED, of, *schema.get("x-kubernetes-list-map-keys", ())]
    return [SET if kind == "set" else ORDERED, of]


def _is_quantity(schema: Mapping[str, Any], name: str) -> bool:
    mixed = schema.get("x-kubernetes-int-or-string", False)
    if mixed and "KMGTPE" in schema.get("pattern", ""):
        return True
    return name in QUANTITY_KEYS and (mixed or schema.get("type") in ("string", "number", "integer"))


def _default_rules(schema: Mapping[str, Any], path: ObjectPath) -> Iterator[ExplanationRule]:
    if "default" in schema:
        yield ExplanationRule(
            kinds=(), path=paths.path_pattern(path), value=schema["default"], reason=_CRD_DEFAULT_REASON
        )
    for key, each in schema.get("properties", {}).items():
        yield from _default_rules(each, (*path, key))
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield from _default_rules(schema["additionalProperties"], (*path, _ANY_KEY))
    if isinstance(schema.get("items"), Mapping):
        yield from _default_rules(schema["items"], (*path, MEMBER))
