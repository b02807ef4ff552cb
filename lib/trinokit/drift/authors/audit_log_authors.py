"""Who made a difference, as far as an audit log of the API server tells?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

import msgspec

from trinokit.drift.authors.audit_log_values import ValueState, WrittenValue, value_states
from trinokit.drift.differences import ABSENT, Author, AuthorMatch, Difference
from trinokit.drift.paths import REPLICAS_PATH
from trinokit.objects import Object
from trinokit.observations import AuditedWrite, AuditLog

EXACT, STRONG, WEAK = "exact", "strong", "weak"
_TIME_TOLERANCE = timedelta(seconds=2)
_DELETE_VERBS = ("delete", "deletecollection")
# Those write all the time, so being the last one tells nothing.
_CONTROLLER_USERS = ("system:kube-", "system:node:", "system:apiserver", "system:serviceaccount:kube-system:")


class _ObjectKey(NamedTuple):
    """What a write was about, as the API server's log names it; *name* is empty for all objects of a namespace."""

    group: str
    resource: str
    namespace: str
    name: str


@dataclass(frozen=True)
class WritesByObject:
    """The writes of a log by the object that they were about, in order; of deletecollection by its namespace."""

    by_key: dict[_ObjectKey, list[AuditedWrite]]

    @classmethod
    def of(cls, log: AuditLog) -> "WritesByObject":
        """Those of *log*."""
        writes_by_object: dict[_ObjectKey, list[AuditedWrite]] = {}
        for each in log.writes:
            writes_by_object.setdefault(_ObjectKey(each.group, each.resource, each.namespace, each.name), []).append(
                each
            )
        return cls(writes_by_object)

    def about(self, object: Object, plural: str = "") -> list[AuditedWrite]:
        """Those about *object*, whose kind is called *plural* in addresses."""
        key = _ObjectKey(object.group, plural or resource_plural(object.kind), object.namespace, object.name)
        unnamed = [each for each in self.by_key.get(key._replace(name=""), ()) if each.verb == "deletecollection"]
        return sorted([*self.by_key.get(key, ()), *unnamed], key=lambda each: each.moment)


def resource_plural(kind: str) -> str:
    """The plural of a built-in *kind*, as addresses and audit logs have it."""
    name = kind.lower()
    if name.endswith(("s", "x", "ch")):
        return name if name == "endpoints" else f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def match_audited_authors(
    difference: Difference, managers: tuple[Author, ...], writes: Sequence[AuditedWrite]
) -> tuple[Author, ...]:
    """*managers* with the user of the write among *writes* that made *difference*, whom to ask first in front.

    Exact where bodies or the verb show it, strong where manager and time agree with managedFields, and weak where it
    is only the last write.
    """
    if not writes:
        return managers
    if not difference.path:
        match = (
            _deletion_match(writes, difference.object)
            if difference.live is ABSENT
            else _creation_match(writes, difference)
        )
        return _put_matched_first(managers, match)
    relevant = [each for each in writes if _is_relevant_write(each, difference)]
    states = value_states(difference, relevant)
    match = _exact_match(states, is_gone=difference.live is ABSENT) or _strong_match(managers, relevant)
    if match is None and not _was_live_before_log(states):
        match = _weak_match(managers, relevant)
    return _put_matched_first(managers, match)


@dataclass(frozen=True)
class _Match:
    write: AuditedWrite
    match: AuthorMatch
    evidence: str


def _is_relevant_write(write: AuditedWrite, difference: Difference) -> bool:
    # What lives was not deleted, or was made anew.
    if write.verb in _DELETE_VERBS:
        return False
    return not write.subresource or (write.subresource == "scale" and difference.path == REPLICAS_PATH)


def _exact_match(states: list[ValueState], *, is_gone: bool) -> _Match | None:
    """The write from which on the value was the live one, as bodies show."""
    changing_states = [each for each in states if each.value != WrittenValue.UNCHANGED]
    run = list(takewhile(lambda each: each.value == WrittenValue.LIVE, reversed(changing_states)))
    before = changing_states[-len(run) - 1].value if len(run) < len(changing_states) else WrittenValue.UNKNOWN
    if not run or (before == WrittenValue.UNKNOWN and not run[-1].is_written):
        return None
    first = run[-1]
    if first.is_written:
        evidence = "removed it" if is_gone else "wrote this value"
    else:
        evidence = "is the first whose body lacks it" if is_gone else "is the first whose body has it as it is"
    return _Match(first.write, EXACT, f"{_describe_write(first.write)} {evidence}")


def _was_live_before_log(states: list[ValueState]) -> bool:
    """Whether the value was the live one already when the log began."""
    changing_values = [each.value for each in states if each.value != WrittenValue.UNCHANGED]
    return changing_values[:1] == [WrittenValue.LIVE] and WrittenValue.UNKNOWN not in changing_values


def _strong_match(managers: tuple[Author, ...], writes: list[AuditedWrite]) -> _Match | None:
    """The only write that agrees with the first manager in manager and time."""
    if not managers or (managers[0].moment is None and managers[0].operation == "Apply"):
        return None
    same = [each for each in writes if _is_same_manager(managers[0], each)]
    near = [each for each in same if _is_near(each, managers[0].moment)]
    users, other_users = set(map(_user_name, near)), set(map(_user_name, same))
    if len(users) != 1:
        return None
    # The time of a manager is that of its latest write to any of its fields.
    also = " and ".join(sorted(other_users - users))
    evidence = "agrees in manager and time" if managers[0].moment else "agrees in manager"
    also_text = f"; before, {also} wrote as {managers[0].manager} too" if also else ""
    return _Match(near[-1], STRONG, f"{_describe_write(near[-1])} {evidence}{also_text}")


def _is_near(write: AuditedWrite, moment: datetime | None) -> bool:
    return moment is None or abs(write.moment - moment) <= _TIME_TOLERANCE


def _weak_match(managers: tuple[Author, ...], writes: list[AuditedWrite]) -> _Match | None:
    changes = [each for each in writes if each.verb in ("patch", "update")]
    for manager in managers:
        # Later ones took nothing over, or the time would be theirs.
        before = [each for each in changes if manager.moment is None or each.moment <= manager.moment + _TIME_TOLERANCE]
        same_manager_writes = [each for each in before if _is_same_manager(manager, each)]
        if same_manager_writes:
            return _Match(
                same_manager_writes[-1],
                WEAK,
                f"{_describe_write(same_manager_writes[-1])} is the last write as {manager.manager} until then",
            )
    return None if managers else _weak_match_without_author(changes)


def _weak_match_without_author(changes: list[AuditedWrite]) -> _Match | None:
    # Replicas that nobody owns were scaled, by an autoscaler as likely as by anybody else.
    scaled = [each for each in changes if each.subresource]
    if scaled:
        return _Match(scaled[-1], WEAK, f"{_describe_write(scaled[-1])} is the last one")
    other_writes = [each for each in changes if not each.user.startswith(_CONTROLLER_USERS)]
    evidence = "is the last write by somebody who is no controller"
    return _Match(other_writes[-1], WEAK, f"{_describe_write(other_writes[-1])} {evidence}") if other_writes else None


def _deletion_match(writes: Sequence[AuditedWrite], object: Object) -> _Match | None:
    # A dry run of a delete looks the same, but none succeeds after the object is gone, so the last one did it.
    matches = [match for each in writes if (match := _delete_write_match(each, object.name))]
    return matches[-1] if matches else None


def _delete_write_match(write: AuditedWrite, name: str) -> _Match | None:
    if write.verb == "delete" and not write.subresource:
        return _Match(write, EXACT, f"{_describe_write(write)} deleted it")
    if write.verb != "deletecollection":
        return None
    if write.response is None:
        return _Match(write, WEAK, f"{_describe_write(write)} deleted objects of its kind there")
    names = [each["metadata"]["name"] for each in write.response.get("items", ())]
    return _Match(write, EXACT, f"{_describe_write(write)} deleted it among others") if name in names else None


class _CreationMetadata(msgspec.Struct, rename="camel"):
    creation_timestamp: datetime | None = None


class _CreatedObject(msgspec.Struct):
    metadata: _CreationMetadata


def _creation_match(writes: Sequence[AuditedWrite], difference: Difference) -> _Match | None:
    created_at = msgspec.json.decode(difference.object.raw, type=_CreatedObject).metadata.creation_timestamp
    near = [each for each in writes if created_at is not None and _is_near(each, created_at) and not each.subresource]
    for each in near:
        if each.verb == "create":
            return _Match(each, EXACT, f"{_describe_write(each)} made it")
    patches = [each for each in near if each.verb == "patch"]
    # Whoever applies creates with a patch.
    return _Match(patches[0], STRONG, f"{_describe_write(patches[0])} came when it was made") if patches else None


def _put_matched_first(managers: tuple[Author, ...], match: _Match | None) -> tuple[Author, ...]:
    if match is None:
        return managers
    write = match.write
    matched_fields = {
        "moment": write.moment,
        "user": _user_name(write),
        "address": ", ".join(write.addresses),
        "match": match.match,
    }
    manager = next((each for each in managers if _is_same_manager(each, write)), None)
    if manager is None:
        return (
            Author(write.manager, write.verb, write.subresource, evidence=match.evidence, **matched_fields),
            *managers,
        )
    matched_author = msgspec.structs.replace(
        manager, evidence=f"{manager.evidence}; {match.evidence}", **matched_fields
    )
    return (matched_author, *(each for each in managers if each is not manager))


def _is_same_manager(manager: Author, write: AuditedWrite) -> bool:
    return (manager.manager, manager.subresource) == (write.manager, write.subresource)


def _user_name(write: AuditedWrite) -> str:
    return f"{write.user} as {write.impersonated}" if write.impersonated else write.user


def _describe_write(write: AuditedWrite) -> str:
    through = f" through {write.subresource}" if write.subresource else ""
    return f"{write.verb}{through} by {_user_name(write)} at {write.moment:%Y-%m-%d %H:%M:%S} (audit {write.audit_id})"
