"""What a real Trino tells of its JVMs is what they were started with, and what cannot be learnt is said."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.servers import trino as server

from trinokit.clusters_file import Cluster, DeclaredPart, TrinoAccess
from trinokit.errors import ParameterError, SourceError
from trinokit.objects import Object
from trinokit.observations import Jvm, PodContainer, PodLog, RunningJvms
from trinokit.sources.jvms import running_jvms
from trinokit.sources.live import Live
from trinokit.sources.secrets.hash_key import HashKey
from trinokit.sources.secrets.redaction import redact_object, redact_texts

URL = f"http://127.0.0.1:{server.HTTP_PORT}"
EVENTS = "mysql.trino_events.trino_queries"
FLAG = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
PODS = (PodContainer("trino", "trino-coordinator-0", "trino"), PodContainer("trino", "trino-worker-0", "trino"))


def live(**where: str) -> Live:
    return Live("here", Cluster(TrinoAccess(**{"url": URL} | where)), EVENTS)


def jvm(node: str, *arguments: str) -> Jvm:
    return Jvm(node, arguments, "Trino")


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(running_jvms, "_PAUSE_S", 0.01)


def test_the_arguments_that_trino_tells_are_the_lines_of_its_jvm_config(servers):
    folder = servers["folder"]
    lines = [line for line in Path(folder, "etc", "jvm.config").read_text().splitlines() if line != "-server"]
    by_launcher = (
        f"-Dnode.data-dir={folder}/data",
        "-Dnode.environment=test",
        "-Dnode.id=test-coordinator-0",
        f"-Dconfig={folder}/etc/config.properties",
    )
    found = live().jvms.running()

    [one] = found.jvms
    assert one.arguments[: len(lines)] == tuple(lines)
    assert set(one.arguments[len(lines) :]) == set(by_launcher)
    assert datetime.now(UTC) - timedelta(days=30) < one.started < datetime.now(UTC)
    assert replace(one, arguments=(), started=None) == Jvm(
        "test-coordinator-0",
        (),
        "Trino",
        address="127.0.0.1",
        coordinator=True,
        java="25.0.3+9-LTS",
        trino=server.VERSION,
    )
    assert found.unread == {}


def test_a_trino_without_the_connector_is_told_with_the_other_way(servers, monkeypatch):
    monkeypatch.setattr(running_jvms, "_JVMS", running_jvms._JVMS.replace("jmx.current", "nothing.current"))

    began = time.monotonic()
    [(node, why)] = live().jvms.running(PODS, patience_s=60).unread.items()
    assert time.monotonic() - began < 30
    assert node == "every node"
    assert why.startswith("expected an answer from here, found CATALOG_NOT_FOUND: ")
    assert why.endswith("; add a catalog with connector.name=jmx to every node, or ask through kubectl")


def test_a_wrong_password_is_told_and_not_tried_again(servers, tmp_path):
    (tmp_path / "password").write_text("hunter2")
    where = {"user": server.USER, "password": f"file:{tmp_path}/password", "ca": f"{servers['folder']}/etc/server.pem"}
    began = time.monotonic()

    found = live(url=f"https://localhost:{server.HTTPS_PORT}", **where).jvms.running(PODS, patience_s=60)
    [why] = found.unread.values()
    assert time.monotonic() - began < 30
    assert why.startswith(f"expected https://localhost:{server.HTTPS_PORT} to let analyst in, found: error 401")
    assert why.endswith("; check user and password of the cluster")
    assert "hunter2" not in repr(found)


def test_a_trino_that_does_not_answer_is_asked_until_the_patience_is_over(impatient, monkeypatch):
    asked = []
    read = running_jvms.read_jvms_through_trino
    monkeypatch.setattr(running_jvms, "read_jvms_through_trino", lambda *given: asked.append(1) or read(*given))

    found = live(url="http://127.0.0.1:1").jvms.running(PODS, patience_s=3)
    [why] = found.unread.values()
    assert why.startswith("expected Trino to answer at http://127.0.0.1:1, found: ")
    assert len(asked) > 1


def test_a_cluster_without_a_trino_is_told_at_once():
    source = Live("here", Cluster(declared=[DeclaredPart(".")]), "")

    assert source.jvms.running(PODS, patience_s=60) == RunningJvms(
        unread={
            "every node": "expected to know where the Trino of here is, found nothing about it; "
            "write trino: into its entry in parameters/clusters.yaml"
        }
    )


def test_there_is_no_third_way_to_ask():
    with pytest.raises(ParameterError, match="Expected to ask through trino or kubectl, found 'ssh'"):
        live().jvms.running(through="ssh")


def test_it_is_asked_again_until_each_pod_has_its_jvm(impatient):
    found = RunningJvms((jvm("trino-coordinator-0"), jvm("trino-worker-0")))
    answers = iter([SourceError("Expected it.", remedy="wait"), RunningJvms(found.jvms[:1]), found])

    def asked() -> RunningJvms:
        answer = next(answers)
        if isinstance(answer, SourceError):
            raise answer from ConnectionError("refused")
        return answer

    assert running_jvms.wait_for_jvms(asked, PODS, 60) == found
    assert list(answers) == []


@pytest.mark.parametrize(
    ("nodes", "unread", "told"),
    [
        ([], {}, {"nodes": "there are 2 pods of Trino, and it knows 0"}),
        (["other-0"], {}, {"nodes": "there are 2 pods of Trino, and it knows 1"}),
        (["other-0", "other-1", "other-2"], {}, {}),
        (["other-0"], {"other-1": "why"}, {"other-1": "why"}),
        (["trino-worker-0"], {}, {"trino-coordinator-0": "no node of Trino is called like this pod"}),
        (["trino-worker-0", "other-0"], {}, {"trino-coordinator-0": "no node of Trino is called like this pod"}),
        (["trino-worker-0"], {"trino-coordinator-0": "why"}, {"trino-coordinator-0": "why"}),
        (["trino-worker-0", "trino-coordinator-0", "trino-worker-1"], {}, {}),
    ],
)
def test_a_pod_without_a_jvm_is_unread_when_the_patience_is_over(nodes, unread, told):
    found = RunningJvms(tuple(map(jvm, nodes)), unread)

    assert running_jvms.wait_for_jvms(lambda: found, PODS, 0) == RunningJvms(found.jvms, told)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("[]", ()),
        ("[-Xmx1G]", ("-Xmx1G",)),
        (f"[-Xmx1G, {FLAG}, -Da=]", ("-Xmx1G", FLAG, "-Da=")),
        (f"[{FLAG} {FLAG}, -Da=b]", (f"{FLAG} {FLAG}", "-Da=b")),
        (f"[{FLAG} , -Da=b ]", (f"{FLAG} ", "-Da=b ")),
        ("[-Da=b, c, -Dd=e,, -Df=,]", ("-Da=b, c", "-Dd=e,", "-Df=,")),
        ("[-Da=[b, c], -Dd=]]", ("-Da=[b, c]", "-Dd=]")),
        # What cannot be told apart: this was one argument.
        ("[-Da=b, -Dc=d]", ("-Da=b", "-Dc=d")),
    ],
)
def test_what_java_wrote_as_a_list_is_taken_apart(text, arguments):
    assert running_jvms.parse_argument_list(text) == arguments


def test_a_password_has_the_same_hash_in_an_argument_as_in_the_config_map():
    lines = [
        "-Xmx1G",
        "-Djavax.net.ssl.trustStorePassword=hunter2",
        "-Djavax.net.ssl.keyStorePassword=two words",
        "-Dends.in.password=a blank ",
        "-Durl=jdbc:mysql://root:hunter2@db/events?password=hunter2&a=b",
        FLAG,
    ]
    key = HashKey(b"k" * 32, "id")
    body = json.dumps({"data": {"jvm.config": "\n".join(lines)}}).encode()
    kept = redact_object(Object("v1", "ConfigMap", "trino", "trino-worker", body), key.secret).body["data"][
        "jvm.config"
    ]

    hidden = redact_texts(lines, lambda each: redact_object(each, key.secret))
    assert hidden == tuple(kept.split("\n"))
    assert (hidden[0], hidden[5]) == ("-Xmx1G", FLAG)
    assert not [each for each in hidden for secret in ("hunter2", "two", "words") if secret in each]


NODES = [
    ["worker-1", "http://10.0.0.3:8080", "476", False, "active"],
    ["worker-2", "https://[fd00::4]:8443", "476", False, "shutting_down"],
    ["worker-3", "http://10.0.0.5:8080", "475", False, "inactive"],
]
JVMS = [
    ["worker-9", "[-Dof=one that has just joined]", None, None],
    ["worker-2", "[-Da.password=hunter2]", "25.0.3+9-LTS", 1795465241290],
    ["worker-1", None, "25.0.3+9-LTS", 1795465241290],
]


def test_each_node_is_a_jvm_or_unread():
    found = running_jvms._jvms_from_rows(NODES, JVMS, lambda each: redact_object(each, b"k" * 32))

    assert found.unread == {
        "worker-1": "Trino has it as active, and its connector jmx tells nothing about it",
        "worker-3": "Trino has it as inactive, and its connector jmx tells nothing about it",
    }
    two, nine = found.jvms
    assert nine == Jvm("worker-9", ("-Dof=one that has just joined",), "Trino")
    assert two.arguments[0].startswith("-Da.password=hmac-sha256:")
    assert replace(two, arguments=()) == Jvm(
        "worker-2",
        (),
        "Trino",
        address="fd00::4",
        coordinator=False,
        java="25.0.3+9-LTS",
        trino="476",
        started=datetime(2026, 11, 23, 20, 20, 41, 290_000, tzinfo=UTC),
    )


def test_what_runs_comes_back_as_it_was_kept():
    found = RunningJvms((replace(jvm("b", FLAG), started=datetime(2026, 11, 23, tzinfo=UTC)), jvm("a")), {"c": "why"})
    logs = (PodLog(PODS[1], ("one\r", "")), PodLog(PODS[0], problem="why"))

    assert running_jvms.load_jvms(running_jvms.dump_jvms(found, logs)) == (found, logs[::-1])
    assert running_jvms.dump_jvms(found, logs) == running_jvms.dump_jvms(found, logs[::-1])


@pytest.mark.parametrize("kept", [b"no json", b"{}", b'{"running": {}, "logs": [{}]}'])
def test_what_was_not_kept_by_it_is_refused(kept):
    with pytest.raises(SourceError, match="Expected recorded JVMs, found: "):
        running_jvms.load_jvms(kept)
