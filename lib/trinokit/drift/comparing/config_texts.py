"""Where do two texts of one file differ? By key where the file has keys, and as one text wherever in doubt."""

import json
from collections.abc import Iterator
from itertools import takewhile, zip_longest
from xml.etree import ElementTree

import yaml

from trinokit.drift.comparing.config_parsers import Leaf, Node, OrderedMap, parse_hadoop_xml, parser_for_file
from trinokit.drift.differences import ABSENT

TextDifference = tuple[tuple[str, ...], object, object]

_NAME_KEYS = ("name", "job_name", "alert", "record")


def text_differences(name: str, declared: str, live: str) -> list[TextDifference] | None:
    """What differs between two texts of the file *name*, each time with its keys; ABSENT where one side lacks it.

    Empty when only comments, blank lines, layout or the order of keys differ; None where the texts are to be
    compared as a whole, since one cannot be read, has no keys, or differs in a way that no key shows.

    >>> text_differences("config.properties", "a=1\\nb=2\\n", "a=1\\nb=3\\n")
    [(('b',), '2', '3')]
    """
    if declared == live:
        return []
    reader = parser_for_file(name)
    if reader is None:
        return None
    try:
        differences = list(_document_differences(reader(declared), reader(live)))
    except (ValueError, yaml.YAMLError, ElementTree.ParseError, RecursionError):
        return None
    if any(not keys for keys, _, _ in differences):
        return None
    return [_property_difference(*each) for each in differences] if reader is parse_hadoop_xml else differences


def _document_differences(declared: list[Node], live: list[Node]) -> Iterator[TextDifference]:
    for index, pair in enumerate(zip(declared, live, strict=True)):
        yield from _node_differences((f"[{index}]",) if len(declared) > 1 else (), *pair)


def _node_differences(keys: tuple[str, ...], declared: Node, live: Node) -> Iterator[TextDifference]:
    if isinstance(declared, dict) and isinstance(live, dict):
        for key in dict.fromkeys([*declared, *live]):
            yield from _key_differences((*keys, key), declared.get(key, ABSENT), live.get(key, ABSENT))
    elif isinstance(declared, list) and isinstance(live, list):
        yield from _list_differences(keys, declared, live)
    elif isinstance(declared, OrderedMap) and isinstance(live, OrderedMap):
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


def _list_differences(keys: tuple[str, ...], declared: list[Node], live: list[Node]) -> Iterator[TextDifference]:
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
    declared_middle, live_middle = declared[first : len(declared) - last], live[first : len(live) - last]
    if declared_middle and live_middle and len(declared_middle) != len(live_middle):
        yield _visible_difference(keys, _plain_value(declared), _plain_value(live))
        return
    for index, pair in enumerate(zip_longest(declared_middle, live_middle, fillvalue=ABSENT), first):
        yield from _key_differences((*keys, f"[{index}]"), *pair)


def _common_prefix_length(declared: list[Node], live: list[Node]) -> int:
    """How many items at the beginning are the same."""
    pairs = zip(declared, live, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _items_by_name(items: list[Node]) -> dict[str, Node] | None:
    """The *items* by their names, or None where some have none or share one."""
    for key in _NAME_KEYS:
        leaves = [item.get(key) if isinstance(item, dict) else None for item in items]
        names = [each.shown for each in leaves if isinstance(each, Leaf) and isinstance(each.shown, str)]
        if names and len(set(names)) == len(items):
            return {f"[{key}={name}]": item for name, item in zip(names, items, strict=True)}
    return None


def _is_same_order(first: dict, second: dict) -> bool:
    return [key for key in first if key in second] == [key for key in second if key in first]


def _plain_value(node: object) -> object:
    if isinstance(node, Leaf):
        return node.shown
    if isinstance(node, dict):
        return {key: _plain_value(value) for key, value in node.items()}
    return [_plain_value(value) for value in node] if isinstance(node, list) else node


def _property_difference(keys: tuple[str, ...], declared: object, live: object) -> TextDifference:
    return keys[:1] if keys[1:] == ("value",) else keys, _unwrap_single_value(declared), _unwrap_single_value(live)


def _unwrap_single_value(part: object) -> object:
    return part["value"] if isinstance(part, dict) and set(part) == {"value"} else part
