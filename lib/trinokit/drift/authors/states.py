"""What was a value after each write of an audit log, as far as the bodies in it tell?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trinokit.drift.authors.values import at, covers, item, same
from trinokit.drift.differences import ABSENT, Difference
from trinokit.drift.paths import MEMBER, Path, Step
from trinokit.evidence import Write

LIVE, OTHER, UNCHANGED, UNKNOWN = "live", "other", "unchanged", "unknown"
_WHOLE = ("create", "update")
_OPERATIONS = ("add", "replace", "remove")


@dataclass(frozen=True)
class State:
    """Whether the value was the *live* one after a *write*, and whether the write itself brings it.

    *value* is LIVE, OTHER, UNCHANGED where the write leaves it alone, or UNKNOWN.
    """

    write: Write
    value: str
    is_written: bool = False


def states(difference: Difference, writes: Iterable[Write]) -> list[State]:
    """What the value of *difference* was after each of *writes* to its object."""
    wanted = _Wanted(difference)
    return [_state(each, wanted) for each in writes]


class _Wanted:
    """How to tell whether a body holds what a *difference* found in the live object."""

    def __init__(self, difference: Difference) -> None:
        self.kind, self.full, self.live = difference.object.kind, difference.path, difference.live
        self.path = self.full[: self.full.index(MEMBER)] if MEMBER in self.full else self.full
        self.stored = at(difference.object.body, self.path)
        self.member = difference.declared if self.live is ABSENT else self.live
        self.is_present = difference.declared is ABSENT and isinstance(self.live, dict)
        places = [place for place, step in enumerate(self.full) if isinstance(step, int)]
        self.is_whole = bool(places) and not (self.live is not ABSENT and same(self.stored, self.live))
        if self.is_whole:
            # An index is that of the declared list. In a set the live one may have another item there.
            self.path = self.full[: places[0]]
            self.stored = at(difference.object.body, self.path)

    @property
    def is_clear(self) -> bool:
        """Whether the live object shows it at all."""
        return self.live is ABSENT or self.is_whole or self.stored is not ABSENT

    def holds(self, value: object, equal: Callable[[object, object], bool] = same) -> bool:
        """Whether *value*, found at the path, is the live one, as far as *equal* tells."""
        if self.is_whole:
            return equal(self.stored, value)
        if self.path != self.full:
            return self._holds_member(value)
        if self.is_present:
            return value is not ABSENT
        return equal(ABSENT if self.live is ABSENT else self.stored, value)

    def brought_by(self, value: object) -> str:
        """What a merge patch makes of it that has *value* at the path."""
        if MEMBER not in self.full:
            return LIVE if self.holds(value, covers) else OTHER
        # It may replace the list or merge into it.
        is_there = isinstance(value, list) and self.member in value
        return LIVE if is_there and self.live is not ABSENT else UNKNOWN

    def _holds_member(self, value: object) -> bool:
        there, here = (each if isinstance(each, list) else [] for each in (self.stored, value))
        if isinstance(self.member, str) and any(isinstance(each, dict) for each in (*there, *here)):
            # It stands for something that these items amount to, which only the whole list tells.
            return same(there, here)
        return (self.member in here) == (self.live is not ABSENT)


def _state(write: Write, wanted: _Wanted) -> State:
    if not wanted.is_clear:
        return State(write, UNKNOWN)
    brought = _brought(write.request, wanted) if write.verb == "patch" else UNKNOWN
    response = _body(write.response, write, wanted)
    if response is not None:
        value = _found(response, wanted, same)
    else:
        request = _body(write.request, write, wanted) if write.verb in _WHOLE else None
        value = brought if request is None else _found(request, wanted, covers)
    return State(write, value, value == LIVE and (brought == LIVE or write.verb == "create"))


def _found(body: dict, wanted: _Wanted, equal: Callable[[object, object], bool]) -> str:
    return LIVE if wanted.holds(at(body, wanted.path), equal) else OTHER


def _body(body: object, write: Write, wanted: _Wanted) -> dict | None:
    kind = "Scale" if write.subresource == "scale" else wanted.kind
    if not isinstance(body, dict) or body.get("kind") != kind:
        return None
    # A Scale leaves zero replicas out.
    return body | {"spec": {"replicas": 0} | (body.get("spec") or {})} if kind == "Scale" else body


def _brought(patch: object, wanted: _Wanted) -> str:
    """What a *patch* alone makes of the value."""
    if isinstance(patch, list):
        told = {_of_operation(each, wanted) for each in patch if isinstance(each, dict)}
        return next((each for each in (LIVE, UNKNOWN, OTHER) if each in told), UNCHANGED)
    if not isinstance(patch, dict):
        return UNKNOWN
    told, value = _merged(patch, wanted.path)
    if told == UNCHANGED and "apiVersion" in patch and wanted.live is ABSENT:
        # What is applied and leaves a field out may remove it.
        return UNKNOWN
    return told or wanted.brought_by(value)


def _merged(patch: dict, path: Path) -> tuple[str, object]:
    """What a merge *patch* writes at *path*, or that it leaves it alone, or that nobody can tell."""
    found: object = patch
    for place, step in enumerate(path):
        if isinstance(found, str):
            return "", at({str(path[place - 1]): found}, path[place - 1 :])
        if isinstance(step, str):
            if not isinstance(found, dict) or step not in found:
                return UNCHANGED, ABSENT
            found = found[step]
        else:
            # One patch replaces a list, another merges into it, and the log does not tell which it was.
            found = item(found, step) if isinstance(step, tuple) else ABSENT
            if found is ABSENT:
                return UNKNOWN, ABSENT
        if _is_removal(found):
            return "", ABSENT
    return "", found


def _is_removal(value: object) -> bool:
    return value is None or (isinstance(value, dict) and value.get("$patch") == "delete")


def _of_operation(operation: dict, wanted: _Wanted) -> str:
    """What one *operation* of a JSON patch makes of it, which tells items by their places and not by their keys."""
    steps = _steps(operation)
    shared = list(zip(steps, wanted.path, strict=False))
    if operation.get("op") == "test" or not all(_may_meet(*each) for each in shared):
        return UNCHANGED
    is_above = len(steps) <= len(wanted.path) and MEMBER not in wanted.full
    if not is_above or operation.get("op") not in _OPERATIONS:
        return UNKNOWN
    return _told(_value(operation, wanted.path[len(steps) :]), wanted, all(isinstance(key, str) for _, key in shared))


def _told(value: object, wanted: _Wanted, is_certain: bool) -> str:
    if is_certain:
        return LIVE if wanted.holds(value, covers) else OTHER
    return LIVE if value is not ABSENT and wanted.holds(value, covers) else UNKNOWN


def _steps(operation: dict) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in str(operation.get("path", "")).split("/")[1:]]


def _value(operation: dict, rest: Path) -> object:
    if operation["op"] == "remove":
        return ABSENT
    # The name says how a text is read.
    name = ["", *_steps(operation)][-1]
    return at({name: operation.get("value")}, (name, *rest))


def _may_meet(step: str, key: Step) -> bool:
    return step == key if isinstance(key, str) else step.isdigit() or step == "-"
