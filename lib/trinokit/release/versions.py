"""Which version is higher, and which versions are of one line? By https://semver.org/spec/v2.0.0.html#spec-item-11."""

import re
from collections.abc import Callable, Iterable

from semver import Version

from trinokit.errors import ParameterError

_NUMBER = r"(?:0|[1-9][0-9]*)"
# Of the three numbers only the first is always written: Trino's versions, such as 432, have no other.
CORE_PATTERN = rf"v?{_NUMBER}(?:\.{_NUMBER}){{0,2}}"


def parse_version(text: str) -> Version | None:
    """The version that *text* is, with or without a v in front of it, with one to three numbers; None where it is none.

    >>> parse_version("v1.10.0-rc1") < parse_version("1.10"), parse_version("latest")
    (True, None)
    """
    try:
        return Version.parse(text.removeprefix("v"), optional_minor_and_patch=True)
    except ValueError:
        return None


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
    return lambda version: version.to_tuple()[: len(numbers)] == numbers


def newest_version(texts: Iterable[str], line: Callable[[Version], bool]) -> str | None:
    """The one of *texts* that is the highest version of *line*; None where none of them is of it.

    >>> newest_version(["v1.9.0", "v1.10.0", "v2.0.0"], version_line_filter("v1"))
    'v1.10.0'
    """
    parsed_versions = {
        text: version for text in texts if (version := parse_version(text)) is not None and line(version)
    }
    return max(parsed_versions, key=parsed_versions.get, default=None)
