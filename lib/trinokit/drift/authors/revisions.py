"""Since when is a value what it is, and which revision still was as git declares?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import takewhile

import msgspec

from trinokit.drift.authors import managers
from trinokit.drift.authors.values import at, covers, same
from trinokit.drift.differences import ABSENT, Difference
from trinokit.drift.paths import MEMBER
from trinokit.evidence import Release
from trinokit.objects import Object, Objects

_APPLIED = ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
_BY_HAND = {"kubectl-annotate", "kubectl-edit", "kubectl-patch", "kubectl-replace"}
_REVISION = "deployment.kubernetes.io/revision"
_TEMPLATE = ("spec", "template")
Owner = tuple[str, str, str]


@dataclass(frozen=True)
class Revision:
    """One earlier state of an object: its *number*, what it is *called*, and its *body*; no *moment* if unknown."""

    number: int
    called: str
    moment: datetime | None
    body: dict


@dataclass(frozen=True)
class History:
    """What is told about earlier states: the *live* objects that keep pod templates, and the Helm *releases*."""

    live: Objects
    releases: tuple[Release, ...] = ()

    @cached_property
    def templates(self) -> dict[Owner, list[Object]]:
        """The ReplicaSets and ControllerRevisions by kind, namespace and name of the workload that they belong to."""
        found: dict[Owner, list[Object]] = {}
        for each in self.live.of("ReplicaSet", "ControllerRevision"):
            for owner in msgspec.json.decode(each.raw, type=_Owned).metadata.owners:
                if owner.controller:
                    found.setdefault((owner.kind, each.namespace, owner.name), []).append(each)
        return found

    def of_template(self, object: Object) -> list[Revision]:
        """The revisions of the pod template of *object*, oldest first."""
        kept = self.templates.get((object.kind, object.namespace, object.name), ())
        return sorted(map(_revision, kept), key=lambda each: each.number)

    def of_release(self, object: Object) -> list[Revision]:
        """The revisions of the Helm release that has *object* in its manifest, oldest first."""
        return list(_released(object, self.releases))


class _Owner(msgspec.Struct):
    kind: str
    name: str
    controller: bool = False


class _Metadata(msgspec.Struct, rename={"owners": "ownerReferences"}):
    owners: list[_Owner] = []


class _Owned(msgspec.Struct):
    metadata: _Metadata


def told(difference: Difference, history: History) -> str:
    """Since which revision the value of *difference* is what it is, and the last one that is as git declares.

    Empty where nothing is kept that tells.
    """
    if not difference.path or not _is_followed(difference):
        return ""
    kept = history.of_template(difference.object) if difference.path[:2] == _TEMPLATE else []
    # Its own revisions tell more exactly than a release, which may be older than the change.
    return _sentence(difference, kept) or _sentence(difference, history.of_release(difference.object))


def deployed(difference: Difference, releases: Iterable[Release]) -> object:
    """The value that was last deployed by Helm, or else with kubectl apply: ABSENT where that had none.

    None where nobody knows what was deployed. What the server merely completed comes as the live value.
    """
    body = _baseline(difference, tuple(releases))
    if body is None or body is ABSENT or not difference.path:
        return body
    value, live = at(body, difference.path), at(difference.object.body, difference.path)
    if MEMBER in difference.path:
        return _member(difference, value, live)
    for known in (difference.declared, difference.live):
        if same(value, known):
            return known
    return difference.live if value is not ABSENT and covers(difference.live, value) else value


def _member(difference: Difference, value: object, live: object) -> object:
    # Of a set the whole list was found.
    there, here = (each if isinstance(each, list) else [] for each in (value, live))
    if same(there, here):
        return difference.live
    member = difference.declared if difference.live is ABSENT else difference.live
    if isinstance(member, str) and any(isinstance(each, dict) for each in (*there, *here)):
        return None
    return member if member in there else ABSENT


def _baseline(difference: Difference, releases: tuple[Release, ...]) -> object:
    object = difference.object
    kept = [release for release in releases if release.status == "deployed"]
    found = next((each.body for release in kept for each in release.items if _is_same(each, object)), None)
    if found is not None:
        return found
    if not difference.path and difference.live is ABSENT:
        return _not_yet(object, kept)
    return _applied(object)


def _not_yet(object: Object, kept: list[Release]) -> object:
    instance = object.labels.get("app.kubernetes.io/instance")
    return ABSENT if instance in [each.name for each in kept if each.namespace == object.namespace] else None


def _applied(object: Object) -> dict | None:
    # kubectl replace writes the annotation anew, which deploys nothing.
    if any(author.manager in _BY_HAND for author in managers.of(object, _APPLIED)):
        return None
    text = object.at(*_APPLIED)
    try:
        found = msgspec.json.decode(text) if isinstance(text, str) else None
    except msgspec.DecodeError:
        # That of a Secret is hashed as a whole.
        return None
    return found if isinstance(found, dict) else None


def _released(object: Object, releases: tuple[Release, ...]) -> Iterator[Revision]:
    for release in sorted(releases, key=lambda each: each.revision):
        for each in release.items:
            if _is_same(each, object):
                yield Revision(release.revision, f"of Helm release {release.name}", release.moment, each.body)


def _is_same(kept: Object, object: Object) -> bool:
    # What lives in no namespace has one in a manifest that does not know that.
    places = (object.namespace, "") if object.namespace else (kept.namespace,)
    return (kept.name, kept.kind, kept.group) == (object.name, object.kind, object.group) and kept.namespace in places


def _revision(kept: Object) -> Revision:
    called = f"({kept.kind} {kept.name})"
    made = msgspec.convert(kept.at("metadata", "creationTimestamp"), datetime | None, strict=False)
    if kept.kind == "ControllerRevision":
        number, body = int(kept.at("revision") or 0), kept.at("data") or {}
    else:
        number, body = int(kept.annotations.get(_REVISION) or 0), kept.body
    # One that was rolled back to has the number of today and the age of then.
    is_back = f"{_REVISION}-history" in kept.annotations
    return Revision(number, called, None if is_back else made, body)


def _is_followed(difference: Difference) -> bool:
    # An index is that of the declared list. In a set the live one may have another item there.
    return not any(isinstance(step, int) for step in difference.path) or same(
        at(difference.object.body, difference.path), difference.live
    )


def _sentence(difference: Difference, revisions: list[Revision]) -> str:
    if not revisions:
        return ""
    live = at(difference.object.body, difference.path)
    values = [(each, at(each.body, difference.path)) for each in revisions]
    run = list(takewhile(lambda each: _as_live(live, each[1]), reversed(values)))
    if not run:
        since = f"since a change after {_called(revisions[-1])}"
    else:
        since = f"since {_called(run[-1][0])}{' or before' if len(run) == len(values) else ''}"
    declared = [each for each, value in values if _as_declared(difference, value)]
    if not declared:
        return f"{since}; no revision that is kept is as git declares"
    return f"{since}; revision {declared[-1].number} {declared[-1].called} is as git declares"


def _as_live(live: object, value: object) -> bool:
    return same(value, live) or (value is not ABSENT and covers(live, value))


def _as_declared(difference: Difference, value: object) -> bool:
    if MEMBER in difference.path:
        member = difference.live if difference.declared is ABSENT else difference.declared
        is_there = isinstance(value, list) and member in value
        return is_there == (difference.declared is not ABSENT)
    return same(value, difference.declared) or (value is not ABSENT and covers(value, difference.declared))


def _called(revision: Revision) -> str:
    when = f"of {revision.moment.astimezone(UTC):%Y-%m-%d %H:%M}" if revision.moment else "that was rolled back to"
    return f"revision {revision.number} {revision.called} {when}"
