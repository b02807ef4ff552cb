"""What kubectl finds inside a pod is what the JVM there says of itself, and nothing else leaves the pod."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.servers.process import wait
from tests.sources import containers

from trinokit import shell
from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object
from trinokit.observations import Jvm, PodContainer, RunningJvms
from trinokit.sources.jvms import pod_processes
from trinokit.sources.live import Live
from trinokit.sources.secrets.hash_key import HashKey
from trinokit.sources.secrets.redaction import redact_object

CANARY = "canary in the environment"
FLAG = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
CONFIG = f"""\
# what the coordinator is started with
-server
-Xmx32M
{FLAG}
--add-exports
java.security.jgss/sun.security.krb5.internal=ALL-UNNAMED
-Dempty=
-Dlist=a, -b,
{FLAG.replace("krb5", "krb5.internal.crypto")} \\
{FLAG.replace("krb5", "krb5.internal.ccache")}
-Dends=in a blank\x20
"""
STARTED_WITH = (
    "-Dtool=of the JVM",
    "-Dback=\\",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dof=java",
    "-Xmx32M",
    FLAG,
    "--add-exports=java.security.jgss/sun.security.krb5.internal=ALL-UNNAMED",
    "-Dempty=",
    "-Dlist=a, -b,",
    f"{FLAG.replace('krb5', 'krb5.internal.crypto')} {FLAG.replace('krb5', 'krb5.internal.ccache')}",
    "-Dends=in a blank ",
)
ENVIRONMENT = {
    "JAVA_TOOL_OPTIONS": '"-Dtool=of the JVM" -Dback=\\',
    "JDK_JAVA_OPTIONS": "--add-opens java.base/java.lang=ALL-UNNAMED -Dof='java'",
    "_JAVA_OPTIONS": "-Dlast=1",
    "SOME_PASSWORD": CANARY,
    "NOT_JAVA_TOOL_OPTIONS": CANARY,
    "TWO_LINES": f"{CANARY}\nJAVA_TOOL_OPTIONS=-Dof={CANARY}",
}


@pytest.fixture(scope="module")
def server(servers, tmp_path_factory) -> Path:
    return containers.installed(tmp_path_factory.mktemp("trino") / "server")


@pytest.fixture
def live(kubernetes, namespace, monkeypatch) -> Live:
    """The cluster with real programs on the PATH."""
    monkeypatch.setenv("PATH", str(build.folder(CACHE)), prepend=os.pathsep)
    where = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=str(cluster.kubeconfig(CACHE)))
    return Live("here", Cluster(kubernetes=where), "", HashKey(b"k" * 32, "id"))


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def runs(server, kubernetes, kubectl, namespace, tmp_path, held) -> Callable[..., tuple[PodContainer, list[str]]]:
    """Makes a pod in which a JVM runs, and gives what that tells of itself."""

    def make(name: str, config: str, **options: object) -> tuple[PodContainer, list[str]]:
        first, told = held.enter_context(containers.jvm(server, tmp_path / name, config, **options))
        containers.pod(kubectl, namespace, name)
        held.enter_context(cluster.container(kubernetes, name, first))
        return PodContainer(namespace, name, "trino"), told

    return make


def test_the_arguments_of_a_pod_are_those_that_its_jvm_tells(live, runs, tmp_path):
    pod, told = runs("trino-worker-0", CONFIG, **ENVIRONMENT)
    by_launcher = (
        "-Dnode.environment=test",
        "-Dnode.id=other",
        f"-Dconfig={tmp_path}/trino-worker-0/config.properties",
    )

    [jvm], unread = vars(live.jvms.running([pod], through="kubectl")).values()
    assert unread == {}
    assert list(jvm.arguments) == told
    assert jvm.arguments[: len(STARTED_WITH)] == STARTED_WITH
    assert set(by_launcher) < set(jvm.arguments)
    assert jvm.arguments[-1] == "-Dlast=1"
    assert (jvm.node, jvm.read_from, jvm.java) == ("trino-worker-0", "kubectl exec", "25.0.3+9-LTS")
    assert (jvm.address, jvm.coordinator, jvm.trino, jvm.started) == ("", None, "", None)


def test_no_more_of_the_environment_leaves_the_pod_than_the_jvm_takes_arguments_from(live, runs):
    pod, _ = runs("trino-worker-0", CONFIG, **ENVIRONMENT)
    argv = (
        *live.commands.kubectl_prefix,
        "exec",
        pod.name,
        f"--namespace={pod.namespace}",
        "--",
        "sh",
        "-c",
        pod_processes._PROC_SCRIPT,
    )

    said = shell.run_command(argv, "", 30).text
    assert "-Dlast=1" in said
    assert "SOME_PASSWORD" not in said
    assert f"={CANARY}" not in said.replace(ENVIRONMENT["TWO_LINES"], "")


def test_a_jvm_is_found_also_where_another_process_was_the_first(live, runs):
    shells = ("sh", "-c", 'sleep 60 & "$@" & wait', "sh")
    pod, told = runs("trino-worker-0", "-Xmx32M\n-Dof=a child\n", before=shells)

    [jvm] = live.jvms.running([pod], through="kubectl").jvms
    assert list(jvm.arguments) == told
    assert jvm.arguments[:2] == ("-Xmx32M", "-Dof=a child")


def test_a_password_has_the_same_hash_in_the_pod_as_in_the_config_map(live, runs):
    lines = ["-Xmx32M", "-Djavax.net.ssl.trustStorePassword=hunter2", "-Djavax.net.ssl.keyStorePassword=two words"]
    config = "".join(f"{line}\n" for line in lines)
    body = json.dumps({"data": {"jvm.config": config}}).encode()
    kept = redact_object(Object("v1", "ConfigMap", "trino", "trino-worker", body), live.key.secret).body["data"][
        "jvm.config"
    ]
    pod, _ = runs("trino-worker-0", config)

    [jvm] = live.jvms.running([pod], through="kubectl").jvms
    assert list(jvm.arguments[:3]) == kept.splitlines()
    assert [each.partition("=")[2][:12] for each in jvm.arguments[1:3]] == ["hmac-sha256:", "hmac-sha256:"]


def test_arguments_in_a_file_are_not_taken_for_all(live, runs, tmp_path):
    (tmp_path / "more").write_text(FLAG)
    pod, _ = runs("trino-worker-0", f"-Xmx32M\n@{tmp_path}/more\n")

    found = live.jvms.running([pod], through="kubectl")
    told = f"expected every argument in /proc, found @{tmp_path}/more; ask through Trino"
    assert found == RunningJvms(unread={"trino-worker-0": told})


def test_many_pods_are_asked_and_one_that_cannot_be_does_not_hide_the_others(
    live, runs, kubernetes, kubectl, namespace, held
):
    pods = [runs(f"trino-worker-{number}", f"-Xmx32M\n-Dnumber={number}\n")[0] for number in range(2)]
    containers.pod(kubectl, namespace, "trino-worker-3")
    containers.pod(kubectl, namespace, "trino-worker-9")
    first = held.enter_context(containers.running([*containers.OWN, "sleep", "120"], Path(os.devnull)))
    held.enter_context(cluster.container(kubernetes, "trino-worker-3", first))
    pods += [PodContainer(namespace, name, "trino") for name in ("trino-worker-3", "trino-worker-9", "nothing")]

    found = live.jvms.running(pods, through="kubectl")
    assert [(jvm.node, jvm.arguments[1]) for jvm in found.jvms] == [
        ("trino-worker-0", "-Dnumber=0"),
        ("trino-worker-1", "-Dnumber=1"),
    ]
    assert list(found.unread) == ["trino-worker-3", "trino-worker-9", "nothing"]
    assert found.unread["trino-worker-3"] == (
        "expected a JVM of Trino in trino-worker-3, found none; see what its container runs"
    )
    assert f'no exec found for container "trino" in pod "{namespace}/trino-worker-9"' in found.unread["trino-worker-9"]
    assert found.unread["nothing"] == 'exit code 1: Error from server (NotFound): pods "nothing" not found'


def test_whoever_may_not_run_commands_in_pods_is_told_so_and_nothing_more_is_needed(
    kubernetes, kubectl, namespace, live, runs, tmp_path
):
    pod, told = runs("trino-worker-0", "-Xmx32M\n")
    kubectl("create", "serviceaccount", "reader", "-n", namespace)
    token = kubectl("create", "token", "reader", "-n", namespace).strip()
    (tmp_path / "config").write_text(cluster.access(kubernetes, {"token": token}))
    where = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=str(tmp_path / "config"))
    reader = Live("here", Cluster(kubernetes=where), "")

    found = reader.jvms.running([pod], through="kubectl")
    assert found.jvms == ()
    assert 'pods "trino-worker-0" is forbidden: User "system:serviceaccount:' in found.unread["trino-worker-0"]

    kubectl("create", "role", "see", "-n", namespace, "--verb=get", "--resource=pods")
    kubectl("create", "role", "enter", "-n", namespace, "--verb=create", "--resource=pods/exec")
    for role in ("see", "enter"):
        account = f"--serviceaccount={namespace}:reader"
        kubectl("create", "rolebinding", role, "-n", namespace, f"--role={role}", account)
    assert wait(lambda: not reader.jvms.running([pod], through="kubectl").unread, 60)
    assert [list(jvm.arguments) for jvm in reader.jvms.running([pod], through="kubectl").jvms] == [told]


def test_without_kubectl_each_pod_is_unread(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    where = KubernetesAccess({"trino": "trino"}, context="here")

    found = Live("here", Cluster(kubernetes=where), "").jvms.running(
        [PodContainer("trino", "a", "trino")], through="kubectl"
    )
    assert found == RunningJvms(unread={"a": "[Errno 2] No such file or directory: 'kubectl'"})


def test_a_cluster_without_an_api_server_is_not_asked_by_whichever_one_kubectl_finds():
    source = Live("here", Cluster(declared=[DeclaredPart(".")]), "")
    told = "expected to know where the API server of here is, found nothing about it; "

    assert source.jvms.running([PodContainer("trino", "a", "trino")], through="kubectl", patience_s=60) == RunningJvms(
        unread={"every node": f"{told}write kubernetes: into its entry in parameters/clusters.yaml"}
    )
    with pytest.raises(SourceError, match="Expected to know where the API server of here is"):
        _ = source.commands.kubectl_prefix


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"in_cluster": True}, ("kubectl",)),
        ({"context": "a"}, ("kubectl", "--context=a")),
        ({"context": "a", "kubeconfig": "/x/config"}, ("kubectl", "--kubeconfig=/x/config", "--context=a")),
        ({"context": "a", "kubeconfig": "~/config"}, ("kubectl", "--kubeconfig=/data/ann/config", "--context=a")),
        (
            {"context": "a", "kubeconfig": "/x/one:~/two"},
            ("env", "KUBECONFIG=/x/one:/data/ann/two", "kubectl", "--context=a"),
        ),
    ],
)
def test_commands_of_kubectl_are_for_the_cluster_that_clusters_yaml_names(monkeypatch, where, words):
    monkeypatch.setenv("HOME", "/data/ann")

    assert pod_processes.kubectl_prefix(KubernetesAccess({"trino": "trino"}, **where)) == words


def said(*processes: tuple[int, list[str], str]) -> bytes:
    return b"".join(
        f"\n== process {pid}\n".encode()
        + b"".join(f"{each}\0".encode() for each in argv)
        + f"\n== environment\n{environment}\n== release\n".encode()
        + b'JAVA_VERSION="25.0.3"\n'
        for pid, argv, environment in processes
    )


def test_the_first_java_counts_and_not_what_started_it_or_was_started_by_it():
    main = "io.trino.server.TrinoServer"
    text = said(
        (10, ["/jdk/bin/java", "-Dof=a child", main], ""),
        (1, ["tini", "--", "/jdk/bin/java", "-Da=b", main], ""),
        (7, ["/jdk/bin/java", "-cp", "/lib/*", "-Da=b", "", main, "-Dof=the program"], ""),
    )

    jvm = pod_processes._jvm_from_output(text, PodContainer("trino", "a", "trino"), lambda each: each)
    assert jvm == Jvm("a", ("-Da=b", ""), "kubectl exec", java="25.0.3")


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["-server", "-Xmx1G"], ["-Xmx1G"]),
        (["-client", "-showversion", "--show-version", "-Xdiag", "-XshowSettings:vm", "-splash:a"], []),
        (["-classpath", "a", "--class-path", "b", "--class-path=c", "-cp", "d", "-ea"], ["-ea"]),
        (
            ["--add-reads", "a=b", "-p", "mods", "--add-modules", "c"],
            ["--add-reads=a=b", "--module-path=mods", "--add-modules=c"],
        ),
        (
            ["--enable-native-access", "ALL-UNNAMED", "--enable-preview"],
            ["--enable-native-access=ALL-UNNAMED", "--enable-preview"],
        ),
        (["-Dserver=-server", "-Xshare:auto", " -server"], ["-Dserver=-server", "-Xshare:auto", " -server"]),
    ],
)
def test_what_java_keeps_for_itself_is_left_out_and_what_it_joins_is_joined(given, passed):
    assert list(pod_processes._passed_on_arguments(given)) == passed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  -Da=b\t-Dc \n", ["-Da=b", "-Dc"]),
        ("\"-Da=b c\" -D'd=e f'g", ["-Da=b c", "-Dd=e fg"]),
        ("-Da=\\ -Db=#c '-Dd=\"'", ["-Da=\\", "-Db=#c", '-Dd="']),
    ],
)
def test_options_in_a_variable_are_split_as_java_splits_them(text, words):
    assert pod_processes._split_java_options(text) == words


def test_options_that_java_could_not_have_split_are_told():
    with pytest.raises(SourceError, match="Expected options of Java, found: No closing quotation"):
        pod_processes._split_java_options("-Da='b")
