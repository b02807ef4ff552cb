"""The first lines of a real pod's log are what its JVM wrote, secrets hidden, and a log that cannot be read is told."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.servers.process import wait
from tests.sources import containers

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.errors import SourceError
from trinokit.observations import PodContainer, PodLog
from trinokit.sources.live import Live

WARNING = "WARNING: Unknown module: ALL-UNNAMED{} specified to --add-exports"
VOID = [WARNING.format(" "), WARNING.format("\r"), WARNING.format("\t"), WARNING.format(" \\")]
OF_TRINO = "2026-11-24T17:46:33.374Z\tINFO\tmain\tBootstrap\tLoading configuration\n"


def source(namespace: str, config: Path | None = None) -> Live:
    where = {"context": cluster.CONTEXT, "kubeconfig": str(config or cluster.kubeconfig(CACHE))}
    return Live("here", Cluster(kubernetes=KubernetesAccess({"trino": namespace}, **where)), "")


@pytest.fixture
def wrote(kubernetes, kubectl, namespace) -> Iterator[Callable[[str], PodContainer]]:
    """Makes a pod that wrote a text."""
    with ExitStack() as held:

        def make(text: str, name: str = "trino-worker-0") -> PodContainer:
            containers.pod(kubectl, namespace, name)
            held.enter_context(cluster.container(kubernetes, name, os.getpid(), text))
            return PodContainer(namespace, name, "trino")

        yield make


def test_each_line_of_the_jvm_is_kept_to_the_character(wrote, namespace):
    pod = wrote("\n".join([*VOID, "", "Nov 24, 2026 5:46:33 PM io.airlift.log.Logger info", "INFO: Java version: 25"]))

    assert source(namespace).jvms.pod_logs([pod]) == (
        PodLog(pod, (*VOID, "", "Nov 24, 2026 5:46:33 PM io.airlift.log.Logger info", "INFO: Java version: 25")),
    )


@pytest.mark.parametrize("first", [OF_TRINO, '{"timestamp":"2026-11-24T17:46:33.374Z","level":"INFO"}\n'])
def test_of_what_trino_itself_writes_only_the_first_line_is_kept(wrote, namespace, first):
    pod = wrote(f"{VOID[0]}\n{first}{VOID[1]}\n")

    assert source(namespace).jvms.pod_logs([pod]) == (PodLog(pod, (VOID[0], first.removesuffix("\n"))),)


def test_passwords_in_a_log_are_hidden(wrote, namespace):
    options = '"-Djavax.net.ssl.trustStorePassword=two words" -Da.password=hunter2'
    pod = wrote(
        f"NOTE: Picked up JDK_JAVA_OPTIONS: {options}\nPicked up JAVA_TOOL_OPTIONS: {options}\n"
        "Unrecognized option: --password=hunter2\nkept\n"
    )

    [log] = source(namespace).jvms.pod_logs([pod])
    assert log.lines[:2] == ("NOTE: Picked up JDK_JAVA_OPTIONS: ...", "Picked up JAVA_TOOL_OPTIONS: ...")
    assert log.lines[2].startswith("Unrecognized option: --password=hmac-sha256:")
    assert log.lines[3:] == ("kept",)


def test_of_a_long_log_only_the_beginning_is_read(wrote, namespace):
    line = f"{'x' * 99}"
    pod = wrote("\n".join([line] * 1000))

    [log] = source(namespace).jvms.pod_logs([pod])
    assert (len(log.lines), log.lines[0], log.lines[-1]) == (164, line, "x" * 84)


def test_a_pod_that_wrote_nothing_has_no_lines(wrote, namespace):
    pod = wrote("")

    assert source(namespace).jvms.pod_logs([pod]) == (PodLog(pod),)


def test_a_log_that_cannot_be_read_is_told_and_the_others_go_on(wrote, namespace, kubectl):
    pods = [
        wrote(VOID[0]),
        PodContainer(namespace, "trino-worker-9", "trino"),
        PodContainer(namespace, "nothing", "trino"),
    ]
    containers.pod(kubectl, namespace, "trino-worker-9")
    pods.append(PodContainer(namespace, "trino-worker-0", "sidecar"))

    assert source(namespace).jvms.pod_logs(pods) == (
        PodLog(pods[0], (VOID[0],)),
        PodLog(pods[1], problem=f'no logs found for container "trino" in pod "{namespace}/trino-worker-9"'),
        PodLog(pods[2], problem='pods "nothing" not found'),
        PodLog(pods[3], problem="container sidecar is not valid for pod trino-worker-0"),
    )


def test_whoever_may_not_read_logs_is_told_so_and_nothing_more_is_needed(
    wrote, kubernetes, kubectl, namespace, tmp_path
):
    pod = wrote(VOID[0])
    kubectl("create", "serviceaccount", "reader", "-n", namespace)
    token = kubectl("create", "token", "reader", "-n", namespace).strip()
    (tmp_path / "config").write_text(cluster.access(kubernetes, {"token": token}))
    reader = source(namespace, tmp_path / "config")

    [log] = reader.jvms.pod_logs([pod])
    assert log.lines == ()
    assert 'cannot get resource "pods/log" in API group "" in the namespace' in log.problem

    account = f"--serviceaccount={namespace}:reader"
    kubectl("create", "role", "read", "-n", namespace, "--verb=get", "--resource=pods/log")
    kubectl("create", "rolebinding", "read", "-n", namespace, "--role=read", account)
    assert wait(lambda: reader.jvms.pod_logs([pod]) == (PodLog(pod, (VOID[0],)),), 60)


def test_an_api_server_that_cannot_be_reached_is_told_for_each_pod():
    where = KubernetesAccess({"trino": "trino"}, context="nowhere", kubeconfig="/nowhere")
    pods = [PodContainer("trino", name, "trino") for name in ("a", "b")]

    found = Live("here", Cluster(kubernetes=where), "").jvms.pod_logs(pods)
    assert [log.pod for log in found] == pods
    for log in found:
        assert log.problem.startswith("expected access to Kubernetes, found: ")
        assert log.problem.endswith("; see which contexts there are: kubectl config get-contexts")


def test_without_pods_nothing_is_asked_and_without_an_api_server_it_is_told():
    nowhere = Live("here", Cluster(declared=[DeclaredPart(".")]), "")

    assert nowhere.jvms.pod_logs([]) == ()
    with pytest.raises(SourceError, match="Expected to know where the API server of here is"):
        nowhere.jvms.pod_logs([PodContainer("trino", "a", "trino")])
