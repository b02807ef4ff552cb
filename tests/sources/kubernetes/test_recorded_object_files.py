"""Objects are kept in one compressed file a kind, come back as they were, and carry no secret with them."""

import base64
import gzip
import json

import msgspec
import pytest
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object, Objects
from trinokit.sources.kubernetes import recorded_object_files
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recording import RecordedParts, record_cluster

NOW = "2026-07-01T00:00:00+00:00"


def made(api_version: str, kind: str, namespace: str, name: str, **body: object) -> Object:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return Object(api_version, kind, namespace, name, json.dumps({"metadata": metadata} | body).encode())


ITEMS = (
    made("apps/v1", "Deployment", "trino", "coordinator", spec={"replicas": 1}),
    made("apps/v1", "Deployment", "trino", "worker", spec={"replicas": 3}),
    made("v1", "ConfigMap", "trino", "catalog", data={"tpch.properties": "connector.name=tpch\n"}),
    made("v1", "Node", "", "node-0"),
)
OBJECTS = Objects("live", ITEMS, {"Secret": "forbidden"}, {"trino": "query engine"}, {"Kubernetes": "v1.36.3"})


def test_objects_come_back_as_they_were(tmp_path):
    said = recorded_object_files.write_objects(OBJECTS, tmp_path / "live")
    back = recorded_object_files.read_objects("live", tmp_path / "live", json.loads(json.dumps(said)))

    assert back == OBJECTS
    assert [each.body for each in back.items] == [each.body for each in ITEMS]


def test_a_kind_is_a_file_that_is_a_list_as_kubectl_writes_it(tmp_path):
    said = recorded_object_files.write_objects(OBJECTS, tmp_path / "live")

    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == [
        "configmap.v1.json.gz",
        "deployment.v1.apps.json.gz",
        "node.v1.json.gz",
    ]
    kept = json.loads(gzip.decompress((tmp_path / "live" / "deployment.v1.apps.json.gz").read_bytes()))
    assert (kept["apiVersion"], kept["kind"]) == ("apps/v1", "DeploymentList")
    assert kept["items"] == [each.body for each in ITEMS[:2]]
    assert said["objects"] == {"Deployment apps/v1": 2, "ConfigMap v1": 1, "Node v1": 1}


def test_the_same_objects_make_the_same_files(tmp_path):
    for name in ("one", "two"):
        recorded_object_files.write_objects(OBJECTS, tmp_path / name)

    files = [sorted((path.name, path.read_bytes()) for path in (tmp_path / name).iterdir()) for name in ("one", "two")]
    assert files[0] == files[1]
    # The time that gzip writes into its header is none.
    assert {content[4:8] for _, content in files[0]} == {bytes(4)}


def source(kubernetes, *namespaces: str) -> Live:
    config = str(kubernetes / "admin.kubeconfig")
    where = KubernetesAccess({"trino": list(namespaces)}, context=cluster.CONTEXT, kubeconfig=config)
    return Live("here", Cluster(kubernetes=where), "")


def test_what_is_live_is_what_was_recorded_but_for_the_key_of_the_secrets(kubernetes, kubectl, namespace, tmp_path):
    kubectl("create", "configmap", "catalog", "-n", namespace, "--from-literal=tpch.properties=connector.name=tpch")
    record_cluster(
        source(kubernetes, namespace), tmp_path / "recorded", RecordedParts(sides=("live",)), recorded_at=NOW
    )

    recorded = Recorded("recorded/here", tmp_path / "recorded").objects.live()
    live = source(kubernetes, namespace).objects.live()

    def settled(objects: Objects) -> list[Object]:
        return [each for each in objects.items if each.namespace == namespace]

    assert settled(recorded) == settled(live)
    assert [each.body for each in settled(recorded)] == [each.body for each in settled(live)]
    assert recorded.roles == live.roles == {namespace: "trino"}
    assert recorded.about == {"recorded from": "here", "recorded at": NOW, "Kubernetes": "v1.36.3"}


def test_a_side_that_was_not_recorded_is_told(kubernetes, namespace, tmp_path):
    record_cluster(
        source(kubernetes, namespace), tmp_path / "recorded", RecordedParts(sides=("live",)), recorded_at=NOW
    )
    recorded = Recorded("recorded/here", tmp_path / "recorded")

    with pytest.raises(SourceError, match="Expected declared objects in recorded/here, found none"):
        recorded.objects.declared()
    with pytest.raises(SourceError, match="Expected a history of queries in recorded/here, found none"):
        recorded.queries.source_table()
    with pytest.raises(SourceError, match="Expected a history of queries in recorded/here, found none"):
        recorded.queries.require_completed_queries("2026-07-01", "2026-07-02")


def test_a_file_that_was_changed_is_noticed(kubernetes, namespace, tmp_path):
    record_cluster(
        source(kubernetes, namespace), tmp_path / "recorded", RecordedParts(sides=("live",)), recorded_at=NOW
    )
    (tmp_path / "recorded" / "objects" / "live" / "node.v1.json.gz").write_bytes(b"")

    with pytest.raises(SourceError, match="Expected node.v1.json.gz as it was recorded"):
        Recorded("recorded/here", tmp_path / "recorded")


def test_a_cluster_without_that_side_says_what_to_write(kubernetes, namespace):
    with pytest.raises(SourceError, match=r"write kubernetes: or declared: into its entry"):
        source(kubernetes, namespace).objects.declared()


PLANTED = [f"canary-{number}-correct-horse" for number in range(6)]


def planted(namespace: str) -> list[dict]:
    """Objects with secrets in every place in which people keep them."""
    in_data, in_string, in_config, in_env, in_url, in_xml = PLANTED
    catalog = f"connector.name=mysql\nconnection-user=trino\nconnection-password={in_config}\n"
    site = f"<property><name>javax.jdo.option.ConnectionPassword</name><value>{in_xml}</value></property>"
    container = {
        "name": "trino",
        "image": "trinodb/trino:476",
        "env": [
            {"name": "MYSQL_PASSWORD", "value": in_env},
            {"name": "BACKEND", "value": f"redis://:{in_url}@redis:6379"},
        ],
    }
    labels = {"matchLabels": {"app": "trino"}}
    template = {"metadata": {"labels": {"app": "trino"}}, "spec": {"containers": [container]}}
    return [
        {
            **{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "access"}},
            "data": {"password": base64.b64encode(in_data.encode()).decode()},
            "stringData": {"token": in_string},
        },
        {
            **{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "catalog"}},
            "data": {"mysql.properties": catalog, "metastore-site.xml": site},
        },
        {
            **{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "trino"}},
            "spec": {"replicas": 1, "selector": labels, "template": template},
        },
    ]


def test_no_planted_secret_is_in_any_produced_file(kubernetes, kubectl, namespace, clone, tmp_path):
    # kubectl apply keeps a copy of everything in an annotation; the ReplicaSet and the Pod have copies of the template.
    items = {"apiVersion": "v1", "kind": "List", "items": planted(namespace)}
    kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps(items))
    kubectl("rollout", "status", "-n", namespace, "deployment/trino", "--timeout=60s")

    clone.commit({"stack/all.yaml": json.dumps(items)})
    parts = [DeclaredPart("stack", str(clone.folder), namespace=namespace)]
    both = Live("here", msgspec.structs.replace(source(kubernetes, namespace).cluster, declared=parts), "mysql.a.b")

    record_cluster(both, tmp_path / "recorded", RecordedParts(sides=("live", "declared")), recorded_at=NOW)

    folder = tmp_path / "recorded"
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    texts = {
        name: gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        for name, path in files.items()
    }
    live = {f"objects/live/{name}.json.gz" for name in ("secret.v1", "replicaset.v1.apps", "pod.v1")}
    declared = {f"objects/declared/{name}.json.gz" for name in ("secret.v1", "configmap.v1", "deployment.v1.apps")}
    assert live | declared | {"recording.json"} <= set(files)
    for secret in PLANTED:
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"=")):
            assert not [name for name, text in texts.items() if form in text], secret
    for side in ("live", "declared"):
        assert b"connection-user=trino" in texts[f"objects/{side}/configmap.v1.json.gz"]
