"""The stand-in for kubelets runs what the pods say: real JVMs, each with the jvm.config of its own start."""

import json
import socket

import pytest

from tests.servers import jvms
from tests.servers.__main__ import CACHE
from tests.servers.process import Missing, alive

# There is one port for a coordinator in a pod, and one KDC of the real Trino.
pytestmark = pytest.mark.xdist_group("pods")

FLAG = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"


@pytest.fixture
def apply(kubectl, namespace):
    """Applies a Trino with that jvm.config, or changes the jvm.config of its ConfigMaps."""

    def given(jvm: str, **options: int) -> None:
        made = {"apiVersion": "v1", "kind": "List", "items": jvms.manifests(jvm, **options)}
        kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps(made))

    return given


def test_a_jvm_that_does_not_start_leaves_its_pod_unready_and_says_why(apply, kubectl, namespace, tmp_path):
    apply(f'{jvms.JVM}"{FLAG}"\n', workers=0)

    with jvms.following(CACHE, namespace, tmp_path / "nodes") as nodes:
        [pod] = nodes.ended(1)
        ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}'

        assert kubectl("get", "pods", "-n", namespace, "-o", f"jsonpath={ready}") == "False"
        assert nodes.first_lines(pod)[:1] == [f'Error: Could not find or load main class "{FLAG.replace("/", ".")}"']


def test_commands_and_logs_of_a_stateful_set_are_those_of_its_jvm(apply, kubectl, namespace, tmp_path):
    apply(f"{jvms.JVM}{FLAG}\n", workers=0, kind="StatefulSet")

    with jvms.following(CACHE, namespace, tmp_path / "nodes") as nodes:
        [pod] = nodes.serving(1)
        told = kubectl("exec", pod, "-n", namespace, "--", "sh", "-c", "tr '\\0' '\\n' < /proc/1/cmdline")
        log = kubectl("logs", pod, "-n", namespace, "--limit-bytes=16384").splitlines()

        assert {FLAG, f"-Dnode.id={pod}"} < {*told.splitlines()}
        assert log[:20] == nodes.first_lines(pod, 20)
        [node] = nodes.nodes.values()
    assert not alive(node.process)


def test_two_of_them_cannot_be_at_work_at_once(servers, tmp_path):
    taken, refused = f"listens on port {jvms.PORT} already", jvms.following(CACHE, "default", tmp_path)

    with socket.create_server(("127.0.0.1", jvms.PORT)), pytest.raises(Missing, match=taken):
        refused.__enter__()


def test_a_coordinator_without_workers_works_itself():
    configs = {each["metadata"]["name"]: each["data"]["config.properties"] for each in jvms.manifests(workers=0)[::2]}

    assert "node-scheduler.include-coordinator=true\n" in configs["trino-coordinator"]
    assert "node-scheduler.include-coordinator=false\n" in jvms.manifests()[0]["data"]["config.properties"]
    assert configs["trino-worker"].startswith("coordinator=false\n")
