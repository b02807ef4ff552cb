"""A cluster's objects are those of the namespaces that were asked for, and what could not be read is told."""

import json

import pytest
from tests.servers import faults
from tests.servers.kubernetes import cluster
from tests.servers.process import wait
from tests.sources.kubernetes.test_api_server import access, through

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.objects import Object
from trinokit.sources.kubernetes import listing
from trinokit.sources.kubernetes.api_server import ApiServer

# The server's memory is compacted, and its lists are read page by page.
pytestmark = pytest.mark.xdist_group("stack")

DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "scaledobjects.keda.sh"},
    "spec": {
        "group": "keda.sh",
        "scope": "Namespaced",
        "names": {"plural": "scaledobjects", "singular": "scaledobject", "kind": "ScaledObject"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        ],
    },
}


def where(*namespaces: str, kinds: list[str] = ()) -> KubernetesAccess:
    return KubernetesAccess({"trino": list(namespaces)}, context=cluster.CONTEXT, kinds=list(kinds))


def read(api: ApiServer, *namespaces: str, kinds: list[str] = (), also: tuple[Object, ...] = ()) -> listing.Objects:
    return listing.list_live_objects(api, where(*namespaces, kinds=kinds), lambda each: each, also)


def declared(api_version: str, kind: str, namespace: str, name: str = "a") -> Object:
    return Object(api_version, kind, namespace, name, b"{}")


@pytest.fixture
def administrator(kubernetes, tmp_path) -> ApiServer:
    return access(tmp_path, (kubernetes / "admin.kubeconfig").read_text())


@pytest.fixture
def pair(kubectl, namespace):
    """Two namespaces with a ConfigMap each, of which only the first is asked for."""
    other = f"{namespace}-other"
    kubectl("create", "namespace", other)
    for name in (namespace, other):
        kubectl("create", "configmap", f"of-{name}", "-n", name)
    yield namespace, other
    kubectl("delete", "namespace", other, "--wait=false")


def names(objects: listing.Objects, kind: str) -> list[str]:
    return [each.name for each in objects.of(kind) if each.name != "kube-root-ca.crt"]


def test_only_the_namespaces_asked_for_are_read_and_what_belongs_to_none(administrator, pair):
    mine, other = pair

    objects = read(administrator, mine)

    assert names(objects, "Namespace") == [mine]
    assert names(objects, "ConfigMap") == [f"of-{mine}"]
    assert {each.namespace for each in objects.items} == {mine, ""}
    assert names(objects, "Node") == [f"node-{number}" for number in range(cluster.NODES)]
    assert objects.unread == {}
    assert objects.roles == {mine: "trino"}
    assert objects.about == {"Kubernetes": "v1.36.3"}


def test_one_list_a_kind_and_nothing_but_get_and_list(kubernetes, pair, tmp_path):
    with faults.network(kubernetes, cluster.PORT) as network:
        read(through(network, tmp_path), *pair)

    paths = [request.partition("?")[0] for request in network.requests]
    assert len(paths) == len(set(paths)) == len(listing.DEFAULT_RESOURCES) + 3
    assert not [request for request in network.requests if "watch" in request]


def test_the_objects_of_other_namespaces_never_travel(kubernetes, pair, tmp_path):
    mine, other = pair
    with faults.network(kubernetes, cluster.PORT) as network:
        read(through(network, tmp_path), mine)

    [request] = [request for request in network.requests if "/configmaps?" in request]
    assert f"metadata.namespace%21%3D{other}" in request
    assert f"%3D{mine}," not in request + ","


def test_very_many_other_namespaces_are_not_all_named_in_an_address(kubernetes, pair, tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "_LONGEST_SELECTOR", 10)
    mine, _ = pair

    with faults.network(kubernetes, cluster.PORT) as network:
        objects = read(through(network, tmp_path), mine)

    assert names(objects, "ConfigMap") == [f"of-{mine}"]
    assert objects.unread == {}
    assert not [request for request in network.requests if "fieldSelector" in request]


def test_a_namespace_that_is_not_there_is_told(administrator, namespace):
    assert read(administrator, namespace, "hvie").unread == {"Namespace hvie": "the cluster has no such namespace"}


def test_objects_come_in_a_total_order(administrator, kubectl, namespace):
    for name in ("c", "a", "b"):
        kubectl("create", "configmap", name, "-n", namespace)

    objects = read(administrator, namespace)

    assert names(objects, "ConfigMap") == ["a", "b", "c"]
    places = [(each.api_version, each.kind, each.namespace, each.name) for each in objects.items]
    assert places == sorted(places)


def test_kinds_are_added_as_kubectl_spells_them(administrator, namespace):
    objects = read(
        administrator, namespace, "kube-system", kinds=["leases.coordination.k8s.io", "events", "foos.example"]
    )

    assert "Lease" in {each.kind for each in objects.items}
    assert "Event" not in objects.unread
    assert objects.unread == {"foos.example": "the server has no such kind"}


def test_a_kind_that_is_read_anyway_is_read_once(administrator, namespace):
    # A new namespace gets its certificates a moment later.
    assert wait(lambda: read(administrator, namespace).of("ConfigMap"), 60)

    objects = read(administrator, namespace, kinds=["configmaps", "deployments.apps", "namespaces"])

    assert [each.name for each in objects.of("ConfigMap", "Namespace")] == [namespace, "kube-root-ca.crt"]
    assert objects.unread == {}


def test_custom_resources_of_the_known_definitions_are_read(administrator, kubectl, namespace):
    kubectl("apply", "-f", "-", given=json.dumps(DEFINITION))
    kubectl("wait", "--for=condition=Established", "crd/scaledobjects.keda.sh", "--timeout=30s")
    scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "workers"}, "spec": {}}
    kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps(scaled))
    try:
        [found] = [each for each in read(administrator, namespace).items if each.kind == "ScaledObject"]
    finally:
        kubectl("delete", "crd", "scaledobjects.keda.sh")

    assert (found.api_version, str(found)) == ("keda.sh/v1alpha1", f"ScaledObject/workers in {namespace}")


SCALER = {
    "apiVersion": "autoscaling/v1",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "a"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}, "maxReplicas": 3},
}


def test_what_git_declares_is_read_in_the_version_in_which_it_is_declared(administrator, kubectl, namespace):
    for name in ("a", "b"):
        kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps(SCALER | {"metadata": {"name": name}}))
    kubectl("create", "-n", namespace, "-f", "-", given=json.dumps(LEASE))
    also = (
        declared("autoscaling/v1", "HorizontalPodAutoscaler", namespace),
        declared("coordination.k8s.io/v1", "Lease", namespace),
        declared("v1", "Event", namespace),
    )

    objects = read(administrator, namespace, also=also)

    found = {(each.kind, each.name): each.api_version for each in objects.items if each.namespace == namespace}
    assert objects.unread == {}
    assert found["Lease", "lock"] == "coordination.k8s.io/v1"
    assert {name: found["HorizontalPodAutoscaler", name] for name in ("a", "b")} == {
        "a": "autoscaling/v1",
        "b": "autoscaling/v2",
    }
    assert [each.name for each in objects.of("HorizontalPodAutoscaler")] == ["a", "b"]


LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "lock"}, "spec": {}}


def test_a_declared_kind_that_the_server_does_not_have_is_told(administrator, namespace):
    also = (
        declared("cert-manager.io/v1", "Certificate", namespace),
        declared("apps/v1", "Scale", namespace),
        declared("v1", "Pdo", namespace),
    )

    assert read(administrator, namespace, also=also).unread == {
        "Certificate (cert-manager.io/v1)": "the server has no such kind",
        "Pdo (v1)": "the server has no such kind",
        "Scale (apps/v1)": "the server has no such kind",
    }


def test_a_declared_version_that_the_server_does_not_have_is_told_with_the_one_it_has(
    administrator, kubectl, namespace
):
    kubectl("create", "-n", namespace, "-f", "-", given=json.dumps(LEASE))
    also = (
        declared("policy/v1beta1", "PodDisruptionBudget", namespace),
        declared("coordination.k8s.io/v1beta1", "Lease", namespace, "lock"),
    )

    objects = read(administrator, namespace, also=also)

    assert objects.unread == {
        "Lease (coordination.k8s.io/v1beta1)": "the server has it as coordination.k8s.io/v1 alone",
        "PodDisruptionBudget (policy/v1beta1)": "the server has it as policy/v1 alone",
    }
    assert [each.api_version for each in objects.items if each.kind == "Lease"] == ["coordination.k8s.io/v1"]


def test_what_is_declared_in_a_namespace_that_is_not_read_is_told(administrator, namespace):
    also = (
        declared("v1", "ConfigMap", "elsewhere"),
        declared("v1", "ConfigMap", namespace),
        declared("storage.k8s.io/v1", "StorageClass", ""),
    )

    assert read(administrator, namespace, also=also).unread == {
        "ConfigMap in elsewhere": "clusters.yaml does not name this namespace"
    }


def test_the_kinds_of_a_version_are_asked_for_once_and_a_refusal_is_told(kubernetes, namespace, tmp_path):
    also = (
        declared("coordination.k8s.io/v1", "Lease", namespace),
        declared("coordination.k8s.io/v1", "Loan", namespace),
        declared("v1", "ConfigMap", namespace),
    )
    with faults.network(kubernetes, cluster.PORT) as network:
        network.faults = [None, None, None, 403]
        objects = read(through(network, tmp_path), namespace, also=also)

    assert [each for each in network.requests if each == "/apis/coordination.k8s.io/v1"] == [
        "/apis/coordination.k8s.io/v1"
    ]
    assert objects.unread == {
        "Lease (coordination.k8s.io/v1)": "status 403: told to fail",
        "Loan (coordination.k8s.io/v1)": "status 403: told to fail",
        "kinds of coordination.k8s.io/v1": "status 403: told to fail",
    }


@pytest.fixture
def restricted(kubernetes, kubectl, pair, tmp_path) -> ApiServer:
    """Somebody who may get and list ConfigMaps in one namespace, and nothing else."""
    mine, _ = pair
    kubectl("create", "serviceaccount", "reader", "-n", mine)
    kubectl("create", "role", "reader", "-n", mine, "--verb=get,list", "--resource=configmaps")
    kubectl("create", "rolebinding", "reader", "-n", mine, "--role=reader", f"--serviceaccount={mine}:reader")
    token = kubectl("create", "token", "reader", "-n", mine)
    return access(tmp_path, cluster.access(kubernetes, {"token": token}))


def test_whoever_may_read_one_namespace_only_reads_that_and_is_told_the_rest(restricted, pair):
    mine, other = pair

    objects = read(restricted, mine, other)

    assert [str(each) for each in objects.items if each.name.startswith("of-")] == [f"ConfigMap/of-{mine} in {mine}"]
    assert {each.kind for each in objects.items} == {"ConfigMap"}
    assert f"ConfigMap in {mine}" not in objects.unread
    assert f"ConfigMap in {other}" in objects.unread
    assert objects.unread["Node"].endswith('cannot list resource "nodes" in API group "" at the cluster scope')
    # What may be read nowhere is told once, and not for each namespace.
    assert objects.unread["Secret"].endswith(f'"secrets" in API group "" in the namespace "{other}"')
    assert not [what for what in objects.unread if what.startswith("Secret in")]


def test_whoever_may_list_a_kind_in_one_namespace_only_is_not_refused_it(kubernetes, kubectl, restricted, pair):
    mine, _ = pair
    kubectl("create", "clusterrole", mine, "--verb=get,list", "--resource=namespaces")
    kubectl("create", "clusterrolebinding", mine, f"--clusterrole={mine}", f"--serviceaccount={mine}:reader")
    try:
        objects = read(restricted, mine)
    finally:
        kubectl("delete", "clusterrole,clusterrolebinding", mine)

    assert names(objects, "ConfigMap") == [f"of-{mine}"]
    assert "ConfigMap" not in objects.unread
    assert "Namespace" not in objects.unread


def test_a_forbidden_kind_is_told_and_the_rest_goes_on(kubernetes, kubectl, pair, tmp_path):
    mine, _ = pair
    rules = "--verb=get,list", "--resource=namespaces,configmaps,pods,nodes"
    kubectl("create", "clusterrole", mine, *rules)
    kubectl("create", "serviceaccount", "reader", "-n", mine)
    kubectl("create", "clusterrolebinding", mine, f"--clusterrole={mine}", f"--serviceaccount={mine}:reader")
    token = kubectl("create", "token", "reader", "-n", mine)
    try:
        objects = read(access(tmp_path, cluster.access(kubernetes, {"token": token})), mine)
    finally:
        kubectl("delete", "clusterrole,clusterrolebinding", mine)

    assert {each.kind for each in objects.items} == {"Namespace", "ConfigMap", "Node"}
    assert "Secret" in objects.unread
    assert "StorageClass" in objects.unread
    assert len(objects.unread) == len(listing.DEFAULT_RESOURCES) + 1 - 3


def test_a_kind_that_the_server_cannot_list_is_told_and_the_rest_goes_on(kubernetes, pair, tmp_path):
    mine, _ = pair
    with faults.network(kubernetes, cluster.PORT) as network:
        # The version, the namespaces and the definitions pass; then the nodes fail as often as they are asked for.
        network.faults = [None, None, None, *[503] * 5]
        objects = read(through(network, tmp_path), mine)

    assert objects.unread == {"Node": "status 503: told to fail"}
    assert names(objects, "ConfigMap") == [f"of-{mine}"]


def test_a_server_that_is_unwell_from_the_first_is_not_asked_for_thirty_kinds(kubernetes, tmp_path):
    with faults.network(kubernetes, cluster.PORT) as network:
        network.faults = [503] * 50
        with pytest.raises(SourceError, match="to be well, found status 503: told to fail"):
            read(through(network, tmp_path), "trino")

    assert len(network.requests) == 5


def test_wrong_credentials_stop_at_once(kubernetes, pair, tmp_path):
    nobody = access(tmp_path, cluster.access(kubernetes, {"token": "wrong"}))

    with pytest.raises(SourceError, match="found 401"):
        read(nobody, *pair)
