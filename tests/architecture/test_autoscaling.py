"""Autoscalers find what they scale, and have room."""

import pandas as pd
import pytest
from tests.architecture.objects import objects, workload

from trinokit.architecture import autoscaling
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

WORKER = workload("worker")


def scaler(*, status: dict | None = None, **spec: object) -> dict:
    target = {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}, "maxReplicas": 6}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "worker"},
        "spec": target | spec,
        "status": status or {},
    }


def rows(*parts: dict) -> list[list]:
    found = autoscaling.autoscaler_table(objects(*parts)).astype(object)
    return found.where(found.notna(), None).to_numpy().tolist()


def judged(*parts: dict) -> list[Finding]:
    return autoscaling.autoscaler_findings(autoscaling.autoscaler_table(objects(*parts)))


def test_an_autoscaler_has_limits_and_replicas():
    running = scaler(minReplicas=2, status={"currentReplicas": 3, "desiredReplicas": 4})

    head = ["trino", "HorizontalPodAutoscaler/worker", "Deployment/worker"]
    assert rows(running, WORKER) == [[*head, 2, 6, 3, 4, "cpu 80 %", ""]]
    assert rows(scaler(), WORKER) == [[*head, 1, 6, None, None, "cpu 80 %", ""]]


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 70}}}, "cpu 70 %"),
        ({"type": "Resource", "resource": {"name": "memory", "target": {"averageValue": "4Gi"}}}, "memory 4Gi"),
        ({"type": "Pods", "pods": {"metric": {"name": "queued"}, "target": {"averageValue": "5"}}}, "queued 5"),
        ({"type": "External", "external": {"metric": {"name": "lag"}, "target": {"value": "9"}}}, "lag 9"),
        (
            {"type": "ContainerResource", "containerResource": {"name": "cpu", "target": {"averageUtilization": 1}}},
            "cpu 1 %",
        ),
        ({"type": "Odd"}, "Odd"),
    ],
)
def test_a_metric_is_named_with_its_target(metric, text):
    assert rows(scaler(metrics=[metric]), WORKER)[0][7] == text


def test_an_autoscaler_of_keda_is_one_too():
    keda = {
        "kind": "ScaledObject",
        "metadata": {"name": "k"},
        "spec": {"scaleTargetRef": {"name": "gone"}, "maxReplicaCount": 9, "triggers": [{"type": "prometheus"}]},
    }

    assert rows(keda) == [
        [
            *("trino", "ScaledObject/k", "Deployment/gone", 0, 9, None, None, "prometheus"),
            "there is no Deployment/gone in trino to scale",
        ]
    ]


def test_a_target_that_is_not_there_is_found():
    assert judged(scaler()) == [
        Finding(CRITICAL, "HorizontalPodAutoscaler/worker in trino", "there is no Deployment/worker in trino to scale")
    ]


def test_an_autoscaler_that_does_not_scale_is_found():
    inactive = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetResourceMetric",
        "message": "no metrics",
    }

    assert judged(scaler(status={"conditions": [inactive]}), WORKER) == [
        Finding(
            WARNING,
            "HorizontalPodAutoscaler/worker in trino",
            "does not scale: FailedGetResourceMetric: no metrics",
        )
    ]


@pytest.mark.parametrize(("desired", "severity"), [(6, WARNING), (5, OK)])
def test_an_autoscaler_without_room_is_found(desired, severity):
    [finding] = judged(scaler(status={"desiredReplicas": desired}), WORKER)

    assert finding.severity == severity
    assert severity == OK or finding.sentence == "has come to its most of 6 replicas of Deployment/worker"


def test_an_autoscaler_with_room_is_fine():
    assert judged(scaler(), WORKER) == [
        Finding(OK, "autoscalers", "1 autoscaler, each finds what it scales and has room")
    ]


def test_no_autoscaler_is_told():
    assert judged(WORKER)[0].severity == INFO
    assert pd.api.types.is_integer_dtype(autoscaling.autoscaler_table(objects())["replicas_max"])
