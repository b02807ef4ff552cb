"""Which version is higher, and which versions are of one line? By https://semver.org/spec/v2.0.0.html#spec-item-11."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import total_ordering

from trinokit.errors import ParameterError

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
# Of the three numbers only the first is always written: Trino's versions, such as 432, have no other.
CORE_PATTERN = rf"v?{_NUMBER}(?:\.{_NUMBER}){{0,2}}"
_VERSION_PATTERN = re.compile(
    rf"v?(?P<numbers>{_NUMBER}(?:\.{_NUMBER}){{0,2}})"
    rf"(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)


@total_ordering
@dataclass(frozen=True)
class Version:
    """A semantic version; *pre* are the identifiers of a pre-release, and *text* is how it is written.

    Versions of one precedence are equal, whatever their *build* is and with how many numbers they are written.
    """

    major: int
    minor: int = 0
    patch: int = 0
    prerelease: tuple[str, ...] = ()
    build: str = field(default="", compare=False)
    text: str = field(default="", compare=False)

    def __lt__(self, other: "Version") -> bool:
        """Whether the *other* version has precedence."""
        return self._precedence < other._precedence

    @property
    def _precedence(self) -> tuple:
        identifiers = ((0, int(each), "") if each.isdigit() else (1, 0, each) for each in self.prerelease)
        return self.major, self.minor, self.patch, not self.prerelease, tuple(identifiers)


def parse_version(text: str) -> Version | None:
    """The version that *text* is, with or without a v in front of it; None where it is none."""
    found = _VERSION_PATTERN.fullmatch(text)
    if not found:
        return None
    pre = tuple(found["pre"].split(".")) if found["pre"] else ()
    numbers = map(int, found["numbers"].split("."))
    return Version(
        **dict(zip(("major", "minor", "patch"), numbers, strict=False)),
        prerelease=pre,
        build=found["build"] or "",
        text=text,
    )


def version_line_filter(old_version: str) -> Callable[[Version], bool]:
    """Whether a version is of the line *old_version*: 1.10.0 is one of v1, and 1.2.3 one of v1 and of v1.2.

    Raises ParameterError where *old_version* is no such number.
    """
    if not re.fullmatch(CORE_PATTERN, old_version):
        raise ParameterError(
            f"Expected an old version such as v1, v1.2 or 432, found {old_version!r}.",
            remedy="name the numbers that all versions of its line begin with",
        )
    numbers = tuple(map(int, old_version.removeprefix("v").split(".")))
    return lambda version: (version.major, version.minor, version.patch)[: len(numbers)] == numbers


def newest_version(tags: Iterable[str], line: Callable[[Version], bool]) -> Version | None:
    """The highest version of *line* among *tags*; None where none of them is of it."""
    found = (version for tag in tags if (version := parse_version(tag)))
    return max(filter(line, found), default=None)
