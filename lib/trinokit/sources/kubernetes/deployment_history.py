"""Which commits were deployed to a target? As Helm's Secrets tell, or the ReplicaSets of a Deployment."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from trinokit.clusters_file import DeclaredPart
from trinokit.objects import Object, Objects
from trinokit.observations import DeployedRevision, DeploymentHistory, HelmRevision
from trinokit.sources.kubernetes import helm_releases, listing
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.secrets.redaction import RedactObject

_CHANGE_CAUSE, _REVISION_ANNOTATION = "kubernetes.io/change-cause", "deployment.kubernetes.io/revision"
_COMMIT_ID_PATTERN = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_RELEASE_AND_COMMIT = re.compile(rf"(\S+) ({_COMMIT_ID_PATTERN})")
_COMPLETE_STATUSES = ("deployed", "superseded")
_ROLLOUT_KINDS = {"DaemonSet", "Deployment", "Pod", "ReplicaSet", "StatefulSet"}


class RolloutTarget(Protocol):
    """Where something is deployed: a Helm *release*, or a *container* of the Deployment *workload* with an *image*."""

    namespace: str
    release: str
    workload: str
    container: str
    image: str


# Says which workloads of a target have not rolled out, and why.
UnreadyWorkloads = Callable[[Objects, RolloutTarget], tuple[str, ...]]


def read_deployment_history(
    api: ApiServer, target: RolloutTarget, redact: RedactObject, unready: UnreadyWorkloads
) -> DeploymentHistory:
    """What is deployed to *target* now; raises SourceError when the API server does not answer."""
    objects = listing.list_namespace_objects(api, target.namespace, _ROLLOUT_KINDS, redact)
    part = DeclaredPart("", namespace=target.namespace, release=target.release)
    revisions, unread = helm_releases.read_helm_revisions(api, [part] if target.release else [], redact)
    return build_deployment_history(target, objects, revisions, unread, unready)


def build_deployment_history(
    target: RolloutTarget,
    objects: Objects,
    revisions: Iterable[HelmRevision],
    unread: Mapping[str, str],
    unready: UnreadyWorkloads,
) -> DeploymentHistory:
    """What is deployed to *target* as *objects* and the *revisions* of Helm tell, where no release is *unread*."""
    lacking = {kind: reason for kind, reason in objects.unread.items() if kind.partition(" ")[0] in _ROLLOUT_KINDS}
    if problems := lacking | (dict(unread) if target.release else {}):
        return DeploymentHistory(
            problem="; ".join(
                f"{unread_part} could not be read: {unread_reason}" for unread_part, unread_reason in problems.items()
            )
        )
    behind = unready(objects, target)
    if target.release:
        own = [each for each in revisions if (each.name, each.namespace) == (target.release, target.namespace)]
        return DeploymentHistory(tuple(sorted(map(_helm_revision, own), key=lambda each: each.number)), behind)
    object = objects.find("Deployment", target.namespace, target.workload)
    if object is None:
        return DeploymentHistory(unready=behind)
    return DeploymentHistory(
        tuple(_deployment_revisions(object, objects, target)),
        behind,
        containers=tuple(_container_images(object).items()),
    )


def _helm_revision(release: HelmRevision) -> DeployedRevision:
    match = _RELEASE_AND_COMMIT.fullmatch(release.description) if release.status in _COMPLETE_STATUSES else None
    # A label is handed on to later revisions, and says of one that was not deployed which commit was to be.
    commit = match[2] if match else "" if release.status in _COMPLETE_STATUSES else release.commit
    return DeployedRevision(release.revision, release.status, commit, release.description)


def _deployment_revisions(object: Object, objects: Objects, target: RolloutTarget) -> list[DeployedRevision]:
    own = [
        each for each in objects.of("ReplicaSet") if each.namespace == target.namespace and _is_owned_by(each, object)
    ]
    by_number = {int(each.annotations.get(_REVISION_ANNOTATION) or 0): each for each in own}
    return [
        DeployedRevision(
            number,
            "superseded" if number < max(by_number) else "deployed",
            *_commit_and_change_cause(by_number[number], target),
        )
        for number in sorted(by_number)
    ]


def _commit_and_change_cause(replicas: Object, target: RolloutTarget) -> tuple[str, str]:
    """The commit of *replicas* where their change-cause and their image agree on it, and the change-cause."""
    change_cause, image = (
        replicas.annotations.get(_CHANGE_CAUSE, ""),
        _container_images(replicas).get(target.container, ""),
    )
    if match := _RELEASE_AND_COMMIT.fullmatch(change_cause):
        # Whoever sets the image by hand leaves the change-cause as it was.
        agreed = not target.image or image == target.image.format(release=match[1], commit=match[2])
        return match[2] if agreed else "", change_cause
    parts = re.split(r"(\{commit\}|\{release\})", target.image)
    patterns = {"{commit}": rf"(?P<commit>{_COMMIT_ID_PATTERN})", "{release}": r"[\w.-]+"}
    image_match = re.fullmatch("".join(patterns.get(each, re.escape(each)) for each in parts), image)
    return (image_match.groupdict().get("commit") or "") if image_match else "", change_cause


def _container_images(object: Object) -> dict[str, str]:
    containers = object.at("spec", "template", "spec", "containers") or []
    return {each["name"]: each.get("image", "") for each in containers}


def _is_owned_by(replicas: Object, deployment: Object) -> bool:
    controllers = replicas.at("metadata", "ownerReferences") or []
    return any(each.get("controller") and each.get("uid") == deployment.at("metadata", "uid") for each in controllers)
