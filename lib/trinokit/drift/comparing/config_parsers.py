"""What do the texts of configuration files hold? Keys and values, as the reader of each format takes them."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple
from xml.etree import ElementTree

import javaproperties
import yaml

_YAML_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
# Readers of YAML disagree about these: 0o14, 1e3, 12:30, y and on are not the same to each.
_AMBIGUOUS_NUMBER = re.compile(r"(?=.*\d)[-+.:_ 0-9a-fobxtz]+", re.I)
_AMBIGUOUS_WORD = re.compile(r"y|n|yes|no|on|off|true|false|null|~|[-+]?\.?inf|\.?nan|<<|=|", re.I)
_JVM_FLAG = re.compile(r"(-XX:)[-+]?(\w+)|(-D[^=]+)|(-X(?:mx|ms|mn|ss))\d")
_KEY_VALUE_LINE = re.compile(r"([^\s=:]+)(\s*[=:]\s*|\s+|$)(.*)")


class Leaf(NamedTuple):
    """A value as it is *shown*, and in *written* all that tells it from another one."""

    written: tuple[str, ...]
    shown: object


class OrderedMap(NamedTuple):
    """Keys and values whose order counts."""

    parts: dict[str, Leaf]


Node = dict[str, "Node"] | list["Node"] | OrderedMap | Leaf


def parser_for_file(name: str) -> Callable[[str], list[Node]] | None:
    """What reads the file *name*, a document each, or None where its texts have no keys; raises ValueError in doubt."""
    if name.endswith("jvm.config"):
        return _parse_jvm_flags
    readers = {
        "properties": _parse_properties,
        "xml": parse_hadoop_xml,
        "yaml": _parse_yaml,
        "yml": _parse_yaml,
        "json": _parse_json,
    }
    readers |= {
        "conf": partial(_parse_key_value_lines, "#"),
        "cnf": partial(_parse_key_value_lines, "#;"),
        "ini": partial(_parse_key_value_lines, "#;"),
    }
    return readers.get(name.rpartition(".")[2].lower()) if "." in name else None


def _ordered_map(pairs: list[tuple[str, Node]]) -> OrderedMap:
    return OrderedMap(_unique_keys(pairs))


def _text_leaf(text: str) -> Leaf:
    return Leaf(("text", text), text)


def _unique_keys(pairs: list[tuple[str, Node]]) -> dict[str, Node]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("expected each key once")
    return unique


def _parse_properties(text: str) -> list[Node]:
    return [
        _unique_keys([(key, _text_leaf(value)) for key, value in javaproperties.loads(text, object_pairs_hook=list)])
    ]


def _parse_jvm_flags(text: str) -> list[Node]:
    """The lines of a jvm.config by the name of their flag."""
    lines = [line.strip() for line in text.splitlines()]
    flags = [line for line in lines if line and not line.startswith("#")]
    names = ["".join(filter(None, match.groups())) if (match := _JVM_FLAG.match(line)) else line for line in flags]
    return [_ordered_map(list(zip(names, map(_text_leaf, flags), strict=True)))]


def _parse_key_value_lines(comments: str, text: str) -> list[Node]:
    """Lines of key and value, with their section before the key."""
    pairs, section = [], ""
    for line in filter(str.strip, text.splitlines()):
        if line.startswith("["):
            section = f"{line.rstrip()} "
            pairs.append((line.rstrip(), _text_leaf(line.rstrip())))
        elif line[0] not in comments:
            key, separator, value = _split_key_value(line.rstrip())
            pairs.append((section + key, Leaf((separator, value), value if separator else None)))
    return [_ordered_map(pairs)]


def _split_key_value(line: str) -> tuple[str, str, str]:
    match = _KEY_VALUE_LINE.fullmatch(line)
    # A program, a block or a line that goes on in the next one is more than keys and values.
    if match is None or line.endswith(("\\", "{", "}", ";")):
        raise ValueError("expected a key and its value in each line")
    return match[1], match[2].strip() or match[2], match[3]


def parse_hadoop_xml(text: str) -> list[Node]:
    """The properties of a Hadoop configuration: the value under the name, all else one step below it."""
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ValueError("expected XML without a document type")
    root = ElementTree.fromstring(text.strip())
    if (
        root.tag != "configuration"
        or {each.tag for each in root} - {"property"}
        or not all(map(_has_only_elements, [root, *root]))
    ):
        raise ValueError("expected a Hadoop configuration")
    instructions = re.findall(r"<\?(?!xml\s).*?\?>", text, re.S)
    return [_unique_keys([*map(_parse_hadoop_property, root), *((each, {}) for each in instructions)])]


def _has_only_elements(element: ElementTree.Element) -> bool:
    """Whether *element* has only elements in it, and they neither attributes nor text beside them."""
    between = [element.text, *(child.tail for child in element)]
    return not any((each or "").strip() for each in between) and not any(each.attrib for each in element.iter())


def _parse_hadoop_property(element: ElementTree.Element) -> tuple[str, Node]:
    """Name and parts of a property; Hadoop strips its name, and nothing else."""
    if any(len(child) for child in element) or element.find("name") is None:
        raise ValueError("expected a property with a name and no elements within its parts")
    parts = _unique_keys([(child.tag, _text_leaf(child.text or "")) for child in element])
    name = parts.pop("name").shown.strip()
    return name, {"value": Leaf(("none",), None), **parts}


def _parse_json(text: str) -> list[Node]:
    node = json.loads(
        text,
        object_pairs_hook=_unique_keys,
        parse_float=_number_leaf,
        parse_int=_number_leaf,
        parse_constant=_refuse_constant,
    )
    return [_json_node(node)]


def _number_leaf(text: str) -> Leaf:
    return Leaf(("number", text), float(text) if "." in text or "e" in text.lower() else int(text))


def _refuse_constant(text: str) -> None:
    raise ValueError(f"expected a number, found {text}")


def _json_node(node: object) -> Node:
    if isinstance(node, Leaf):
        return node
    if isinstance(node, dict):
        return {key: _json_node(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_json_node(value) for value in node]
    return _text_leaf(node) if isinstance(node, str) else Leaf(("constant", str(node)), node)


def _parse_yaml(text: str) -> list[Node]:
    # Aliases can make a small text endless, and without them it has no more parts than characters.
    budget = iter(range(2 * len(text) + 1))
    return [_yaml_node(each, budget) for each in yaml.compose_all(text, yaml.CSafeLoader)]


def _yaml_node(node: yaml.Node, budget: Iterator[int]) -> Node:
    if next(budget, None) is None:
        raise ValueError("expected a text that does not multiply itself")
    if isinstance(node, yaml.ScalarNode):
        return _yaml_leaf(node)
    if node.tag not in (f"{_YAML_TAG}map", f"{_YAML_TAG}seq"):
        raise ValueError(f"expected no tag {node.tag}")
    if isinstance(node, yaml.SequenceNode):
        return [_yaml_node(each, budget) for each in node.value]
    return _unique_keys([(_yaml_key(key), _yaml_node(value, budget)) for key, value in node.value])


def _yaml_key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("expected a key that is no list or map")
    text, quoted = node.value, bool(node.style)
    return json.dumps(text) if quoted and (_is_ambiguous(text) or text.startswith('"')) else text


def _is_ambiguous(text: str) -> bool:
    return bool(_AMBIGUOUS_NUMBER.fullmatch(text) or _AMBIGUOUS_WORD.fullmatch(text))


def _yaml_leaf(node: yaml.ScalarNode) -> Leaf:
    kind, text = node.tag.removeprefix(_YAML_TAG), node.value
    if node.style or kind == "str" and not _is_ambiguous(text):
        return Leaf((kind, text), text)
    if kind == "null":
        return Leaf((kind,), None)
    if kind == "bool" and text.lower() in ("true", "false"):
        return Leaf((kind, text.lower()), text.lower() == "true")
    number = kind in ("int", "float") and _NUMBER.fullmatch(text)
    return Leaf(("plain", kind, text), json.loads(text) if number else text)
