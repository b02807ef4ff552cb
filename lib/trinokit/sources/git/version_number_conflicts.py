"""Is a conflict about nothing but the version? Then the one that is released is taken, wherever a file has its own."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from trinokit.observations import ResolvedVersion
from trinokit.sources.git.conflict_hunks_and_authors import MergeSection

_VERSION_PATTERN = re.compile(
    rb"(?<![\w.])(v?)(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]*[0-9A-Za-z])?(?:\+[0-9A-Za-z.-]*[0-9A-Za-z])?)(?!\.?\w)"
)
_LINE_PATTERN = re.compile(rb"[^\n]*\n|[^\n]+")


def resolve_version_conflict(
    path: str, sections: Sequence[MergeSection], patterns: Sequence[str], version: str
) -> tuple[bytes, tuple[ResolvedVersion, ...]] | None:
    """The file *path* with *version* wherever both sides have others, and these; None where it takes somebody to judge.

    It is resolved if the path matches one of *patterns* and the lines that conflict differ in nothing but a version. In
    a file with others, such as those of what it depends on, one side must have the *version* already, or one before it.
    """
    if not version or not sections or not any(fnmatchcase(path, pattern) for pattern in patterns):
        return None
    only = all(len(_VERSION_PATTERN.findall(b"".join(side))) == 1 for side in zip(*sections, strict=True))
    content, resolved_versions = b"", []
    for ours, theirs in _line_pairs(sections):
        taken = (ours, ()) if ours == theirs else _take_version(ours, theirs, version.removeprefix("v").encode(), only)
        if taken is None:
            return None
        content += taken[0]
        resolved_versions += [ResolvedVersion(path, *taken[1])] if taken[1] else []
    return content, tuple(resolved_versions)


def _line_pairs(sections: Sequence[MergeSection]) -> Iterator[tuple[bytes, bytes]]:
    """The lines of both sides beside one another, where there are as many; else all of them."""
    for section in sections:
        ours, theirs = (_LINE_PATTERN.findall(side) for side in section)
        if section.ours == section.theirs or len(ours) != len(theirs):
            yield section
        else:
            yield from zip(ours, theirs, strict=True)


def _take_version(ours: bytes, theirs: bytes, version: bytes, only: bool) -> tuple[bytes, tuple[str, ...]] | None:
    """The line with *version*, and the versions of both sides and the one that was taken; None where it cannot be."""
    matches = [list(_VERSION_PATTERN.finditer(line)) for line in (ours, theirs)]
    if b"\n" in ours[:-1] + theirs[:-1] or [len(each) for each in matches] != [1, 1]:
        return None
    (mine,), (other,) = matches
    before, after = ours[: mine.start(2)], ours[mine.end() :]
    if (before, after) != (theirs[: other.start(2)], theirs[other.end() :]):
        return None
    if not only and version not in (_core_version(mine[2]), _core_version(other[2])):
        return None
    return before + version + after, tuple(map(bytes.decode, (mine[0], other[0], mine[1] + version)))


def _core_version(version: bytes) -> bytes:
    """The version that comes after its own pre-releases."""
    return re.split(rb"[-+]", version)[0]
