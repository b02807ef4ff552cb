"""Workloads are what nobody else made, and they are judged by their ready replicas."""

import pandas as pd
import pytest
from tests.architecture.objects import objects, pod, workload

from trinokit.architecture import workloads
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

REPLICA_SET = {
    "kind": "ReplicaSet",
    "metadata": {
        "name": "worker-5d9",
        "namespace": "trino",
        "ownerReferences": [{"kind": "Deployment", "name": "worker", "controller": True}],
    },
    "spec": {"template": {}},
}
WORKER = workload("worker", spec={"replicas": 3}, status={"readyReplicas": 2})


def rows(*parts: dict, side: str = "live") -> list[tuple]:
    table = workloads.workload_table(objects(*parts, side=side))
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in table.itertuples(index=False)]


def test_what_a_workload_made_is_part_of_it():
    everything = objects(WORKER, REPLICA_SET, pod("worker-5d9-x", owner="ReplicaSet/worker-5d9"))

    assert [str(each) for each in workloads.find_workloads(everything)] == ["Deployment/worker"]
    assert {key: len(found) for key, found in workloads.pods_by_workload(everything).items()} == {
        ("trino", "Deployment/worker"): 1
    }


def test_pods_are_known_by_the_name_of_a_replica_set_that_was_not_read():
    everything = objects(WORKER, pod("worker-5d9-x", owner="ReplicaSet/worker-5d9"))

    assert list(workloads.pods_by_workload(everything)) == [("trino", "Deployment/worker")]


def test_pods_that_have_ended_are_no_longer_counted():
    ended = [pod(phase, owner="Job/setup", phase=phase) for phase in ("Succeeded", "Failed")]

    assert workloads.pods_by_workload(objects(*ended)) == {}


def test_a_pod_that_a_custom_resource_made_is_a_workload():
    assert [str(each) for each in workloads.find_workloads(objects(pod("kafka-0", owner="StrimziPodSet/kafka")))] == [
        "Pod/kafka-0"
    ]


def test_each_kind_counts_its_replicas_where_it_has_them():
    daemon = workload("agent", kind="DaemonSet", status={"desiredNumberScheduled": 5, "numberReady": 4})
    job = workload("setup", kind="Job", spec={"completions": 2}, status={"succeeded": 1})

    assert rows(WORKER, daemon, job, pod("bare", ready=False)) == [
        ("trino", "DaemonSet", "agent", 5, 4, "trino:476", ""),
        ("trino", "Deployment", "worker", 3, 2, "trino:476", ""),
        ("trino", "Job", "setup", 2, 1, "trino:476", ""),
        ("trino", "Pod", "bare", 1, 0, "trino:476", "no controller"),
    ]


def test_a_cron_job_has_a_schedule_and_no_replicas():
    inner = {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "backup:1"}]}}}}
    nightly = {
        "kind": "CronJob",
        "metadata": {"name": "backup"},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": inner},
    }

    assert rows(nightly) == [("trino", "CronJob", "backup", None, None, "backup:1", "at 0 3 * * *")]


def test_nothing_is_ready_on_the_declared_side():
    assert rows(workload("web"), side="declared") == [("trino", "Deployment", "web", 1, None, "trino:476", "")]


def test_an_autoscaler_says_how_many_replicas_are_wanted_where_the_workload_does_not():
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "w"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}, "minReplicas": 4, "maxReplicas": 9},
    }

    assert rows(workload("worker"), scaler, side="declared")[0][3:] == (4, None, "trino:476", "autoscaled, 4 to 9")
    assert rows(WORKER, scaler)[0][3:] == (3, 2, "trino:476", "autoscaled, 4 to 9")


def judged(*parts: dict, side: str = "live") -> list[Finding]:
    return workloads.unready_workload_findings(workloads.workload_table(objects(*parts, side=side)))


@pytest.mark.parametrize(("ready", "severity"), [(2, WARNING), (0, CRITICAL)])
def test_fewer_ready_replicas_than_wanted_are_found(ready, severity):
    short = workload("worker", spec={"replicas": 3}, status={"readyReplicas": ready})

    assert judged(short, workload("web", status={"readyReplicas": 1})) == [
        Finding(
            severity,
            "Deployment/worker in trino",
            f"has {ready} of 3 replicas ready; ask why: kubectl -n trino describe deployment worker",
        )
    ]


def test_all_ready_replicas_are_fine():
    assert judged(workload("worker", spec={"replicas": 3}, status={"readyReplicas": 3})) == [
        Finding(OK, "workloads", "1 workload with every replica ready")
    ]


def test_none_wanted_and_none_ready_is_fine():
    assert judged(workload("worker", spec={"replicas": 0}))[0].severity == OK


def test_declared_workloads_are_counted_and_not_judged():
    assert judged(workload("worker"), side="declared") == [
        Finding(OK, "workloads", "1 workload; only live ones can be ready")
    ]


def test_a_pod_without_a_controller_is_told():
    assert judged(pod("bare")) == [
        Finding(INFO, "Pod/bare in trino", "has no controller: nothing makes it anew when it or its node is gone")
    ]


def test_a_job_that_failed_is_told_and_one_that_runs_is_not():
    failed = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}

    assert judged(workload("setup", kind="Job", status=failed)) == [
        Finding(WARNING, "Job/setup in trino", "did not complete: failed: BackoffLimitExceeded")
    ]
    assert judged(workload("setup", kind="Job"))[0].severity == OK


def test_no_workload_at_all_cannot_be_fine():
    assert judged() == [Finding(CRITICAL, "workloads", "could not be judged: there is none")]
