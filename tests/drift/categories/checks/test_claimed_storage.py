"""Claims have the storage that git declares, and volumes are what their claims ask for."""

import pytest
from tests.architecture.objects import objects, workload

from trinokit.drift.categories.checks import claimed_storage
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

SPEC = {
    "accessModes": ["ReadWriteOnce"],
    "storageClassName": "fast",
    "resources": {"requests": {"storage": "10Gi"}},
    "volumeMode": "Filesystem",
}
CLAIM, VOLUME = "PersistentVolumeClaim/data-minio-0", "PersistentVolume/pv-0"
FOR = "claim data-minio-0 in trino"


def minio(replicas: int = 1, **spec: object) -> dict:
    template = {"metadata": {"name": "data"}, "spec": {key: each for key, each in (SPEC | spec).items() if each}}
    return workload("minio", kind="StatefulSet", spec={"replicas": replicas, "volumeClaimTemplates": [template]})


def claim(number: int = 0, *, given: str = "10Gi", phase: str = "Bound", **spec: object) -> dict:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": f"data-minio-{number}", "namespace": "trino"},
        "spec": SPEC | {"volumeName": f"pv-{number}"} | spec,
        "status": {"phase": phase, "capacity": {"storage": given}},
    }


def volume(number: int = 0, *, holder: str = "data-minio-0", size: str = "10Gi", **spec: object) -> dict:
    held = {"namespace": "trino", "name": holder}
    body = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}
    body |= {"claimRef": held, "persistentVolumeReclaimPolicy": "Retain"} | spec
    return {"kind": "PersistentVolume", "metadata": {"name": f"pv-{number}"}, "spec": body}


def storage_class(name: str = "fast", policy: str = "Retain", *, default: bool = False, made: str = "") -> dict:
    marks = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    metadata = {"name": name, "annotations": marks, "creationTimestamp": made}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": metadata,
        "reclaimPolicy": policy,
    }


def rows(declared: list[dict], live: list[dict], **about: object) -> list[list]:
    found = claimed_storage.storage_table(objects(*declared, side="declared"), objects(*live, **about))
    return found.to_numpy().tolist()


def judged(declared: list[dict], live: list[dict], **about: object) -> list[Finding]:
    return claimed_storage.storage_findings(
        claimed_storage.storage_table(objects(*declared, side="declared"), objects(*live, **about))
    )


GIT = [minio(), storage_class()]
CLUSTER = [minio(), storage_class(), claim(), volume()]


def test_a_claim_of_a_template_is_compared_with_the_live_one_and_that_with_its_volume():
    head = ["trino", "data-minio-0", "StatefulSet/minio"]

    assert rows(GIT, CLUSTER) == [
        [*head, VOLUME, "access modes", "ReadWriteOnce", "ReadWriteOnce", "same"],
        [*head, VOLUME, "capacity", "10Gi", "10Gi", "same"],
        [*head, VOLUME, "claim", "trino/data-minio-0", "trino/data-minio-0", "same"],
        [*head, VOLUME, "class", "fast", "fast", "same"],
        [*head, VOLUME, "reclaim policy", "Retain", "Retain", "same"],
        [*head, VOLUME, "volume mode", "Filesystem", "Filesystem", "same"],
        [*head, CLAIM, "access modes", "ReadWriteOnce", "ReadWriteOnce", "same"],
        [*head, CLAIM, "capacity", "10Gi", "10Gi", "same"],
        [*head, CLAIM, "capacity given", "10Gi", "10Gi", "same"],
        [*head, CLAIM, "class", "fast", "fast", "same"],
        [*head, CLAIM, "volume mode", "Filesystem", "Filesystem", "same"],
    ]


def test_claims_that_are_as_declared_are_fine():
    assert judged(GIT, CLUSTER) == [Finding(OK, "storage", "1 claim, each with the storage that it asks for")]
    assert judged([], []) == [Finding(OK, "storage", "0 claims, each with the storage that it asks for")]


def resized(claimed: str, given: str | None = None) -> list[dict]:
    request = {"resources": {"requests": {"storage": claimed}}}
    return [minio(), claim(given=given or claimed, **request), volume(size=given or claimed)]


@pytest.mark.parametrize("size", ["10Gi", "10240Mi", "10737418240", 10737418240])
def test_a_capacity_may_be_written_in_any_unit(size):
    assert judged(GIT, resized(size))[0].severity == OK


def test_a_claim_that_grew_is_information_and_one_that_is_smaller_is_drift():
    assert judged(GIT, resized("20Gi")) == [
        Finding(
            INFO,
            f"{CLAIM} in trino",
            f"has capacity 20Gi, grown: 10Gi is asked for (StatefulSet/minio, {FOR})",
        )
    ]
    assert [(found.severity, found.sentence) for found in judged(GIT, resized("5Gi"))] == [
        (WARNING, f"has capacity 5Gi, below: 10Gi is asked for (StatefulSet/minio, {FOR})")
    ]


def test_a_volume_that_is_smaller_than_its_claim_is_critical():
    assert judged(GIT, [minio(), claim(), volume(size="9Gi")]) == [
        Finding(CRITICAL, VOLUME, f"has capacity 9Gi, below: 10Gi is asked for (StatefulSet/minio, {FOR})")
    ]


def test_a_capacity_that_is_not_written_differs_from_one_that_is():
    assert judged(GIT, [minio(), claim(), volume(capacity={})]) == [
        Finding(CRITICAL, VOLUME, f"has capacity (none), differs: 10Gi is asked for (StatefulSet/minio, {FOR})")
    ]


def test_a_growth_that_has_not_arrived_is_told():
    sentences = [found.sentence for found in judged(GIT, resized("20Gi", "10Gi"))]

    assert f"has capacity given 10Gi, below: 20Gi is asked for (StatefulSet/minio, {FOR})" in sentences


@pytest.mark.parametrize(
    ("spec", "severity", "sentence"),
    [
        ({"storageClassName": "slow"}, WARNING, "has class slow, differs: fast is asked for"),
        ({"storageClassName": ""}, WARNING, "has class (none), differs: fast is asked for"),
        (
            {"accessModes": ["ReadWriteMany"]},
            WARNING,
            "has access modes ReadWriteMany, differs: ReadWriteOnce is asked for",
        ),
        ({"volumeMode": "Block"}, CRITICAL, "has volume mode Block, differs: Filesystem is asked for"),
    ],
)
def test_a_claim_that_differs_from_its_template_is_told(spec, severity, sentence):
    found = judged(GIT, [minio(), storage_class(), claim(**spec), volume(**spec)])

    wanted = Finding(severity, f"{CLAIM} in trino", f"{sentence} (StatefulSet/minio, {FOR})")
    assert [each for each in found if each.subject != VOLUME] == [wanted]


@pytest.mark.parametrize(
    ("spec", "severity", "sentence"),
    [
        ({"storageClassName": "slow"}, WARNING, "has class slow, differs: fast is asked for"),
        ({"accessModes": ["ReadOnlyMany"]}, WARNING, "has access modes ReadOnlyMany, differs: ReadWriteOnce is asked"),
        ({"volumeMode": "Block"}, CRITICAL, "has volume mode Block, differs: Filesystem is asked for"),
        ({"holder": "other"}, CRITICAL, "has claim trino/other, differs: trino/data-minio-0 is asked for"),
    ],
)
def test_a_volume_that_differs_from_its_claim_is_told(spec, severity, sentence):
    [found] = judged([minio()], [minio(), claim(), volume(**spec)])

    assert (found.severity, found.subject) == (severity, VOLUME)
    assert found.sentence.startswith(sentence)


def test_a_volume_may_offer_more_modes_than_its_claim_asks_for():
    modes = ["ReadOnlyMany", "ReadWriteOnce"]

    assert judged(GIT, [minio(), claim(), volume(accessModes=modes)])[0].severity == OK


def test_the_order_of_access_modes_does_not_matter():
    both = ["ReadWriteOnce", "ReadOnlyMany"]
    live = [minio(), claim(accessModes=both), volume(accessModes=both)]

    assert judged([minio(accessModes=both[::-1])], live)[0].severity == OK


@pytest.mark.parametrize(
    ("classes", "severity"),
    [
        ([storage_class("fast", default=True)], OK),
        ([storage_class("slow", default=True), storage_class("fast")], WARNING),
        ([storage_class("slow", default=True, made="2025"), storage_class("fast", default=True, made="2026")], OK),
    ],
)
def test_a_class_that_is_not_written_is_the_default_one(classes, severity):
    found = judged([minio(storageClassName=None)], [minio(), *classes, claim(), volume()])

    assert [each.severity for each in found] == [severity]


def test_a_default_class_that_is_not_known_is_no_difference():
    found = judged([minio(storageClassName=None)], CLUSTER, unread={"StorageClass": "forbidden"})

    assert found == [Finding(CRITICAL, "StorageClass", "could not be read: forbidden; nothing can be said of it")]


def test_the_class_that_an_annotation_names_counts():
    body = claim()
    del body["spec"]["storageClassName"]
    body["metadata"]["annotations"] = {"volume.beta.kubernetes.io/storage-class": "fast"}

    assert judged(GIT, [minio(), body, volume()])[0].severity == OK


def test_a_volume_that_is_deleted_with_its_claim_where_git_retains_it_is_critical():
    live = [minio(), claim(), volume(persistentVolumeReclaimPolicy="Delete")]
    sentence = f"has reclaim policy Delete and git says Retain: its data go with the claim (StatefulSet/minio, {FOR})"
    deleted = Finding(CRITICAL, VOLUME, sentence)

    assert judged(GIT, live) == [deleted]
    assert judged([minio(), volume()], live) == [deleted]
    assert judged([minio()], live)[0].severity == OK
    assert judged([minio(), storage_class(policy="Delete")], live)[0].severity == OK


def test_a_volume_that_stays_where_git_deletes_it_is_information():
    assert judged([minio(), storage_class(policy="Delete")], CLUSTER) == [
        Finding(
            INFO,
            VOLUME,
            f"has reclaim policy Retain and git says Delete: it stays when the claim goes (StatefulSet/minio, {FOR})",
        )
    ]


def test_a_claim_of_a_template_that_is_not_there_is_critical():
    assert judged([minio(2)], [minio(2), claim(), volume()]) == [
        Finding(
            CRITICAL,
            "PersistentVolumeClaim/data-minio-1 in trino",
            "is not there, and it is wanted for StatefulSet/minio, claim data-minio-1 in trino",
        )
    ]


def test_a_claim_is_not_missing_where_the_replicas_are_not_there_either():
    assert judged([minio(2)], [minio(1), claim(), volume()])[0].severity == OK
    assert judged([minio(2)], [])[0].severity == OK


def test_a_claim_beyond_the_replicas_is_compared_too():
    extra = [claim(7, storageClassName="slow"), volume(7, holder="data-minio-7", storageClassName="slow")]

    assert [found.subject for found in judged(GIT, [*CLUSTER, *extra])] == [
        "PersistentVolumeClaim/data-minio-7 in trino"
    ]


def test_a_claim_that_is_not_bound_is_critical():
    assert judged(GIT, [minio(), claim(phase="Lost")]) == [
        Finding(CRITICAL, f"{CLAIM} in trino", f"is Lost and not Bound (StatefulSet/minio, {FOR})")
    ]


def test_a_volume_that_is_not_there_is_critical():
    assert judged(GIT, [minio(), claim()]) == [
        Finding(CRITICAL, VOLUME, f"is not there, and it is wanted for StatefulSet/minio, {FOR}")
    ]


def test_a_claim_that_git_declares_by_itself_is_told_with_the_objects_and_its_volume_here():
    smaller = claim(resources={"requests": {"storage": "5Gi"}})

    assert judged([smaller], [claim(), volume()])[0].severity == OK
    assert [found.subject for found in judged([smaller], [claim(), volume(size="1Gi")])] == [VOLUME]


def test_a_claim_that_git_does_not_declare_is_compared_with_its_volume():
    assert [found.sentence for found in judged([], [claim(), volume(size="1Gi")])] == [
        f"has capacity 1Gi, below: 10Gi is asked for ({FOR})"
    ]


@pytest.mark.parametrize(
    ("unread", "live"),
    [({"PersistentVolumeClaim in trino": "no"}, [minio()]), ({"PersistentVolume": "no"}, [minio(), claim()])],
)
def test_what_could_not_be_read_is_critical_and_not_missing(unread, live):
    [kind] = unread

    assert judged(GIT, live, unread=unread) == [
        Finding(CRITICAL, kind, "could not be read: no; nothing can be said of it")
    ]


def test_a_namespace_that_is_not_asked_for_is_left_out():
    assert judged([minio(2)], [minio(2)], roles={"redis": "cache"})[0].severity == OK
