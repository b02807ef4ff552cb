"""A Trino that is deployed from git by helm, on the real API server, with a real JVM in each of its pods."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.servers import jvms
from tests.servers.__main__ import CACHE
from tests.servers.jvms import Jvms, following
from tests.servers.kubernetes import cluster
from tests.sources.conftest import Clone

RELEASE, PATH, VALUES = "trino", "charts/trino", "values/production.yaml"
ROLES = ("coordinator", "worker")
KRB5 = "--add-exports=java.security.jgss/sun.security.krb5"
FLAGS = tuple(f"{KRB5}{package}=ALL-UNNAMED" for package in ("", ".internal", ".internal.crypto", ".internal.ccache"))
FLAGS += (f"{KRB5}.internal.ktab=ALL-UNNAMED",)
# The five lines as they are passed around: a shell would join them.
PASTED = (*(f"{flag} \\" for flag in FLAGS[:-1]), FLAGS[-1])
_CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: trino-{role}
data:
{data}
"""
_FLAGS = """\
    {{{{- range .Values.{role}.additionalJVMConfig }}}}
    {{{{ . }}}}
    {{{{- end }}}}
"""
_SUM = '{{{{ include (print $.Template.BasePath "/configmap-{role}.yaml") . | sha256sum }}}}'


@dataclass
class Platform:
    """A *clone* whose chart is deployed in *namespace*, and the *jvms* that its pods run."""

    clone: Clone
    namespace: str
    jvms: Jvms

    @property
    def entry(self) -> dict:
        """What clusters.yaml says of it."""
        where = {"kubeconfig": str(cluster.kubeconfig(CACHE)), "context": cluster.CONTEXT}
        declared = {"repository": str(self.clone.folder), "path": PATH, "release": RELEASE}
        return {
            "trino": {"url": jvms.URL},
            "kubernetes": where | {"namespaces": {"query engine": self.namespace}},
            "declared": [declared | {"namespace": self.namespace, "values": [VALUES]}],
        }

    def values(self) -> str:
        """The values as they are in the clone."""
        return (self.clone.folder / VALUES).read_text()

    def texts(self) -> dict[str, str]:
        """The live jvm.config of each role."""
        path = "jsonpath={.data.jvm\\.config}"
        get = ["get", "-n", self.namespace, "-o", path]
        return {role: cluster.kubectl(CACHE, *get, f"configmap/trino-{role}") for role in ROLES}


def values(flags: tuple[str, ...]) -> str:
    """The values of a deployment, with *flags* for both roles."""
    lists = {role: "".join(f"    - {flag}\n" for flag in flags) for role in ROLES}
    return "".join(f"{role}:\n  # What Kerberos needs.\n  additionalJVMConfig:\n{lists[role]}" for role in ROLES)


@contextmanager
def deployed(folder: Path, namespace: str, flags: tuple[str, ...] = PASTED, *, workers: int = 1) -> Iterator[Platform]:
    """A platform with *flags* in its values and its files in *folder*, whose nodes serve until the block is left."""
    clone = Clone(folder / "clone")
    clone.commit({f"{PATH}/{name}": text for name, text in _chart(workers).items()} | {VALUES: values(flags)})
    with following(CACHE, namespace, folder / "nodes") as nodes:
        chart = [str(clone.folder / PATH), "--namespace", namespace, "--values", str(clone.folder / VALUES)]
        cluster.helm(CACHE, "install", RELEASE, *chart)
        try:
            nodes.serving(1 + workers)
            yield Platform(clone, namespace, nodes)
        finally:
            cluster.helm(CACHE, "uninstall", RELEASE, "--namespace", namespace)


def _chart(workers: int) -> dict[str, str]:
    """A chart built as Trino's own: a list of flags for each role, and a sum of the ConfigMap that rolls its pods."""
    files = {"Chart.yaml": "{apiVersion: v2, name: trino, version: 1.0.0}\n"}
    files["values.yaml"] = "".join(f"{role}:\n  additionalJVMConfig: []\n" for role in ROLES)
    for config_map, workload in zip(*[iter(jvms.manifests(workers=workers, kind="StatefulSet"))] * 2, strict=True):
        role = workload["metadata"]["name"].removeprefix("trino-")
        data = "".join(_block(key, text) for key, text in config_map["data"].items())
        data = data.replace(_block("jvm.config", jvms.JVM), _block("jvm.config", jvms.JVM) + _FLAGS.format(role=role))
        files[f"templates/configmap-{role}.yaml"] = _CONFIG_MAP.format(role=role, data=data)
        template = workload["spec"]["template"]
        template["metadata"]["annotations"] = {f"checksum/{role}-config": _SUM.format(role=role)}
        files[f"templates/{role}.yaml"] = yaml.safe_dump(workload, width=1000)
    return files


def _block(key: str, text: str) -> str:
    return f"  {key}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
