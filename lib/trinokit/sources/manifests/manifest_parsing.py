"""What objects does a YAML text hold? Read as kubectl reads it, which no YAML library for Python does."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import yaml

from trinokit.errors import SourceError
from trinokit.sources.manifests.parse_cache import ParseCache, open_parse_cache
from trinokit.sources.manifests.yaml_scalars import INT64_RANGE, plain_scalar_value, to_json_number

_PLAIN, _QUOTED, _YAML_TAG = "plain", "quoted", "tag:yaml.org,2002:"
_TAGGED_TYPES = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
_DOCUMENT_SEPARATOR = re.compile(r"^---(.*)\n?", re.MULTILINE)
_WHITESPACE = re.compile(r"\s*")
# Without aliases no text has more values than characters.
_MAX_ALIASED_VALUES = 400_000


def parse_manifests(text: str, *, location: str, cache: ParseCache | None = None) -> list[dict]:
    """The objects of *text*, which may hold several documents and lists, with the values that kubectl would send.

    A document that *cache* has is not parsed again.
    Raises SourceError, which names the line of *location*, for what kubectl refuses and for a key that stands twice.

    >>> parse_manifests("apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {on: yes}", location="a.yaml")
    [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a'}, 'data': {'true': True}}]
    """
    return [
        each
        for position, document in _split_documents(text, location)
        for value in (
            cache.values(document, partial(_parse_document, document, position))
            if cache
            else _parse_document(document, position)
        )
        for each in _flatten_lists(value, position)
    ]


def manifest_cache() -> AbstractContextManager[ParseCache]:
    """The documents that this very code has parsed before."""
    code = [Path(__file__).with_name(name).read_bytes() for name in ("manifest_parsing.py", "yaml_scalars.py")]
    return open_parse_cache(b"".join([*code, yaml.__version__.encode()]))


_NonEmptyText = Annotated[str, msgspec.Meta(min_length=1)]


class _Metadata(msgspec.Struct):
    """What metadata must hold, and how."""

    name: _NonEmptyText
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    annotations: dict[str, str | None] | None = None


class _ObjectHeader(msgspec.Struct, rename="camel"):
    """What kubectl must find in an object to send it."""

    api_version: _NonEmptyText
    kind: _NonEmptyText
    metadata: _Metadata


class _DocumentPosition:
    """Where a document begins."""

    def __init__(self, location: str, line: int) -> None:
        self.where, self.line = location, line

    def refuse(self, expected: str, found: str, *, remedy: str, lines_below: int = 0) -> NoReturn:
        """Raise SourceError about the line that is *lines_below* the first one."""
        line = self.line + lines_below
        raise SourceError(f"{self.where}, line {line}: expected {expected}, found {found}.", remedy=remedy)


def _split_documents(text: str, location: str) -> Iterator[tuple[_DocumentPosition, str]]:
    # kubectl cuts the text before it parses, so nothing but a comment may follow the three dashes.
    # https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/util/yaml/decoder.go
    begin, line = 0, 1
    for separator in _DOCUMENT_SEPARATOR.finditer(text):
        document, separator_text = text[begin : separator.start()], separator[1].strip()
        yield _DocumentPosition(location, line), document
        line += document.count("\n")
        if separator_text and not separator_text.startswith("#"):
            _DocumentPosition(location, line).refuse(
                "only three dashes", f"---{separator[1]:.20}", remedy="continue below them"
            )
        begin, line = separator.end(), line + 1
    yield _DocumentPosition(location, line), text[begin:]


def _parse_document(document: str, position: _DocumentPosition) -> list[object]:
    problem = _parse_json_stream(document) if document.lstrip()[:1] == "{" else None
    if problem is not None:
        return problem
    try:
        node = _NodeLoader(document).get_single_node()
        return [] if node is None else [_DocumentReader(position, len(document)).value(node)]
    except yaml.reader.ReaderError as error:
        lines_below = document.encode()[: error.position].count(b"\n")
        position.refuse(
            "YAML", f"a character that is none: {error.reason}", remedy="remove it", lines_below=lines_below
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(filter(None, (error.context, error.problem)))
        position.refuse("YAML", problem, remedy="correct that line", lines_below=mark.line if mark else 0)
    except RecursionError:
        position.refuse("YAML", "a value that contains itself, or too many levels", remedy="look for an alias in it")


def _parse_json_stream(document: str) -> list[object] | None:
    # Objects may follow one another. What is no clean JSON is judged as YAML, which tells the line.
    values, end = [], 0
    try:
        while (begin := _WHITESPACE.match(document, end).end()) < len(document):
            value, end = _JSON_DECODER.raw_decode(document, begin)
            values.append(value)
        if "\\u" in document:
            json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return values


def _unique_keys(pairs: list[tuple[str, object]]) -> dict:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError
    return unique


_JSON_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_int=lambda digits: to_json_number(int(digits)),
    parse_float=lambda digits: to_json_number(float(digits)),
    parse_constant=int,  # which raises ValueError
)


class _NodeLoader(yaml.CSafeLoader):
    """Composes nodes and tells plain scalars from quoted ones; what they mean is left to `_DocumentReader`."""

    def resolve(self, kind: type, value: str, implicit: tuple[bool, bool]) -> str:
        """Whether a scalar is plain or quoted; nothing for a list or a mapping."""
        if kind is not yaml.ScalarNode:
            return ""
        return _PLAIN if implicit[0] else _QUOTED

    def descend_resolver(self, current_node: yaml.Node, current_index: object) -> None:
        """Nothing, as no meaning depends on the path."""

    def ascend_resolver(self) -> None:
        """Nothing, as no meaning depends on the path."""


class _DocumentReader:
    """What the nodes of one document mean; *length* bounds how many values it may have."""

    def __init__(self, position: _DocumentPosition, length: int) -> None:
        self.place, self.left = position, length + _MAX_ALIASED_VALUES

    def value(self, node: yaml.Node) -> object:
        """What *node* means, as JSON has it."""
        if node.__class__ is yaml.ScalarNode:
            value = self._scalar(node)
            if value.__class__ is float or value.__class__ is int:
                try:
                    return to_json_number(value)
                except ValueError:
                    self._refuse(node, "a number", f"{node.value}, which JSON does not have", remedy="quote it")
            return value
        self.left -= len(node.value)
        if self.left < 0:
            self._refuse(node, "a document", "one that aliases make over 400000 values larger", remedy="write it out")
        if node.__class__ is yaml.MappingNode:
            return self._mapping(node)
        return [self.value(each) for each in node.value]

    def _mapping(self, node: yaml.MappingNode) -> dict:
        mapping, own = {}, set()
        for key_node, value_node in node.value:
            if key_node.value == "<<" and key_node.tag in (_PLAIN, _YAML_TAG + "merge"):
                # What is merged replaces what stands before it, against the specification of merge keys.
                mapping |= self._merged(value_node)
                continue
            key = key_node.value if key_node.tag is _QUOTED else self._key(key_node)
            if key in own:
                self._refuse(key_node, "each key once", f"{key!r} again", remedy="remove one of the two")
            own.add(key)
            mapping[key] = self.value(value_node)
        return mapping

    def _merged(self, node: yaml.Node) -> dict:
        merged = {}
        for each in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(each, yaml.MappingNode):
                self._refuse(each, "a mapping to merge", f"a {each.id}", remedy="merge an alias of a mapping")
            merged |= self.value(each)
        return merged

    def _key(self, node: yaml.Node) -> str:
        key = self._scalar(node) if node.__class__ is yaml.ScalarNode else None
        if key.__class__ is bool:
            return str(key).lower()
        if key.__class__ is int and key in INT64_RANGE:
            return str(key)
        # kubectl writes the key 1.36 with the digits of a 32 bit float; up to six of them are the same ones.
        if key.__class__ is float and float(f"{key:.6g}") == key and abs(key) < 1e38:
            return f"{key:.6g}"
        if key.__class__ is not str:
            found = f"{node.value!r:.40}" if isinstance(node, yaml.ScalarNode) else f"a {node.id}"
            self._refuse(node, "a key that is text", found, remedy="quote it")
        return key

    def _scalar(self, node: yaml.ScalarNode) -> object:
        if node.tag is _QUOTED:
            return node.value
        if node.tag is _PLAIN:
            return plain_scalar_value(node.value)
        tag = node.tag.removeprefix(_YAML_TAG)
        if tag == "binary":
            return self._binary(node)
        if tag not in _TAGGED_TYPES:
            return node.value
        value = plain_scalar_value(node.value)
        if value.__class__ not in _TAGGED_TYPES[tag]:
            self._refuse(node, f"a value that is !!{tag}", "something else", remedy="correct one of the two")
        return value

    def _binary(self, node: yaml.ScalarNode) -> str:
        try:
            return b64decode("".join(node.value.split()), validate=True).decode()
        except ValueError:
            self._refuse(node, "text in base64", "something else", remedy="remove !!binary and keep it as it is")

    def _refuse(self, node: yaml.Node, expected: str, found: str, *, remedy: str) -> NoReturn:
        self.place.refuse(expected, found, remedy=remedy, lines_below=node.start_mark.line)


def _flatten_lists(value: object, position: _DocumentPosition) -> Iterator[dict]:
    if value is None:
        return
    if not isinstance(value, dict):
        position.refuse("an object", f"a {type(value).__name__}", remedy="begin it with apiVersion and kind")
    if "items" not in value:
        yield _check_header(value, position)
        return
    # Whatever has items is a list to kubectl, and an item that does not say what it is, is one of what is listed.
    items, kind = value["items"] or [], str(value.get("kind"))
    if not isinstance(items, list):
        position.refuse(f"a list of items in {kind}", f"a {type(items).__name__}", remedy="put a dash before each item")
    for item in items:
        if isinstance(item, dict) and not item.get("kind") and not item.get("apiVersion"):
            item = item | {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")}
        yield from _flatten_lists(item, position)


def _check_header(value: dict, position: _DocumentPosition) -> dict:
    metadata = value.get("metadata")
    if isinstance(metadata, dict) and "generateName" in metadata and not metadata.get("name"):
        position.refuse("metadata.name", "generateName, which gives a new object each time", remedy="give it a name")
    try:
        msgspec.convert(value, _ObjectHeader)
    except msgspec.ValidationError as error:
        position.refuse(
            "an object that can be named", f"{value.get('kind') or 'one'}: {error}", remedy="add or quote it"
        )
    return value
