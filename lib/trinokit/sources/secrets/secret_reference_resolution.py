"""What does a reference to a secret stand for? env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY."""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from trinokit.errors import SourceError
from trinokit.log_formatter import remember_secret

# Gives the data of a Secret, by its namespace and its name.
ReadSecret = Callable[[str, str], Mapping[str, bytes]]
_SECRET_PATH = re.compile(r"(?P<namespace>[^/#]+)/(?P<name>[^/#]+)#(?P<key>.+)")


def resolve_secret(reference: str, read_secret: ReadSecret) -> str:
    """The secret that *reference* stands for, without a line end; *read_secret* gives those of a Secret.

    Raises SourceError when it is none of the known forms or cannot be read; the secret itself is never in the message.
    """
    try:
        return resolve_secret_bytes(reference, read_secret).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        # The error itself would repeat what it could not decode.
        raise SourceError(
            f"Expected a text behind {reference}, found other bytes at position {error.start}.",
            remedy="name a secret that is a text",
        ) from None


def resolve_secret_bytes(reference: str, read_secret: ReadSecret) -> bytes:
    """The bytes that *reference* stands for, as they are; see `resolve_secret`. No log repeats them from now on."""
    kind, _, location = reference.partition(":")
    readers = {
        "env": _read_variable,
        "file": _read_secret_file,
        "k8s-secret": partial(_read_kubernetes_secret, read_secret),
    }
    if kind not in readers or not location:
        raise SourceError(
            "Expected a reference to a secret, found something else, which is not repeated here.",
            remedy="write env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY",
        )
    secret = readers[kind](location)
    remember_secret(secret)
    return secret


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


def _read_kubernetes_secret(read_secret: ReadSecret, path: str) -> bytes:
    match = _SECRET_PATH.fullmatch(path)
    if not match:
        raise SourceError(
            f"Expected k8s-secret:NAMESPACE/NAME#KEY, found k8s-secret:{path}.", remedy="name all three parts"
        )
    namespace, name, key = match.group("namespace", "name", "key")
    data = read_secret(namespace, name)
    if key not in data:
        raise SourceError(
            f"Expected the key {key} in Secret {namespace}/{name}, found: {', '.join(data) or 'no key'}.",
            remedy="correct the reference",
        )
    return data[key]
