"""What does a reference to a secret stand for? env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY."""

import os
import re
from functools import partial
from pathlib import Path

import msgspec

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.sources.kubernetes.api_server import ApiServer

_SECRET_PATH = re.compile(r"(?P<namespace>[^/#]+)/(?P<name>[^/#]+)#(?P<key>.+)")


def resolve_secret(reference: str, kubernetes: KubernetesAccess | None = None) -> str:
    """The secret that *reference* stands for, without a line end; one of a Secret is read from *kubernetes*.

    Raises SourceError when it is none of the known forms or cannot be read; the secret itself is never in the message.
    """
    try:
        return resolve_secret_bytes(reference, kubernetes).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        # The error itself would repeat what it could not decode.
        raise SourceError(
            f"Expected a text behind {reference}, found other bytes at position {error.start}.",
            remedy="name a secret that is a text",
        ) from None


def resolve_secret_bytes(reference: str, kubernetes: KubernetesAccess | None = None) -> bytes:
    """The bytes that *reference* stands for, as they are; see `resolve_secret`."""
    kind, _, rest = reference.partition(":")
    readers = {
        "env": _read_variable,
        "file": _read_secret_file,
        "k8s-secret": partial(_read_kubernetes_secret, ApiServer(kubernetes)),
    }
    if kind not in readers or not rest:
        raise SourceError(
            "Expected a reference to a secret, found something else, which is not repeated here.",
            remedy="write env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY",
        )
    return readers[kind](rest)


def _read_variable(name: str) -> bytes:
    if name not in os.environ:
        raise SourceError(f"Expected the environment variable {name}, found none.", remedy=f"export {name}=...")
    return os.environ[name].encode(errors="surrogateescape")


def _read_secret_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SourceError(
            f"Expected a secret in {path}, found: {error}.", remedy="check the path and its mode"
        ) from error


def _read_kubernetes_secret(api: ApiServer, rest: str) -> bytes:
    found = _SECRET_PATH.fullmatch(rest)
    if not found:
        raise SourceError(
            f"Expected k8s-secret:NAMESPACE/NAME#KEY, found k8s-secret:{rest}.", remedy="name all three parts"
        )
    namespace, name, key = found.group("namespace", "name", "key")
    answer = api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    if answer.status != 200:
        raise SourceError(
            f"Expected to read Secret {namespace}/{name}, found {answer.status}: {answer.reason}.",
            remedy=f"kubectl auth can-i get secret/{name} -n {namespace}",
        )
    data = msgspec.json.decode(answer.body, type=_SecretData).data
    if key not in data:
        raise SourceError(
            f"Expected the key {key} in Secret {namespace}/{name}, found: {', '.join(data) or 'no key'}.",
            remedy="correct the reference",
        )
    return data[key]


class _SecretData(msgspec.Struct):
    # msgspec reads bytes from base64, as Kubernetes writes them.
    data: dict[str, bytes] = {}
