"""How far a workload has rolled out is read from its own status."""

import pytest
from tests.architecture.objects import objects, workload

from trinokit.architecture.rollout_status import ROLLOUT_KINDS, RolloutStatus, rollout_status
from trinokit.objects import Object

DONE = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
DAEMONS = {"observedGeneration": 3, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}
LATE = {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}


def made(kind: str, status: dict, **spec: object) -> Object:
    body = workload("web", kind=kind, status=status, spec=spec)
    body["metadata"]["generation"] = 3
    return objects(body).items[0]


@pytest.mark.parametrize("kind", ROLLOUT_KINDS)
def test_a_workload_has_rolled_out_when_every_pod_is_new_and_available(kind):
    found = rollout_status(made(kind, DAEMONS if kind == "DaemonSet" else DONE, replicas=2))

    assert found == RolloutStatus(wanted=2, updated=2, available=2, old=0, seen=True, failed=False)
    assert (found.is_complete, found.under_way) == (True, False)


@pytest.mark.parametrize(
    ("kind", "status", "under_way"),
    [
        ("Deployment", DONE | {"observedGeneration": 2}, True),
        ("Deployment", DONE | {"updatedReplicas": 1}, True),
        ("Deployment", DONE | {"replicas": 3}, True),
        ("Deployment", DONE | {"replicas": 3} | LATE, False),
        ("Deployment", DONE | {"observedGeneration": 2} | LATE, True),
        ("StatefulSet", DONE | {"availableReplicas": 1}, False),
        ("StatefulSet", {"observedGeneration": 3, "replicas": 2}, True),
        ("DaemonSet", DAEMONS | {"updatedNumberScheduled": 1}, True),
        ("DaemonSet", DAEMONS | {"numberAvailable": 0}, False),
    ],
)
def test_a_rollout_that_is_not_complete_may_be_under_way(kind, status, under_way):
    found = rollout_status(made(kind, status, replicas=2))

    assert (found.is_complete, found.under_way) == (False, under_way)


def test_a_workload_that_says_no_number_wants_one_pod_and_one_may_want_none():
    assert rollout_status(made("Deployment", DONE)).wanted == 1
    assert rollout_status(made("Deployment", {"observedGeneration": 3}, replicas=0)).is_complete


def test_without_a_status_nothing_is_known():
    assert rollout_status(made("Deployment", {})) is None
