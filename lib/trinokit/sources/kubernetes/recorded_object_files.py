"""How are objects kept? One compressed file a kind, each a list that kubectl reads too."""

import gzip
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import msgspec

from trinokit.objects import Object, Objects

_UNSTABLE_FOLDER = "unstable"


class _ObjectList(msgspec.Struct):
    apiVersion: str  # noqa: N815
    kind: str
    items: list[msgspec.Raw]


def write_objects(objects: Objects, folder: Path) -> dict:
    """What the manifest says of *objects*, whose files are now in *folder*, named as in deployment.v1.apps.json.gz."""
    counts = _write_kind_files(objects.items, folder)
    if objects.unstable:
        _write_kind_files(objects.unstable, folder / _UNSTABLE_FOLDER)
    return {
        "objects": counts,
        "unread": dict(objects.unread),
        "roles": dict(objects.roles),
        "about": dict(objects.about),
        "key": objects.key,
    }


def read_objects(side: str, folder: Path, manifest: dict) -> Objects:
    """The objects of one *side* that `write_objects` kept in *folder*, of which *manifest* has the rest."""
    return Objects(
        side=side,
        items=_read_kind_files(folder),
        unread=manifest["unread"],
        roles=manifest["roles"],
        about=manifest["about"],
        unstable=_read_kind_files(folder / _UNSTABLE_FOLDER),
        key=manifest.get("key", ""),
    )


def _write_kind_files(items: Iterable[Object], folder: Path) -> dict[str, int]:
    folder.mkdir(parents=True)
    kinds = sorted(items, key=_kind_key)
    counts = {}
    for (api_version, kind), items in groupby(kinds, _kind_key):
        raw_objects = [msgspec.Raw(each.raw) for each in items]
        text = msgspec.json.encode(_ObjectList(api_version, f"{kind}List", raw_objects))
        group, _, version = api_version.rpartition("/")
        name = ".".join(part for part in (kind.lower(), version, group) if part)
        # Without a time in it, the same objects make the same file.
        (folder / f"{name}.json.gz").write_bytes(gzip.compress(text, mtime=0))
        counts[f"{kind} {api_version}"] = len(raw_objects)
    return counts


def _read_kind_files(folder: Path) -> tuple[Object, ...]:
    items = [each for path in sorted(folder.glob("*.json.gz")) for each in _objects_of_file(path)]
    return tuple(sorted(items, key=lambda each: each.place))


def _objects_of_file(path: Path) -> list[Object]:
    content = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=_ObjectList)
    return [Object.listed(content.apiVersion, content.kind.removesuffix("List"), raw) for raw in content.items]


def _kind_key(each: Object) -> tuple[str, str]:
    return each.api_version, each.kind
