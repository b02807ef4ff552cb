"""Who wrote a field? Whoever metadata.managedFields names as its manager, as far as that is recorded."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from trinokit.drift.differences import ABSENT, Author
from trinokit.drift.paths import MEMBER, ObjectPath, PathStep
from trinokit.objects import Object

_HOLDS_NOTHING, _HOLDS_PARTS, _HOLDS_ITSELF = range(3)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_COLLECTIVE_MANAGERS = {
    "ancient-changes": "one of several older managers (ancient-changes)",
    "before-first-apply": "whoever wrote before the first server-side apply (before-first-apply)",
}


class _ManagedFieldsEntry(msgspec.Struct, rename={"fields": "fieldsV1"}):
    manager: str = ""
    operation: str = ""
    subresource: str = ""
    time: datetime | None = None
    fields: dict[str, dict] = {}


class _Metadata(msgspec.Struct, rename="camel"):
    creation_timestamp: datetime | None = None
    managed_fields: list[_ManagedFieldsEntry] | None = None


class _ManagedObject(msgspec.Struct):
    metadata: _Metadata


def value_authors(object: Object, path: ObjectPath, value: object = ABSENT) -> tuple[Author, ...]:
    """Everyone who owns what *object* has at *path*, the one to ask first in front; of a whole object, its makers.

    A list or a text is owned as a whole where Kubernetes does not look into it; of a set, the member *value* is meant.
    """
    metadata = msgspec.json.decode(object.raw, type=_ManagedObject).metadata
    entries = metadata.managed_fields or []
    if not path:
        return _creation_authors(entries, metadata.creation_timestamp)
    extents = [(_held_extent(each.fields, path, value), each) for each in entries]
    entries_by_extent = sorted(
        ((extent, each) for extent, each in extents if extent != _HOLDS_NOTHING), key=_author_sort_key
    )
    return _authors_from_entries([each for _, each in entries_by_extent], _manager_evidence)


def _held_extent(fields: dict, path: ObjectPath, value: object) -> int:
    """Whether *fields* hold what stands at *path*, or only parts of it."""
    for step in path:
        if fields == {}:
            # Kubernetes does not look into this, so whoever wrote it wrote all of it.
            return _HOLDS_ITSELF
        if isinstance(step, int):
            return _HOLDS_ITSELF
        if step == MEMBER:
            return _HOLDS_ITSELF if _has_member(fields, value) else _HOLDS_NOTHING
        fields = _child_fields(fields, step)
        if fields is None:
            return _HOLDS_NOTHING
    return _HOLDS_ITSELF if fields == {} or "." in fields else _HOLDS_PARTS


def _has_member(fields: dict, value: object) -> bool:
    if value in [_decode_json(each[2:]) for each in fields if each.startswith("v:")]:
        return True
    keys = [_decode_json(each[2:]) for each in fields if each.startswith("k:")]
    return isinstance(value, dict) and any(each.items() <= value.items() for each in keys)


def _child_fields(fields: dict, step: PathStep) -> dict | None:
    if isinstance(step, str):
        return fields.get(f"f:{step}")
    for each in fields:
        if each.startswith("k:"):
            keys = _decode_json(each[2:])
            if all(keys.get(key) == value for key, value in step):
                return fields[each]
    return None


@lru_cache(maxsize=4096)
def _decode_json(text: str) -> object:
    return msgspec.json.decode(text)


def _author_sort_key(author: tuple[int, _ManagedFieldsEntry]) -> tuple:
    # An update becomes a manager by changing the value, which takes it from the others. Who applies the value that is
    # there becomes one beside them, and without a time when nothing else changed. A write through scale has no time
    # at all, so it may be the latest. https://kubernetes.io/docs/reference/using-api/server-side-apply/
    extent, entry = author
    is_apply = entry.operation == "Apply"
    moment = entry.time or (_EARLIEST if is_apply else _LATEST)
    return -extent, is_apply, -moment.timestamp()


def _creation_authors(entries: list[_ManagedFieldsEntry], created_at: datetime | None) -> tuple[Author, ...]:
    makers = sorted((each for each in entries if each.subresource != "status"), key=lambda each: each.time or _LATEST)

    def said(entry: _ManagedFieldsEntry) -> str:
        if created_at is None or entry.time == created_at:
            return (
                f"{_manager_label(entry)} made it at {_format_moment(entry.time)}"
                if entry.time
                else _manager_evidence(entry)
            )
        return f"{_manager_evidence(entry)}; made at {_format_moment(created_at)}"

    return _authors_from_entries(makers, said)


def _authors_from_entries(
    entries: list[_ManagedFieldsEntry], describe_entry: Callable[[_ManagedFieldsEntry], str]
) -> tuple[Author, ...]:
    several = f"{len(entries)} managers own it: {_manager_names(entries)}; " if len(entries) > 1 else ""
    return tuple(
        Author(
            manager=each.manager,
            operation=each.operation,
            subresource=each.subresource,
            moment=each.time,
            evidence=("" if index else several) + describe_entry(each),
        )
        for index, each in enumerate(entries)
    )


def _manager_names(entries: Iterable[_ManagedFieldsEntry]) -> str:
    return ", ".join(dict.fromkeys(each.manager for each in entries))


def _manager_label(entry: _ManagedFieldsEntry) -> str:
    through = f" through {entry.subresource}" if entry.subresource else ""
    return _COLLECTIVE_MANAGERS.get(entry.manager) or f"{entry.manager} ({entry.operation}{through})"


def _manager_evidence(entry: _ManagedFieldsEntry) -> str:
    if entry.time:
        return f"{_manager_label(entry)} at {_format_moment(entry.time)} or before"
    if entry.operation == "Apply":
        return f"{_manager_label(entry)}, with no time, as it found this value"
    return f"{_manager_label(entry)}, for which no time is recorded"


def _format_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
