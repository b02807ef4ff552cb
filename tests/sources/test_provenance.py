"""What else tells about objects is read, recorded and read again alike, and its secrets are hashed with theirs."""

import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.recordings import query, write_recording
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess, PrometheusAccess
from trinokit.errors import ParameterError
from trinokit.observations import AuditLog, PrometheusState
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recorded.recording_files import AUDIT_LOG_FILE, PROMETHEUS_FILE, RELEASES_FILE
from trinokit.sources.recording import RecordedParts, record_cluster

NOW = "2026-07-01T00:00:00+00:00"
PASSWORD = "canary-in-the-evidence"  # noqa: S105
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "access", "namespace": "trino"},
    "data": {"password": base64.b64encode(PASSWORD.encode()).decode()},
}
EVENT = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "level": "RequestResponse",
    "auditID": "one",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/trino/secrets?fieldManager=kubectl-create",
    "verb": "create",
    "user": {"username": "ann"},
    "sourceIPs": ["10.0.0.1"],
    "userAgent": "kubectl/v1.36.3",
    "objectRef": {"resource": "secrets", "namespace": "trino", "name": "access", "apiVersion": "v1"},
    "responseStatus": {"code": 201},
    "requestObject": SECRET,
    "responseObject": SECRET,
    "stageTimestamp": "2026-07-01T12:00:00.000000Z",
}
NOWHERE = PrometheusAccess("http://127.0.0.1:9")


@pytest.fixture
def log(tmp_path) -> Path:
    """An audit log with two writes, of which one is about a namespace that is not asked for."""
    other = EVENT | {"auditID": "two", "objectRef": EVENT["objectRef"] | {"namespace": "elsewhere"}}
    path = tmp_path / "audit.log"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in (EVENT, other)))
    return path


def somewhere(**options: object) -> Live:
    where = KubernetesAccess({"query engine": "trino"}, context="nowhere", kubeconfig="/nowhere")
    return Live("here", Cluster(kubernetes=where, **options), "")


def kept(folder: Path) -> bytes:
    """Everything that a recording in *folder* says."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"".join(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in paths)


def test_an_audit_log_that_is_not_given_is_none(home):
    assert somewhere().provenance.audit_log("") == AuditLog(given=False)


def test_an_audit_log_is_recorded_for_the_namespaces_that_are_asked_for(home, log, tmp_path):
    source = somewhere()
    live = source.provenance.audit_log(str(log))
    said = record_cluster(source, tmp_path / "recorded", RecordedParts(audit_log=str(log)), recorded_at=NOW)
    recorded = Recorded("recorded/here", tmp_path / "recorded").provenance.audit_log("")

    assert said["audit"] == {"writes": 2, "problems": 0}
    assert {each.namespace for each in live.writes} == {"elsewhere", "trino"}
    assert recorded.writes == tuple(each for each in live.writes if each.namespace == "trino")
    assert (recorded.given, recorded.since, recorded.until) == (True, live.since, live.until)
    assert recorded.since == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_secrets_in_an_audit_log_are_hashed_as_those_of_the_objects(home, log, clone):
    clone.commit({"a.yaml": json.dumps(SECRET)})
    source = somewhere(declared=[DeclaredPart(".", repository=str(clone.folder))])
    [secret] = source.objects.declared().items

    [write, *_] = source.provenance.audit_log(str(log)).writes
    assert write.response["data"] == secret.body["data"]
    assert write.response["data"]["password"].startswith("hmac-sha256:")


def test_no_secret_of_the_evidence_is_in_a_recording(home, log, tmp_path):
    record_cluster(
        somewhere(prometheus=NOWHERE), tmp_path / "recorded", RecordedParts(audit_log=str(log)), recorded_at=NOW
    )

    assert b"hmac-sha256:" in kept(tmp_path / "recorded")
    for form in (PASSWORD.encode(), base64.b64encode(PASSWORD.encode()).rstrip(b"=")):
        assert form not in kept(tmp_path / "recorded")


def test_another_audit_log_may_be_read_beside_a_recording(home, log, tmp_path):
    record_cluster(somewhere(), tmp_path / "recorded", RecordedParts(), recorded_at=NOW)
    recorded = Recorded("recorded/here", tmp_path / "recorded")

    assert recorded.provenance.audit_log("") == AuditLog(given=False)
    assert [each.user for each in recorded.provenance.audit_log(str(log.with_name("*.log"))).writes] == ["ann", "ann"]
    for each in recorded.provenance.audit_log(str(log)).writes:
        assert each.response["data"]["password"].startswith("hmac-sha256:")
    with pytest.raises(ParameterError, match="Expected files as"):
        recorded.provenance.audit_log(str(log.with_name("*.gz")))


def test_what_was_not_recorded_is_told(tmp_path):
    folder = write_recording(tmp_path / "recorded" / "made", [query("120001", 1)])
    recorded = Recorded("recorded/made", folder)

    assert recorded.provenance.audit_log("") == AuditLog(given=False)
    assert recorded.provenance.helm_revisions() == ((), {"Helm releases": "they were not recorded"})
    assert recorded.provenance.prometheus_state() == PrometheusState(problem="it was not recorded")


def test_a_prometheus_of_which_nobody_knows_where_it_is_is_told(home):
    told = "its address is not known; write prometheus: into its entry in clusters.yaml"

    assert somewhere().provenance.prometheus_state() == PrometheusState(problem=told)


def test_a_cluster_without_an_api_server_has_no_releases(home):
    parts = [DeclaredPart("chart", release="blue")]

    assert Live("here", Cluster(declared=parts), "").provenance.helm_revisions() == ((), {})


def test_a_prometheus_that_does_not_answer_is_recorded_as_such(home, tmp_path, monkeypatch):
    monkeypatch.setattr("trinokit.sources.prometheus_configuration._ATTEMPTS", 1)
    said = record_cluster(
        somewhere(prometheus=NOWHERE), tmp_path / "recorded", RecordedParts(prometheus=True), recorded_at=NOW
    )
    loaded = Recorded("recorded/here", tmp_path / "recorded").provenance.prometheus_state()

    assert loaded.problem.startswith("expected an answer from http://127.0.0.1:9/api/v1/status/config, found")
    assert said["prometheus"] == f"not read: {loaded.problem}"


def test_what_a_prometheus_has_loaded_is_recorded_as_it_is(prometheus, home, tmp_path):
    from tests.servers.prometheus import URL

    source = somewhere(prometheus=PrometheusAccess(URL))
    said = record_cluster(source, tmp_path / "recorded", RecordedParts(prometheus=True), recorded_at=NOW)
    recorded = Recorded("recorded/here", tmp_path / "recorded").provenance.prometheus_state()

    assert (recorded.problem, recorded.version) == ("", said["prometheus"])
    assert recorded.groups
    assert recorded == source.provenance.prometheus_state()


CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: blue\nversion: 1.0.0\n",
    "chart/templates/a.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{b: {PASSWORD}}}\n",
}


def test_the_releases_of_helm_are_recorded_as_they_are(kubernetes, namespace, clone, tmp_path):
    clone.commit(CHART)
    config = str(kubernetes / "admin.kubeconfig")
    cluster.helm(CACHE, "install", "blue", str(clone.folder / "chart"), "-n", namespace)
    where = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=config)
    parts = [DeclaredPart("chart", repository=str(clone.folder), release="blue", namespace=namespace)]
    source = Live("here", Cluster(kubernetes=where, declared=parts), "")
    [release], unread = source.provenance.helm_revisions()

    said = record_cluster(source, tmp_path / "recorded", RecordedParts(releases=True), recorded_at=NOW)
    [back], told = Recorded("recorded/here", tmp_path / "recorded").provenance.helm_revisions()

    assert (said["releases"], said["unread_releases"], unread, told) == (1, {}, {}, {})
    assert (back.name, back.revision, back.status) == ("blue", 1, "deployed")
    assert back == release
    assert [each.body for each in back.items] == [each.body for each in release.items]
    live = source.objects.live().find("Secret", namespace, "a")
    assert release.items[0].body["data"] == live.body["data"]
    assert PASSWORD.encode() not in kept(tmp_path / "recorded")


def test_every_file_of_the_evidence_is_known_again(home, log, tmp_path, monkeypatch):
    monkeypatch.setattr("trinokit.sources.prometheus_configuration._ATTEMPTS", 1)
    for name in ("one", "two"):
        parts = RecordedParts(releases=True, prometheus=True, audit_log=str(log))
        source = Live("here", Cluster(prometheus=NOWHERE, declared=[DeclaredPart(".")]), "")
        record_cluster(source, tmp_path / name, parts, recorded_at=NOW)

    manifests = [json.loads((tmp_path / name / "recording.json").read_text()) for name in ("one", "two")]
    assert [set(each["files"]) for each in manifests] == [{AUDIT_LOG_FILE, RELEASES_FILE, PROMETHEUS_FILE}] * 2
    assert manifests[0]["files"][RELEASES_FILE] == manifests[1]["files"][RELEASES_FILE]
    assert manifests[0]["files"][PROMETHEUS_FILE] == manifests[1]["files"][PROMETHEUS_FILE]
