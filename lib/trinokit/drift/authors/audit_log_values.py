"""What was a value after each write of an audit log, as far as the bodies in it tell?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from trinokit.drift.authors.path_values import find_item, includes_written, is_equivalent, value_at
from trinokit.drift.differences import ABSENT, Difference
from trinokit.drift.paths import MEMBER, ObjectPath, PathStep
from trinokit.observations import AuditedWrite

_WHOLE_OBJECT_VERBS = ("create", "update")
_WRITING_OPERATIONS = ("add", "replace", "remove")


class WrittenValue(StrEnum):
    """What a value is after a write: the live one, another one, what it was before, or nobody can tell."""

    LIVE = "live"
    OTHER = "other"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ValueState:
    """Whether the *value* was the live one after a *write*, and whether the write itself brings it."""

    write: AuditedWrite
    value: WrittenValue
    is_written: bool = False


def value_states(difference: Difference, writes: Iterable[AuditedWrite]) -> list[ValueState]:
    """What the value of *difference* was after each of *writes* to its object."""
    matcher = _LiveValueMatcher(difference)
    return [_state_after_write(each, matcher) for each in writes]


class _LiveValueMatcher:
    """How to tell whether a body holds what a *difference* found in the live object."""

    def __init__(self, difference: Difference) -> None:
        self.kind, self.full, self.live = difference.object.kind, difference.path, difference.live
        self.path = self.full[: self.full.index(MEMBER)] if MEMBER in self.full else self.full
        self.stored = value_at(difference.object.body, self.path)
        self.member = difference.declared if self.live is ABSENT else self.live
        self.is_present = difference.declared is ABSENT and isinstance(self.live, dict)
        list_indexes = [index for index, step in enumerate(self.full) if isinstance(step, int)]
        self.is_whole = bool(list_indexes) and not (self.live is not ABSENT and is_equivalent(self.stored, self.live))
        if self.is_whole:
            # An index is that of the declared list. In a set the live one may have another item there.
            self.path = self.full[: list_indexes[0]]
            self.stored = value_at(difference.object.body, self.path)

    @property
    def is_observable(self) -> bool:
        """Whether the live object shows it at all."""
        return self.live is ABSENT or self.is_whole or self.stored is not ABSENT

    def holds(self, value: object, equal: Callable[[object, object], bool] = is_equivalent) -> bool:
        """Whether *value*, found at the path, is the live one, as far as *equal* tells."""
        if self.is_whole:
            return equal(self.stored, value)
        if self.path != self.full:
            return self._holds_member(value)
        if self.is_present:
            return value is not ABSENT
        return equal(ABSENT if self.live is ABSENT else self.stored, value)

    def state_after_merge(self, value: object) -> WrittenValue:
        """What a merge patch makes of it that has *value* at the path."""
        if MEMBER not in self.full:
            return WrittenValue.LIVE if self.holds(value, includes_written) else WrittenValue.OTHER
        # It may replace the list or merge into it.
        is_there = isinstance(value, list) and self.member in value
        return WrittenValue.LIVE if is_there and self.live is not ABSENT else WrittenValue.UNKNOWN

    def _holds_member(self, value: object) -> bool:
        there, here = (each if isinstance(each, list) else [] for each in (self.stored, value))
        if isinstance(self.member, str) and any(isinstance(each, dict) for each in (*there, *here)):
            # It stands for something that these items amount to, which only the whole list tells.
            return is_equivalent(there, here)
        return (self.member in here) == (self.live is not ABSENT)


def _state_after_write(write: AuditedWrite, matcher: _LiveValueMatcher) -> ValueState:
    if not matcher.is_observable:
        return ValueState(write, WrittenValue.UNKNOWN)
    brought = _state_after_patch(write.request, matcher) if write.verb == "patch" else WrittenValue.UNKNOWN
    response = _body_of_kind(write.response, write, matcher)
    if response is not None:
        value = _state_in_body(response, matcher, is_equivalent)
    else:
        request = _body_of_kind(write.request, write, matcher) if write.verb in _WHOLE_OBJECT_VERBS else None
        value = brought if request is None else _state_in_body(request, matcher, includes_written)
    return ValueState(
        write, value, value == WrittenValue.LIVE and (brought == WrittenValue.LIVE or write.verb == "create")
    )


def _state_in_body(body: dict, matcher: _LiveValueMatcher, equal: Callable[[object, object], bool]) -> WrittenValue:
    return WrittenValue.LIVE if matcher.holds(value_at(body, matcher.path), equal) else WrittenValue.OTHER


def _body_of_kind(body: object, write: AuditedWrite, matcher: _LiveValueMatcher) -> dict | None:
    kind = "Scale" if write.subresource == "scale" else matcher.kind
    if not isinstance(body, dict) or body.get("kind") != kind:
        return None
    # A Scale leaves zero replicas out.
    return body | {"spec": {"replicas": 0} | (body.get("spec") or {})} if kind == "Scale" else body


def _state_after_patch(patch: object, matcher: _LiveValueMatcher) -> WrittenValue:
    """What a *patch* alone makes of the value."""
    if isinstance(patch, list):
        states = {_state_after_operation(each, matcher) for each in patch if isinstance(each, dict)}
        order = (WrittenValue.LIVE, WrittenValue.UNKNOWN, WrittenValue.OTHER)
        return next((each for each in order if each in states), WrittenValue.UNCHANGED)
    if not isinstance(patch, dict):
        return WrittenValue.UNKNOWN
    states, value = _merge_patch_value(patch, matcher.path)
    if states == WrittenValue.UNCHANGED and "apiVersion" in patch and matcher.live is ABSENT:
        # What is applied and leaves a field out may remove it.
        return WrittenValue.UNKNOWN
    return states or matcher.state_after_merge(value)


def _merge_patch_value(patch: dict, path: ObjectPath) -> tuple[WrittenValue | Literal[""], object]:
    """What a merge *patch* writes at *path*, or that it leaves it alone, or that nobody can tell."""
    patch_value: object = patch
    for index, step in enumerate(path):
        if isinstance(patch_value, str):
            return "", value_at({str(path[index - 1]): patch_value}, path[index - 1 :])
        if isinstance(step, str):
            if not isinstance(patch_value, dict) or step not in patch_value:
                return WrittenValue.UNCHANGED, ABSENT
            patch_value = patch_value[step]
        else:
            # One patch replaces a list, another merges into it, and the log does not tell which it was.
            patch_value = find_item(patch_value, step) if isinstance(step, tuple) else ABSENT
            if patch_value is ABSENT:
                return WrittenValue.UNKNOWN, ABSENT
        if _is_removal(patch_value):
            return "", ABSENT
    return "", patch_value


def _is_removal(value: object) -> bool:
    return value is None or (isinstance(value, dict) and value.get("$patch") == "delete")


def _state_after_operation(operation: dict, matcher: _LiveValueMatcher) -> WrittenValue:
    """What one *operation* of a JSON patch makes of it, which tells items by their places and not by their keys."""
    steps = _operation_steps(operation)
    shared = list(zip(steps, matcher.path, strict=False))
    if operation.get("op") == "test" or not all(_may_be_same_step(*each) for each in shared):
        return WrittenValue.UNCHANGED
    is_above = len(steps) <= len(matcher.path) and MEMBER not in matcher.full
    if not is_above or operation.get("op") not in _WRITING_OPERATIONS:
        return WrittenValue.UNKNOWN
    return _operation_state(
        _operation_value(operation, matcher.path[len(steps) :]), matcher, all(isinstance(key, str) for _, key in shared)
    )


def _operation_state(value: object, matcher: _LiveValueMatcher, is_certain: bool) -> WrittenValue:
    if is_certain:
        return WrittenValue.LIVE if matcher.holds(value, includes_written) else WrittenValue.OTHER
    return WrittenValue.LIVE if value is not ABSENT and matcher.holds(value, includes_written) else WrittenValue.UNKNOWN


def _operation_steps(operation: dict) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in str(operation.get("path", "")).split("/")[1:]]


def _operation_value(operation: dict, remaining_path: ObjectPath) -> object:
    if operation["op"] == "remove":
        return ABSENT
    # The name says how a text is read.
    name = ["", *_operation_steps(operation)][-1]
    return value_at({name: operation.get("value")}, (name, *remaining_path))


def _may_be_same_step(step: str, key: PathStep) -> bool:
    return step == key if isinstance(key, str) else step.isdigit() or step == "-"
