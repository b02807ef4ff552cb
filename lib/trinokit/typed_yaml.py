"""What does a YAML file say, checked against a type? A slip in it is told with its line."""

import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
import yaml

from trinokit.errors import ParameterError, did_you_mean

YamlType = TypeVar("Kind")
_PATH_STEPS = re.compile(r"[A-Za-z_]\w*|(?<=\[)(?:\d+|\.\.\.)")


def load_yaml_as(text: str, location: str, kind: type[YamlType]) -> YamlType:
    """What the YAML *text* of the file *location* says, as *kind*; raises ParameterError that names the line."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ParameterError(f"Expected YAML, found in {location}: {error}", remedy="correct that line") from error
    if root is None:
        raise ParameterError(
            f"Expected something in {location}, found nothing.", remedy="see the comments in parameters/"
        )
    _refuse_repeated_keys(root, location)
    try:
        return msgspec.convert(_node_value(root), kind)
    except msgspec.ValidationError as error:
        # msgspec says: Object contains unknown field `prot` - at `$.declared[0]`
        problem, _, at = str(error).partition(" - at ")
    field = re.search(r"unknown field `(.+?)`", problem)
    node, struct = _find_node(root, kind, _PATH_STEPS.findall(at))
    if field:
        [node] = [key for key, _ in node.value if key.value == field[1]]
    field_names = struct.__struct_fields__
    raise ParameterError(
        f"{location}, line {node.start_mark.line + 1}: {problem[0].lower()}{problem[1:]}.",
        remedy=(did_you_mean(field[1], field_names) if field else "") or f"the fields are: {', '.join(field_names)}",
    )


def _refuse_repeated_keys(node: yaml.Node, location: str) -> None:
    for mapping in _mapping_nodes(node):
        keys: set[str] = set()
        for key, _ in mapping.value:
            if key.value in keys:
                raise ParameterError(
                    f"{location}, line {key.start_mark.line + 1}: expected each key once, found {key.value!r} again.",
                    remedy="remove one of the two",
                )
            keys.add(key.value)


def _mapping_nodes(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mapping_nodes(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _mapping_nodes(item)


def _find_node(node: yaml.Node, kind: Any, steps: list[str]) -> tuple[yaml.Node, Any]:
    """The node to which *steps* lead, and the struct nearest above it."""
    struct = kind
    for step in steps:
        child_nodes = _child_nodes(node)
        inner = _type_at_step(kind, step)
        # msgspec does not say under which key of a dictionary it found the mistake.
        name = _invalid_child_name(child_nodes, inner) if step == "..." else int(step) if step.isdigit() else step
        node, kind = child_nodes.get(name, node), inner
        struct = kind if hasattr(kind, "__struct_fields__") else struct
    return node, struct


def _child_nodes(node: yaml.Node) -> dict:
    if isinstance(node, yaml.SequenceNode):
        return dict(enumerate(node.value))
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _type_at_step(kind: Any, step: str) -> Any:
    """The type of what *step* leads to in a *kind*, which is a struct, a list, a dictionary or one of several."""
    if hasattr(kind, "__struct_fields__"):
        field_type = get_type_hints(kind)[step]
        structs = [each for each in get_args(field_type) if hasattr(each, "__struct_fields__")]
        return structs[0] if structs and type(None) in get_args(field_type) else field_type
    return get_args(kind)[-1]


def _invalid_child_name(child_nodes: dict[str, yaml.Node], kind: Any) -> str:
    for name, node in child_nodes.items():
        try:
            msgspec.convert(_node_value(node), kind)
        except msgspec.ValidationError:
            return name
    return ""


def _node_value(node: yaml.Node) -> object:
    return yaml.safe_load(yaml.serialize(node))
