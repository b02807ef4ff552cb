"""What are the commands that change one key of a ConfigMap, roll a workload and wait for it?"""

import json
from collections.abc import Sequence

from trinokit.architecture.workloads import Workload
from trinokit.kerberos.places import Place
from trinokit.plan import Command

_MANAGER = "--field-manager=trinokit"


def patch(place: Place, before: str, after: str, kubectl: Sequence[str]) -> Command:
    """Change the live jvm.config of *place* from *before* to *after*; it fails where that is not what is there."""
    path = "/data/" + place.key.replace("~", "~0").replace("/", "~1")
    operations = [{"op": "test", "path": path, "value": before}, {"op": "replace", "path": path, "value": after}]
    return _patched(place, "json", operations, kubectl)


def put(place: Place, text: str, kubectl: Sequence[str]) -> Command:
    """Make the live jvm.config of *place* this *text*, whatever it is now."""
    return _patched(place, "merge", {"data": {place.key: text}}, kubectl)


def restart(workload: Workload, kubectl: Sequence[str]) -> Command:
    """Make new pods of *workload* in place of its old ones, as it does with a change."""
    return Command((*kubectl, "-n", workload.namespace, "rollout", "restart", named(workload), _MANAGER))


def back(workload: Workload, revision: str, kubectl: Sequence[str]) -> Command:
    """Make the pods of *workload* as they were at its *revision*; it does nothing where they still are."""
    to = f"--to-revision={revision}"
    return Command((*kubectl, "-n", workload.namespace, "rollout", "undo", named(workload), to))


def wait(workload: Workload, kubectl: Sequence[str], seconds: float) -> Command:
    """Wait until all pods of *workload* are new and ready, for at most so many *seconds*."""
    until = f"--timeout={seconds:.0f}s"
    return Command((*kubectl, "-n", workload.namespace, "rollout", "status", named(workload), until))


def _patched(place: Place, kind: str, patch: object, kubectl: Sequence[str]) -> Command:
    what = ("patch", "configmap", place.config_map.name, f"--type={kind}", _MANAGER, "-p", json.dumps(patch))
    return Command((*kubectl, "-n", place.config_map.namespace, *what))


def named(workload: Workload) -> str:
    """The *workload* as kubectl takes it, such as deployment/trino-worker."""
    return f"{workload.object.kind.lower()}/{workload.object.name}"
