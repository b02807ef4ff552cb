"""What does a reference to a secret stand for? env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY."""

import base64
import json
import os
import re
from pathlib import Path

from trinops.errors import SourceError

_KUBERNETES = re.compile(r"(?P<namespace>[^/#]+)/(?P<name>[^/#]+)#(?P<key>.+)")


def resolve(reference: str) -> str:
    """The secret that *reference* stands for, without a line end.

    Raises SourceError when it is none of the known forms or cannot be read; the secret itself is never in the message.
    """
    kind, _, rest = reference.partition(":")
    readers = {"env": _environment, "file": _file, "k8s-secret": _kubernetes}
    if kind not in readers or not rest:
        raise SourceError(
            "Expected a reference to a secret, found something else, which is not repeated here.",
            remedy="write env:NAME, file:PATH or k8s-secret:NAMESPACE/NAME#KEY",
        )
    return readers[kind](rest).rstrip("\r\n")


def _environment(name: str) -> str:
    if name not in os.environ:
        raise SourceError(f"Expected the environment variable {name}, found none.", remedy=f"export {name}=...")
    return os.environ[name]


def _file(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"Expected a secret in {path}, found: {error}.", remedy="check the path and its mode"
        ) from error


def _kubernetes(rest: str) -> str:
    found = _KUBERNETES.fullmatch(rest)
    if not found:
        raise SourceError(
            f"Expected k8s-secret:NAMESPACE/NAME#KEY, found k8s-secret:{rest}.", remedy="name all three parts"
        )
    data = _secret_data(found["namespace"], found["name"])
    if found["key"] not in data:
        raise SourceError(
            f"Expected the key {found['key']} in Secret {found['namespace']}/{found['name']}, "
            f"found: {', '.join(data) or 'no key'}.",
            remedy="correct the reference",
        )
    return base64.b64decode(data[found["key"]]).decode()


def _secret_data(namespace: str, name: str) -> dict[str, str]:
    # Loading the client takes half a second, so only those who need it pay.
    from kubernetes import client, config
    from urllib3.exceptions import HTTPError

    try:
        config.load_config()
        api = client.CoreV1Api()
        answer = api.read_namespaced_secret(name, namespace, _preload_content=False, _request_timeout=10)
    except config.ConfigException as error:
        raise SourceError(f"Expected access to Kubernetes, found: {error}", remedy="set KUBECONFIG") from error
    except client.ApiException as error:
        raise SourceError(
            f"Expected to read Secret {namespace}/{name}, found: {error.status} {error.reason}.",
            remedy=f"kubectl auth can-i get secret/{name} -n {namespace}",
        ) from error
    except HTTPError as error:
        raise SourceError(
            f"Expected an answer from Kubernetes, found: {error}", remedy="kubectl cluster-info"
        ) from error
    return json.loads(answer.data).get("data") or {}
