"""Which objects are there to be read and compared? Many of four kinds, in a namespace of the real API server."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from bench.servers import Unavailable

KINDS = "configmaps,deployments.apps,secrets,serviceaccounts"
NAMESPACE = "bench"
_SERVER = f"https://127.0.0.1:{cluster.PORT}"


def session(folder: Path) -> requests.Session:
    """The administrator's session, since kubectl needs minutes to create so many objects."""
    found = requests.Session()
    found.verify, found.cert = str(folder / "ca.crt"), (str(folder / "admin.crt"), str(folder / "admin.key"))
    found.trust_env = False
    return found


def ask(session: requests.Session, verb: str, path: str, **more: object) -> requests.Response:
    """The answer of the API server; raises Unavailable when it refuses, unless the object is there already."""
    answer = session.request(verb, _SERVER + path, timeout=300, **more)
    if answer.status_code >= 300 and answer.status_code != 409:
        raise Unavailable(f"{verb} {path} was refused: {answer.text[:300]}")
    return answer


@contextmanager
def filled(folder: Path, size: int) -> Iterator[requests.Session]:
    """A namespace with so many objects, which goes again, and the session that made them."""
    asked = session(folder)
    ask(asked, "POST", "/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}})
    say(f"creating {size:,} objects")
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: _create(asked, number), range(size)))
        yield asked
    finally:
        say("deleting them")
        cluster.kubectl(CACHE, "delete", "namespace", NAMESPACE, "--wait=false")
        for path in ("api/v1", "apis/apps/v1"):
            for kind in KINDS.split(","):
                plural = kind.partition(".")[0]
                asked.delete(f"{_SERVER}/{path}/namespaces/{NAMESPACE}/{plural}", timeout=300)
        cluster.kubectl(CACHE, "wait", "--for=delete", f"namespace/{NAMESPACE}", "--timeout=100s")


def place(body: dict) -> str:
    """Where objects of the kind of *body* are listed and created."""
    root = "api" if body["apiVersion"] == "v1" else "apis"
    return f"/{root}/{body['apiVersion']}/namespaces/{NAMESPACE}/{body['kind'].lower()}s"


def object(number: int) -> dict:
    """Of ten objects four are ConfigMaps, three Deployments that make no pods, two Secrets, one a ServiceAccount."""
    labels = {"app.kubernetes.io/name": f"bench-{number % 50}"}
    metadata = {"metadata": {"name": f"bench-{number}", "namespace": NAMESPACE, "labels": labels}}
    if number % 10 < 4:
        text = "".join(f"property.{line}=value {line} of {number}\n" for line in range(80))
        return {"apiVersion": "v1", "kind": "ConfigMap", **metadata, "data": {"config.properties": text}}
    if number % 10 < 7:
        return {"apiVersion": "apps/v1", "kind": "Deployment", **metadata, "spec": _deployment(number)}
    if number % 10 < 9:
        data = {"user": "trino", "password": f"secret-{number}"}
        return {"apiVersion": "v1", "kind": "Secret", **metadata, "stringData": data}
    return {"apiVersion": "v1", "kind": "ServiceAccount", **metadata}


def say(text: str) -> None:
    """Tell on standard error what takes its time."""
    print(text, file=sys.stderr, flush=True)


def _create(asked: requests.Session, number: int) -> None:
    body = object(number)
    ask(asked, "POST", place(body), json=body)


def _deployment(number: int) -> dict:
    labels = {"app": f"bench-{number}"}
    probe = {"httpGet": {"path": "/v1/info", "port": 8080}}
    container = {
        "name": "trino",
        "image": "trinodb/trino:476",
        "env": [{"name": f"VARIABLE_{each}", "value": f"{each}"} for each in range(20)],
        "ports": [{"containerPort": 8080}],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}},
    }
    pods = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    # A paused Deployment makes no ReplicaSet, so that what is counted is what was created.
    return {"replicas": 0, "paused": True, "selector": {"matchLabels": labels}, "template": pods}
