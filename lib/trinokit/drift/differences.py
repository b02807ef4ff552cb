"""What is a difference, and what may it be judged to be?"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from trinokit.drift.paths import ObjectPath, format_path
from trinokit.objects import Object


class DifferenceClass(StrEnum):
    """What a difference is judged to be; the first three are drift, which nobody was entitled to make."""

    CHANGED = "changed"
    MISSING = "missing"
    UNDECLARED = "undeclared"
    MANAGED = "managed"
    ALLOCATED = "allocated"
    DEFAULTED = "defaulted"
    INJECTED = "injected"
    OPERATIONAL = "operational"
    PENDING = "pending"
    UNSTABLE = "unstable"
    IGNORED = "ignored"


CHANGED, MISSING, UNDECLARED = DRIFT = tuple(DifferenceClass)[:3]
MANAGED, ALLOCATED, DEFAULTED, INJECTED = tuple(DifferenceClass)[3:7]
OPERATIONAL, PENDING, UNSTABLE, IGNORED = tuple(DifferenceClass)[7:]
AuthorMatch = Literal["exact", "strong", "weak", ""]


class Absent(msgspec.Struct, frozen=True):
    """Stands where one side has no value, since null is one."""

    def __str__(self) -> str:
        """A dash, as a table shows it."""
        return "–"


ABSENT = Absent()


class Author(msgspec.Struct, frozen=True):
    """Who wrote a value: the *manager* of its field, and the *user* where an audit log tells.

    *moment* is None where nobody recorded one. *match* is how surely the audit log tells: exact, strong or weak,
    and empty where only managedFields do. *evidence* says so in words.
    """

    manager: str = ""
    operation: str = ""
    subresource: str = ""
    moment: datetime | None = None
    user: str = ""
    address: str = ""
    match: AuthorMatch = ""
    evidence: str = ""


class Difference(msgspec.Struct, frozen=True, gc=False):
    """One leaf, or a whole item or object, where *declared* and *live* disagree; ABSENT where one side lacks it.

    *object* is the live one, or the declared one where there is no live one; *path* is empty for a whole object.
    *judged* is a DifferenceClass, and empty before it is judged; *reason* says why it is no drift, or what else is to
    be known. *authors* come with the one to ask first; *since* tells from when on the value was what it is, with
    the revision that still was as git declares.
    """

    object: Object
    path: ObjectPath
    declared: Any
    live: Any
    judged: DifferenceClass | Literal[""] = ""
    reason: str = ""
    authors: tuple[Author, ...] = ()
    since: str = ""

    @property
    def where(self) -> str:
        """The path as text."""
        return format_path(self.path)

    @property
    def is_drift(self) -> bool:
        """Whether nobody was entitled to make it."""
        return self.judged in DRIFT
