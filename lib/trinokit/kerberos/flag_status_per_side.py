"""Is a flag in force by what one side has, and if it is not: what was to be it, and why is that void?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from trinokit.kerberos import module_export_checks
from trinokit.kerberos.argument_faults import argument_fault, escape_invisible
from trinokit.kerberos.argument_repair import repair_argument
from trinokit.kerberos.flag_in_arguments import is_flag_given, join_two_word_flags, override_key

_MAX_LENGTH = 160
_HEAD_LENGTH = 96


class FlagState(StrEnum):
    """What a flag is by what one side has: void where something was to be the flag and is none."""

    IN_FORCE = "in force"
    VOID = "void"
    NOT_THERE = "not there"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class FlagStatus:
    """Whether a flag is in force; where it is void, the *argument* that was to be it, and *why* it is not."""

    state: FlagState
    argument: str = ""
    why: str = ""

    @property
    def is_in_force(self) -> bool:
        """Whether the flag is in force."""
        return self.state == FlagState.IN_FORCE


def status_of_flag(flag: str, arguments: Sequence[str] | None, java: int | None) -> FlagStatus:
    """What *arguments*, None where they are not known, tell of *flag* on a JVM of the major *java*."""
    if arguments is None:
        return FlagStatus(FlagState.NOT_KNOWN)
    flags = join_two_word_flags(arguments)
    if is_flag_given(flag, flags):
        void_reason = module_export_checks.void_reason(flag, java)
        return FlagStatus(FlagState.VOID, flag, void_reason) if void_reason else FlagStatus(FlagState.IN_FORCE)
    # One that names the flag is nearer to it than one with a wildcard.
    for is_match in (_is_meant_as_flag, _is_wildcard_for):
        for each in reversed(flags):
            if is_match(flag, each):
                return FlagStatus(FlagState.VOID, each, argument_fault(each) or "has another value")
    return FlagStatus(FlagState.NOT_THERE)


def argument_excerpt(argument: str) -> str:
    """*argument* with what the eye does not see made visible, and of a long one the beginning and the end."""
    text = escape_invisible(argument)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_HEAD_LENGTH]}…{text[_HEAD_LENGTH - _MAX_LENGTH :]}"


def _is_meant_as_flag(flag: str, argument: str) -> bool:
    """Whether *argument* was to be *flag*, or sets the same to something else."""
    alike = bool(override_key(flag)) and override_key(argument) == override_key(flag)
    return alike or (is_flag_given(flag, repair_argument([argument])) and bool(argument_fault(argument)))


def _is_wildcard_for(flag: str, argument: str) -> bool:
    requested_export, argument_export = (
        module_export_checks.parse_module_export(flag),
        module_export_checks.parse_module_export(argument),
    )
    if not requested_export or not argument_export or "*" not in argument_export.package:
        return False
    return requested_export.module == argument_export.module and fnmatchcase(
        requested_export.package, argument_export.package
    )
