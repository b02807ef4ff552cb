"""What runs is recorded with the objects, comes back as it was, and takes no secret along."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recordings import query, write_recording
from tests.servers import trino as server
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.sources import containers

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess, TrinoAccess
from trinokit.errors import PlanError
from trinokit.objects import Objects
from trinokit.observations import PodContainer, PodLog, RunningJvms
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recorded.recording_files import JVMS_FILE
from trinokit.sources.recording import RecordedParts, record_cluster
from trinokit.sources.secrets.hash_key import HashKey

pytestmark = pytest.mark.xdist_group("pods")
NOW = "2026-07-01T00:00:00+00:00"
CANARY = "canary-in-what-runs"
EVENTS = "mysql.trino_events.trino_queries"
WROTE = f"WARNING: Unknown module: ALL-UNNAMED  specified to --add-exports\nPicked up _JAVA_OPTIONS: -Dx={CANARY}\n"
JVM = f"-Xmx32M\n-Djavax.net.ssl.trustStorePassword={CANARY} of two words\n"


def pods_of(live: Objects) -> tuple[PodContainer, ...]:
    return tuple(PodContainer(each.namespace, each.name, "trino") for each in live.of("Pod"))


@pytest.fixture
def pod(kubernetes, kubectl, namespace, tmp_path) -> Iterator[PodContainer]:
    """A pod with a real JVM, what it wrote, and its ConfigMap."""
    installed = containers.installed(tmp_path / "server")
    containers.pod(kubectl, namespace, "trino-worker-0")
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "trino-worker", "namespace": namespace}}
    kubectl("create", "-f", "-", given=json.dumps(config | {"data": {"jvm.config": JVM}}))
    with (
        containers.jvm(installed, tmp_path / "etc", JVM, SOME_PASSWORD=CANARY) as (first, _),
        cluster.container(kubernetes, "trino-worker-0", first, WROTE),
    ):
        yield PodContainer(namespace, "trino-worker-0", "trino")


def source(namespace: str, **where: object) -> Live:
    there = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=str(cluster.kubeconfig(CACHE)))
    return Live("here", Cluster(kubernetes=there, **where), EVENTS, HashKey(b"k" * 32, "id"))


def everything(folder: Path) -> bytes:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"".join(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in paths)


@pytest.fixture
def programs(monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(build.folder(CACHE)), prepend=os.pathsep)


def test_what_runs_in_pods_is_recorded_and_comes_back_without_a_secret(pod, programs, tmp_path):
    live = source(pod.namespace)
    said = record_cluster(live, tmp_path / "one", RecordedParts(sides=("live",), pods=pods_of), recorded_at=NOW)
    record_cluster(live, tmp_path / "two", RecordedParts(pods=pods_of), recorded_at=NOW)
    one, two = (Recorded(f"recorded/{name}", tmp_path / name) for name in ("one", "two"))

    assert said["running"] == {"jvms": 1, "logs": 1, "unread": {}}
    assert one.jvms.running() == live.jvms.running([pod], through="kubectl")
    assert one.jvms.running([pod], through="trino", patience_s=60) == one.jvms.running()
    assert one.jvms.pod_logs([]) == live.jvms.pod_logs([pod])
    assert one.jvms.pod_logs([pod])[0].lines[1] == "Picked up _JAVA_OPTIONS: ..."
    config = one.objects.live().find("ConfigMap", pod.namespace, "trino-worker")
    [jvm] = one.jvms.running().jvms
    assert list(jvm.arguments[:2]) == config.body["data"]["jvm.config"].splitlines()
    assert "hmac-sha256:" in jvm.arguments[1]
    assert CANARY.encode() not in everything(tmp_path / "one")
    assert b"of two words" not in everything(tmp_path / "one")
    assert one.manifest["files"][JVMS_FILE] == two.manifest["files"][JVMS_FILE]


def test_where_there_is_a_trino_it_is_asked_and_no_pod_is_entered(servers, namespace, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    live = source(namespace, trino=TrinoAccess(f"http://127.0.0.1:{server.HTTP_PORT}"))
    said = record_cluster(live, tmp_path / "one", RecordedParts(pods=pods_of), recorded_at=NOW)

    assert said["running"] == {"jvms": 1, "logs": 0, "unread": {}}
    [jvm] = Recorded("recorded/one", tmp_path / "one").jvms.running().jvms
    assert (jvm.read_from, jvm.node, jvm.trino) == ("Trino", "test-coordinator-0", server.VERSION)


def test_what_could_not_be_read_is_recorded_as_such(kubectl, namespace, tmp_path, programs):
    containers.pod(kubectl, namespace, "trino-worker-9")
    said = record_cluster(source(namespace), tmp_path / "one", RecordedParts(pods=pods_of), recorded_at=NOW)
    recorded = Recorded("recorded/one", tmp_path / "one")

    why = f'no logs found for container "trino" in pod "{namespace}/trino-worker-9"'
    pod = PodContainer(namespace, "trino-worker-9", "trino")
    assert recorded.jvms.pod_logs([]) == (PodLog(pod, problem=why),)
    assert recorded.jvms.running().jvms == ()
    assert said["running"] == {
        "jvms": 0,
        "logs": 1,
        "unread": {**recorded.jvms.running().unread, "log of trino-worker-9": why},
    }
    assert list(recorded.jvms.running().unread) == ["trino-worker-9"]


def test_without_kubernetes_only_trino_is_asked(tmp_path):
    live = Live("here", Cluster(TrinoAccess("http://127.0.0.1:1")), EVENTS)
    said = record_cluster(live, tmp_path / "one", RecordedParts(pods=pods_of), recorded_at=NOW)

    assert (said["running"]["jvms"], said["running"]["logs"]) == (0, 0)
    assert list(Recorded("recorded/one", tmp_path / "one").jvms.running().unread) == ["every node"]


def test_what_was_not_recorded_is_told(tmp_path):
    recorded = Recorded("recorded/made", write_recording(tmp_path / "recorded" / "made", [query("120001", 1)]))
    pod = PodContainer("trino", "a", "trino")

    assert recorded.jvms.running([pod]) == RunningJvms(unread={"every node": "it was not recorded"})
    assert recorded.jvms.pod_logs([pod]) == (PodLog(pod, problem="it was not recorded"),)
    assert JVMS_FILE not in recorded.manifest["files"]


def test_without_being_asked_for_what_runs_is_not_recorded(tmp_path, clone):
    live = Live("here", Cluster(declared=[DeclaredPart(".", repository=str(clone.folder))]), "")

    assert "running" not in record_cluster(live, tmp_path / "one", RecordedParts(), recorded_at=NOW)


def test_a_plan_can_be_shown_for_a_recording_and_not_executed(tmp_path):
    recorded = Recorded("recorded/made", write_recording(tmp_path / "recorded" / "made", [query("120001", 1)]))

    assert recorded.commands.kubectl_prefix == ("kubectl",)
    with pytest.raises(PlanError, match="Expected a cluster that runs, found the recording recorded/made"):
        recorded.commands.run(("touch", str(tmp_path / "changed")), "", 10)
    assert not (tmp_path / "changed").exists()


def test_a_live_cluster_runs_the_commands_of_a_plan():
    ended = Live("here", Cluster(declared=[DeclaredPart(".")]), "").commands.run(("cat",), "given", 10)

    assert (ended.code, ended.text) == (0, "given")
