"""Claims are bound to volumes and mounted by somebody."""

import math

import pytest
from tests.architecture.objects import objects, workload

from trinokit.architecture import persistent_volumes
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

TEMPLATE = {
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "10Gi"}},
    },
}
MINIO = workload("minio", kind="StatefulSet", spec={"replicas": 2, "volumeClaimTemplates": [TEMPLATE]})


def claim(name: str, *, phase: str = "Bound", **spec: object) -> dict:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "trino"},
        "spec": {**TEMPLATE["spec"], "volumeName": "pv-1", **spec},
        "status": {"phase": phase, "capacity": {"storage": "12Gi"}},
    }


def volume(name: str, phase: str, claim: dict | None = None) -> dict:
    spec = {"capacity": {"storage": "1Ti"}, "accessModes": ["ReadWriteMany"], "claimRef": claim}
    return {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}


def rows(*parts: dict, side: str = "live") -> list[list]:
    return persistent_volumes.volume_table(objects(*parts, side=side)).to_numpy().tolist()


def judged(*parts: dict, side: str = "live") -> list[Finding]:
    return persistent_volumes.unbound_claim_findings(persistent_volumes.volume_table(objects(*parts, side=side)))


def test_a_stateful_set_declares_a_claim_a_replica():
    assert rows(MINIO, side="declared") == [
        ["trino", f"data-minio-{number}", "fast", 10.0, "RWO", "", "", "StatefulSet/minio"] for number in (0, 1)
    ]


def test_ordinals_can_begin_elsewhere():
    late = workload("minio", kind="StatefulSet", spec={"ordinals": {"start": 5}, "volumeClaimTemplates": [TEMPLATE]})

    assert [row[1] for row in rows(late, side="declared")] == ["data-minio-5"]


def test_a_live_claim_has_what_it_was_given():
    assert rows(MINIO, claim("data-minio-0"), claim("data-minio-1", phase="Pending")) == [
        ["trino", "data-minio-0", "fast", 12.0, "RWO", "Bound", "pv-1", "StatefulSet/minio"],
        ["trino", "data-minio-1", "fast", 12.0, "RWO", "Pending", "pv-1", "StatefulSet/minio"],
    ]


@pytest.mark.parametrize(("written", "shown"), [({"storageClassName": ""}, "(none)"), ({"storageClassName": None}, "")])
def test_no_class_is_not_the_default_class(written, shown):
    bare = claim("a", **written)
    if written["storageClassName"] is None:
        del bare["spec"]["storageClassName"]

    assert rows(bare)[0][2] == shown


def test_a_volume_without_a_claim_is_a_row():
    held = {"namespace": "trino", "name": "a"}

    found = rows(
        volume("pv-1", "Bound", held), volume("pv-2", "Available"), volume("pv-3", "Released", held), claim("a")
    )

    assert [row for row in found if not row[1]] == [
        ["", "", "", 1024.0, "RWX", "Available", "pv-2", ""],
        ["", "", "", 1024.0, "RWX", "Released", "pv-3", ""],
    ]


def test_a_volume_whose_claim_lies_in_a_namespace_that_was_not_read_is_left_out():
    assert rows(volume("pv-1", "Bound", {"namespace": "other", "name": "a"})) == []


def test_a_claim_that_is_not_bound_is_found():
    assert judged(MINIO, claim("data-minio-0"), claim("data-minio-1", phase="Pending")) == [
        Finding(
            CRITICAL,
            "PersistentVolumeClaim/data-minio-1 in trino",
            "is Pending and not Bound (class fast, 12 GiB, RWO): StatefulSet/minio cannot start",
        )
    ]


def test_a_claim_that_is_wanted_and_not_there_is_found():
    pod = {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "gone"}}]}

    assert judged(workload("web", pod=pod), side="declared") == [
        Finding(CRITICAL, "PersistentVolumeClaim/gone in trino", "is not there: Deployment/web cannot start")
    ]


def test_claims_that_are_bound_are_fine():
    assert judged(MINIO, claim("data-minio-0"), claim("data-minio-1")) == [
        Finding(OK, "volumes", "2 claims, each bound")
    ]


def test_declared_claims_cannot_be_bound():
    assert judged(MINIO, side="declared") == [Finding(OK, "volumes", "2 claims; only live ones can be bound")]


def test_what_is_left_over_is_told():
    left = [claim("old"), volume("pv-2", "Available"), volume("pv-3", "Released", {"namespace": "trino", "name": "x"})]

    assert judged(*left) == [
        Finding(INFO, "PersistentVolumeClaim/old in trino", "is mounted by nothing (12 GiB)"),
        Finding(WARNING, "PersistentVolume/pv-3", "belongs to no claim and is Released"),
    ]


def test_no_volume_is_told():
    assert judged(workload("web")) == [Finding(INFO, "volumes", "there is none: nothing outlives its pod")]


@pytest.mark.parametrize(
    ("quantity", "gib"),
    [
        ("1Gi", 1),
        ("512Mi", 0.5),
        ("1Ti", 1024),
        ("1e9", 1e9 / 1024**3),
        (1073741824, 1),
        ("1.5Gi", 1.5),
        ("1G", 1e9 / 1024**3),
    ],
)
def test_a_quantity_is_read_as_kubernetes_does(quantity, gib):
    assert persistent_volumes.quantity_in_gib(quantity) == pytest.approx(gib)


@pytest.mark.parametrize("quantity", [None, "", "much", "1.2.3Gi", "1Xi", "."])
def test_what_is_no_quantity_is_no_number(quantity):
    assert math.isnan(persistent_volumes.quantity_in_gib(quantity))
