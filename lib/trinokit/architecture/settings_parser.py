"""Which settings does a text hold? Java properties, Hadoop XML, YAML, JSON and lines of key and value."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import javaproperties
import yaml

_KEY_VALUE_LINE = re.compile(r"(?:-D|export\s+)?([A-Za-z_][\w.-]*)(?:\s*[=:]\s*|\s+)(.+)")


@dataclass(frozen=True)
class Setting:
    """One *value*, and the *key* under which the text has it."""

    key: str
    value: str


@dataclass(frozen=True)
class ParsedConfig:
    """The *settings* of a text, and the *problem* that kept it from being read to its end."""

    settings: tuple[Setting, ...]
    problem: str = ""


def parse_settings(name: str, text: str) -> ParsedConfig:
    """What the file *name* with this *text* sets; its ending says how it is read."""
    try:
        return ParsedConfig(tuple(_parser_of_file(name, text)(text)))
    except (ValueError, yaml.YAMLError, ElementTree.ParseError, RecursionError) as error:
        return ParsedConfig((), " ".join(str(error).split()))


def _parser_of_file(name: str, text: str) -> Callable[[str], Iterator[Setting]]:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    readers = {
        "properties": _parse_properties,
        "xml": _parse_hadoop_xml,
        "yaml": _parse_yaml,
        "yml": _parse_yaml,
        "json": _parse_json,
    }
    if ending in readers:
        return readers[ending]
    if ending in ("sh", "tmpl", "tpl", "lua", "sql", "py", "md", "txt", "crt", "pem"):
        return _parse_nothing
    # A ConfigMap often has one bare value under its key, to be an environment variable.
    return (
        _parse_lines
        if "\n" in text.strip() or ending in ("conf", "cnf", "ini", "config")
        else lambda _: _parse_bare_value(name, text)
    )


def _parse_nothing(_: str) -> Iterator[Setting]:
    return iter(())


def _parse_bare_value(name: str, text: str) -> Iterator[Setting]:
    yield Setting(name, text.strip())


def _parse_properties(text: str) -> Iterator[Setting]:
    for key, value in javaproperties.loads(text).items():
        yield Setting(key, value.strip())


def _parse_hadoop_xml(text: str) -> Iterator[Setting]:
    # A configuration needs no entities, and a text that defines some can grow without end.
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ValueError("expected XML without a document type")
    for each in ElementTree.fromstring(text.strip()).iter("property"):
        name, value = each.findtext("name"), each.findtext("value")
        if name and value:
            yield Setting(name.strip(), value.strip())


def _parse_json(text: str) -> Iterator[Setting]:
    yield from _flatten_settings(json.loads(text), "", set())


def _parse_yaml(text: str) -> Iterator[Setting]:
    for document in yaml.load_all(text, yaml.CSafeLoader):
        yield from _flatten_settings(document, "", set())


def _flatten_settings(node: object, path: str, visited: set[int]) -> Iterator[Setting]:
    if not isinstance(node, dict | list):
        if node is not None:
            yield Setting(path, str(node))
        return
    # Aliases can make a small text endless, so each part is walked once.
    if id(node) in visited:
        return
    visited.add(id(node))
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _flatten_settings(value, f"{path}.{key}" if path else str(key), visited)
        return
    for index, value in enumerate(node):
        yield from _flatten_settings(
            value, f"{path}[{_list_item_name(value, index)}]" if isinstance(value, dict) else path, visited
        )


def _list_item_name(item: dict, index: int) -> str:
    names = [item[key] for key in ("job_name", "name") if isinstance(item.get(key), str)]
    return names[0] if names else str(index)


def _parse_lines(text: str) -> Iterator[Setting]:
    for line in text.splitlines():
        match = _KEY_VALUE_LINE.fullmatch(line.strip())
        if match:
            yield Setting(match[1], match[2].strip().strip("\"'"))
