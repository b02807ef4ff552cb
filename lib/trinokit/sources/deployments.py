"""Which commits were deployed to a target? As Helm's Secrets tell, or the ReplicaSets of a Deployment."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from trinokit.clusters import Declared
from trinokit.errors import SourceError
from trinokit.evidence import Deployed, Release, Revision
from trinokit.objects import Object, Objects
from trinokit.sources import listing, releases
from trinokit.sources.api import Api

_CAUSE, _REVISION = "kubernetes.io/change-cause", "deployment.kubernetes.io/revision"
_COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_SAID = re.compile(rf"(\S+) ({_COMMIT})")
_WHOLE = ("deployed", "superseded")
_KINDS = {"DaemonSet", "Deployment", "Pod", "ReplicaSet", "StatefulSet"}


class Target(Protocol):
    """Where something is deployed: a Helm *release*, or a *container* of the Deployment *workload* with an *image*."""

    namespace: str
    release: str
    workload: str
    container: str
    image: str


# Says which workloads of a target have not rolled out, and why.
Unready = Callable[[Objects, Target], tuple[str, ...]]


def deployed(source: "Live | Recorded | None", target: Target | None, unready: Unready) -> Deployed:  # noqa: F821
    """What is deployed to *target* in the cluster of *source*, with what is *unready* of it; nothing without a target.

    What cannot be read is told as the problem.
    """
    if target is None:
        return Deployed()
    if source is None:
        return Deployed(problem="nobody says in which cluster it is")
    try:
        return source.deployed(target, unready)
    except SourceError as error:
        return Deployed(problem=error.message.rstrip("."))


def read(api: Api, target: Target, redact: Callable[[Object], Object], unready: Unready) -> Deployed:
    """What is deployed to *target* now; raises SourceError when the API server does not answer."""
    objects = listing.within(api, target.namespace, _KINDS, redact)
    part = Declared("", namespace=target.namespace, release=target.release)
    found, unread = releases.read(api, [part] if target.release else [], redact)
    return told(target, objects, found, unread, unready)


def told(
    target: Target, objects: Objects, found: Iterable[Release], unread: Mapping[str, str], unready: Unready
) -> Deployed:
    """What is deployed to *target* as *objects* and the releases *found* tell, where no release is *unread*."""
    lacking = {kind: reason for kind, reason in objects.unread.items() if kind.partition(" ")[0] in _KINDS}
    if problems := lacking | (dict(unread) if target.release else {}):
        return Deployed(problem="; ".join(f"{what} could not be read: {why}" for what, why in problems.items()))
    behind = unready(objects, target)
    if target.release:
        own = [each for each in found if (each.name, each.namespace) == (target.release, target.namespace)]
        return Deployed(tuple(sorted(map(_of_release, own), key=lambda each: each.number)), behind)
    object = objects.find("Deployment", target.namespace, target.workload)
    if object is None:
        return Deployed(unready=behind)
    return Deployed(tuple(_of_deployment(object, objects, target)), behind, containers=tuple(_images(object).items()))


def _of_release(release: Release) -> Revision:
    told = _SAID.fullmatch(release.description) if release.status in _WHOLE else None
    # A label is handed on to later revisions, and says of one that was not deployed which commit was to be.
    commit = told[2] if told else "" if release.status in _WHOLE else release.commit
    return Revision(release.revision, release.status, commit, release.description)


def _of_deployment(object: Object, objects: Objects, target: Target) -> list[Revision]:
    own = [each for each in objects.of("ReplicaSet") if each.namespace == target.namespace and _is_of(each, object)]
    kept = {int(each.annotations.get(_REVISION) or 0): each for each in own}
    return [
        Revision(number, "superseded" if number < max(kept) else "deployed", *_said(kept[number], target))
        for number in sorted(kept)
    ]


def _said(replicas: Object, target: Target) -> tuple[str, str]:
    """The commit of *replicas* where their change-cause and their image agree on it, and the change-cause."""
    said, image = replicas.annotations.get(_CAUSE, ""), _images(replicas).get(target.container, "")
    if told := _SAID.fullmatch(said):
        # Whoever sets the image by hand leaves the change-cause as it was.
        agreed = not target.image or image == target.image.format(release=told[1], commit=told[2])
        return told[2] if agreed else "", said
    parts = re.split(r"(\{commit\}|\{release\})", target.image)
    named = {"{commit}": rf"(?P<commit>{_COMMIT})", "{release}": r"[\w.-]+"}
    seen = re.fullmatch("".join(named.get(each, re.escape(each)) for each in parts), image)
    return (seen.groupdict().get("commit") or "") if seen else "", said


def _images(object: Object) -> dict[str, str]:
    containers = object.at("spec", "template", "spec", "containers") or []
    return {each["name"]: each.get("image", "") for each in containers}


def _is_of(replicas: Object, deployment: Object) -> bool:
    owners = replicas.at("metadata", "ownerReferences") or []
    return any(each.get("controller") and each.get("uid") == deployment.at("metadata", "uid") for each in owners)
