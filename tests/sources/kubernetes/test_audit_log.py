"""An audit log is read for its writes alone; what is no event is told, and no secret is kept."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trinokit.errors import ParameterError, SourceError
from trinokit.objects import Object
from trinokit.observations import AuditedWrite, AuditLog
from trinokit.sources.kubernetes import audit_log
from trinokit.sources.secrets.redaction import redact_object

KEY = b"0123456789abcdef0123456789abcdef"
DEPLOYMENT = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "a", "resourceVersion": "7"}}


def keep(object: Object) -> Object:
    return redact_object(object, KEY)


def event(number: int = 1, **more: object) -> dict:
    """An event as a server of version 1.36 writes it, of the minute *number*."""
    reference = {"resource": "deployments", "namespace": "trino", "name": "a", "apiGroup": "apps", "apiVersion": "v1"}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": f"id-{number}",
        "stage": "ResponseComplete",
        "requestURI": "/apis/apps/v1/namespaces/trino/deployments/a?fieldManager=kubectl-edit",
        "verb": "patch",
        "user": {"username": "admin", "groups": ["system:masters"]},
        "impersonatedUser": {"username": "alice"},
        "sourceIPs": ["10.0.0.1", "10.0.0.2"],
        "userAgent": "kubectl/v1.36.3 (linux/amd64)",
        "objectRef": reference | more.pop("about", {}),
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-24T12:00:00.000001Z",
        "stageTimestamp": f"2026-11-24T12:{number:02}:00.500000Z",
        **more,
    }


@pytest.fixture
def read(tmp_path):
    """Reads a log with these lines: events, or texts."""

    def reading(*lines: object, end: str = "\n") -> AuditLog:
        texts = [each if isinstance(each, str) else json.dumps(each, separators=(",", ":")) for each in lines]
        (tmp_path / "audit.log").write_text("\n".join(texts) + end)
        return audit_log.read_audit_log([tmp_path / "audit.log"], keep)

    return reading


def one(log: AuditLog) -> AuditedWrite:
    [write] = log.writes
    return write


def test_a_write_is_told_with_who_what_when_and_through_which_manager(read):
    request, response = {"spec": {"replicas": 2}}, DEPLOYMENT | {"spec": {"replicas": 2}}

    log = read(event(requestObject=request, responseObject=response | {"status": {"replicas": 1}}))

    moment = datetime(2026, 11, 24, 12, 1, 0, 500000, tzinfo=UTC)
    expected = AuditedWrite(
        moment,
        "patch",
        "admin",
        "alice",
        ("10.0.0.1", "10.0.0.2"),
        "kubectl/v1.36.3 (linux/amd64)",
        "kubectl-edit",
        "id-1",
        "RequestResponse",
        "apps",
        "deployments",
        "trino",
        "a",
        resource_version="7",
        request=request,
        response=response,
    )
    assert log == AuditLog((expected,), (), True, moment, moment)


def test_without_a_field_manager_the_agent_is_one(read):
    write = one(
        read(event(requestURI="/apis/apps/v1/namespaces/trino/deployments/a/scale", about={"subresource": "scale"}))
    )

    assert (write.manager, write.subresource, write.request, write.response) == ("kubectl", "scale", None, None)


def test_the_managers_in_a_body_are_left_out(read):
    metadata = DEPLOYMENT["metadata"] | {"managedFields": [{"manager": "a"}]}

    assert one(read(event(responseObject=DEPLOYMENT | {"metadata": metadata}))).response == DEPLOYMENT


@pytest.mark.parametrize(
    "more",
    [
        {"verb": "get"},
        {"stage": "RequestReceived"},
        {"stage": "Panic"},
        {"responseStatus": {"code": 409}},
        {"responseStatus": None},
        {"requestURI": "/apis/apps/v1/namespaces/trino/deployments/a?dryRun=All&fieldManager=kubectl-edit"},
        {"verb": "delete", "requestObject": {"kind": "DeleteOptions", "dryRun": ["All"]}},
        {"about": {"subresource": "status"}},
        {"about": {"subresource": "eviction", "resource": "pods"}},
        {"about": {"resource": "leases"}},
        {"objectRef": None},
    ],
)
def test_what_changed_nothing_of_an_object_is_no_write_and_no_problem(read, more):
    log = read(event(2), event(1, **more))

    assert ([each.audit_id for each in log.writes], log.problems) == (["id-2"], ())


def test_a_real_delete_is_one_and_its_body_is_not_kept(read):
    write = one(read(event(verb="delete", responseObject=DEPLOYMENT, requestObject={"kind": "DeleteOptions"})))

    assert (write.verb, write.request, write.response) == ("delete", None, None)


def test_of_what_was_deleted_together_the_names_are_kept(read):
    items = [{"metadata": {"name": name}, "data": {"password": "c2VjcmV0"}} for name in "ab"]
    about = {"resource": "secrets", "apiGroup": "", "name": ""}
    deleted = event(verb="deletecollection", about=about, responseObject={"kind": "SecretList", "items": items})

    assert one(read(deleted)).response == {
        "kind": "SecretList",
        "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}],
    }


def test_a_namespace_is_in_no_namespace(read):
    about = {"resource": "namespaces", "apiGroup": "", "name": "trino"}

    assert one(read(event(about=about))).namespace == ""


def test_of_what_controllers_make_in_great_number_no_body_is_kept(read):
    write = one(read(event(about={"resource": "pods", "apiGroup": ""}, requestObject={"spec": {}})))

    assert (write.resource, write.request) == ("pods", None)


SECRETS = {"resource": "secrets", "apiGroup": ""}


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"word": "b3Blbi1zZXNhbWU="}},
        {"stringData": {"word": "open-sesame"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"word": "open-sesame"}},
        [{"op": "replace", "path": "/data/word", "value": "b3Blbi1zZXNhbWU="}],
        [{"op": "add", "path": "/stringData/word", "value": "open-sesame"}],
        [{"op": "add", "path": "/data", "value": {"word": "b3Blbi1zZXNhbWU="}}],
        [{"op": "replace", "path": "", "value": {"stringData": {"word": "open-sesame"}}}],
    ],
)
def test_the_data_of_a_secret_are_hashed_as_they_are_in_the_live_object(read, body):
    live = keep(Object("v1", "Secret", "trino", "a", b'{"data": {"word": "b3Blbi1zZXNhbWU="}}'))
    write = one(
        read(
            event(
                about=SECRETS,
                requestObject=body,
                responseObject={"kind": "Secret", "stringData": {"word": "open-sesame"}},
            )
        )
    )

    assert write.response["data"] == live.body["data"]
    assert live.body["data"]["word"] in json.dumps(write.request)
    assert "sesame" not in json.dumps(write.request)
    assert "b3Bl" not in json.dumps(write.request)


def test_a_null_in_a_patch_of_a_secret_still_removes_a_key(read):
    write = one(read(event(about=SECRETS, requestObject={"data": {"old": None, "new": "YQ=="}})))

    assert write.request["data"]["old"] is None
    assert write.request["data"]["new"].startswith("hmac-sha256:")


@pytest.mark.parametrize("kind", ["Table", "PartialObjectMetadata", "Status"])
def test_an_answer_about_a_secret_that_is_none_is_not_kept(read, kind):
    assert one(read(event(about=SECRETS, responseObject={"kind": kind, "data": "open-sesame"}))).response is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/spec/template/spec/containers/0/env/3/value", "open-sesame"),
        ("/spec/template/spec/containers/0/args/2", "open-sesame"),
        ("/spec/template/spec/containers/0/env/-", {"name": "PASSWORD", "value": "open-sesame"}),
        ("/data/password", "open-sesame"),
        ("/data/a.properties", "password=open-sesame"),
    ],
)
def test_a_secret_in_a_json_patch_is_hashed_wherever_it_stands(read, path, value):
    write = one(read(event(requestObject=[{"op": "add", "path": path, "value": value}, "no operation"])))

    assert [each["path"] for each in write.request] == [path]
    assert "hmac-sha256:" in json.dumps(write.request)
    assert "sesame" not in json.dumps(write.request)


def test_a_json_patch_without_secrets_is_kept_as_it_is(read):
    patch = [
        {"op": "replace", "path": "/spec/replicas", "value": 2},
        {"op": "remove", "path": "/spec/paused"},
        {"op": "move", "path": "/spec/a", "from": "/spec/b"},
        {"op": "add", "path": "/metadata/annotations/a~1b", "value": "text"},
    ]

    assert one(read(event(requestObject=patch))).request == patch


def test_a_json_patch_that_replaces_a_whole_object_by_a_number_loses_it(read):
    assert one(read(event(requestObject=[{"op": "add", "path": "", "value": 1}]))).request == [
        {"op": "add", "path": ""}
    ]


def test_the_writes_of_several_files_come_in_order_and_once(tmp_path):
    old = "\n".join(json.dumps(event(number)) for number in (1, 3))
    (tmp_path / "audit-2026.log.gz").write_bytes(gzip.compress(old.encode()))
    (tmp_path / "audit.log").write_text("\n".join(json.dumps(event(number)) for number in (2, 3, 4)))

    log = audit_log.read_audit_log([tmp_path / "audit.log", tmp_path / "audit-2026.log.gz"], keep)
    assert ([each.audit_id for each in log.writes], log.problems) == (["id-1", "id-2", "id-3", "id-4"], ())


def test_a_log_covers_its_reads_too(read):
    log = read(event(1, verb="get"), event(2), event(3, verb="list"))

    assert (log.since.minute, log.until.minute) == (1, 3)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("no event", "found something else"),
        ('{"a": 1}', "found something else"),
        (json.dumps(event())[:-9] + "}", "found JSON is malformed"),
        (
            json.dumps({"stage": "ResponseComplete", "verb": "patch", "auditID": "x"}),
            "missing required field `apiVersion`",
        ),
        (json.dumps(event(apiVersion="audit.k8s.io/v1beta1")), "found Event of audit.k8s.io/v1beta1"),
        (json.dumps(event(stageTimestamp="yesterday")), "Invalid RFC3339"),
    ],
)
def test_a_line_that_is_no_event_is_told_and_the_rest_goes_on(read, tmp_path, line, problem):
    log = read(event(1), line, event(3))

    assert [each.audit_id for each in log.writes] == ["id-1", "id-3"]
    [told] = log.problems
    assert told.startswith(f"{tmp_path}/audit.log, line 2: expected an event, found ")
    assert problem in told


@pytest.mark.parametrize("verb", ["get", "patch"])
def test_a_last_line_that_ends_early_is_told(read, tmp_path, verb):
    log = read(event(1), json.dumps(event(2, verb=verb))[:-200], end="")

    assert [each.audit_id for each in log.writes] == ["id-1"]
    assert [each[: len(str(tmp_path)) + 19] for each in log.problems] == [f"{tmp_path}/audit.log, line 2:"]


def test_of_many_lines_that_are_no_events_ten_are_told_and_the_others_counted(read, tmp_path):
    log = read(*["no event"] * 25)

    assert len(log.problems) == 11
    assert log.problems[-1] == f"{tmp_path}/audit.log: 15 more lines are no events"


def test_an_empty_file_is_a_problem(tmp_path):
    (tmp_path / "audit.log").touch()

    assert audit_log.read_audit_log([tmp_path / "audit.log"], keep) == AuditLog(
        problems=(f"{tmp_path}/audit.log: expected events, found none",), given=True
    )


def test_a_gzipped_file_that_ends_early_is_told_and_its_beginning_is_read(tmp_path):
    lines = "".join(json.dumps(event(number)) + "\n" for number in range(1, 60))
    (tmp_path / "audit.log.gz").write_bytes(gzip.compress(lines.encode())[:-30])

    log = audit_log.read_audit_log([tmp_path / "audit.log.gz"], keep)
    assert log.writes
    assert [each for each in log.problems if "expected more of a gzipped file" in each] == list(log.problems[-1:])


@pytest.mark.parametrize("name", ["absent.log", ""])
def test_a_file_that_cannot_be_opened_is_the_users_mistake(tmp_path, name):
    with pytest.raises(ParameterError, match="Expected an audit log in .*, found: (No such file|Is a directory)"):
        audit_log.read_audit_log([Path(tmp_path, name)], keep)


def test_a_log_is_kept_with_the_writes_to_the_named_namespaces_and_to_none(read):
    log = read(
        *(event(number, about={"namespace": name}) for number, name in ((1, "trino"), (2, "hive"), (3, ""))), "bad"
    )

    kept = audit_log.load_audit_log(audit_log.dump_audit_log(log, ["trino"]))
    assert [each.audit_id for each in kept.writes] == ["id-1", "id-3"]
    assert (kept.problems, kept.given, kept.since, kept.until) == (log.problems, True, log.since, log.until)
    assert audit_log.load_audit_log(audit_log.dump_audit_log(log, ["trino", "hive"])) == log
    assert audit_log.load_audit_log(audit_log.dump_audit_log(AuditLog(), [])) == AuditLog()


@pytest.mark.parametrize("kept", [b"", b"no json", b'{"writes": 1}', b'{"writes": []}\n{"a": 1}'])
def test_what_was_not_kept_by_it_is_refused(kept):
    with pytest.raises(SourceError, match="Expected a recorded audit log, found: "):
        audit_log.load_audit_log(kept)
