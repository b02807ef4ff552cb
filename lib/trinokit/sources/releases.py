"""What did Helm deploy? The revisions of a release, as the Secrets that Helm keeps tell."""

import gzip
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from trinokit.clusters import Declared
from trinokit.errors import SourceError
from trinokit.evidence import Release
from trinokit.objects import Object
from trinokit.sources.api import Api
from trinokit.sources.manifests import parse
from trinokit.sources.running import hidden

_REVISIONS = 10
_TYPE = "helm.sh/release.v1"
Redact = Callable[[Object], Object]


class _Info(msgspec.Struct):
    last_deployed: datetime
    status: str = ""
    description: str = ""


class _Kept(msgspec.Struct):
    """A release as Helm writes it into a Secret; the chart and its values are not looked into."""

    version: int
    info: _Info
    manifest: str = ""


class _Labels(msgspec.Struct, frozen=True, rename={"commit": "trinokit/commit", "old_commit": "trinops/commit"}):
    version: str = "0"
    commit: str = ""
    old_commit: str = ""


class _Metadata(msgspec.Struct):
    name: str
    labels: _Labels = _Labels()


class _Secret(msgspec.Struct):
    metadata: _Metadata
    type: str = ""
    data: dict[str, bytes] = {}


class _Item(msgspec.Struct):
    api_version: str
    kind: str
    namespace: str
    name: str
    body: msgspec.Raw


class _Recorded(msgspec.Struct):
    name: str
    namespace: str
    revision: int
    status: str
    moment: datetime
    items: list[_Item]
    description: str = ""
    commit: str = ""


def read(api: Api, declared: Iterable[Declared], redact: Redact) -> tuple[tuple[Release, ...], dict[str, str]]:
    """The last ten revisions of each release among *declared*, oldest first, and why some could not be read.

    The objects of a manifest are as *redact* makes them.
    """
    found, unread = [], {}
    for part in declared:
        if part.release:
            for secret in _secrets(api, part, unread):
                try:
                    found.append(_release(secret, part, redact))
                except (ValueError, EOFError, OSError, zlib.error, msgspec.MsgspecError, SourceError) as error:
                    unread[f"Helm release Secret {secret.metadata.name}"] = f"it could not be read: {_said(error)}"
    return tuple(found), unread


def dump(releases: Iterable[Release]) -> bytes:
    """*releases* as lines of JSON."""
    return b"".join(msgspec.json.encode(_recorded(each)) + b"\n" for each in releases)


def load(kept: bytes) -> tuple[Release, ...]:
    """The releases that `dump` kept; raises SourceError when they are none."""
    try:
        return tuple(_loaded(msgspec.json.decode(line, type=_Recorded)) for line in kept.splitlines())
    except msgspec.DecodeError as error:
        raise SourceError(f"Expected recorded releases, found: {error}.", remedy="record them anew") from error


def _secrets(api: Api, part: Declared, unread: dict[str, str]) -> list[_Secret]:
    path = f"/api/v1/namespaces/{part.namespace}/secrets"
    items, answer = api.items(path, labelSelector=f"owner=helm,name={part.release}")
    if answer.status != 200:
        unread[f"Helm release {part.release} in {part.namespace}"] = answer.reason
    secrets = [msgspec.json.decode(each, type=_Secret) for each in items]
    kept = sorted((each for each in secrets if each.type == _TYPE), key=_version)
    return kept[-_REVISIONS:]


def _version(secret: _Secret) -> int:
    version = secret.metadata.labels.version
    return int(version) if version.isdigit() else 0


def _release(secret: _Secret, part: Declared, redact: Redact) -> Release:
    # Kubernetes writes bytes in base64, and so did Helm before. https://helm.sh/docs/topics/advanced/#storage-backends
    packed = b64decode(secret.data.get("release", b""), validate=True)
    kept = msgspec.json.decode(gzip.decompress(packed), type=_Kept)
    bodies = parse(kept.manifest, where=f"the manifest of {secret.metadata.name}")
    items = tuple(redact(_object(each, part.namespace)) for each in bodies)
    about, [said] = kept.info, hidden([kept.info.description], redact)
    commit = secret.metadata.labels.commit or secret.metadata.labels.old_commit
    return Release(part.release, part.namespace, kept.version, about.status, about.last_deployed, items, said, commit)


def _object(body: dict, namespace: str) -> Object:
    metadata = body["metadata"]
    place = metadata.get("namespace") or namespace
    return Object(body["apiVersion"], body["kind"], place, metadata["name"], msgspec.json.encode(body))


def _said(error: Exception) -> str:
    return error.message if isinstance(error, SourceError) else str(error)


def _recorded(each: Release) -> _Recorded:
    items = [_Item(*item.place, msgspec.Raw(item.raw)) for item in each.items]
    about = (each.name, each.namespace, each.revision, each.status, each.moment)
    return _Recorded(*about, items, each.description, each.commit)


def _loaded(each: _Recorded) -> Release:
    items = tuple(Object(item.api_version, item.kind, item.namespace, item.name, item.body) for item in each.items)
    about = (each.name, each.namespace, each.revision, each.status, each.moment)
    return Release(*about, items, each.description, each.commit)
