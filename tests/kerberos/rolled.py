"""A small Trino on the real API server, whose pods no JVM runs in, and plans that are carried out on it."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.sources.programs import program

from trinokit import shell
from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.kerberos.changes import jvm_config_plans
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.kerberos.node_jvm_configs import find_nodes
from trinokit.kerberos.trino_workloads import find_jvm_config_files
from trinokit.observations import RunningJvms
from trinokit.plan import Outcome, Plan, execute_plan
from trinokit.sources.live import Live

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
KTAB = "--add-exports=java.security.jgss/sun.security.krb5.internal.ktab=ALL-UNNAMED"
FLAGS = (KRB5, KTAB)
# As it was pasted: one argument, in which nothing is in force, and a blank at the end of a line.
PASTED = f"-server\n-Xmx8G \n# Kerberos\n{KRB5} \\\n{KTAB}\n-Da=1"
MENDED = f"-server\n-Xmx8G \n# Kerberos\n{KRB5}\n{KTAB}\n-Da=1"
ROLES = ("coordinator", "worker")


def config_map(role: str, text: str) -> dict:
    data = {"jvm.config": text, "config.properties": f"coordinator={str(role == 'coordinator').lower()}\n"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"trino-{role}"}, "data": data}


def deployment(role: str, *, selector: dict | None = None, config: str = "", **annotations: str) -> dict:
    labels = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": role}
    mounts = [{"name": "config", "mountPath": "/etc/trino"}]
    spec = {
        "nodeSelector": selector or {},
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "trino", "image": "trinodb/trino:476", "volumeMounts": mounts}],
        "volumes": [{"name": "config", "configMap": {"name": config or f"trino-{role}"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"trino-{role}"},
        "spec": {
            "replicas": 1 if role == "coordinator" else 2,
            "strategy": {"type": "Recreate"} if role == "coordinator" else {"type": "RollingUpdate"},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec},
        },
    }


class Trino:
    """A small Trino in a *namespace* of its own, with the real helm and kubectl on the PATH."""

    def __init__(self, namespace: str, kubectl: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("helm", "kubectl"):
            monkeypatch.setenv("PATH", str(Path(program(name)).parent), prepend=os.pathsep)
        self.namespace, self._kubectl = namespace, kubectl
        config = str(cluster.kubeconfig(CACHE))
        self._asked = KubernetesAccess({"query engine": namespace}, context=cluster.CONTEXT, kubeconfig=config)

    def kubectl(self, *argv: str, **given: str) -> str:
        """What kubectl prints in the namespace."""
        return self._kubectl("-n", self.namespace, *argv, **given)

    def apply(self, *objects: dict) -> None:
        """Apply *objects* and wait until they have rolled out."""
        self.kubectl("apply", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": [*objects]}))
        self.at_rest()

    def at_rest(self) -> None:
        """Wait until everything has rolled out."""
        for name in self.kubectl("get", "deployments", "-o", "name").split():
            self.kubectl("rollout", "status", name, "--timeout=60s")

    def live(self, *parts: DeclaredPart) -> Live:
        """The cluster as a source, with declared *parts*."""
        return Live("made", Cluster(kubernetes=self._asked, declared=[*parts]), "mysql.a.b")

    @property
    def mounted(self) -> dict[str, str]:
        """What jvm.config is of each role, in the ConfigMap that its pods mount, whatever that is called."""
        told = {role: self.kubectl("get", f"configmap/{name}", "-o", "json") for role, name in self.names.items()}
        return {role: json.loads(each)["data"]["jvm.config"] for role, each in told.items()}

    @property
    def names(self) -> dict[str, str]:
        """The ConfigMap that the pods of each role mount."""
        mounted = "jsonpath={.spec.template.spec.volumes[0].configMap.name}"
        return {role: self.kubectl("get", f"deployment/trino-{role}", "-o", mounted) for role in ROLES}

    @property
    def texts(self) -> dict[str, str]:
        """What jvm.config is of each role."""
        told = json.loads(self.kubectl("get", "configmaps", "-o", "json"))["items"]
        data = {each["metadata"]["name"]: each["data"] for each in told}
        return {role: data[f"trino-{role}"]["jvm.config"] for role in ROLES if f"trino-{role}" in data}

    @property
    def rolled(self) -> dict[str, int]:
        """How often each role has been rolled, the first time included."""
        told = json.loads(self.kubectl("get", "deployments", "-o", "json"))["items"]
        revision = "deployment.kubernetes.io/revision"
        return {each["metadata"]["name"][6:]: int(each["metadata"]["annotations"][revision]) for each in told}

    def plan(self, seconds: float = 60) -> Plan:
        """The plan that changes the ConfigMaps."""
        live = self.live()
        objects = live.objects.live()
        found = find_jvm_config_files(None, objects)
        known = find_nodes(found, objects, RunningJvms())
        return jvm_config_plans.config_map_plan(found, known, FLAGS, live.commands.kubectl_prefix, seconds=seconds)

    def plan_in_git(self, part: DeclaredPart, *, remote: str = "") -> Plan:
        """The plan that changes the clone of *part*."""
        live = self.live(part)
        objects = live.objects.live()
        found = find_jvm_config_files(live.objects.declared(), objects)
        known = find_nodes(found, objects, RunningJvms())
        means = DeployOptions(live.commands.kubectl_prefix, 60, remote, live.provenance.helm_revisions()[0])
        return jvm_config_plans.git_plan(found, known, FLAGS, live.git.declared_clone(), means)


def carried_out(plan: Plan) -> list[Outcome]:
    """What became of *plan*; kubectl restarts nothing twice within a second, in which a pod without a JVM is ready."""
    time.sleep(1)
    return execute_plan(plan, approved=plan.approval, run=shell.run_command)


def statuses(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(each.step.title, each.status) for each in outcomes]


def all_done(outcomes: list[Outcome]) -> None:
    assert [(each.step.title, each.said) for each in outcomes if each.status != "done"] == []
