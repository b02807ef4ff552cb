"""Which rollout a word means, and since when it stands, is told by the objects that it leaves behind."""

from datetime import datetime

import pytest
from tests.architecture.objects import objects

from trinokit.errors import ParameterError
from trinokit.release import rollout_lookup
from trinokit.release.deploy_targets import DeployTarget

RELEASE = DeployTarget("", "here", "trino", ("kubectl",), 0, release="trino")
DEPLOYMENT = DeployTarget("", "here", "trino", ("kubectl",), 0, workload="gateway")


def secret(version: int, made: str, *, release: str = "trino", namespace: str = "trino") -> dict:
    """A revision of a release, as Helm keeps it."""
    labels = {"owner": "helm", "name": release, "version": str(version), "status": "deployed"}
    metadata = {"name": f"sh.helm.release.v1.{release}.v{version}", "namespace": namespace, "labels": labels}
    return {"kind": "Secret", "metadata": metadata | {"creationTimestamp": made}}


def replica_set(revision: int, made: str, *, owner: str = "gateway") -> dict:
    """What a Deployment made for one of its revisions."""
    metadata = {
        "name": f"{owner}-{revision}",
        "creationTimestamp": made,
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "ownerReferences": [{"kind": "Deployment", "name": owner}],
    }
    return {"kind": "ReplicaSet", "metadata": metadata}


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("helm:trino/trino", RELEASE),
        ("deployment:trino/gateway", DEPLOYMENT),
        ("deployment:trino/gateway#web", DEPLOYMENT),
    ],
)
def test_a_rollout_is_written_as_a_target_is(word, target):
    assert rollout_lookup.parse_rollout_reference(word, "here") == target
    assert rollout_lookup.parse_rollout_reference(rollout_lookup.format_rollout_reference(target), "here") == target


@pytest.mark.parametrize("word", ["trino/trino", "helm:trino", "helm:/trino", "statefulset:a/b", "helm:a/b/c", "x"])
def test_any_other_word_is_refused_with_an_example(word):
    with pytest.raises(ParameterError, match=f"found '{word}'.\n  -> such as helm:trino/trino"):
        rollout_lookup.parse_rollout_reference(word, "here")


def test_a_release_stands_since_its_last_revision_was_made():
    others = [secret(99, "2026-07-03T00:00:00Z", release="other"), secret(99, "2026-07-03T00:00:00Z", namespace="b")]
    revisions = [secret(10, "2026-07-02T10:00:00Z"), secret(9, "2026-07-01T10:00:00Z")]

    assert rollout_lookup.deployed_since(objects(*others, *revisions), RELEASE) == datetime(2026, 7, 2, 10)


def test_a_deployment_stands_since_the_replica_set_of_its_last_revision_was_made():
    sets = [replica_set(2, "2026-07-02T10:00:00Z"), replica_set(10, "2026-07-01T10:00:00+02:00")]

    found = rollout_lookup.deployed_since(
        objects(*sets, replica_set(11, "2026-07-03T00:00:00Z", owner="other")), DEPLOYMENT
    )

    assert found == datetime(2026, 7, 1, 8)


@pytest.mark.parametrize("target", [RELEASE, DEPLOYMENT])
def test_what_leaves_nothing_behind_does_not_tell_since_when_it_stands(target):
    plain = {"kind": "Secret", "metadata": {"name": "password", "creationTimestamp": "2026-07-01T10:00:00Z"}}
    alone = {"kind": "ReplicaSet", "metadata": {"name": "alone", "creationTimestamp": "2026-07-01T10:00:00Z"}}

    assert rollout_lookup.deployed_since(objects(plain, alone), target) is None


@pytest.mark.parametrize(
    ("unread", "told"),
    [
        ({}, ""),
        ({"Deployment": "forbidden"}, "Deployment: forbidden"),
        (
            {"Deployment in trino": "forbidden", "StatefulSet": "gone"},
            "Deployment in trino: forbidden; StatefulSet: gone",
        ),
        ({"Namespace trino": "there is none"}, "Namespace trino: there is none"),
        ({"Deployment in mysql": "forbidden", "Namespace redis": "there is none", "Ingress": "forbidden"}, ""),
    ],
)
def test_only_what_belongs_to_the_rollout_has_to_be_read(unread, told):
    assert rollout_lookup.unread_reason(objects(unread=unread), RELEASE) == told
