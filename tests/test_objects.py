"""An object is found by what it is, and decoded only where somebody looks."""

from trinokit.objects import Object, Objects


def made(kind: str, namespace: str, name: str, api_version: str = "v1", raw: bytes = b"{}") -> Object:
    return Object(api_version, kind, namespace, name, raw)


COORDINATOR = made(
    *("Deployment", "trino", "coordinator", "apps/v1"),
    raw=b'{"metadata": {"labels": {"app": "trino"}, "annotations": null}, "spec": {"replicas": 1}}',
)
WORKER = made("Deployment", "trino", "worker", "apps/v1")
METASTORE = made("StatefulSet", "hive", "metastore", "apps/v1")
NODE = made("Node", "", "node-0")
KNATIVE = made("Service", "trino", "web", "serving.knative.dev/v1")
SERVICE = made("Service", "trino", "web")
INGRESS = made("Ingress", "trino", "web", "networking.k8s.io/v1")
EVERYTHING = Objects("live", (WORKER, NODE, COORDINATOR, KNATIVE, SERVICE, METASTORE, INGRESS))


def test_an_object_is_named_as_a_finding_names_it():
    assert str(COORDINATOR) == "Deployment/coordinator in trino"
    assert str(NODE) == "Node/node-0"


def test_the_group_stands_before_the_version():
    assert [each.group for each in (NODE, WORKER, INGRESS, KNATIVE)] == [
        "",
        "apps",
        "networking.k8s.io",
        "serving.knative.dev",
    ]


def test_a_kind_of_the_same_name_in_another_group_is_another_kind():
    assert EVERYTHING.of("Service") == [SERVICE]
    assert EVERYTHING.find("Service", "trino", "web") is SERVICE
    assert not KNATIVE.is_built_in


def test_objects_come_by_namespace_and_name_whatever_their_kind():
    assert EVERYTHING.of("Deployment") == [COORDINATOR, WORKER]
    assert EVERYTHING.of("StatefulSet", "Deployment") == [METASTORE, COORDINATOR, WORKER]
    assert EVERYTHING.of("CronJob") == []


def test_an_object_is_found_by_its_kind_namespace_and_name():
    assert EVERYTHING.find("Node", "", "node-0") is NODE
    assert EVERYTHING.find("Deployment", "hive", "worker") is None


def test_a_path_that_ends_early_leads_to_nothing():
    assert COORDINATOR.at("spec", "replicas") == 1
    assert COORDINATOR.at("spec", "replicas", "more") is None
    assert COORDINATOR.at("status", "readyReplicas") is None


def test_labels_and_annotations_are_empty_where_there_are_none():
    assert (COORDINATOR.labels, COORDINATOR.annotations) == ({"app": "trino"}, {})
    assert (WORKER.labels, WORKER.annotations) == ({}, {})


def test_what_is_no_json_is_not_looked_into_before_somebody_asks():
    broken = made("ConfigMap", "trino", "broken", raw=b"not json")

    assert Objects("live", (broken,)).of("ConfigMap") == [broken]
