"""Who wrote a field? Whoever metadata.managedFields names as its owner, as far as that is recorded."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from trinokit.drift.differences import ABSENT, Author
from trinokit.drift.paths import MEMBER, Path, Step
from trinokit.objects import Object

_NOT, _BELOW, _ITSELF = range(3)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_COLLECTIVE = {
    "ancient-changes": "one of several older managers (ancient-changes)",
    "before-first-apply": "whoever wrote before the first server-side apply (before-first-apply)",
}


class _Entry(msgspec.Struct, rename={"fields": "fieldsV1"}):
    manager: str = ""
    operation: str = ""
    subresource: str = ""
    time: datetime | None = None
    fields: dict[str, dict] = {}


class _Metadata(msgspec.Struct, rename="camel"):
    creation_timestamp: datetime | None = None
    managed_fields: list[_Entry] | None = None


class _Managed(msgspec.Struct):
    metadata: _Metadata


def of(object: Object, path: Path, value: object = ABSENT) -> tuple[Author, ...]:
    """Everyone who owns what *object* has at *path*, the one to ask first in front; of a whole object, its makers.

    A list or a text is owned as a whole where Kubernetes does not look into it; of a set, the member *value* is meant.
    """
    metadata = msgspec.json.decode(object.raw, type=_Managed).metadata
    entries = metadata.managed_fields or []
    if not path:
        return _makers(entries, metadata.creation_timestamp)
    held = [(_held(each.fields, path, value), each) for each in entries]
    owners = sorted(((how, each) for how, each in held if how != _NOT), key=_first_to_ask)
    return _authors([each for _, each in owners], _said)


def _held(fields: dict, path: Path, value: object) -> int:
    """Whether *fields* hold what stands at *path*, or only parts of it."""
    for step in path:
        if fields == {}:
            # Kubernetes does not look into this, so whoever wrote it wrote all of it.
            return _ITSELF
        if isinstance(step, int):
            return _ITSELF
        if step == MEMBER:
            return _ITSELF if _has_member(fields, value) else _NOT
        fields = _below(fields, step)
        if fields is None:
            return _NOT
    return _ITSELF if fields == {} or "." in fields else _BELOW


def _has_member(fields: dict, value: object) -> bool:
    if value in [_decoded(each[2:]) for each in fields if each.startswith("v:")]:
        return True
    keys = [_decoded(each[2:]) for each in fields if each.startswith("k:")]
    return isinstance(value, dict) and any(each.items() <= value.items() for each in keys)


def _below(fields: dict, step: Step) -> dict | None:
    if isinstance(step, str):
        return fields.get(f"f:{step}")
    for each in fields:
        if each.startswith("k:"):
            keys = _decoded(each[2:])
            if all(keys.get(key) == value for key, value in step):
                return fields[each]
    return None


@lru_cache(maxsize=4096)
def _decoded(text: str) -> object:
    return msgspec.json.decode(text)


def _first_to_ask(owner: tuple[int, _Entry]) -> tuple:
    # An update becomes an owner by changing the value, which takes it from the others. Who applies the value that is
    # there becomes one beside them, and without a time when nothing else changed. A write through scale has no time
    # at all, so it may be the latest. https://kubernetes.io/docs/reference/using-api/server-side-apply/
    how, entry = owner
    is_apply = entry.operation == "Apply"
    moment = entry.time or (_FIRST if is_apply else _LAST)
    return -how, is_apply, -moment.timestamp()


def _makers(entries: list[_Entry], made: datetime | None) -> tuple[Author, ...]:
    makers = sorted((each for each in entries if each.subresource != "status"), key=lambda each: each.time or _LAST)

    def said(entry: _Entry) -> str:
        if made is None or entry.time == made:
            return f"{_named(entry)} made it at {_moment(entry.time)}" if entry.time else _said(entry)
        return f"{_said(entry)}; made at {_moment(made)}"

    return _authors(makers, said)


def _authors(entries: list[_Entry], said: Callable[[_Entry], str]) -> tuple[Author, ...]:
    several = f"{len(entries)} managers own it: {_listed(entries)}; " if len(entries) > 1 else ""
    return tuple(
        Author(
            *(each.manager, each.operation, each.subresource, each.time),
            evidence=("" if place else several) + said(each),
        )
        for place, each in enumerate(entries)
    )


def _listed(entries: Iterable[_Entry]) -> str:
    return ", ".join(dict.fromkeys(each.manager for each in entries))


def _named(entry: _Entry) -> str:
    through = f" through {entry.subresource}" if entry.subresource else ""
    return _COLLECTIVE.get(entry.manager) or f"{entry.manager} ({entry.operation}{through})"


def _said(entry: _Entry) -> str:
    if entry.time:
        return f"{_named(entry)} at {_moment(entry.time)} or before"
    if entry.operation == "Apply":
        return f"{_named(entry)}, with no time, as it found this value"
    return f"{_named(entry)}, for which no time is recorded"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
