"""How is an object written before it is compared, whichever version of its kind it was written in?"""

from collections.abc import Mapping
from typing import Any

import msgspec

from trinokit.objects import Object

_AUTOSCALING_V1 = "autoscaling/v1"
_CPU_PERCENTAGE = "targetCPUUtilizationPercentage"


def normalized_body(object: Object) -> dict[str, Any]:
    """The body of *object*: an autoscaler's as autoscaling/v2 has it, any other as it is."""
    # The bodies of thousands of objects, kept by each of them, would cost more time to keep than to decode.
    body = msgspec.json.decode(object.raw)
    if object.kind != "HorizontalPodAutoscaler" or object.api_version != _AUTOSCALING_V1:
        return body
    return body | {"spec": _autoscaler_v2_spec(body.get("spec") or {})}


def normalized_api_version(object: Object) -> str:
    """The API version in which `normalized_body` writes the *object*."""
    return "autoscaling/v2" if object.api_version == _AUTOSCALING_V1 else object.api_version


def _autoscaler_v2_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    after = {key: value for key, value in spec.items() if key != _CPU_PERCENTAGE}
    if spec.get(_CPU_PERCENTAGE) is not None:
        target = {"type": "Utilization", "averageUtilization": spec[_CPU_PERCENTAGE]}
        after["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return after
