"""Workloads are scaled between their bounds, by one autoscaler, and a table shows the whole of it."""

import pandas as pd
import pytest
from tests.architecture.objects import objects, workload

from trinokit.drift.categories.checks import autoscaler_drift
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

SUBJECT, HPA = "Deployment/worker in trino", "HorizontalPodAutoscaler/worker"
A, B = {"key": "a"}, {"key": "b"}
MEMORY = {"type": "Resource", "resource": {"name": "memory", "target": {"averageUtilization": 80}}}


def worker(replicas: int | None = 3, **pod: object) -> dict:
    return workload("worker", spec={} if replicas is None else {"replicas": replicas}, pod=pod)


def scaler(least: int | None = 3, most: int = 6, *, name: str = "worker", **spec: object) -> dict:
    bounds = {"maxReplicas": most} | ({} if least is None else {"minReplicas": least})
    target = {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}}
    return {"kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": target | bounds | spec}


def vertical(*policies: dict, mode: str | None = None, target: str = "worker") -> dict:
    return {
        "apiVersion": "autoscaling.k8s.io/v1",
        "kind": "VerticalPodAutoscaler",
        "metadata": {"name": "worker"},
        "spec": {
            "targetRef": {"kind": "Deployment", "name": target},
            "updatePolicy": {"updateMode": mode} if mode else {},
            "resourcePolicy": {"containerPolicies": list(policies)},
        },
    }


def keda(**spec: object) -> dict:
    body = {"scaleTargetRef": {"name": "worker"}, "triggers": [{"type": "prometheus"}]}
    return {"kind": "ScaledObject", "metadata": {"name": "worker"}, "spec": body | spec}


def compared(declared: list[dict], live: list[dict], **about: object) -> pd.DataFrame:
    return autoscaler_drift.scaling_table(objects(*declared, side="declared"), objects(*live, **about))


def row(declared: list[dict], live: list[dict]) -> dict:
    [found] = compared(declared, live).astype(object).to_dict("records")
    return {name: value for name, value in found.items() if pd.notna(value) and value != ""}


def judged(declared: list[dict], live: list[dict], **about: object) -> list[Finding]:
    return autoscaler_drift.scaling_findings(compared(declared, live, **about))


def test_a_workload_stands_beside_itself_with_its_bounds():
    bounds = {"containerName": "main", "minAllowed": {"memory": "4Gi"}, "maxAllowed": {"memory": "16Gi", "cpu": "4"}}

    assert row([worker(None), scaler()], [worker(4), scaler(2, 8), vertical(bounds, mode="Initial")]) == {
        "namespace": "trino",
        "workload": "Deployment/worker",
        "replicas_live": 4,
        "min_declared": 3,
        "max_declared": 6,
        "min_live": 2,
        "max_live": 8,
        "vertical_live": "Initial, main: cpu –4, memory 4Gi–16Gi",
        "tolerations": "none",
        "selectors": "none",
        "affinity": "none",
        "autoscalers": HPA,
        "contested": "cpu",
    }


@pytest.mark.parametrize(
    ("declared", "live", "column", "verdict"),
    [
        ({}, {"tolerations": []}, "tolerations", "none"),
        ({"tolerations": [A, B]}, {"tolerations": [B, A]}, "tolerations", "same"),
        ({"tolerations": [A]}, {}, "tolerations", "differ"),
        ({"nodeSelector": {"pool": "trino"}}, {"nodeSelector": {"pool": "trino"}}, "selectors", "same"),
        ({"nodeSelector": {"pool": "trino"}}, {"nodeSelector": {"pool": "spot"}}, "selectors", "differ"),
        ({}, {"affinity": {"nodeAffinity": {}}}, "affinity", "differ"),
    ],
)
def test_where_pods_may_go_is_the_same_or_differs(declared, live, column, verdict):
    assert row([worker(**declared)], [worker(**live)])[column] == verdict


@pytest.mark.parametrize(
    ("declared", "live", "state"),
    [([worker()], [], "only in git"), ([], [worker()], "only live"), ([worker()], [worker()], None)],
)
def test_a_workload_may_be_on_one_side_only(declared, live, state):
    assert row(declared, live).get("state") == state


@pytest.mark.parametrize(("body", "bounds"), [(keda(), (0, 100)), (keda(minReplicaCount=2, maxReplicaCount=9), (2, 9))])
def test_an_autoscaler_of_keda_has_bounds_and_the_one_it_makes_is_not_another(body, bounds):
    made = scaler(1, 100, name="keda-hpa-worker")
    made["metadata"]["ownerReferences"] = [{"kind": "ScaledObject", "name": "worker", "controller": True}]
    found = row([], [worker(), body, made])

    assert (found["min_live"], found["max_live"], found["autoscalers"]) == (*bounds, "ScaledObject/worker")


def test_an_autoscaler_without_a_least_number_leaves_one():
    assert row([scaler(None)], [worker()])["min_declared"] == 1


def test_replicas_within_their_bounds_are_fine():
    assert judged([worker(), scaler()], [worker(4), scaler(), workload("web")]) == [
        Finding(OK, "scaling", "2 workloads, 1 of them autoscaled, each within its bounds")
    ]


@pytest.mark.parametrize(
    ("replicas", "severity", "sentence"),
    [
        (2, WARNING, f"has 2 replicas, outside the 3 to 6 of {HPA}"),
        (7, WARNING, f"has 7 replicas, outside the 3 to 6 of {HPA}"),
        (0, WARNING, f"has 0 replicas, which switches {HPA} off"),
        (6, INFO, f"has come to its most of 6 replicas: {HPA} cannot add one"),
    ],
)
def test_replicas_outside_their_bounds_or_at_the_end_of_them_are_told(replicas, severity, sentence):
    both = [worker(replicas), scaler()]

    assert judged(both, both) == [Finding(severity, SUBJECT, sentence)]


def test_bounds_of_git_that_exclude_the_live_replicas_are_told():
    assert judged([worker(None), scaler(3, 6)], [worker(8), scaler(3, 9)]) == [
        Finding(WARNING, SUBJECT, "has 8 replicas, and git lets it have 3 to 6")
    ]


def test_one_number_of_replicas_is_no_end():
    both = [worker(3), scaler(3, 3)]

    assert judged(both, both)[0].severity == OK


def test_no_replicas_are_fine_where_keda_may_scale_to_none():
    def told(least: int) -> str:
        both = [worker(0), keda(minReplicaCount=least)]
        return judged(both, both)[0].sentence

    assert told(0) == "1 workload, 1 of them autoscaled, each within its bounds"
    assert told(1) == "has 0 replicas, which switches ScaledObject/worker off"


def test_two_autoscalers_of_one_workload_are_told():
    live = [worker(4), scaler(), scaler(name="other")]

    assert judged([worker(None), scaler()], live) == [
        Finding(
            WARNING,
            SUBJECT,
            f"is scaled by HorizontalPodAutoscaler/other, {HPA}, which undo each other's work: keep one",
        )
    ]


@pytest.mark.parametrize(
    ("horizontal", "policies", "mode", "contested"),
    [
        ({}, [], None, "cpu"),
        ({"metrics": [MEMORY]}, [], None, "memory"),
        ({"metrics": [MEMORY]}, [{"controlledResources": ["cpu"]}], None, None),
        ({"metrics": [MEMORY]}, [{"controlledResources": ["memory"]}], None, "memory"),
        ({}, [], "Off", None),
        ({}, [{"containerName": "*", "mode": "Off"}], None, None),
        ({}, [{"containerName": "main", "mode": "Off"}], None, None),
        ({}, [{"containerName": "sidecar", "mode": "Off"}], None, "cpu"),
        ({"metrics": [{"type": "Pods", "pods": {"metric": {"name": "cpu"}}}]}, [], None, None),
        ({"metrics": [{"type": "ContainerResource", "containerResource": {"name": "cpu"}}]}, [], None, "cpu"),
    ],
)
def test_a_vertical_autoscaler_contests_the_resources_that_it_changes(horizontal, policies, mode, contested):
    live = [worker(4), scaler(**horizontal), vertical(*policies, mode=mode)]

    assert row([], live).get("contested") == contested


def test_contested_resources_are_told():
    live = [worker(4), scaler(), vertical()]

    assert judged(live, live) == [
        Finding(
            WARNING,
            SUBJECT,
            f"is scaled by {HPA} on cpu, which a VerticalPodAutoscaler changes too: let one of them leave it",
        )
    ]
    for other in (vertical(target="other"), vertical() | {"kind": "TrafficPolicy"}):
        assert judged(live[:2], [*live[:2], other])[0].severity == OK


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "Deployment in trino"])
def test_what_could_not_be_read_is_critical(kind):
    assert judged([worker(), scaler()], [], unread={kind: "forbidden", "Pod": "forbidden"}) == [
        Finding(CRITICAL, kind, "could not be read: forbidden; nothing can be said of it")
    ]


def test_a_namespace_that_is_not_asked_for_is_left_out():
    assert compared([worker()], [], roles={"redis": "cache"}).empty
