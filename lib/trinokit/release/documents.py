"""Does the documentation change with the feature, and does the changelog name the release?"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from trinokit.architecture.wording import listed
from trinokit.findings import CRITICAL, INFO, OK
from trinokit.release.preflight import Check
from trinokit.release.wishes import Wish

# Markdown and AsciiDoc mark a heading in front; reStructuredText, and Markdown too, by the line below.
_MARKED = re.compile(r"\s{0,3}(?:#+|=+)\s+\S")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,}|~{3,}|\^{3,})\s*")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")


def checked(changed: Sequence[str], wish: Wish, changelog: str | None) -> tuple[Check, ...]:
    """Whether each of the documents of *wish* is among the paths *changed*, and whether *changelog* names the release.

    *changelog* is the text of the file, and None where there is no such file. As long as a feature changes nothing, it
    owes nothing either.
    """
    return (*_documents(changed, wish), *_changelog(changed, wish, changelog))


def names_release(changelog: str, release: str) -> bool:
    """Whether a heading of *changelog* names the version *release*, with or without a v in front of it."""
    own = re.compile(rf"(?<![\w.+])(?<!\d-)v?{re.escape(release.removeprefix('v'))}(?![\w+-]|\.\w)")
    return any(own.search(heading) for heading in _headings(changelog.splitlines()))


def _documents(changed: Sequence[str], wish: Wish) -> Iterator[Check]:
    if not wish.documents:
        yield Check("documents", INFO, "were not checked, since nobody named one that has to change")
    for pattern in wish.documents:
        found = [path for path in changed if _matches(path, pattern)]
        if found:
            yield Check("documents", OK, f"{pattern} changes with the feature: {listed(found)}")
        elif not changed:
            yield Check("documents", INFO, f"{pattern} has to change with the feature, which changes nothing yet")
        else:
            remedy = f"write what it changes for its users, and commit it on {wish.names.feature}"
            yield Check("documents", CRITICAL, f"{pattern} has to change with the feature, and does not", remedy)


def _changelog(changed: Sequence[str], wish: Wish, changelog: str | None) -> Iterator[Check]:
    release, path = wish.names.release, wish.changelog
    if not path:
        yield Check("changelog", INFO, "was not checked, since nobody named one")
        return
    if changelog is not None and names_release(changelog, release):
        yield Check("changelog", OK, f"{path} names {release} in a heading")
        return
    found = f"there is no {path}" if changelog is None else f"no heading of {path} names {release}"
    if changed:
        remedy = f"write what the release brings under a heading {release}, and commit it on {wish.names.feature}"
        yield Check("changelog", CRITICAL, found, remedy)
    else:
        yield Check("changelog", INFO, f"{found} yet, and the feature changes nothing yet")


def _matches(path: str, pattern: str) -> bool:
    """Whether *pattern* matches *path*, or a folder that it is in; `**/` at its beginning may stand for no folder."""
    patterns = {pattern, pattern.removeprefix("**/"), f"{pattern.rstrip('/')}/**"}
    return any(fnmatchcase(path, each) for each in patterns)


def _headings(lines: Sequence[str]) -> Iterator[str]:
    fenced = False
    for line, below in pairwise([*lines, ""]):
        if _FENCE.match(line) and not _UNDERLINE.fullmatch(line):
            fenced = not fenced
        elif not fenced and (_MARKED.match(line) or (line.strip() and _UNDERLINE.fullmatch(below))):
            yield line
