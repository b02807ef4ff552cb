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

Within = tuple[tuple[str, ...], object, object]

_NAMES = ("name", "job_name", "alert", "record")
_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
# Readers of YAML disagree about these: 0o14, 1e3, 12:30, y and on are not the same to each.
_DIGITS = re.compile(r"(?=.*\d)[-+.:_ 0-9a-fobxtz]+", re.I)
_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null|~|[-+]?\.?inf|\.?nan|<<|=|", re.I)
_FLAG = re.compile(r"(-XX:)[-+]?(\w+)|(-D[^=]+)|(-X(?:mx|ms|mn|ss))\d")
_LINE = re.compile(r"([^\s=:]+)(\s*[=:]\s*|\s+|$)(.*)")


class _Leaf(NamedTuple):
    """A value as it is *shown*, and in *written* all that tells it from another one."""

    written: tuple[str, ...]
    shown: object


class _Ordered(NamedTuple):
    """Keys and values whose order counts."""

    parts: dict[str, _Leaf]


_Node = dict[str, "_Node"] | list["_Node"] | _Ordered | _Leaf


def within(name: str, declared: str, live: str) -> list[Within] | None:
    """What differs between two texts of the file *name*, each time with its keys; ABSENT where one side lacks it.

    Empty when only comments, blank lines, layout or the order of keys differ; None where the texts are to be
    compared as a whole, since one cannot be read, has no keys, or differs in a way that no key shows.
    """
    if declared == live:
        return []
    reader = _reader(name)
    if reader is None:
        return None
    try:
        found = list(_in_documents(reader(declared), reader(live)))
    except (ValueError, yaml.YAMLError, ElementTree.ParseError, RecursionError):
        return None
    if any(not keys for keys, _, _ in found):
        return None
    return [_of_property(*each) for each in found] if reader is _xml else found


def _reader(name: str) -> Callable[[str], list[_Node]] | None:
    if name.endswith("jvm.config"):
        return _flags
    readers = {"properties": _properties, "xml": _xml, "yaml": _yaml, "yml": _yaml, "json": _json}
    readers |= {"conf": partial(_lines, "#"), "cnf": partial(_lines, "#;"), "ini": partial(_lines, "#;")}
    return readers.get(name.rpartition(".")[2].lower()) if "." in name else None


def _in_documents(declared: list[_Node], live: list[_Node]) -> Iterator[Within]:
    for place, pair in enumerate(zip(declared, live, strict=True)):
        yield from _differing((f"[{place}]",) if len(declared) > 1 else (), *pair)


def _differing(keys: tuple[str, ...], declared: _Node, live: _Node) -> Iterator[Within]:
    if isinstance(declared, dict) and isinstance(live, dict):
        for key in dict.fromkeys([*declared, *live]):
            yield from _one((*keys, key), declared.get(key, ABSENT), live.get(key, ABSENT))
    elif isinstance(declared, list) and isinstance(live, list):
        yield from _items(keys, declared, live)
    elif isinstance(declared, _Ordered) and isinstance(live, _Ordered):
        if not _in_order(declared.parts, live.parts):
            raise ValueError("expected the same order")
        yield from _differing(keys, declared.parts, live.parts)
    elif declared != live:
        yield _told(keys, _shown(declared), _shown(live))


def _one(keys: tuple[str, ...], declared: object, live: object) -> Iterator[Within]:
    if declared is ABSENT or live is ABSENT:
        yield keys, _shown(declared), _shown(live)
    else:
        yield from _differing(keys, declared, live)


def _told(keys: tuple[str, ...], declared: object, live: object) -> Within:
    if json.dumps(declared) == json.dumps(live):
        raise ValueError("expected values that look different")
    return keys, declared, live


def _items(keys: tuple[str, ...], declared: list[_Node], live: list[_Node]) -> Iterator[Within]:
    """What differs in two lists, whose order counts: by name, by place, or else as whole lists."""
    here, there = _named(declared), _named(live)
    if here is not None and there is not None:
        in_order = _in_order(here, there)
        yield from _differing(keys, here, there) if in_order else [_told(keys, _shown(declared), _shown(live))]
        return
    first, last = _alike(declared, live), _alike(declared[::-1], live[::-1])
    last = min(last, len(declared) - first, len(live) - first)
    ones, others = declared[first : len(declared) - last], live[first : len(live) - last]
    if ones and others and len(ones) != len(others):
        yield _told(keys, _shown(declared), _shown(live))
        return
    for place, pair in enumerate(zip_longest(ones, others, fillvalue=ABSENT), first):
        yield from _one((*keys, f"[{place}]"), *pair)


def _alike(declared: list[_Node], live: list[_Node]) -> int:
    """How many items at the beginning are the same."""
    pairs = zip(declared, live, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _named(items: list[_Node]) -> dict[str, _Node] | None:
    """The *items* by their names, or None where some have none or share one."""
    for key in _NAMES:
        leaves = [item.get(key) if isinstance(item, dict) else None for item in items]
        names = [each.shown for each in leaves if isinstance(each, _Leaf) and isinstance(each.shown, str)]
        if names and len(set(names)) == len(items):
            return {f"[{key}={name}]": item for name, item in zip(names, items, strict=True)}
    return None


def _in_order(one: dict, other: dict) -> bool:
    return [key for key in one if key in other] == [key for key in other if key in one]


def _shown(node: object) -> object:
    if isinstance(node, _Leaf):
        return node.shown
    if isinstance(node, dict):
        return {key: _shown(value) for key, value in node.items()}
    return [_shown(value) for value in node] if isinstance(node, list) else node


def _ordered(pairs: list[tuple[str, _Node]]) -> _Ordered:
    return _Ordered(_once(pairs))


def _leaf(text: str) -> _Leaf:
    return _Leaf(("text", text), text)


def _once(pairs: list[tuple[str, _Node]]) -> dict[str, _Node]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected each key once")
    return found


def _properties(text: str) -> list[_Node]:
    return [_once([(key, _leaf(value)) for key, value in javaproperties.loads(text, object_pairs_hook=list)])]


def _flags(text: str) -> list[_Node]:
    """The lines of a jvm.config by the name of their flag."""
    lines = [line.strip() for line in text.splitlines()]
    flags = [line for line in lines if line and not line.startswith("#")]
    names = ["".join(filter(None, known.groups())) if (known := _FLAG.match(line)) else line for line in flags]
    return [_ordered(list(zip(names, map(_leaf, flags), strict=True)))]


def _lines(comments: str, text: str) -> list[_Node]:
    """Lines of key and value, with their section before the key."""
    pairs, section = [], ""
    for line in filter(str.strip, text.splitlines()):
        if line.startswith("["):
            section = f"{line.rstrip()} "
            pairs.append((line.rstrip(), _leaf(line.rstrip())))
        elif line[0] not in comments:
            key, separator, value = _pair(line.rstrip())
            pairs.append((section + key, _Leaf((separator, value), value if separator else None)))
    return [_ordered(pairs)]


def _pair(line: str) -> tuple[str, str, str]:
    known = _LINE.fullmatch(line)
    # A program, a block or a line that goes on in the next one is more than keys and values.
    if known is None or line.endswith(("\\", "{", "}", ";")):
        raise ValueError("expected a key and its value in each line")
    return known[1], known[2].strip() or known[2], known[3]


def _xml(text: str) -> list[_Node]:
    """The properties of a Hadoop configuration: the value under the name, all else one step below it."""
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ValueError("expected XML without a document type")
    root = ElementTree.fromstring(text.strip())
    if root.tag != "configuration" or {each.tag for each in root} - {"property"} or not all(map(_plain, [root, *root])):
        raise ValueError("expected a Hadoop configuration")
    instructions = re.findall(r"<\?(?!xml\s).*?\?>", text, re.S)
    return [_once([*map(_property, root), *((each, {}) for each in instructions)])]


def _plain(element: ElementTree.Element) -> bool:
    """Whether *element* has only elements in it, and they neither attributes nor text beside them."""
    between = [element.text, *(child.tail for child in element)]
    return not any((each or "").strip() for each in between) and not any(each.attrib for each in element.iter())


def _property(element: ElementTree.Element) -> tuple[str, _Node]:
    """Name and parts of a property; Hadoop strips its name, and nothing else."""
    if any(len(child) for child in element) or element.find("name") is None:
        raise ValueError("expected a property with a name and no elements within its parts")
    parts = _once([(child.tag, _leaf(child.text or "")) for child in element])
    name = parts.pop("name").shown.strip()
    return name, {"value": _Leaf(("none",), None), **parts}


def _of_property(keys: tuple[str, ...], declared: object, live: object) -> Within:
    return keys[:1] if keys[1:] == ("value",) else keys, _alone(declared), _alone(live)


def _alone(part: object) -> object:
    return part["value"] if isinstance(part, dict) and set(part) == {"value"} else part


def _json(text: str) -> list[_Node]:
    node = json.loads(text, object_pairs_hook=_once, parse_float=_number, parse_int=_number, parse_constant=_refused)
    return [_scalars(node)]


def _number(text: str) -> _Leaf:
    return _Leaf(("number", text), float(text) if "." in text or "e" in text.lower() else int(text))


def _refused(text: str) -> None:
    raise ValueError(f"expected a number, found {text}")


def _scalars(node: object) -> _Node:
    if isinstance(node, _Leaf):
        return node
    if isinstance(node, dict):
        return {key: _scalars(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_scalars(value) for value in node]
    return _leaf(node) if isinstance(node, str) else _Leaf(("constant", str(node)), node)


def _yaml(text: str) -> list[_Node]:
    # Aliases can make a small text endless, and without them it has no more parts than characters.
    budget = iter(range(2 * len(text) + 1))
    return [_part(each, budget) for each in yaml.compose_all(text, yaml.CSafeLoader)]


def _part(node: yaml.Node, budget: Iterator[int]) -> _Node:
    if next(budget, None) is None:
        raise ValueError("expected a text that does not multiply itself")
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
        raise ValueError(f"expected no tag {node.tag}")
    if isinstance(node, yaml.SequenceNode):
        return [_part(each, budget) for each in node.value]
    return _once([(_key(key), _part(value, budget)) for key, value in node.value])


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("expected a key that is no list or map")
    text, quoted = node.value, bool(node.style)
    return json.dumps(text) if quoted and (_ambiguous(text) or text.startswith('"')) else text


def _ambiguous(text: str) -> bool:
    return bool(_DIGITS.fullmatch(text) or _WORDS.fullmatch(text))


def _scalar(node: yaml.ScalarNode) -> _Leaf:
    kind, text = node.tag.removeprefix(_TAG), node.value
    if node.style or kind == "str" and not _ambiguous(text):
        return _Leaf((kind, text), text)
    if kind == "null":
        return _Leaf((kind,), None)
    if kind == "bool" and text.lower() in ("true", "false"):
        return _Leaf((kind, text.lower()), text.lower() == "true")
    number = kind in ("int", "float") and _NUMBER.fullmatch(text)
    return _Leaf(("plain", kind, text), json.loads(text) if number else text)
