"""Which workloads are there, and which pods do they make?"""

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Pod")
_READY_FIELDS = {"DaemonSet": "numberReady", "Job": "succeeded"}


class WorkloadRow(NamedTuple):
    """A row of the table of workloads: replicas are pods, and NA where the side or the kind has no such number.

    *note* says what a reader has to know: no controller, autoscaled, the schedule of a CronJob, or failed: and why.
    """

    namespace: str
    kind: str
    workload: str
    replicas_wanted: int | None
    replicas_ready: int | None
    images: str
    note: str


@dataclass(frozen=True)
class Workload:
    """An *object* that makes pods and is made by nobody else, with the *template* of its pods."""

    object: Object
    template: dict = field(repr=False, compare=False)

    def __str__(self) -> str:
        """Kind/name, as a table names it."""
        return f"{self.object.kind}/{self.object.name}"

    @property
    def namespace(self) -> str:
        """Where its pods are."""
        return self.object.namespace

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return (self.template.get("metadata") or {}).get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of its pods."""
        return (self.template.get("metadata") or {}).get("annotations") or {}

    @property
    def spec(self) -> dict:
        """What its pods are made of."""
        return self.template.get("spec") or {}

    @property
    def containers(self) -> list[dict]:
        """Its containers, those that begin first in front."""
        return [*(self.spec.get("initContainers") or []), *(self.spec.get("containers") or [])]

    @property
    def ports(self) -> dict[tuple[str, str], int]:
        """The ports that its containers name, by protocol and name."""
        ports = [each for container in self.containers for each in container.get("ports") or []]
        return {
            (each.get("protocol") or "TCP", each["name"]): each["containerPort"] for each in ports if "name" in each
        }


def find_workloads(objects: Objects) -> list[Workload]:
    """Every workload, by namespace and name; a pod or a replica set without a controller is one too."""
    return [Workload(each, _pod_template(each)) for each in objects.of(*WORKLOAD_KINDS) if _controller(each) is None]


def pods_by_workload(objects: Objects) -> dict[tuple[str, str], list[Object]]:
    """The live pods that have not ended, by the namespace and the Kind/name of their workload."""
    pods_by_controller: dict[tuple[str, str], list[Object]] = {}
    for pod in objects.of("Pod"):
        if pod.at("status", "phase") not in ("Succeeded", "Failed"):
            pods_by_controller.setdefault((pod.namespace, _top_controller(pod, objects)), []).append(pod)
    return pods_by_controller


def is_pod_ready(pod: Object) -> bool:
    """Whether *pod* takes traffic."""
    conditions = pod.at("status", "conditions") or []
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def workload_table(objects: Objects) -> pd.DataFrame:
    """Every workload with the replicas that it wants and has ready, and its images; a `WorkloadRow` each."""
    return table_of_rows(WorkloadRow, [_workload_row(each, objects) for each in find_workloads(objects)])


def unready_workload_findings(workloads: pd.DataFrame) -> list[Finding]:
    """Workloads with fewer ready replicas than they want; CRITICAL when none is ready."""
    if workloads.empty:
        return [Finding(CRITICAL, "workloads", "could not be judged: there is none")]
    lasting = workloads[workloads["kind"] != "Job"]
    known_replicas = lasting.dropna(subset=["replicas_ready", "replicas_wanted"])
    short = known_replicas[known_replicas["replicas_ready"] < known_replicas["replicas_wanted"]]
    findings = [
        Finding(
            WARNING if row.replicas_ready else CRITICAL,
            _subject(row),
            f"has {row.replicas_ready} of {row.replicas_wanted} replicas ready; "
            f"ask why: kubectl -n {row.namespace} describe {row.kind.lower()} {row.workload}",
        )
        for row in short.itertuples()
    ]
    findings += [
        Finding(WARNING, _subject(row), f"did not complete: {row.note}")
        for row in workloads[workloads["note"].str.startswith("failed")].itertuples()
    ]
    findings += [
        Finding(INFO, _subject(row), "has no controller: nothing makes it anew when it or its node is gone")
        for row in workloads[workloads["note"] == "no controller"].itertuples()
    ]
    if findings:
        return findings
    number = format_count(len(workloads), "workload")
    sentence = (
        f"{number}; only live ones can be ready" if known_replicas.empty else f"{number} with every replica ready"
    )
    return [Finding(OK, "workloads", sentence)]


def _subject(row: tuple) -> str:
    return f"{row.kind}/{row.workload} in {row.namespace}"


def _pod_template(object: Object) -> dict:
    if object.kind == "Pod":
        return object.body
    path = ("spec", "jobTemplate", "spec", "template") if object.kind == "CronJob" else ("spec", "template")
    return object.at(*path) or {}


def _controller(object: Object) -> tuple[str, str] | None:
    """Kind and name of the workload that controls *object*, if one does."""
    for controller in object.at("metadata", "ownerReferences") or []:
        if controller.get("controller") and controller.get("kind") in WORKLOAD_KINDS:
            return controller["kind"], controller["name"]
    return None


def _top_controller(object: Object, objects: Objects) -> str:
    maker = _controller(object)
    if maker is None:
        return f"{object.kind}/{object.name}"
    controller = objects.find(maker[0], object.namespace, maker[1])
    if controller is not None:
        return _top_controller(controller, objects)
    # A replica set of a deployment is named after it, with a hash behind the last hyphen.
    deployment = maker[1].rpartition("-")[0] if maker[0] == "ReplicaSet" else ""
    return f"Deployment/{deployment}" if deployment else "/".join(maker)


def _workload_row(workload: Workload, objects: Objects) -> WorkloadRow:
    object = workload.object
    images = join_names(each.get("image", "") for each in workload.containers)
    least, most = _autoscaler_limits(object, objects)
    replicas_wanted = least if least is not None and object.at("spec", "replicas") is None else _wanted_replicas(object)
    ready = _ready_replicas(object, live=objects.side == "live")
    note = _workload_note(object) if least is None else f"autoscaled, {least} to {most}"
    return WorkloadRow(
        namespace=object.namespace,
        kind=object.kind,
        workload=object.name,
        replicas_wanted=replicas_wanted,
        replicas_ready=ready,
        images=images,
        note=note,
    )


def _autoscaler_limits(object: Object, objects: Objects) -> tuple[int | None, int | None]:
    """Between which numbers of replicas an autoscaler keeps *object*."""
    for each in objects.of("HorizontalPodAutoscaler"):
        target = each.at("spec", "scaleTargetRef") or {}
        if (each.namespace, target.get("kind"), target.get("name")) == (object.namespace, object.kind, object.name):
            least = each.at("spec", "minReplicas")
            return 1 if least is None else least, each.at("spec", "maxReplicas")
    return None, None


def _wanted_replicas(object: Object) -> int | None:
    if object.kind == "CronJob":
        return None
    if object.kind == "DaemonSet":
        return object.at("status", "desiredNumberScheduled")
    if object.kind == "Pod":
        return 1
    written = object.at("spec", "completions" if object.kind == "Job" else "replicas")
    return 1 if written is None else written


def _ready_replicas(object: Object, *, live: bool) -> int | None:
    if not live or object.kind == "CronJob":
        return None
    if object.kind == "Pod":
        return int(is_pod_ready(object))
    return object.at("status", _READY_FIELDS.get(object.kind, "readyReplicas")) or 0


def _workload_note(object: Object) -> str:
    if object.kind in ("Pod", "ReplicaSet"):
        return "no controller"
    if object.kind == "CronJob":
        return f"at {object.at('spec', 'schedule')}"
    failed = [each for each in object.at("status", "conditions") or [] if each.get("type") == "Failed"]
    if object.kind == "Job" and failed and failed[0].get("status") == "True":
        return f"failed: {failed[0].get('reason', 'no reason given')}"
    return ""
