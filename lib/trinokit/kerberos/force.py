"""Is a flag in force among the arguments that a JVM was started with?"""

import re
from collections.abc import Iterable, Sequence

from trinokit.kerberos import exports
from trinokit.kerberos.exports import Export

_TWO_WORDS = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--enable-native-access", "--module-path", "--upgrade-module-path", "--class-path"),
)
_ALIASES = {"-p": "--module-path", "-cp": "--class-path", "-classpath": "--class-path"}
_SETTING = re.compile(r"(-D[^=]+)|(-XX:)[+-]?(\w+)|(-X(?:mx|ms|mn|ss))(?=\d)")
# Of these the JVM tells nothing; the files are replaced by what they hold.
_UNTOLD = re.compile(r"-server$|-client$|--?show-?version$|-splash:|--class-path=|-XX:(?:VMOptionsFile|Flags)=|@")


def joined(arguments: Sequence[str]) -> tuple[str, ...]:
    """*arguments* as a running JVM reports them: an option and its value that are two arguments are one, with =."""
    told, given = [], iter(arguments)
    for each in given:
        name = _ALIASES.get(each, each)
        value = next(given, None) if name in _TWO_WORDS else None
        told.append(each if value is None else f"{name}={value}")
    return tuple(told)


def takes_next(argument: str) -> bool:
    """Whether *argument* is an option whose value is the next argument."""
    return _ALIASES.get(argument, argument) in _TWO_WORDS


def told(arguments: Sequence[str]) -> tuple[str, ...]:
    """Those of *arguments*, joined, that a running JVM tells."""
    return tuple(each for each in joined(arguments) if not _UNTOLD.match(each))


def setting(argument: str) -> str:
    """What *argument* sets, where of several the last one counts, such as -Dname or -XX:Name; else empty."""
    found = _SETTING.match(argument)
    return "".join(filter(None, found.groups())) if found else ""


def in_force(flag: str, arguments: Sequence[str], java: int | None) -> bool:
    """Whether a JVM of the major *java*, which may be unknown, acts on *flag* when it is given *arguments*."""
    return among(flag, arguments) and not exports.problem(flag, java)


def among(flag: str, arguments: Sequence[str]) -> bool:
    """Whether *arguments* give the JVM the whole *flag*.

    A package is exported by any argument that exports or opens it to the same modules or more. Of several arguments
    that set the same, the last one counts.
    """
    given = joined(arguments)
    if wanted := exports.parse(flag):
        return any(_serves(found, wanted) for found in map(exports.parse, given) if found)
    if named := setting(flag):
        return next((each for each in reversed(given) if setting(each) == named), None) == flag
    return flag in given


def lacking(flags: Iterable[str], arguments: Sequence[str]) -> list[str]:
    """Those of *flags* that *arguments* do not give the JVM."""
    return [flag for flag in flags if not among(flag, arguments)]


def _serves(given: Export, wanted: Export) -> bool:
    # What is opened is exported as well, at run time.
    kinds = {wanted.kind, "--add-opens"} if wanted.kind == "--add-exports" else {wanted.kind}
    same = given.kind in kinds and (given.module, given.package) == (wanted.module, wanted.package)
    return same and set(given.targets) >= set(wanted.targets)
