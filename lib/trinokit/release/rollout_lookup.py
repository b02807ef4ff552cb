"""Which rollout is meant by a word such as helm:trino/trino, and since when does it stand?"""

import re
from datetime import UTC, datetime

from trinokit.architecture import rollout_status
from trinokit.errors import ParameterError
from trinokit.objects import Object, Objects
from trinokit.release.deploy_targets import DeployTarget

_ROLLOUT_PATTERN = re.compile(r"(?P<kind>helm|deployment):(?P<namespace>[^/]+)/(?P<name>[^/#]+)(?:#[^/#]+)?")
_REVISION_ANNOTATION = "deployment.kubernetes.io/revision"


def parse_rollout_reference(rollout: str, cluster: str) -> DeployTarget:
    """The target in *cluster* whose *rollout* is to be looked at; raises ParameterError when it is not written so."""
    match = _ROLLOUT_PATTERN.fullmatch(rollout)
    if match is None:
        raise ParameterError(
            f"Expected helm:NAMESPACE/RELEASE or deployment:NAMESPACE/NAME, found {rollout!r}.",
            remedy="such as helm:trino/trino",
        )
    named_object = {"release" if match["kind"] == "helm" else "workload": match["name"]}
    return DeployTarget(
        name="", cluster=cluster, namespace=match["namespace"], kubectl=("kubectl",), seconds=0, **named_object
    )


def format_rollout_reference(target: DeployTarget) -> str:
    """The rollout of *target* as a word, of which `parse_rollout_reference` makes it again.

    >>> format_rollout_reference(parse_rollout_reference("helm:trino/stack", "production"))
    'helm:trino/stack'
    """
    kind, name = ("helm", target.release) if target.release else ("deployment", target.workload)
    return f"{kind}:{target.namespace}/{name}"


def deployed_since(objects: Objects, target: DeployTarget) -> datetime | None:
    """The moment since which *target* is deployed as it is, in UTC and without a zone; None where nothing tells it.

    Of a Helm release that is when its last revision was made; of a Deployment, when the ReplicaSet of its last one was.
    """
    owned_objects = _release_secrets(objects, target) if target.release else _deployment_replica_sets(objects, target)
    last = max(owned_objects, key=lambda each: each[0], default=None)
    if last is None:
        return None
    moment = datetime.fromisoformat(last[1].at("metadata", "creationTimestamp"))
    return moment.astimezone(UTC).replace(tzinfo=None)


def unread_reason(objects: Objects, target: DeployTarget) -> str:
    """Why the workloads of *target* could not be read; empty where they could."""
    places = {
        *rollout_status.ROLLOUT_KINDS,
        *(f"{kind} in {target.namespace}" for kind in rollout_status.ROLLOUT_KINDS),
    }
    places.add(f"Namespace {target.namespace}")
    return "; ".join(
        f"{unread_kind}: {reason}" for unread_kind, reason in objects.unread.items() if unread_kind in places
    )


def _release_secrets(objects: Objects, target: DeployTarget) -> list[tuple[int, Object]]:
    labels = {"owner": "helm", "name": target.release}
    return [
        (int(each.labels.get("version", 0)), each)
        for each in objects.of("Secret")
        if each.namespace == target.namespace and labels.items() <= each.labels.items()
    ]


def _deployment_replica_sets(objects: Objects, target: DeployTarget) -> list[tuple[int, Object]]:
    return [
        (int(each.annotations.get(_REVISION_ANNOTATION, 0)), each)
        for each in objects.of("ReplicaSet")
        if each.namespace == target.namespace and target.workload in _controlling_deployments(each)
    ]


def _controlling_deployments(each: Object) -> list[str]:
    controllers = each.at("metadata", "ownerReferences") or []
    return [controller["name"] for controller in controllers if controller["kind"] == "Deployment"]
