"""What has a real Java at hand, and what does it say to flags? Its modules and their packages, and its own warnings."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from trinokit import shell
from trinokit.errors import SourceError
from trinokit.observations import LocalJava

# These add flags of their own to every Java that is started.
_CLEAN_COMMAND = ("env", "-u", "JAVA_TOOL_OPTIONS", "-u", "JDK_JAVA_OPTIONS", "-u", "_JAVA_OPTIONS")
_LISTED_MODULE = re.compile(r"([\w.]+)@((\d+)\S*)")
_EXPORTED_PACKAGE = re.compile(r"(?:qualified )?exports (\S+)(?: to (.+))?")
_CONTAINED_PACKAGE = re.compile(r"(?:contains|(?:qualified )?opens) (\S+)")
_RESOLVED_MODULE = re.compile(r"(?:root|requires|binds) ([\w.]+)")
_EVERYBODY = "*"
_JAVA_TIMEOUT_S = 60


def describe_java(java: str, modules: Collection[str] | None = None) -> LocalJava:
    """The *java* at hand with the packages of *modules*, or of all, which takes a tenth of a second for each.

    Raises SourceError when the program is none or is older than modules are.
    """
    listed = _LISTED_MODULE.findall(_java_output(java, "--list-modules"))
    if not listed:
        raise SourceError(f"Expected {java} to list modules, found none.", remedy="name the java of a JDK from 9 on")
    present = tuple(sorted(name for name, _, _ in listed))
    resolved = set(_RESOLVED_MODULE.findall(_java_output(java, "--show-module-resolution", "--version")))
    return LocalJava(
        program=java,
        version=listed[0][1],
        major=int(listed[0][2]),
        present=present,
        loaded=tuple(each for each in present if each in resolved),
        modules={each: _module_packages(java, each) for each in present if modules is None or each in modules},
    )


def java_warnings(java: str, flags: Sequence[str]) -> tuple[str, ...]:
    """What *java* says more than usual when it is started with *flags*, line by line.

    Only those that begin with two dashes are tried: others may need the memory or the files of a server, or start an
    agent here. Raises SourceError when the program does not start even without them.
    """
    usual = _java_output(java, "--version").splitlines()
    ended = shell.run_command(
        (*_CLEAN_COMMAND, java, *(each for each in flags if each.startswith("--")), "--version"), "", _JAVA_TIMEOUT_S
    )
    warnings = [each for each in ended.text.splitlines() if each.strip() and each not in usual]
    # A flag may end the sharing of classes, which the version tells.
    return tuple(each for each in warnings if "(build " not in each)


def _java_output(java: str, *arguments: str) -> str:
    return shell.check_output(*_CLEAN_COMMAND, java, *arguments, folder=Path.cwd(), seconds=_JAVA_TIMEOUT_S).decode(
        errors="replace"
    )


def _module_packages(java: str, module: str) -> dict[str, tuple[str, ...]]:
    packages: dict[str, tuple[str, ...]] = {}
    for line in _java_output(java, "--describe-module", module).splitlines():
        if match := _EXPORTED_PACKAGE.fullmatch(line):
            packages[match[1]] = tuple(sorted(match[2].split())) if match[2] else (_EVERYBODY,)
        elif match := _CONTAINED_PACKAGE.match(line):
            packages.setdefault(match[1], ())
    return packages
