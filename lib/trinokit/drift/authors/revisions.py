"""Since when is a value what it is, and which revision still was as git declares?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import takewhile

import msgspec

from trinokit.drift.authors import managers
from trinokit.drift.authors.path_values import includes_written, is_equivalent, value_at
from trinokit.drift.differences import ABSENT, Difference
from trinokit.drift.paths import MEMBER
from trinokit.objects import Object, Objects
from trinokit.observations import HelmRevision

_LAST_APPLIED_PATH = ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
_MANUAL_MANAGERS = {"kubectl-annotate", "kubectl-edit", "kubectl-patch", "kubectl-replace"}
_REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
_POD_TEMPLATE_PATH = ("spec", "template")
WorkloadKey = tuple[str, str, str]


@dataclass(frozen=True)
class ObjectRevision:
    """One earlier state of an object: its *number*, what it is *called*, and its *body*; no *moment* if unknown."""

    number: int
    label: str
    moment: datetime | None
    body: dict


@dataclass(frozen=True)
class RevisionHistory:
    """What is told about earlier states: the *live* objects that keep pod templates, and the Helm *releases*."""

    live: Objects
    releases: tuple[HelmRevision, ...] = ()

    @cached_property
    def templates(self) -> dict[WorkloadKey, list[Object]]:
        """The ReplicaSets and ControllerRevisions by kind, namespace and name of the workload that they belong to."""
        revisions_by_workload: dict[WorkloadKey, list[Object]] = {}
        for each in self.live.of("ReplicaSet", "ControllerRevision"):
            for controller in msgspec.json.decode(each.raw, type=_OwnedObject).metadata.owners:
                if controller.controller:
                    revisions_by_workload.setdefault((controller.kind, each.namespace, controller.name), []).append(
                        each
                    )
        return revisions_by_workload

    def template_revisions(self, object: Object) -> list[ObjectRevision]:
        """The revisions of the pod template of *object*, oldest first."""
        revisions = self.templates.get((object.kind, object.namespace, object.name), ())
        return sorted(map(_template_revision, revisions), key=lambda each: each.number)

    def release_revisions(self, object: Object) -> list[ObjectRevision]:
        """The revisions of the Helm release that has *object* in its manifest, oldest first."""
        return list(_release_revisions(object, self.releases))


class _OwnerReference(msgspec.Struct):
    kind: str
    name: str
    controller: bool = False


class _Metadata(msgspec.Struct, rename={"owners": "ownerReferences"}):
    owners: list[_OwnerReference] = []


class _OwnedObject(msgspec.Struct):
    metadata: _Metadata


def value_since(difference: Difference, history: RevisionHistory) -> str:
    """Since which revision the value of *difference* is what it is, and the last one that is as git declares.

    Empty where nothing is kept that tells.
    """
    if not difference.path or not _is_traceable(difference):
        return ""
    revisions = history.template_revisions(difference.object) if difference.path[:2] == _POD_TEMPLATE_PATH else []
    # Its own revisions tell more exactly than a release, which may be older than the change.
    return _since_sentence(difference, revisions) or _since_sentence(
        difference, history.release_revisions(difference.object)
    )


def last_deployed_value(difference: Difference, releases: Iterable[HelmRevision]) -> object:
    """The value that was last deployed by Helm, or else with kubectl apply: ABSENT where that had none.

    None where nobody knows what was deployed. What the server merely completed comes as the live value.
    """
    body = _last_deployed_body(difference, tuple(releases))
    if body is None or body is ABSENT or not difference.path:
        return body
    value, live = value_at(body, difference.path), value_at(difference.object.body, difference.path)
    if MEMBER in difference.path:
        return _deployed_member(difference, value, live)
    for side_value in (difference.declared, difference.live):
        if is_equivalent(value, side_value):
            return side_value
    return difference.live if value is not ABSENT and includes_written(difference.live, value) else value


def _deployed_member(difference: Difference, value: object, live: object) -> object:
    # Of a set the whole list was found.
    there, here = (each if isinstance(each, list) else [] for each in (value, live))
    if is_equivalent(there, here):
        return difference.live
    member = difference.declared if difference.live is ABSENT else difference.live
    if isinstance(member, str) and any(isinstance(each, dict) for each in (*there, *here)):
        return None
    return member if member in there else ABSENT


def _last_deployed_body(difference: Difference, releases: tuple[HelmRevision, ...]) -> object:
    object = difference.object
    deployed_releases = [release for release in releases if release.status == "deployed"]
    body = next(
        (each.body for release in deployed_releases for each in release.items if _is_same_object(each, object)), None
    )
    if body is not None:
        return body
    if not difference.path and difference.live is ABSENT:
        return _absent_if_released(object, deployed_releases)
    return _last_applied_body(object)


def _absent_if_released(object: Object, revisions: list[HelmRevision]) -> object:
    instance = object.labels.get("app.kubernetes.io/instance")
    return ABSENT if instance in [each.name for each in revisions if each.namespace == object.namespace] else None


def _last_applied_body(object: Object) -> dict | None:
    # kubectl replace writes the annotation anew, which deploys nothing.
    if any(author.manager in _MANUAL_MANAGERS for author in managers.value_authors(object, _LAST_APPLIED_PATH)):
        return None
    text = object.at(*_LAST_APPLIED_PATH)
    try:
        body = msgspec.json.decode(text) if isinstance(text, str) else None
    except msgspec.DecodeError:
        # That of a Secret is hashed as a whole.
        return None
    return body if isinstance(body, dict) else None


def _release_revisions(object: Object, releases: tuple[HelmRevision, ...]) -> Iterator[ObjectRevision]:
    for release in sorted(releases, key=lambda each: each.revision):
        for each in release.items:
            if _is_same_object(each, object):
                yield ObjectRevision(release.revision, f"of Helm release {release.name}", release.moment, each.body)


def _is_same_object(released: Object, object: Object) -> bool:
    # What lives in no namespace has one in a manifest that does not know that.
    namespaces = (object.namespace, "") if object.namespace else (released.namespace,)
    return (released.name, released.kind, released.group) == (
        object.name,
        object.kind,
        object.group,
    ) and released.namespace in namespaces


def _template_revision(revision: Object) -> ObjectRevision:
    called = f"({revision.kind} {revision.name})"
    created_at = msgspec.convert(revision.at("metadata", "creationTimestamp"), datetime | None, strict=False)
    if revision.kind == "ControllerRevision":
        number, body = int(revision.at("revision") or 0), revision.at("data") or {}
    else:
        number, body = int(revision.annotations.get(_REVISION_ANNOTATION) or 0), revision.body
    # One that was rolled back to has the number of today and the age of then.
    is_back = f"{_REVISION_ANNOTATION}-history" in revision.annotations
    return ObjectRevision(number, called, None if is_back else created_at, body)


def _is_traceable(difference: Difference) -> bool:
    # An index is that of the declared list. In a set the live one may have another item there.
    return not any(isinstance(step, int) for step in difference.path) or is_equivalent(
        value_at(difference.object.body, difference.path), difference.live
    )


def _since_sentence(difference: Difference, revisions: list[ObjectRevision]) -> str:
    if not revisions:
        return ""
    live = value_at(difference.object.body, difference.path)
    values = [(each, value_at(each.body, difference.path)) for each in revisions]
    run = list(takewhile(lambda each: _equals_live(live, each[1]), reversed(values)))
    if not run:
        since = f"since a change after {_describe_revision(revisions[-1])}"
    else:
        since = f"since {_describe_revision(run[-1][0])}{' or before' if len(run) == len(values) else ''}"
    declared = [each for each, value in values if _equals_declared(difference, value)]
    if not declared:
        return f"{since}; no revision that is kept is as git declares"
    return f"{since}; revision {declared[-1].number} {declared[-1].label} is as git declares"


def _equals_live(live: object, value: object) -> bool:
    return is_equivalent(value, live) or (value is not ABSENT and includes_written(live, value))


def _equals_declared(difference: Difference, value: object) -> bool:
    if MEMBER in difference.path:
        member = difference.live if difference.declared is ABSENT else difference.declared
        is_there = isinstance(value, list) and member in value
        return is_there == (difference.declared is not ABSENT)
    return is_equivalent(value, difference.declared) or (
        value is not ABSENT and includes_written(value, difference.declared)
    )


def _describe_revision(revision: ObjectRevision) -> str:
    when = f"of {revision.moment.astimezone(UTC):%Y-%m-%d %H:%M}" if revision.moment else "that was rolled back to"
    return f"revision {revision.number} {revision.label} {when}"
