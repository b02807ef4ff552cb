"""The reference stack on the real API server three times: as Helm installs it, and as kubectl applies copies of it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from tests.conftest import ROOT
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.objects import Object, Objects
from trinokit.sources.live import Live

CHART = ROOT / "deploy" / "reference"
COPIES = {"applied": (), "served": ("--server-side",)}
_TABLE = "mysql.trino_events.trino_queries"
_NAMES = ("storageClassName", "priorityClassName")


@dataclass(frozen=True)
class Stack:
    """One copy of the stack; the *suffix* of its namespaces tells it from the others, and Helm's has none."""

    suffix: str
    declared: DeclaredPart

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where its objects live."""
        return tuple(f"{name}{self.suffix}" for name in cluster.STACK)

    @property
    def manifests(self) -> str:
        """The file that kubectl applies, or the chart."""
        return str(Path(self.declared.repository, self.declared.path))

    def source(self, name: str = "") -> Live:
        """Its live and its declared side."""
        roles = {each.removesuffix(self.suffix): each for each in self.namespaces}
        where = KubernetesAccess(roles, context=cluster.CONTEXT, kubeconfig=str(cluster.kubeconfig(CACHE)))
        return Live(name or f"stack{self.suffix}", Cluster(kubernetes=where, declared=[self.declared]), _TABLE)

    def of(self, live: Objects) -> Objects:
        """*live* without what belongs to the other stacks, and to other tests, on the same server."""
        return replace(live, items=tuple(filter(self._owns, live.items)))

    def _owns(self, each: Object) -> bool:
        system = each.kind == "Node" or "system" in each.name or "kubernetes.io/bootstrapping" in each.labels
        if each.namespace or each.kind == "Namespace" or system:
            return True
        if self.suffix:
            return each.name.endswith(self.suffix)
        others = tuple(f"-{copy}" for copy in COPIES)
        return each.labels.get("app.kubernetes.io/part-of") == "trino-reference" and not each.name.endswith(others)


def stacks(repository: Path) -> dict[str, Stack]:
    """Every copy by its name, declared in a new *repository*; nothing of it is on the server yet."""
    shutil.copytree(CHART, repository / "reference")
    text = cluster.helm(CACHE, "template", "reference", str(CHART), "--namespace=reference")
    bodies = [body for body in yaml.load_all(text, yaml.CSafeLoader) if body]
    for copy in COPIES:
        (repository / copy).mkdir()
        # One file each, since kubectl diff compares files side by side and not what is in one.
        for number, body in enumerate(renamed(bodies, f"-{copy}")):
            (repository / copy / f"{number:03}-{body['kind']}.json").write_text(json.dumps(body))
    _git(repository, "init", "--quiet")
    _git(repository, "add", ".")
    _git(repository, "commit", "--quiet", "--message=As it is declared")
    folder = str(repository)
    helm = DeclaredPart("reference", folder, release="reference", namespace="reference")
    return {"helm": Stack("", helm)} | {copy: Stack(f"-{copy}", DeclaredPart(copy, folder)) for copy in COPIES}


def renamed(bodies: list[dict], suffix: str) -> Iterator[dict]:
    """The *bodies* with *suffix* at every namespace, and at every name that stands outside of namespaces."""
    outside = {body["metadata"]["name"] for body in bodies if "namespace" not in body["metadata"]}
    for body in bodies:
        found = _within(body, suffix, outside)
        if "namespace" not in body["metadata"]:
            found["metadata"]["name"] += suffix
        if body.get("roleRef", {}).get("kind") == "ClusterRole" and body["roleRef"]["name"] in outside:
            found["roleRef"]["name"] += suffix
        yield found


def apply(stack: Stack) -> None:
    """Put the copy *stack* on the server, once an earlier one has gone."""
    gone = [each for each in _outside(stack) if each.startswith(("namespace/", "persistentvolume/"))]
    cluster.kubectl(CACHE, "wait", "--for=delete", *gone, "--timeout=60s")
    cluster.kubectl(CACHE, "apply", *COPIES[stack.declared.path], "-f", stack.manifests)


def grown(stack: Stack) -> None:
    """Return when the autoscaler of *stack* has raised its workers, and its volumes are bound."""
    trino, minio = (["-n", f"{name}{stack.suffix}", "--timeout=60s"] for name in ("trino", "minio"))
    cluster.kubectl(CACHE, "wait", "deployment/trino-worker", *trino, "--for=jsonpath={.status.readyReplicas}=3")
    cluster.kubectl(CACHE, "wait", "statefulset/minio", *minio, "--for=jsonpath={.status.readyReplicas}=4")


def remove(stack: Stack, *more: str) -> None:
    """Take the copy *stack* off the server, and *more*, as in kind/name; the server goes on after this returns."""
    cluster.kubectl(CACHE, "delete", "--ignore-not-found", "--wait=false", *_outside(stack), *more)


def _outside(stack: Stack) -> list[str]:
    bodies = [json.loads(path.read_text()) for path in sorted(Path(stack.manifests).iterdir())]
    return [
        f"{body['kind'].lower()}/{body['metadata']['name']}" for body in bodies if "namespace" not in body["metadata"]
    ]


def _within(node: object, suffix: str, outside: set[str]) -> object:
    if isinstance(node, list):
        return [_within(each, suffix, outside) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _within(value, suffix, outside) for key, value in node.items()}
    for key in [key for key in ("namespace", *_NAMES) if isinstance(found.get(key), str)]:
        if key == "namespace" or found[key] in outside:
            found[key] += suffix
    return found


def _git(repository: Path, *arguments: str) -> None:
    who = ["-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", repository, *who, *arguments], check=True, capture_output=True)
