"""What is a difference, and what may it be judged to be?"""

from datetime import datetime
from typing import Any

import msgspec

from trinokit.drift.paths import ObjectPath, format_path
from trinokit.objects import Object

CHANGED, MISSING, UNDECLARED = DRIFT = ("changed", "missing", "undeclared")
MANAGED, ALLOCATED, DEFAULTED, INJECTED = "managed", "allocated", "defaulted", "injected"
OPERATIONAL, PENDING, UNSTABLE, IGNORED = "operational", "pending", "unstable", "ignored"
DIFFERENCE_CLASSES = (*DRIFT, MANAGED, ALLOCATED, DEFAULTED, INJECTED, OPERATIONAL, PENDING, UNSTABLE, IGNORED)


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
    match: str = ""
    evidence: str = ""


class Difference(msgspec.Struct, frozen=True, gc=False):
    """One leaf, or a whole item or object, where *declared* and *live* disagree; ABSENT where one side lacks it.

    *object* is the live one, or the declared one where there is no live one; *path* is empty for a whole object.
    *judged* is one of CLASSES, and empty before it is judged; *reason* says why it is no drift, or what else is to
    be known. *authors* come with the one to ask first; *since* tells from when on the value was what it is, with
    the revision that still was as git declares.
    """

    object: Object
    path: ObjectPath
    declared: Any
    live: Any
    judged: str = ""
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
