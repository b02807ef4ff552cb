"""Where do two texts of one file differ? By key where the file has keys, and as one text wherever in doubt."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile, zip_longest
from typing import NamedTuple
from xml.etree import ElementTree

import javaproperties
import yaml

from trinokit.drift.differences import ABSENT

TextDifference = tuple[tuple[str, ...], object, object]

_NAME_KEYS = ("name", "job_name", "alert", "record")
_YAML_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
# Readers of YAML disagree about these: 0o14, 1e3, 12:30, y and on are not the same to each.
_AMBIGUOUS_NUMBER = re.compile(r"(?=.*\d)[-+.:_ 0-9a-fobxtz]+", re.I)
_AMBIGUOUS_WORD = re.compile(r"y|n|yes|no|on|off|true|false|null|~|[-+]?\.?inf|\.?nan|<<|=|", re.I)
_JVM_FLAG = re.compile(r"(-XX:)[-+]?(\w+)|(-D[^=]+)|(-X(?:mx|ms|mn|ss))\d")
_KEY_VALUE_LINE = re.compile(r"([^\s=:]+)(\s*[=:]\s*|\s+|$)(.*)")


class _Leaf(NamedTuple):
    """A value as it is *shown*, and in *written* all that tells it from another one."""

    written: tuple[str, ...]
    shown: object


class _OrderedMap(NamedTuple):
    """Keys and values whose order counts."""

    parts: dict[str, _Leaf]


_Node = dict[str, "_Node"] | list["_Node"] | _OrderedMap | _Leaf


def text_differences(name: str, declared: str, live: str) -> list[TextDifference] | None:
    """What differs between two texts of the file *name*, each time with its keys; ABSENT where one side lacks it.

    Empty when only comments, blank lines, layout or the order of keys differ; None where the texts are to be
    compared as a whole, since one cannot be read, has no keys, or differs in a way that no key shows.
    """
    if declared == live:
        return []
    reader = _parser_for_file(name)
    if reader is None:
        return None
    try:
        found = list(_document_differences(reader(declared), reader(live)))
    except (ValueError, yaml.YAMLError, ElementTree.ParseError, RecursionError):
        return None
    if any(not keys for keys, _, _ in found):
        return None
    return [_property_difference(*each) for each in found] if reader is _parse_hadoop_xml else found


def _parser_for_file(name: str) -> Callable[[str], list[_Node]] | None:
    if name.endswith("jvm.config"):
        return _parse_jvm_flags
    readers = {
        "properties": _parse_properties,
        "xml": _parse_hadoop_xml,
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


def _document_differences(declared: list[_Node], live: list[_Node]) -> Iterator[TextDifference]:
    for place, pair in enumerate(zip(declared, live, strict=True)):
        yield from _node_differences((f"[{place}]",) if len(declared) > 1 else (), *pair)


def _node_differences(keys: tuple[str, ...], declared: _Node, live: _Node) -> Iterator[TextDifference]:
    if isinstance(declared, dict) and isinstance(live, dict):
        for key in dict.fromkeys([*declared, *live]):
            yield from _key_differences((*keys, key), declared.get(key, ABSENT), live.get(key, ABSENT))
    elif isinstance(declared, list) and isinstance(live, list):
        yield from _list_differences(keys, declared, live)
    elif isinstance(declared, _OrderedMap) and isinstance(live, _OrderedMap):
        if not _is_same_order(declared.parts, live.parts):
            raise ValueError("expected the same order")
        yield from _node_differences(keys, declared.parts, live.parts)
    elif declared != live:
        yield _visible_difference(keys, _plain_value(declared), _plain_value(live))


def _key_differences(keys: tuple[str, ...], declared: object, live: object) -> Iterator[TextDifference]:
    if declared is ABSENT or live is ABSENT:
        yield keys, _plain_value(declared), _plain_value(live)
    else:
        yield from _node_differences(keys, declared, live)


def _visible_difference(keys: tuple[str, ...], declared: object, live: object) -> TextDifference:
    if json.dumps(declared) == json.dumps(live):
        raise ValueError("expected values that look different")
    return keys, declared, live


def _list_differences(keys: tuple[str, ...], declared: list[_Node], live: list[_Node]) -> Iterator[TextDifference]:
    """What differs in two lists, whose order counts: by name, by place, or else as whole lists."""
    here, there = _items_by_name(declared), _items_by_name(live)
    if here is not None and there is not None:
        in_order = _is_same_order(here, there)
        yield from (
            _node_differences(keys, here, there)
            if in_order
            else [_visible_difference(keys, _plain_value(declared), _plain_value(live))]
        )
        return
    first, last = _common_prefix_length(declared, live), _common_prefix_length(declared[::-1], live[::-1])
    last = min(last, len(declared) - first, len(live) - first)
    ones, others = declared[first : len(declared) - last], live[first : len(live) - last]
    if ones and others and len(ones) != len(others):
        yield _visible_difference(keys, _plain_value(declared), _plain_value(live))
        return
    for place, pair in enumerate(zip_longest(ones, others, fillvalue=ABSENT), first):
        yield from _key_differences((*keys, f"[{place}]"), *pair)


def _common_prefix_length(declared: list[_Node], live: list[_Node]) -> int:
    """How many items at the beginning are the same."""
    pairs = zip(declared, live, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _items_by_name(items: list[_Node]) -> dict[str, _Node] | None:
    """The *items* by their names, or None where some have none or share one."""
    for key in _NAME_KEYS:
        leaves = [item.get(key) if isinstance(item, dict) else None for item in items]
        names = [each.shown for each in leaves if isinstance(each, _Leaf) and isinstance(each.shown, str)]
        if names and len(set(names)) == len(items):
            return {f"[{key}={name}]": item for name, item in zip(names, items, strict=True)}
    return None


def _is_same_order(one: dict, other: dict) -> bool:
    return [key for key in one if key in other] == [key for key in other if key in one]


def _plain_value(node: object) -> object:
    if isinstance(node, _Leaf):
        return node.shown
    if isinstance(node, dict):
        return {key: _plain_value(value) for key, value in node.items()}
    return [_plain_value(value) for value in node] if isinstance(node, list) else node


def _ordered_map(pairs: list[tuple[str, _Node]]) -> _OrderedMap:
    return _OrderedMap(_unique_keys(pairs))


def _text_leaf(text: str) -> _Leaf:
    return _Leaf(("text", text), text)


def _unique_keys(pairs: list[tuple[str, _Node]]) -> dict[str, _Node]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected each key once")
    return found


def _parse_properties(text: str) -> list[_Node]:
    return [
        _unique_keys([(key, _text_leaf(value)) for key, value in javaproperties.loads(text, object_pairs_hook=list)])
    ]


def _parse_jvm_flags(text: str) -> list[_Node]:
    """The lines of a jvm.config by the name of their flag."""
    lines = [line.strip() for line in text.splitlines()]
    flags = [line for line in lines if line and not line.startswith("#")]
    names = ["".join(filter(None, known.groups())) if (known := _JVM_FLAG.match(line)) else line for line in flags]
    return [_ordered_map(list(zip(names, map(_text_leaf, flags), strict=True)))]


def _parse_key_value_lines(comments: str, text: str) -> list[_Node]:
    """Lines of key and value, with their section before the key."""
    pairs, section = [], ""
    for line in filter(str.strip, text.splitlines()):
        if line.startswith("["):
            section = f"{line.rstrip()} "
            pairs.append((line.rstrip(), _text_leaf(line.rstrip())))
        elif line[0] not in comments:
            key, separator, value = _split_key_value(line.rstrip())
            pairs.append((section + key, _Leaf((separator, value), value if separator else None)))
    return [_ordered_map(pairs)]


def _split_key_value(line: str) -> tuple[str, str, str]:
    known = _KEY_VALUE_LINE.fullmatch(line)
    # A program, a block or a line that goes on in the next one is more than keys and values.
    if known is None or line.endswith(("\\", "{", "}", ";")):
        raise ValueError("expected a key and its value in each line")
    return known[1], known[2].strip() or known[2], known[3]


def _parse_hadoop_xml(text: str) -> list[_Node]:
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


def _parse_hadoop_property(element: ElementTree.Element) -> tuple[str, _Node]:
    """Name and parts of a property; Hadoop strips its name, and nothing else."""
    if any(len(child) for child in element) or element.find("name") is None:
        raise ValueError("expected a property with a name and no elements within its parts")
    parts = _unique_keys([(child.tag, _text_leaf(child.text or "")) for child in element])
    name = parts.pop("name").shown.strip()
    return name, {"value": _Leaf(("none",), None), **parts}


def _property_difference(keys: tuple[str, ...], declared: object, live: object) -> TextDifference:
    return keys[:1] if keys[1:] == ("value",) else keys, _unwrap_single_value(declared), _unwrap_single_value(live)


def _unwrap_single_value(part: object) -> object:
    return part["value"] if isinstance(part, dict) and set(part) == {"value"} else part


def _parse_json(text: str) -> list[_Node]:
    node = json.loads(
        text,
        object_pairs_hook=_unique_keys,
        parse_float=_number_leaf,
        parse_int=_number_leaf,
        parse_constant=_refuse_constant,
    )
    return [_json_node(node)]


def _number_leaf(text: str) -> _Leaf:
    return _Leaf(("number", text), float(text) if "." in text or "e" in text.lower() else int(text))


def _refuse_constant(text: str) -> None:
    raise ValueError(f"expected a number, found {text}")


def _json_node(node: object) -> _Node:
    if isinstance(node, _Leaf):
        return node
    if isinstance(node, dict):
        return {key: _json_node(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_json_node(value) for value in node]
    return _text_leaf(node) if isinstance(node, str) else _Leaf(("constant", str(node)), node)


def _parse_yaml(text: str) -> list[_Node]:
    # Aliases can make a small text endless, and without them it has no more parts than characters.
    budget = iter(range(2 * len(text) + 1))
    return [_yaml_node(each, budget) for each in yaml.compose_all(text, yaml.CSafeLoader)]


def _yaml_node(node: yaml.Node, budget: Iterator[int]) -> _Node:
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


def _yaml_leaf(node: yaml.ScalarNode) -> _Leaf:
    kind, text = node.tag.removeprefix(_YAML_TAG), node.value
    if node.style or kind == "str" and not _is_ambiguous(text):
        return _Leaf((kind, text), text)
    if kind == "null":
        return _Leaf((kind,), None)
    if kind == "bool" and text.lower() in ("true", "false"):
        return _Leaf((kind, text.lower()), text.lower() == "true")
    number = kind in ("int", "float") and _NUMBER.fullmatch(text)
    return _Leaf(("plain", kind, text), json.loads(text) if number else text)
