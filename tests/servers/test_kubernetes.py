"""The test cluster is a real one: it schedules, refuses, and remembers who did what."""

import json
import subprocess

import pytest

from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.servers.process import wait

# What belongs to no namespace is changed or looked at as a whole.
pytestmark = pytest.mark.xdist_group("stack")


def test_the_programs_are_built_once_and_are_what_they_are_called(kubernetes):
    programs = build.folder(CACHE)

    assert build.install(CACHE) == programs
    assert all((programs / name).exists() for name in (*build.SERVERS, *build.COMMANDS))
    told = subprocess.run([programs / "kube-apiserver", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == f"Kubernetes v{build.KUBERNETES}\n"


def test_a_machine_without_go_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    [lack] = build.missing(tmp_path)

    assert lack.startswith("go: install Go 1.26 or newer")


def test_there_is_a_handful_of_nodes(kubectl):
    assert kubectl("get", "nodes", "-o", "name").split() == [f"node/node-{number}" for number in range(cluster.NODES)]


def test_a_deployment_becomes_available(kubectl, namespace):
    kubectl("create", "deployment", "web", "--image=trinodb/trino:476", "--replicas=3", "-n", namespace)
    kubectl("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s")

    pods = json.loads(kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 3
    assert {pod["spec"]["nodeName"] for pod in pods} <= {f"node-{number}" for number in range(cluster.NODES)}


def test_nobody_may_do_what_no_role_allows(kubectl, namespace):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        kubectl("auth", "can-i", "list", "secrets", "--as=somebody", "-n", namespace)

    assert refused.value.stdout.strip() == "no"


def test_the_audit_log_has_the_bodies_of_the_stack_and_only_the_names_of_the_rest(
    kubernetes, kubectl, namespace, reference
):
    for place in ("trino", namespace):
        kubectl("create", "configmap", f"audited-{namespace}", "--from-literal=key=value", "-n", place)
    kubectl("delete", "configmap", f"audited-{namespace}", "-n", "trino")
    log = cluster.audit_log(kubernetes)

    def events() -> list[dict]:
        found = [json.loads(line) for line in log.read_text().splitlines() if f"audited-{namespace}" in line]
        return [event for event in found if event["stage"] == "ResponseComplete"]

    assert wait(lambda: len(events()) >= 3, 60)
    told = {(event["verb"], event["objectRef"]["namespace"]): event for event in events()}
    assert told["create", "trino"]["level"] == "RequestResponse"
    assert told["create", "trino"]["requestObject"]["data"] == {"key": "value"}
    assert told["create", "trino"]["user"]["username"] == "admin"
    assert told["delete", "trino"]["level"] == "RequestResponse"
    assert told["create", namespace]["level"] == "Metadata"
    assert "requestObject" not in told["create", namespace]
