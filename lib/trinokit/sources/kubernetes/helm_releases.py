"""What did Helm deploy? The revisions of a release, as the Secrets that Helm keeps tell."""

import gzip
import zlib
from base64 import b64decode
from collections.abc import Iterable
from datetime import datetime

import msgspec

from trinokit.clusters_file import DeclaredPart
from trinokit.errors import SourceError
from trinokit.objects import Object
from trinokit.observations import HelmRevision
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.manifests.manifest_parsing import parse_manifests
from trinokit.sources.secrets.redaction import RedactObject, redact_texts

_MAX_REVISIONS = 10
_SECRET_TYPE = "helm.sh/release.v1"


class _HelmInfo(msgspec.Struct):
    last_deployed: datetime
    status: str = ""
    description: str = ""


class _HelmRelease(msgspec.Struct):
    """A release as Helm writes it into a Secret; the chart and its values are not looked into."""

    version: int
    info: _HelmInfo
    manifest: str = ""


class _HelmLabels(msgspec.Struct, frozen=True, rename={"commit": "trinokit/commit", "old_commit": "trinops/commit"}):
    version: str = "0"
    commit: str = ""
    old_commit: str = ""


class _SecretMetadata(msgspec.Struct):
    name: str
    labels: _HelmLabels = _HelmLabels()


class _HelmSecret(msgspec.Struct):
    metadata: _SecretMetadata
    type: str = ""
    data: dict[str, bytes] = {}


class _RecordedItem(msgspec.Struct):
    api_version: str
    kind: str
    namespace: str
    name: str
    body: msgspec.Raw


class _RecordedRevision(msgspec.Struct):
    name: str
    namespace: str
    revision: int
    status: str
    moment: datetime
    items: list[_RecordedItem]
    description: str = ""
    commit: str = ""


def read_helm_revisions(
    api: ApiServer, declared: Iterable[DeclaredPart], redact: RedactObject
) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
    """The last ten revisions of each release among *declared*, oldest first, and why some could not be read.

    The objects of a manifest are as *redact* makes them.
    """
    revisions, unread = [], {}
    for part in declared:
        if part.release:
            for secret in _helm_secrets(api, part, unread):
                try:
                    revisions.append(_decode_revision(secret, part, redact))
                except (ValueError, EOFError, OSError, zlib.error, msgspec.MsgspecError, SourceError) as error:
                    unread[f"Helm release Secret {secret.metadata.name}"] = (
                        f"it could not be read: {_error_text(error)}"
                    )
    return tuple(revisions), unread


def dump_helm_revisions(releases: Iterable[HelmRevision]) -> bytes:
    """*releases* as lines of JSON."""
    return b"".join(msgspec.json.encode(_to_recorded(each)) + b"\n" for each in releases)


def load_helm_revisions(content: bytes) -> tuple[HelmRevision, ...]:
    """The releases that `dump_helm_revisions` kept; raises SourceError when they are none."""
    try:
        return tuple(_from_recorded(msgspec.json.decode(line, type=_RecordedRevision)) for line in content.splitlines())
    except msgspec.DecodeError as error:
        raise SourceError(f"Expected recorded releases, found: {error}.", remedy="record them anew") from error


def _helm_secrets(api: ApiServer, part: DeclaredPart, unread: dict[str, str]) -> list[_HelmSecret]:
    path = f"/api/v1/namespaces/{part.namespace}/secrets"
    items, answer = api.list_items(path, labelSelector=f"owner=helm,name={part.release}")
    if answer.status != 200:
        unread[f"Helm release {part.release} in {part.namespace}"] = answer.reason
    secrets = [msgspec.json.decode(each, type=_HelmSecret) for each in items]
    helm_secrets = sorted((each for each in secrets if each.type == _SECRET_TYPE), key=_secret_revision)
    return helm_secrets[-_MAX_REVISIONS:]


def _secret_revision(secret: _HelmSecret) -> int:
    version = secret.metadata.labels.version
    return int(version) if version.isdigit() else 0


def _decode_revision(secret: _HelmSecret, part: DeclaredPart, redact: RedactObject) -> HelmRevision:
    # Kubernetes writes bytes in base64, and so did Helm before. https://helm.sh/docs/topics/advanced/#storage-backends
    packed = b64decode(secret.data.get("release", b""), validate=True)
    release = msgspec.json.decode(gzip.decompress(packed), type=_HelmRelease)
    bodies = parse_manifests(release.manifest, location=f"the manifest of {secret.metadata.name}")
    items = tuple(redact(_manifest_object(each, part.namespace)) for each in bodies)
    about, [description] = release.info, redact_texts([release.info.description], redact)
    commit = secret.metadata.labels.commit or secret.metadata.labels.old_commit
    return HelmRevision(
        name=part.release,
        namespace=part.namespace,
        revision=release.version,
        status=about.status,
        moment=about.last_deployed,
        items=items,
        description=description,
        commit=commit,
    )


def _manifest_object(body: dict, namespace: str) -> Object:
    metadata = body["metadata"]
    object_namespace = metadata.get("namespace") or namespace
    return Object(
        api_version=body["apiVersion"],
        kind=body["kind"],
        namespace=object_namespace,
        name=metadata["name"],
        raw=msgspec.json.encode(body),
    )


def _error_text(error: Exception) -> str:
    return error.message if isinstance(error, SourceError) else str(error)


def _to_recorded(each: HelmRevision) -> _RecordedRevision:
    items = [
        _RecordedItem(
            api_version=item.api_version,
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            body=msgspec.Raw(item.raw),
        )
        for item in each.items
    ]
    return _RecordedRevision(**vars(each) | {"items": items})


def _from_recorded(each: _RecordedRevision) -> HelmRevision:
    items = tuple(
        Object(api_version=item.api_version, kind=item.kind, namespace=item.namespace, name=item.name, raw=item.body)
        for item in each.items
    )
    return HelmRevision(**msgspec.structs.asdict(each) | {"items": items})
