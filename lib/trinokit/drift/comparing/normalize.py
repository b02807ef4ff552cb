"""How is an object written before it is compared, whichever version of its kind it was written in?"""

from collections.abc import Mapping
from typing import Any

import msgspec

from trinokit.objects import Object

_AUTOSCALING = "autoscaling/v1"
_PERCENTAGE = "targetCPUUtilizationPercentage"


def normalized(object: Object) -> dict[str, Any]:
    """The body of *object*: an autoscaler's as autoscaling/v2 has it, any other as it is."""
    # The bodies of thousands of objects, kept by each of them, would cost more time to keep than to decode.
    body = msgspec.json.decode(object.raw)
    if object.kind != "HorizontalPodAutoscaler" or object.api_version != _AUTOSCALING:
        return body
    return body | {"spec": _autoscaler(body.get("spec") or {})}


def version(object: Object) -> str:
    """The API version in which `normalized` writes the *object*."""
    return "autoscaling/v2" if object.api_version == _AUTOSCALING else object.api_version


def _autoscaler(spec: Mapping[str, Any]) -> dict[str, Any]:
    after = {key: value for key, value in spec.items() if key != _PERCENTAGE}
    if spec.get(_PERCENTAGE) is not None:
        target = {"type": "Utilization", "averageUtilization": spec[_PERCENTAGE]}
        after["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return after
