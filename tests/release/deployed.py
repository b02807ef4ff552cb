"""A chart and a Deployment on the real API server, to which commits are deployed by plans."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.sources.programs import program

from trinokit import shell, sources
from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.observations import DeploymentHistory
from trinokit.plan import Outcome, Plan, Step, execute_plan
from trinokit.release import deploy_and_rollback_steps, unfinished_rollouts
from trinokit.release.deploy_targets import DeployTarget
from trinokit.sources.live import Live

OLD, NEW, OTHER = "a" * 40, "b" * 40, "c" * 40
PODS = {"app.kubernetes.io/name": "gateway"}
SELECTOR = "{{ .Values.nodeSelector | toJson }}"


def deployment(image: str, cause: str = "", *, selector: object = None) -> dict:
    """A Deployment of two pods, which are replaced one by one."""
    container = {"name": "gateway", "image": image}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [{"name": "log", "image": "log:1"}, container]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "gateway", "annotations": {"kubernetes.io/change-cause": cause} if cause else {}},
        "spec": {
            "replicas": 2,
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": PODS},
            "template": {"metadata": {"labels": PODS}, "spec": spec | ({"nodeSelector": selector} if selector else {})},
        },
    }


class Place:
    """A *namespace* with the real helm and kubectl on the PATH, and a chart in *worktree*."""

    def __init__(
        self, namespace: str, kubectl: Callable[..., str], worktree: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("helm", "kubectl"):
            monkeypatch.setenv("PATH", str(Path(program(name)).parent), prepend=os.pathsep)
        self.namespace, self.worktree, self._kubectl = namespace, worktree, kubectl
        config = str(cluster.kubeconfig(CACHE))
        where = KubernetesAccess({"query engine": namespace}, context=cluster.CONTEXT, kubeconfig=config)
        self.live = Live("made", Cluster(kubernetes=where), "mysql.a.b")
        asked = (namespace, self.live.commands.kubectl_prefix)
        self.release = DeployTarget(
            "staging", "made", *asked, 20, release="stack", chart="chart", values=("values/own.yaml",)
        )
        image = "gateway:{release}-{commit}"
        self.deployment = DeployTarget(
            "staging", "made", *asked, 20, workload="gateway", container="gateway", image=image
        )
        self._write("gateway:1", {})

    def kubectl(self, *argv: str, **given: str) -> str:
        """What kubectl prints in the namespace."""
        return self._kubectl("-n", self.namespace, *argv, **given)

    def helm(self, *argv: str) -> str:
        """What helm prints in the namespace."""
        return cluster.helm(CACHE, *argv, "-n", self.namespace)

    def installed(self) -> None:
        """Install the chart as v1.0.0 of the commit OLD."""
        said = ["--description", f"v1.0.0 {OLD}", "--wait", "--timeout=20s"]
        self.helm("install", "stack", f"{self.worktree}/chart", *said)

    def applied(self) -> None:
        """Apply the Deployment as v1.0.0 of the commit OLD."""
        body = deployment(f"gateway:v1.0.0-{OLD}", f"v1.0.0 {OLD}")
        self.kubectl("create", "-f", "-", given=json.dumps(body))
        self.at_rest()

    def at_rest(self) -> None:
        """Wait until the Deployment has rolled out."""
        self.kubectl("rollout", "status", "deployment/gateway", "--timeout=20s")

    def develop(self, image: str, selector: dict[str, str] | None = None) -> None:
        """Change what the chart deploys: another *image*, on nodes of that *selector*."""
        self._write(image, selector or {})

    def full(self) -> None:
        """Let no pod come that is not there already."""
        quota = {"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": "full"}}
        self.kubectl("create", "-f", "-", given=json.dumps(quota | {"spec": {"hard": {"pods": "2"}}}))
        self.kubectl("wait", "resourcequota/full", "--for=jsonpath={.status.used.pods}=2", "--timeout=20s")

    def deployed(self, target: DeployTarget) -> DeploymentHistory:
        """What is deployed now."""
        return sources.deployment_history(self.live, target, unfinished_rollouts.unready_workloads)

    def steps(self, target: DeployTarget, commit: str, seconds: float = 20) -> tuple[Step, ...]:
        """The steps that deploy *commit* as v1.1.0."""
        target = replace(target, seconds=seconds)
        return deploy_and_rollback_steps.deploy_steps(
            target, commit, "v1.1.0", str(self.worktree), self.deployed(target)
        )

    @property
    def image(self) -> str:
        """What the pods are made of."""
        path = "jsonpath={.spec.template.spec.containers[1].image}"
        return self.kubectl("get", "deployment/gateway", "-o", path)

    def _write(self, image: str, selector: dict[str, str]) -> None:
        template = yaml.safe_dump(deployment("{{ .Values.image }}", selector=SELECTOR)).replace(
            f"'{SELECTOR}'", SELECTOR
        )
        files = {
            "chart/Chart.yaml": "{apiVersion: v2, name: stack, version: 1.0.0}",
            "chart/values.yaml": yaml.safe_dump({"image": image, "nodeSelector": selector}),
            "chart/templates/deployment.yaml": template,
            "values/own.yaml": "{}",
        }
        for path, text in files.items():
            (self.worktree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.worktree / path).write_text(text)


def carried_out(steps: Sequence[Step]) -> list[Outcome]:
    plan = Plan("Deploy", tuple(steps))
    return execute_plan(plan, approved=plan.approval, run=shell.run_command)
