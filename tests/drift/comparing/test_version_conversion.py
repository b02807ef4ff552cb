"""How is an object written before it is compared?"""

import msgspec

from trinokit.drift.comparing.version_conversion import normalized_api_version, normalized_body
from trinokit.objects import Object

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "trino-worker"}


def autoscaler(api_version: str, spec: dict) -> Object:
    body = {"metadata": {"name": "trino-worker"}, "spec": {"scaleTargetRef": TARGET, **spec}}
    kind = "HorizontalPodAutoscaler"
    return Object(api_version, kind, "trino", "trino-worker", msgspec.json.encode(body))


def test_an_autoscaler_of_version_1_is_written_as_one_of_version_2():
    old = autoscaler("autoscaling/v1", {"maxReplicas": 6, "targetCPUUtilizationPercentage": 70})
    target = {"type": "Utilization", "averageUtilization": 70}
    metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]

    assert normalized_body(old) == autoscaler("autoscaling/v2", {"maxReplicas": 6, "metrics": metrics}).body
    assert normalized_api_version(old) == "autoscaling/v2"


def test_an_autoscaler_of_version_1_without_a_target_has_no_metric():
    old = autoscaler("autoscaling/v1", {"maxReplicas": 6})

    assert normalized_body(old) == old.body


def test_an_autoscaler_of_version_2_is_as_it_is():
    new = autoscaler("autoscaling/v2", {"maxReplicas": 6, "metrics": []})

    assert normalized_body(new) == new.body
    assert normalized_api_version(new) == "autoscaling/v2"


def test_any_other_object_is_as_it_is():
    body = {"metadata": {"name": "settings"}, "data": {"targetCPUUtilizationPercentage": "70"}}
    settings = Object("v1", "ConfigMap", "trino", "settings", msgspec.json.encode(body))

    assert normalized_body(settings) == settings.body
    assert normalized_api_version(settings) == "v1"
