"""Is a flag in force by what one side has, and if it is not: what was to be it, and why is that void?"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from trinokit.kerberos import exports
from trinokit.kerberos.faults import fault, visible
from trinokit.kerberos.force import among, joined, setting
from trinokit.kerberos.mending import mended

IN_FORCE, VOID, LACKING, UNKNOWN = "in force", "void", "not there", "not known"
_LONGEST = 160
_HEAD = 96


@dataclass(frozen=True)
class Truth:
    """Whether a flag is in force; where it is void, the *argument* that was to be it, and *why* it is not."""

    state: str
    argument: str = ""
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the flag is in force."""
        return self.state == IN_FORCE


def of(flag: str, arguments: Sequence[str] | None, java: int | None) -> Truth:
    """What *arguments*, None where they are not known, tell of *flag* on a JVM of the major *java*."""
    if arguments is None:
        return Truth(UNKNOWN)
    given = joined(arguments)
    if among(flag, given):
        why = exports.problem(flag, java)
        return Truth(VOID, flag, why) if why else Truth(IN_FORCE)
    # One that names the flag is nearer to it than one with a wildcard.
    for meant in (_names, _is_wildcard):
        for each in reversed(given):
            if meant(flag, each):
                return Truth(VOID, each, fault(each) or "has another value")
    return Truth(LACKING)


def shown(argument: str) -> str:
    """*argument* with what the eye does not see made visible, and of a long one the beginning and the end."""
    text = visible(argument)
    return text if len(text) <= _LONGEST else f"{text[:_HEAD]}…{text[_HEAD - _LONGEST :]}"


def _names(flag: str, argument: str) -> bool:
    """Whether *argument* was to be *flag*, or sets the same to something else."""
    alike = bool(setting(flag)) and setting(argument) == setting(flag)
    return alike or (among(flag, mended([argument])) and bool(fault(argument)))


def _is_wildcard(flag: str, argument: str) -> bool:
    wanted, given = exports.parse(flag), exports.parse(argument)
    if not wanted or not given or "*" not in given.package:
        return False
    return wanted.module == given.module and fnmatchcase(wanted.package, given.package)
