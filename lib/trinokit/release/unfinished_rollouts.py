"""Which workloads of a target have not rolled out, and why?"""

from collections import Counter
from collections.abc import Iterator, Sequence

from trinokit.architecture import rollout_status, workloads
from trinokit.architecture.rollout_status import RolloutStatus
from trinokit.findings import format_count
from trinokit.objects import Object, Objects
from trinokit.release.deploy_targets import DeployTarget

_RELEASE_ANNOTATION, _NAMESPACE_ANNOTATION = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
_INSTANCE_LABEL = "app.kubernetes.io/instance"


def unready_workloads(objects: Objects, target: DeployTarget) -> tuple[str, ...]:
    """What is to be said of each workload of *target* among *objects* that has not rolled out; empty when all have.

    A target without a workload has not rolled out either, and one that could not be read is not known to have.
    """
    unread = [
        f"{kind} could not be read: {reason}"
        for kind, reason in objects.unread.items()
        if kind.partition(" ")[0] in rollout_status.ROLLOUT_KINDS
    ]
    own = [each for each in objects.of(*rollout_status.ROLLOUT_KINDS) if _belongs_to_target(each, target)]
    if not own:
        return tuple(unread or [f"{target.release or target.workload} in {target.namespace} has no workload"])
    pods = workloads.pods_by_workload(objects)
    sentences = [_unready_sentence(each, pods.get((each.namespace, f"{each.kind}/{each.name}"), ())) for each in own]
    return (*unread, *filter(None, sentences))


def _belongs_to_target(object: Object, target: DeployTarget) -> bool:
    if object.namespace != target.namespace:
        return False
    if not target.release:
        return (object.kind, object.name) == ("Deployment", target.workload)
    if release := object.annotations.get(_RELEASE_ANNOTATION):
        return (release, object.annotations.get(_NAMESPACE_ANNOTATION, target.namespace)) == (
            target.release,
            target.namespace,
        )
    return object.labels.get(_INSTANCE_LABEL) == target.release


def _unready_sentence(object: Object, pods: Sequence[Object]) -> str:
    status = rollout_status.rollout_status(object)
    name = f"{object.kind}/{object.name}"
    if status is None:
        return f"{name} has no status yet"
    gaps = [] if status.is_complete else [*_rollout_gaps(status)]
    if object.at("spec", "paused"):
        gaps.append("its rollout is paused")
    if not gaps:
        return ""
    reasons = Counter(reason for pod in pods if not workloads.is_pod_ready(pod) if (reason := _unready_reason(pod)))
    pod_reasons = [f"{format_count(number, 'pod')}: {reason}" for reason, number in sorted(reasons.items())]
    return f"{name}: {', '.join(gaps)}" + (f" ({'; '.join(pod_reasons)})" if pod_reasons else "")


def _rollout_gaps(status: RolloutStatus) -> Iterator[str]:
    if not status.seen:
        yield "its controller has not seen the last change"
        return
    if status.updated < status.wanted:
        yield f"{status.updated} of {status.wanted} pods are updated"
    if status.old:
        yield f"{format_count(status.old, 'old pod')} not gone"
    if status.available < status.wanted:
        yield f"{status.available} of {status.wanted} pods are available"
    if status.failed:
        yield "it made no progress before its deadline"


def _unready_reason(pod: Object) -> str:
    """Why *pod* is not ready, as its containers or the scheduler say; empty where nothing does."""
    fields = ("initContainerStatuses", "containerStatuses")
    states = [each.get("state", {}) for field in fields for each in pod.at("status", field) or []]
    reasons = [state["waiting"].get("reason") for state in states if "waiting" in state]
    # A container that ended well is one that was to end.
    reasons += [state["terminated"].get("reason") for state in states if state.get("terminated", {}).get("exitCode")]
    reasons += [each.get("reason") for each in pod.at("status", "conditions") or [] if _is_unscheduled(each)]
    return next(filter(None, reasons), "")


def _is_unscheduled(condition: dict) -> bool:
    return (condition.get("type"), condition.get("status")) == ("PodScheduled", "False")
