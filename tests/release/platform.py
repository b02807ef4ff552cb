"""A platform that is deployed from git to staging and to production, on the real API server and a real Trino."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trino
import yaml
from tests.servers import trino as trino_server
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.sources.conftest import Clone, unsettle

RELEASE, CHART = "trino", "charts/trino"
PLACES = ("staging", "production")
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: trino-{role}
  labels: {{app.kubernetes.io/name: trino, app.kubernetes.io/instance: {release}, app.kubernetes.io/component: {role}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app.kubernetes.io/name: trino, app.kubernetes.io/component: {role}}}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: trino, app.kubernetes.io/component: {role}}}
      annotations: {{checksum/properties: {{{{ .Values.properties | toJson | sha256sum }}}}}}
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: {{{{ .Values.nodeSelector | toJson }}}}
      containers:
        - name: trino
          image: {{{{ printf "trinodb/trino:%s" .Values.tag | quote }}}}
          volumeMounts: [{{name: properties, mountPath: /etc/trino}}]
      volumes: [{{name: properties, configMap: {{name: trino-properties}}}}]
"""
_PROPERTIES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: trino-properties}
data:
  config.properties: |
    {{- range .Values.properties }}
    {{ . }}
    {{- end }}
"""
_VALUES = {"tag": "432", "workers": 1, "nodeSelector": {}, "properties": ["query.max-memory=50GB"]}
README, CHANGES = "# Platform\n\nHow it is run.\n", "# Changelog\n\n## 1.0.0\n\n- First release.\n"
# What happens when somebody develops: a resource group for reports, said in the documents.
FEATURE = {
    f"{CHART}/values.yaml": yaml.safe_dump(_VALUES | {"properties": ["query.max-memory=50GB", "query.max-run-time=2h"]})
}
DOCUMENTS = {
    "docs/limits.md": "# Limits\n\nA query may run for two hours.\n",
    "CHANGELOG.md": CHANGES.replace("## 1.0.0", "## 1.1.0\n\n- A query may run for two hours.\n\n## 1.0.0"),
    "VERSION": "1.1.0\n",
}
# No node has such a label, so that no pod of it becomes ready.
NEVER_READY = {f"{CHART}/values.yaml": yaml.safe_dump(_VALUES | {"nodeSelector": {"disk": "none-has-it"}})}


class Platform:
    """A *clone* of a bare *remote*, deployed in one namespace for staging and one for production."""

    def __init__(self, folder: Path, namespaces: dict[str, str]) -> None:
        self.folder, self.namespaces = folder, namespaces
        self.remote = folder / "remote.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote)], check=True)
        self.clone = Clone(folder / "clone")

    def git(self, *argv: str) -> str:
        """What git prints in the remote."""
        done = subprocess.run(["git", *argv], cwd=self.remote, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def refs(self) -> dict[str, str]:
        """Every ref of the remote with its id."""
        told = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in told)

    def entry(self, place: str) -> dict:
        """What clusters.yaml says of staging or of production."""
        where = {"kubeconfig": str(cluster.kubeconfig(CACHE)), "context": cluster.CONTEXT}
        namespace = self.namespaces[place]
        declared = {"repository": str(self.clone.folder), "path": CHART, "release": RELEASE, "namespace": namespace}
        return {
            "trino": {"url": f"http://127.0.0.1:{trino_server.HTTP_PORT}"},
            "kubernetes": where | {"namespaces": {"query engine": namespace}},
            "declared": [declared | {"values": [f"values/{place}.yaml"]}],
        }

    def revisions(self, place: str) -> list[dict]:
        """The revisions of the release, as Helm tells them."""
        return json.loads(self.helm("history", RELEASE, "-n", self.namespaces[place], "-o", "json"))

    def properties(self, place: str) -> str:
        """The live configuration."""
        path = ["configmap/trino-properties", "-o", "jsonpath={.data.config\\.properties}"]
        return cluster.kubectl(CACHE, "-n", self.namespaces[place], "get", *path)

    def helm(self, *argv: str) -> str:
        """What helm prints."""
        return cluster.helm(CACHE, *argv)


def start(clone: Clone, remote: Path) -> None:
    """The starting point of the use case: the version branch master_v1, released as v1.0.0, in *clone* and *remote*."""
    clone.git("remote", "add", "origin", str(remote))
    clone.git("switch", "--quiet", "--create", "main")
    files = {"README.md": README, "CHANGELOG.md": CHANGES, "VERSION": "1.0.0\n", "docs/run.md": README}
    clone.write(files | _chart())
    _commit(clone, "Deploy Trino from a chart")
    clone.git("switch", "--quiet", "--create", "master_v1")
    clone.git("tag", "--annotate", "v1.0.0", "--message", "v1.0.0")
    clone.git("switch", "--quiet", "main")
    clone.write({"VERSION": "2.0.0\n", "docs/two.md": "# Version 2\n"})
    _commit(clone, "Begin version 2")
    clone.git("switch", "--quiet", "--create", "master_v2")
    clone.git("push", "--quiet", "origin", "main", "master_v1", "master_v2", "v1.0.0")
    clone.git("switch", "--quiet", "master_v1")


def develop(clone: Clone, branch: str, feature: dict[str, str], documents: dict[str, str]) -> None:
    """Two commits on *branch*, as its developer makes them; pushed."""
    clone.git("switch", "--quiet", branch)
    clone.write(feature)
    _commit(clone, "Let a query run for two hours at most")
    clone.write(documents)
    _commit(clone, "Say how long a query may run")
    clone.git("push", "--quiet", "origin", branch)
    clone.git("switch", "--quiet", "master_v1")


@contextmanager
def deployed(folder: Path, kubectl: Callable[..., str], namespaces: dict[str, str]) -> Iterator[Platform]:
    """A platform whose v1.0.0 is deployed in the *namespaces* of both places, with helm and kubectl on the PATH."""
    with pytest.MonkeyPatch.context() as patch:
        unsettle(patch)
        patch.setenv("PATH", str(build.folder(CACHE)), prepend=os.pathsep)
        platform = Platform(folder, namespaces)
        start(platform.clone, platform.remote)
        for namespace in platform.namespaces.values():
            kubectl("create", "namespace", namespace)
        try:
            for place, namespace in platform.namespaces.items():
                _install(platform, place, namespace)
            yield platform
        finally:
            for namespace in platform.namespaces.values():
                kubectl("delete", "namespace", namespace, "--wait=false")


def ask(source: str, statement: str) -> None:
    """Ask Trino a *statement* as a client named *source*, whatever comes of it."""
    where = {"host": "127.0.0.1", "port": trino_server.HTTP_PORT}
    cursor = trino.dbapi.connect(**where, user="tester", source=source).cursor()
    with suppress(trino.exceptions.TrinoQueryError):
        cursor.execute(statement).fetchall()


def _install(platform: Platform, place: str, namespace: str) -> None:
    folder = platform.clone.folder
    platform.clone.git("switch", "--quiet", "--detach", "v1.0.0")
    commit = platform.clone.git("rev-parse", "HEAD")
    chart = [str(folder / CHART), "--values", str(folder / f"values/{place}.yaml"), "--namespace", namespace]
    platform.helm("install", RELEASE, *chart, "--description", f"v1.0.0 {commit}", "--wait", "--timeout=60s")
    platform.clone.git("switch", "--quiet", "master_v1")


def _commit(clone: Clone, message: str) -> None:
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message", message)


def _chart() -> dict[str, str]:
    replicas = {"coordinator": "1", "worker": "{{ .Values.workers }}"}
    roles = {
        f"{CHART}/templates/{role}.yaml": _DEPLOYMENT.format(role=role, replicas=count, release=RELEASE)
        for role, count in replicas.items()
    }
    return roles | {
        f"{CHART}/Chart.yaml": "{apiVersion: v2, name: trino, version: 1.0.0}\n",
        f"{CHART}/values.yaml": yaml.safe_dump(_VALUES),
        f"{CHART}/templates/properties.yaml": _PROPERTIES,
        "values/staging.yaml": "workers: 1\n",
        "values/production.yaml": "workers: 3\n",
    }
