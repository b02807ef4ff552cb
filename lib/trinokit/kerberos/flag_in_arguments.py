"""Is a flag in force among the arguments that a JVM was started with?"""

import re
from collections.abc import Iterable, Sequence

from trinokit.kerberos import module_export_checks
from trinokit.kerberos.module_export_checks import ModuleExport

_TWO_WORD_FLAGS = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--enable-native-access", "--module-path", "--upgrade-module-path", "--class-path"),
)
_FLAG_ALIASES = {"-p": "--module-path", "-cp": "--class-path", "-classpath": "--class-path"}
_OVERRIDE_KEY = re.compile(r"(-D[^=]+)|(-XX:)[+-]?(\w+)|(-X(?:mx|ms|mn|ss))(?=\d)")
# Of these the JVM tells nothing; the files are replaced by what they hold.
_UNREPORTED_ARGUMENT = re.compile(
    r"-server$|-client$|--?show-?version$|-splash:|--class-path=|-XX:(?:VMOptionsFile|Flags)=|@"
)


def join_two_word_flags(arguments: Sequence[str]) -> tuple[str, ...]:
    """*arguments* as a running JVM reports them: an option and its value that are two arguments are one, with =.

    >>> join_two_word_flags(["--add-opens", "java.base/java.nio=ALL-UNNAMED", "-Xmx8G"])
    ('--add-opens=java.base/java.nio=ALL-UNNAMED', '-Xmx8G')
    """
    joined, remaining = [], iter(arguments)
    for each in remaining:
        name = _FLAG_ALIASES.get(each, each)
        value = next(remaining, None) if name in _TWO_WORD_FLAGS else None
        joined.append(each if value is None else f"{name}={value}")
    return tuple(joined)


def takes_next_argument(argument: str) -> bool:
    """Whether *argument* is an option whose value is the next argument."""
    return _FLAG_ALIASES.get(argument, argument) in _TWO_WORD_FLAGS


def reported_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Those of *arguments*, joined, that a running JVM tells."""
    return tuple(each for each in join_two_word_flags(arguments) if not _UNREPORTED_ARGUMENT.match(each))


def override_key(argument: str) -> str:
    """What *argument* sets, where of several the last one counts, such as -Dname or -XX:Name; else empty.

    >>> override_key("-Dname=a"), override_key("-XX:+UseG1GC"), override_key("--add-exports=a/b=c")
    ('-Dname', '-XX:UseG1GC', '')
    """
    match = _OVERRIDE_KEY.match(argument)
    return "".join(filter(None, match.groups())) if match else ""


def is_in_force(flag: str, arguments: Sequence[str], java: int | None) -> bool:
    """Whether a JVM of the major *java*, which may be unknown, acts on *flag* when it is given *arguments*."""
    return is_flag_given(flag, arguments) and not module_export_checks.void_reason(flag, java)


def is_flag_given(flag: str, arguments: Sequence[str]) -> bool:
    """Whether *arguments* give the JVM the whole *flag*.

    A package is exported by any argument that exports or opens it to the same modules or more. Of several arguments
    that set the same, the last one counts.
    """
    flags = join_two_word_flags(arguments)
    if requested_export := module_export_checks.parse_module_export(flag):
        return any(
            _covers_export(given_export, requested_export)
            for given_export in map(module_export_checks.parse_module_export, flags)
            if given_export
        )
    if key := override_key(flag):
        return next((each for each in reversed(flags) if override_key(each) == key), None) == flag
    return flag in flags


def missing_flags(flags: Iterable[str], arguments: Sequence[str]) -> list[str]:
    """Those of *flags* that *arguments* do not give the JVM.

    >>> missing_flags(["-Xmx8G", "-Da=1"], ["-server", "-Xmx8G"])
    ['-Da=1']
    """
    return [flag for flag in flags if not is_flag_given(flag, arguments)]


def _covers_export(present: ModuleExport, requested: ModuleExport) -> bool:
    # What is opened is exported as well, at run time.
    kinds = {requested.kind, "--add-opens"} if requested.kind == "--add-exports" else {requested.kind}
    same = present.kind in kinds and (present.module, present.package) == (requested.module, requested.package)
    return same and set(present.targets) >= set(requested.targets)
