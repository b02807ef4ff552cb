"""Whoever edits the real API by hand is named, with the manager, the moment, and how surely the audit log tells."""

import json
import os
import re
import secrets
import shlex
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import yaml
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.servers.process import stop, wait

from trinokit.drift.authors import managers
from trinokit.drift.authors.attribution import attribute_authors
from trinokit.drift.authors.path_values import value_at
from trinokit.drift.differences import ABSENT, Author, Difference
from trinokit.drift.paths import ObjectPath as Place
from trinokit.objects import Object, Objects
from trinokit.observations import AuditLog
from trinokit.sources.kubernetes import audit_log
from trinokit.sources.secrets.redaction import redact_object

PORT = 16446
LEVELS = ("RequestResponse", "Request", "Metadata")
KEY = b"0123456789abcdef0123456789abcdef"
MAIN = ("spec", "template", "spec", "containers", (("name", "main"),))
RESTARTED = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
DISK, PASSWORD = ("spec", "template", "spec", "nodeSelector", "disk"), ("data", "password")
SPY = '{"spec": {"template": {"spec": {"containers": [{"name": "spy", "image": "spy:1"}]}}}}'
UNSET = '[{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]'
OTHER = '{"stringData": {"password": "of-bob"}}'
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 0
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: main, image: "trino:476", env: [{name: Z, value: a}]}]
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, labels: {team: data}}
data: {"a.properties": "size=1\\ncount=2\\n", plain: text}
"""
SECRET = "{apiVersion: v1, kind: Secret, metadata: {name: NAME}, stringData: {password: one-of-git}}"


ALWAYS, SHOWN, GONE, STRONG = (
    ("exact",) * 3,
    ("exact", "exact", "strong"),
    ("exact", "exact", "weak"),
    ("strong",) * 3,
)


@dataclass(frozen=True)
class Edit:
    """What *user* tells kubectl about the object *name* that *text* declares, and at which path it shows.

    *told* is how surely each level of the log tells.
    """

    name: str
    command: str
    path: Place
    manager: str
    user: str = "alice"
    declared: object = ABSENT
    told: tuple[str, str, str] = SHOWN
    text: str = DEPLOYMENT

    @property
    def written(self) -> str:
        """The object as git has it."""
        return self.text.replace("NAME", self.name)


def config(*given: object, **more: object) -> Edit:
    return Edit(*given, **more, text=CONFIG)


LABELS, ENV = ("metadata", "labels"), (*MAIN, "env")
EDITS = [
    Edit("image", "set image deployment/image main=t:9", (*MAIN, "image"), "kubectl-set", declared="trino:476"),
    Edit("zone", "set env deployment/zone Z=b", (*ENV, (("name", "Z"),), "value"), "kubectl-set", "bob", "a"),
    Edit("added", "set env deployment/added DEBUG=1", (*ENV, (("name", "DEBUG"),)), "kubectl-set"),
    Edit("edited", "edit deployment/edited", ("spec", "progressDeadlineSeconds"), "kubectl-edit", "bob", 600),
    Edit("scaled", "scale deployment/scaled --replicas=1", ("spec", "replicas"), "kubectl", declared=0),
    Edit("restarted", "rollout restart deployment/restarted", RESTARTED, "kubectl-rollout"),
    Edit("sidecar", f"patch deployment/sidecar -p '{SPY}'", (*MAIN[:-1], (("name", "spy"),)), "kubectl-patch", "bob"),
    Edit("unset", f"patch deployment/unset --type=json -p '{UNSET}'", DISK, "kubectl-patch", "bob", "ssd", GONE),
    config("labelled", "label configmap/labelled by=hand", (*LABELS, "by"), "kubectl-label"),
    config("unlabelled", "label configmap/unlabelled team-", (*LABELS, "team"), "kubectl-label", "bob", "data", GONE),
    config("noted", "annotate configmap/noted by=hand", ("metadata", "annotations", "by"), "kubectl-annotate"),
    config("replaced", "replace -f -", ("data", "plain"), "kubectl-replace", "bob", "text"),
    config("line", "edit configmap/line", ("data", "a.properties", "count"), "kubectl-edit", declared="2"),
    config("deleted", "delete configmap/deleted", (), "kubectl", "bob", {"some": "thing"}, ALWAYS),
    config("created", "create -f -", (), "kubectl-create", told=ALWAYS),
    config("applied", "apply --server-side -f -", (), "kubectl", "bob", told=STRONG),
    Edit("secret", f"patch secret/secret -p '{OTHER}'", PASSWORD, "kubectl-patch", "bob", "of git", text=SECRET),
]
TRIED = [
    "set image deployment/image main=t:9",
    "annotate configmap/noted by=hand",
    "scale deployment/scaled --replicas=1",
    "delete configmap/deleted",
]
SHARED = DEPLOYMENT.replace("NAME", "shared")
USERS = {"alice": "admin as alice", "bob": "bob"}


@dataclass(frozen=True)
class Planted:
    """What stands in the namespace of each level after the edits, since when they were made, and the log of them."""

    live: dict[str, dict[str, Object]]
    log: AuditLog
    since: datetime


@pytest.fixture(scope="module")
def spaces(kubectl) -> Iterator[dict[str, str]]:
    """A namespace for each level of the log."""
    names = {level: f"attribution-{level.lower()}-{secrets.token_hex(3)}" for level in LEVELS}
    for name in names.values():
        kubectl("create", "namespace", name)
    yield names
    kubectl("delete", "namespace", *names.values(), "--wait=false")


@pytest.fixture(scope="module")
def logged(kubernetes, spaces, tmp_path_factory) -> Iterator[Path]:
    """The log of a second API server, which tells about each namespace at its level."""
    folder = tmp_path_factory.mktemp("audit")
    rules = [{"level": level, "namespaces": [name]} for level, name in spaces.items()]
    policy = {**cluster.AUDIT_POLICY, "rules": [{"level": "None", "verbs": ["get", "list", "watch"]}, *rules]}
    (folder / "policy.json").write_text(json.dumps(policy))
    flags = [f"--audit-policy-file={folder}/policy.json", f"--audit-log-path={folder}/audit.log"]
    process = cluster.apiserver(build.folder(CACHE), kubernetes, PORT, *flags)
    yield folder / "audit.log"
    stop(process)


@pytest.fixture(scope="module")
def run(kubernetes, logged, tmp_path_factory) -> Callable[..., str]:
    """Runs kubectl on that server: as the administrator, as alice whom the administrator impersonates, or as bob."""
    folder = tmp_path_factory.mktemp("users")
    for name in ("ca.crt", "ca.key", "admin.crt", "admin.key"):
        (folder / name).write_bytes((kubernetes / name).read_bytes())
    cluster.certificate(folder, "bob", "/O=system:masters/CN=bob")
    for name in ("admin", "bob"):
        user = {"client-certificate": f"{folder}/{name}.crt", "client-key": f"{folder}/{name}.key"}
        (folder / f"{name}.kubeconfig").write_text(cluster.access(folder, user, PORT))

    def kubectl(space: str, *arguments: str, user: str = "admin", given: str = "") -> str:
        known = "bob" if user == "bob" else "admin"
        argv = [build.folder(CACHE) / "kubectl", f"--kubeconfig={folder}/{known}.kubeconfig", "-n", space, *arguments]
        argv += ["--as=alice", "--as-group=system:masters"] if user == "alice" else []
        editor = "sed -i -e s/count=2/count=3/ -e s/Seconds:.600/Seconds:\\ 300/"
        environment = {**os.environ, "EDITOR": editor}
        done = subprocess.run(
            argv, input=given, check=True, capture_output=True, text=True, env=environment, timeout=60
        )
        return done.stdout

    return kubectl


@pytest.fixture(scope="module")
def planted(run, spaces, logged) -> Planted:
    since = datetime.now(UTC) - timedelta(seconds=1)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda space: plant(run, space), spaces.values()))
    log = audit_log.read_audit_log([logged], redact)
    return Planted(dict(zip(LEVELS, found, strict=True)), log, since)


def plant(run: Callable[..., str], space: str) -> dict[str, Object]:
    """What stands in *space* after the edits, by kind and name; nobody is told of what was only tried."""
    declared = [edit.written for edit in EDITS if edit.name not in ("created", "applied")]
    run(space, "apply", "-f", "-", given="\n---\n".join([*declared, SHARED]))
    assert wait(lambda: is_rolled_out(run, space), 60)
    for command in TRIED:
        run(space, *command.split(), "--dry-run=server")
    for edit in EDITS:
        given = edit.written.replace("plain: text", "plain: other")
        run(space, *shlex.split(edit.command), user=edit.user, given=given)
    run(space, "scale", "deployment/shared", "--replicas=1")
    applied = SHARED.replace("replicas: 0", "replicas: 1").replace("600", "700")
    run(space, "apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", "-", given=applied)
    assert wait(lambda: is_rolled_out(run, space), 60)
    listed = ("get", "deployments,configmaps,secrets,replicasets", "-o", "json", "--show-managed-fields")
    items = map(an_object, json.loads(run(space, *listed))["items"])
    return {f"{each.kind}/{each.name}": each for each in items}


def is_rolled_out(run: Callable[..., str], space: str) -> bool:
    """Whether each Deployment has the ReplicaSet of what it is now."""
    found = json.loads(run(space, "get", "deployments", "-o", "json"))["items"]
    return all(each["status"].get("observedGeneration") == each["metadata"]["generation"] for each in found)


def an_object(body: dict) -> Object:
    about = body["metadata"]
    raw = msgspec.json.encode(body)
    return redact(Object(body["apiVersion"], body["kind"], about["namespace"], about["name"], raw))


def redact(object: Object) -> Object:
    return redact_object(object, KEY)


def difference(edit: Edit, planted: Planted, level: str) -> Difference:
    body = yaml.safe_load(edit.written)
    there = planted.live[level].get(f"{body['kind']}/{edit.name}")
    if there is None:
        [space] = {each.namespace for each in planted.live[level].values()}
        gone = Object(body["apiVersion"], body["kind"], space, edit.name, msgspec.json.encode(body))
        return Difference(gone, (), body, ABSENT, "missing")
    live = value_at(there.body, edit.path)
    judged = "undeclared" if edit.declared is ABSENT else "missing" if live is ABSENT else "changed"
    return Difference(there, edit.path, edit.declared, live, judged)


def told(planted: Planted, edit: Edit, level: str, log: AuditLog | None = None) -> Difference:
    live = Objects("live", tuple(planted.live[level].values()))
    [found] = attribute_authors([difference(edit, planted, level)], live, log or planted.log, ())
    return found


def named(name: str) -> Edit:
    return next(edit for edit in EDITS if edit.name == name)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
@pytest.mark.parametrize("level", LEVELS)
def test_whoever_edited_by_hand_is_named(planted, level, edit):
    author = told(planted, edit, level).authors[0]

    expected = (edit.manager, USERS[edit.user], "127.0.0.1", edit.told[LEVELS.index(level)])
    assert (author.manager, author.user, author.address, author.match) == expected, author.evidence
    assert planted.since < author.moment < datetime.now(UTC)


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.name != "scaled"], ids=lambda edit: edit.name)
def test_without_a_log_the_manager_is_told_as_long_as_something_is_left_of_the_edit(planted, edit):
    authors = told(planted, edit, "Metadata", AuditLog()).authors

    if edit.told == GONE or edit.name == "deleted":
        assert authors == ()
    else:
        assert (authors[0].manager, authors[0].user, authors[0].match) == (edit.manager, "", "")
        assert planted.since < authors[0].moment < datetime.now(UTC)


def test_without_a_log_nobody_knows_when_it_was_scaled(planted):
    assert told(planted, named("scaled"), "Metadata", AuditLog()).authors == (
        Author("kubectl", "Update", "scale", evidence="kubectl (Update through scale), for which no time is recorded"),
    )


def test_whoever_scaled_is_asked_before_who_later_applied_the_same_number(planted):
    [scaled, applied] = managers.value_authors(planted.live["Metadata"]["Deployment/shared"], ("spec", "replicas"), 1)

    assert (scaled.manager, scaled.subresource, scaled.moment) == ("kubectl", "scale", None)
    assert (applied.manager, applied.operation) == ("helm", "Apply")
    assert planted.since < applied.moment
    assert scaled.evidence.startswith("2 managers own it: kubectl, helm; ")


@pytest.mark.parametrize("name", ["image", "zone", "added", "restarted", "unset", "sidecar"])
def test_the_replica_sets_tell_since_when_a_template_differs(planted, name):
    revision = rf"revision %d \(ReplicaSet {name}-\w+\)"
    found = told(planted, named(name), "Metadata").since

    assert re.fullmatch(rf"since {revision % 2} of [-\d]+ [\d:]+; {revision % 1} is as git declares", found)


def test_nothing_of_a_secret_is_in_the_log_that_was_read(planted):
    kept = audit_log.dump_audit_log(planted.log, {each.namespace for each in planted.log.writes}).decode()

    assert "trino:476" in kept
    assert not [word for word in ("of-bob", "one-of-git") if word in kept or b64encode(word.encode()).decode() in kept]


def test_the_log_comes_back_as_it_was_kept(planted):
    spaces = {each.namespace for each in planted.log.writes}

    assert audit_log.load_audit_log(audit_log.dump_audit_log(planted.log, spaces)) == planted.log
    assert audit_log.load_audit_log(audit_log.dump_audit_log(planted.log, [])).writes == ()
    assert planted.log.problems == ()
