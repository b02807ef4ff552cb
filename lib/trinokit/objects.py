"""What is a Kubernetes object, on whichever side of a cluster it was read?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Literal, NamedTuple, get_args

import msgspec

Side = Literal["declared", "live"]
SIDES: tuple[Side, ...] = get_args(Side)


class ObjectPlace(NamedTuple):
    """Where an object stands among all objects of a side, and how these are ordered."""

    api_version: str
    kind: str
    namespace: str
    name: str


class ObjectIdentity(NamedTuple):
    """What tells an object from all others of its side, whichever version of its group it is read in."""

    group: str
    kind: str
    namespace: str
    name: str


class _Metadata(msgspec.Struct):
    name: str
    namespace: str = ""


class _ListItem(msgspec.Struct):
    metadata: _Metadata


@dataclass(frozen=True)
class Object:
    """One object, decoded when it is first looked into; *namespace* is empty for a cluster-scoped kind.

    *raw* is its JSON, without apiVersion and kind where it came out of a list.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    raw: bytes | msgspec.Raw = field(repr=False, compare=False)

    @classmethod
    def listed(cls, api_version: str, kind: str, raw: msgspec.Raw) -> "Object":
        """The object *raw* of a list, which says itself only what it is called."""
        metadata = msgspec.json.decode(raw, type=_ListItem).metadata
        return cls(api_version, kind, metadata.namespace, metadata.name, raw)

    @property
    def place(self) -> ObjectPlace:
        """Where it stands among all objects of a side."""
        return ObjectPlace(self.api_version, self.kind, self.namespace, self.name)

    @property
    def identity(self) -> ObjectIdentity:
        """What tells it from all others of its side, whichever version of its group it is read in."""
        return ObjectIdentity(self.group, self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        """Kind/name in namespace, as a finding names it."""
        return f"{self.kind}/{self.name}" + (f" in {self.namespace}" if self.namespace else "")

    @cached_property
    def body(self) -> dict:
        """The whole object as dictionaries and lists."""
        return msgspec.json.decode(self.raw)

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def is_built_in(self) -> bool:
        """Whether Kubernetes itself has this kind, and not a custom resource definition."""
        return "." not in self.group or self.group.endswith(".k8s.io")

    @property
    def labels(self) -> dict[str, str]:
        """The labels; empty when there are none."""
        return self.at("metadata", "labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations; empty when there are none."""
        return self.at("metadata", "annotations") or {}

    def at(self, *path: str) -> object:
        """What stands at *path* of the body, or None where the path ends early."""
        value: object = self.body
        for step in path:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value


@dataclass(frozen=True, repr=False)
class Objects:
    """What one side of a cluster holds, and what of it could not be read.

    *unread* has the reason by kind; *roles* has the role of a namespace by its name, as clusters.yaml gives it;
    *about* has facts such as the server's version or the commit. *unstable* has what a second rendering of the same
    commit made of the items that it made otherwise, and as it is whatever one of the two renderings alone has.
    Hashes of secrets can be compared with those of objects that have the same *key*, which says nothing else.
    """

    side: Side
    items: tuple[Object, ...]
    unread: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    unstable: tuple[Object, ...] = ()
    key: str = ""

    def __repr__(self) -> str:
        """The side, how many objects of which kinds it has, and what could not be read; none of what is in them."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self._counts.items())
        unread = f"; not read: {', '.join(self.unread)}" if self.unread else ""
        return f"{len(self.items)} {self.side} objects: {kinds or 'none'}{unread}"

    def _repr_html_(self) -> str:
        rows = {**self._counts, **{kind: f"not read: {reason}" for kind, reason in self.unread.items()}}
        cells = "".join(f"<tr><th>{escape(kind)}</th><td>{escape(str(text))}</td></tr>" for kind, text in rows.items())
        return f"<table><caption>{len(self.items)} {escape(self.side)} objects</caption>{cells}</table>"

    @property
    def _counts(self) -> dict[str, int]:
        return dict(sorted(Counter(each.kind for each in self.items).items()))

    def of(self, *kinds: str) -> list[Object]:
        """The objects of the built-in *kinds*, by namespace and name."""
        objects = [each for kind in kinds for each in self._by_kind.get(kind, ())]
        return objects if len(kinds) == 1 else sorted(objects, key=_namespace_sort_key)

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """The object of the built-in *kind* with that name, or None."""
        return self._built_in.get((kind, namespace, name))

    @cached_property
    def _by_kind(self) -> dict[str, list[Object]]:
        kinds: dict[str, list[Object]] = {}
        for each in sorted(self.items, key=_namespace_sort_key):
            if each.is_built_in:
                kinds.setdefault(each.kind, []).append(each)
        return kinds

    @cached_property
    def _built_in(self) -> dict[tuple[str, str, str], Object]:
        return {(each.kind, each.namespace, each.name): each for each in self.items if each.is_built_in}


def _namespace_sort_key(each: Object) -> tuple[str, str, str]:
    return each.namespace, each.name, each.kind
