"""What Helm deployed is read from its own Secrets, with the secrets in it hashed."""

import gzip
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import DeclaredPart, KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object
from trinokit.observations import HelmRevision
from trinokit.sources.kubernetes import helm_releases
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.secrets.redaction import redact_object

KEY = b"0123456789abcdef0123456789abcdef"
TEMPLATES = """
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {size: "{{ .Values.size }}"}
---
apiVersion: v1
kind: Secret
metadata: {name: secret}
stringData: {word: "sesame-{{ .Values.size }}"}
"""


def redact(object: Object) -> Object:
    return redact_object(object, KEY)


def api(folder: Path, text: str) -> ApiServer:
    (folder / "kubeconfig").write_text(text)
    return ApiServer(
        KubernetesAccess({"trino": "trino"}, context=cluster.CONTEXT, kubeconfig=str(folder / "kubeconfig"))
    )


@pytest.fixture
def admin(kubernetes, tmp_path) -> ApiServer:
    return api(tmp_path, cluster.kubeconfig(CACHE).read_text())


@pytest.fixture
def chart(tmp_path) -> Path:
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "Chart.yaml").write_text("{apiVersion: v2, name: stack, version: 0.1.0}")
    (tmp_path / "chart" / "templates" / "all.yaml").write_text(TEMPLATES)
    return tmp_path / "chart"


def part(namespace: str, release: str | None = "stack") -> DeclaredPart:
    return DeclaredPart("chart", namespace=namespace, release=release)


def sizes(found: tuple[HelmRevision, ...]) -> list[tuple[int, str, str]]:
    return [(each.revision, each.status, each.items[-1].body["data"].get("size", "")) for each in found]


def test_every_revision_of_a_release_is_read_with_what_it_deployed(admin, chart, namespace):
    began = datetime.now(UTC) - timedelta(seconds=1)
    for size in "12":
        cluster.helm(CACHE, "upgrade", "--install", "stack", str(chart), "-n", namespace, "--set", f"size={size}")

    found, unread = helm_releases.read_helm_revisions(admin, [part(namespace), part(namespace, None)], redact)

    assert unread == {}
    assert [(each.name, each.namespace, each.revision, each.status) for each in found] == [
        ("stack", namespace, 1, "superseded"),
        ("stack", namespace, 2, "deployed"),
    ]
    assert all(began < each.moment < datetime.now(UTC) for each in found)
    maps = [item for each in found for item in each.items if item.kind == "ConfigMap"]
    assert [(each.place, each.body["data"]) for each in maps] == [
        (("v1", "ConfigMap", namespace, "config"), {"size": size}) for size in "12"
    ]
    hashed = [
        redact(Object("v1", "Secret", "", "", json.dumps({"stringData": {"word": f"sesame-{n}"}}).encode()))
        for n in "12"
    ]
    secrets = [item.body["data"] for each in found for item in each.items if item.kind == "Secret"]
    assert secrets == [each.body["data"] for each in hashed]
    kept = helm_releases.dump_helm_revisions(found)
    assert b"sesame" not in kept
    assert helm_releases.dump_helm_revisions(helm_releases.load_helm_revisions(kept)) == kept
    assert helm_releases.load_helm_revisions(kept) == found


def secret(namespace: str, version: int, release: object, *, kind: str = "helm.sh/release.v1") -> dict:
    """A Secret such as Helm makes, which holds *release*."""
    text = release if isinstance(release, bytes) else json.dumps(release).encode()
    packed = b64encode(gzip.compress(text)) if not isinstance(release, bytes) else release
    labels = {"owner": "helm", "name": "stack", "version": str(version)}
    name = f"sh.helm.release.v1.stack.v{version}"
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "data": {"release": b64encode(packed).decode()},
    }


def a_release(version: int, manifest: str = "", **info: str) -> dict:
    about = {"last_deployed": "2026-11-24T13:05:00.123456789+01:00", "status": "superseded"} | info
    return {"name": "stack", "version": version, "info": about, "manifest": manifest}


@pytest.fixture
def keep(kubectl, namespace):
    """Keeps Secrets in the namespace."""

    def keeping(*secrets: dict) -> None:
        kubectl("create", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(secrets)}))

    return keeping


def test_the_last_ten_revisions_are_read_in_their_order(admin, keep, namespace):
    keep(
        *(secret(namespace, version, a_release(version)) for version in range(1, 13)),
        secret(namespace, 99, {}, kind="a/b"),
    )

    found, unread = helm_releases.read_helm_revisions(admin, [part(namespace)], redact)
    assert ([each.revision for each in found], unread) == (list(range(3, 13)), {})
    assert {each.moment for each in found} == {datetime(2026, 11, 24, 12, 5, 0, 123457, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("release", "reason"),
    [
        (b"no base64", "it could not be read: "),
        (b64encode(b"no gzip"), "it could not be read: Not a gzipped file"),
        (b64encode(gzip.compress(b"cut off", mtime=0)[:-9]), "it could not be read: Compressed file ended"),
        ([], "it could not be read: Expected `object`, got `array`"),
        ({"version": 1}, "it could not be read: Object missing required field `info`"),
        (a_release(1, last_deployed="then"), "it could not be read: Invalid RFC3339"),
        (a_release(1, "a: [\n"), "it could not be read: the manifest of sh.helm.release.v1.stack.v1, line 2: expected"),
        (a_release(1, "a: b\n"), "it could not be read: the manifest of sh.helm.release.v1.stack.v1"),
    ],
)
def test_a_revision_that_cannot_be_read_is_told_and_the_others_go_on(admin, keep, namespace, release, reason):
    keep(secret(namespace, 1, release), secret(namespace, 2, a_release(2)))

    found, unread = helm_releases.read_helm_revisions(admin, [part(namespace)], redact)
    assert [each.revision for each in found] == [2]
    [(name, told)] = unread.items()
    assert name == "Helm release Secret sh.helm.release.v1.stack.v1"
    assert told.startswith(reason)


def test_whoever_may_not_read_secrets_is_told_so(kubernetes, kubectl, namespace, tmp_path):
    kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    token = kubectl("create", "token", "nobody", "-n", namespace)

    found, unread = helm_releases.read_helm_revisions(
        api(tmp_path, cluster.access(kubernetes, {"token": token})), [part(namespace)], redact
    )
    assert found == ()
    assert list(unread) == [f"Helm release stack in {namespace}"]
    assert (
        f'cannot list resource "secrets" in API group "" in the namespace "{namespace}"'
        in unread[f"Helm release stack in {namespace}"]
    )


def test_a_release_that_is_not_installed_has_no_revisions(admin, namespace):
    assert helm_releases.read_helm_revisions(admin, [part(namespace, "other")], redact) == ((), {})


def test_nothing_is_asked_where_nothing_is_released(tmp_path):
    assert helm_releases.read_helm_revisions(ApiServer(None), [part("trino", None)], redact) == ((), {})


def test_releases_come_back_as_they_were_kept():
    item = Object("v1", "ConfigMap", "trino", "a", msgspec.json.encode({"data": {"a": "b"}}))
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    found = (HelmRevision("stack", "trino", 3, "deployed", moment, (item,), "v1.1.0", "b" * 40),)

    [again] = helm_releases.load_helm_revisions(helm_releases.dump_helm_revisions(found))
    assert (again, again.items[0].body) == (found[0], item.body)
    assert helm_releases.load_helm_revisions(helm_releases.dump_helm_revisions(())) == ()
    older = b'{"name":"a","namespace":"b","revision":1,"status":"c","moment":"2026-11-24T00:00:00Z","items":[]}'
    assert helm_releases.load_helm_revisions(older) == (HelmRevision("a", "b", 1, "c", moment, ()),)


def test_what_helm_said_of_a_revision_is_told_without_secrets_and_so_is_the_commit_of_its_label(admin, keep, namespace):
    commit = "0123456789abcdef0123456789abcdef01234567"
    labelled = secret(namespace, 2, a_release(2, description="Upgrade failed: password=sesame"))
    labelled["metadata"]["labels"]["trinokit/commit"] = commit
    keep(secret(namespace, 1, a_release(1, description=f"v1.1.0 {commit}")), labelled)

    first, second = helm_releases.read_helm_revisions(admin, [part(namespace)], redact)[0]
    assert (first.description, first.commit) == (f"v1.1.0 {commit}", "")
    assert (second.description.partition(":")[0], second.commit) == ("Upgrade failed", commit)
    assert "sesame" not in second.description


@pytest.mark.parametrize("kept", [b"no json", b"{}"])
def test_what_was_not_kept_by_it_is_refused(kept):
    with pytest.raises(SourceError, match="Expected recorded releases, found: "):
        helm_releases.load_helm_revisions(kept)
