"""Objects of both sides are paired by name; what stands alone is judged by who made it."""

import pytest
from tests.architecture.objects import objects
from tests.drift.samples import an_object

from trinokit.drift import pairing
from trinokit.drift.differences import ABSENT
from trinokit.errors import ParameterError
from trinokit.objects import Objects


def alone(kind: str, name: str, **body: object) -> tuple[str, str]:
    """What a live object that git does not declare is judged, and why."""
    live = Objects("live", (an_object(kind, name, **body), SET))
    [found] = pairing.undeclared_differences(live.items[:1], live)
    assert (found.path, found.declared) == ((), ABSENT)
    return found.judged, found.reason


SET = an_object(
    "StatefulSet", "mysql", version="apps/v1", spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
)


def test_objects_of_one_name_are_paired_whatever_version_they_are_read_in():
    old = an_object("HorizontalPodAutoscaler", "a", version="autoscaling/v1")
    new = an_object("HorizontalPodAutoscaler", "a", version="autoscaling/v2")
    pairs, declared, live = pairing.pair_objects(Objects("declared", (old,)), Objects("live", (new,)))

    assert ([(each.declared, each.live) for each in pairs], declared, live) == ([(old, new)], [], [])


@pytest.mark.parametrize("other", [{"version": "apps/v1"}, {"namespace": "redis"}, {"name": "b"}, {"kind": "Secret"}])
def test_objects_of_another_name_are_not(other):
    here = an_object("ConfigMap", "a")
    there = an_object(**{"kind": "ConfigMap", "name": "a"} | other)

    assert pairing.pair_objects(Objects("declared", (here,)), Objects("live", (there,))) == ([], [here], [there])


def test_a_declared_object_that_is_not_there_is_missing():
    gone = an_object("ConfigMap", "a")
    [found] = pairing.missing_differences([gone], Objects("live", ()))

    assert (found.object, found.path, found.live, found.judged) == (gone, (), ABSENT, "missing")


@pytest.mark.parametrize("unread", ["ConfigMap", "ConfigMap in trino", "ConfigMap (v1)"])
def test_what_could_not_be_read_is_not_taken_for_missing(unread):
    assert pairing.missing_differences([an_object("ConfigMap", "a")], Objects("live", (), {unread: "forbidden"})) == []


def test_what_could_not_be_read_elsewhere_is_missing_here():
    unread = {"ConfigMap in redis": "forbidden", "Secret": "forbidden"}

    assert len(pairing.missing_differences([an_object("ConfigMap", "a")], Objects("live", (), unread))) == 1


@pytest.mark.parametrize(
    ("job", "judged"),
    [
        ({"spec": {"ttlSecondsAfterFinished": 60}}, "managed"),
        ({"metadata": {"annotations": {"helm.sh/hook": "post-install"}}}, "operational"),
        ({}, "missing"),
    ],
)
def test_a_job_that_removes_itself_and_a_hook_are_not_missing(job, judged):
    [found] = pairing.missing_differences([an_object("Job", "a", version="batch/v1", **job)], Objects("live", ()))

    assert found.judged == judged


@pytest.mark.parametrize(
    ("kind", "name", "body", "reason"),
    [
        (
            "Pod",
            "a-1",
            {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "controller": True}]}},
            "made by a ReplicaSet",
        ),
        ("ConfigMap", "kube-root-ca.crt", {}, "Kubernetes makes it itself"),
        ("ServiceAccount", "default", {}, "Kubernetes makes it itself"),
        ("Node", "node-0", {"namespace": ""}, "Kubernetes makes it itself"),
        ("ClusterRole", "system:node", {"version": "rbac.authorization.k8s.io/v1"}, "Kubernetes makes it itself"),
        (
            "ClusterRole",
            "view",
            {"metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}},
            "Kubernetes makes it itself",
        ),
        ("Secret", "t", {"type": "kubernetes.io/service-account-token"}, "a token that Kubernetes made"),
        ("Secret", "sh.helm.release.v1.a.v1", {"type": "helm.sh/release.v1"}, "Helm keeps a release in it"),
        ("PersistentVolumeClaim", "data-mysql-0", {}, "a claim of StatefulSet/mysql"),
        (
            "PersistentVolume",
            "pvc-1",
            {"namespace": "", "metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": "x"}}},
            "provisioned for a claim",
        ),
        (
            "EndpointSlice",
            "a-x",
            {"metadata": {"labels": {"endpointslice.kubernetes.io/managed-by": "x"}}},
            "made for a Service",
        ),
        (
            "Secret",
            "tls",
            {"metadata": {"annotations": {"cert-manager.io/certificate-name": "x"}}},
            "cert-manager issued it",
        ),
    ],
)
def test_what_a_controller_or_kubernetes_made_is_managed(kind, name, body, reason):
    assert alone(kind, name, **body) == ("managed", reason)


@pytest.mark.parametrize(
    ("kind", "name", "body"),
    [
        ("Pod", "debug", {}),
        ("ReplicaSet", "a", {"metadata": {"ownerReferences": [{"kind": "Deployment"}]}}),
        ("ConfigMap", "kube-root-ca.crt.bak", {}),
        ("ServiceAccount", "default-2", {}),
        ("ClusterRole", "systemd", {}),
        ("RoleBinding", "system:fake", {}),
        ("Secret", "t", {"type": "Opaque"}),
        ("ConfigMap", "t", {"type": "helm.sh/release.v1"}),
        ("PersistentVolumeClaim", "data-mysql-x", {}),
        ("PersistentVolumeClaim", "data-mysql-0", {"namespace": "redis"}),
        ("ConfigMap", "data-mysql-0", {}),
        ("PersistentVolume", "by-hand", {"namespace": ""}),
    ],
)
def test_what_nobody_made_who_was_entitled_to_is_undeclared(kind, name, body):
    assert alone(kind, name, **body) == ("undeclared", "")


SPACES = """
{kind: Namespace, metadata: {name: trino}}
---
{kind: Namespace, metadata: {name: redis}}
---
{kind: Node, metadata: {name: node-0}}
---
{kind: ConfigMap, metadata: {name: a}}
---
{kind: ConfigMap, metadata: {name: b, namespace: redis}}
"""


def test_a_namespace_is_looked_at_with_what_lies_in_none():
    every = objects(SPACES, roles={"trino": "engine", "redis": "cache"})
    found = pairing.select_namespaces(every, ["redis"])

    assert [str(each) for each in found.items] == ["Namespace/redis", "Node/node-0", "ConfigMap/b in redis"]
    assert found.roles == {"redis": "cache"}
    assert pairing.select_namespaces(every, []) is every


def test_a_namespace_that_the_cluster_has_not_is_refused():
    with pytest.raises(ParameterError, match=r"found 'trinoo'.\n  -> did you mean trino\?"):
        pairing.select_namespaces(objects(SPACES, roles={"trino": "", "redis": ""}), ["trinoo"])
