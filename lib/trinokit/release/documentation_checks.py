"""Does the documentation change with the feature, and does the changelog name the release?"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, OK
from trinokit.release.preflight import Check
from trinokit.release.release_request import ReleaseRequest

# Markdown and AsciiDoc mark a heading in front; reStructuredText, and Markdown too, by the line below.
_MARKED_HEADING = re.compile(r"\s{0,3}(?:#+|=+)\s+\S")
_HEADING_UNDERLINE = re.compile(r"(?:={3,}|-{3,}|~{3,}|\^{3,})\s*")
_CODE_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")


def document_checks(changed: Sequence[str], request: ReleaseRequest, changelog: str | None) -> tuple[Check, ...]:
    """Whether each of the documents of *request* is among the paths *changed*, and *changelog* names the release.

    *changelog* is the text of the file, and None where there is no such file. As long as a feature changes nothing, it
    owes nothing either.
    """
    return (*_changed_document_checks(changed, request), *_changelog_checks(changed, request, changelog))


def has_release_heading(changelog: str, release: str) -> bool:
    """Whether a heading of *changelog* names the version *release*, with or without a v in front of it."""
    own = re.compile(rf"(?<![\w.+])(?<!\d-)v?{re.escape(release.removeprefix('v'))}(?![\w+-]|\.\w)")
    return any(own.search(heading) for heading in _headings(changelog.splitlines()))


def _changed_document_checks(changed: Sequence[str], request: ReleaseRequest) -> Iterator[Check]:
    if not request.files.documents:
        yield Check("documents", INFO, "were not checked, since nobody named one that has to change")
    for pattern in request.files.documents:
        matching_paths = [path for path in changed if _matches_pattern(path, pattern)]
        if matching_paths:
            yield Check("documents", OK, f"{pattern} changes with the feature: {join_names(matching_paths)}")
        elif not changed:
            yield Check("documents", INFO, f"{pattern} has to change with the feature, which changes nothing yet")
        else:
            remedy = f"write what it changes for its users, and commit it on {request.names.feature_branch}"
            yield Check("documents", CRITICAL, f"{pattern} has to change with the feature, and does not", remedy)


def _changelog_checks(changed: Sequence[str], request: ReleaseRequest, changelog: str | None) -> Iterator[Check]:
    release, path = request.names.release, request.files.changelog
    if not path:
        yield Check("changelog", INFO, "was not checked, since nobody named one")
        return
    if changelog is not None and has_release_heading(changelog, release):
        yield Check("changelog", OK, f"{path} names {release} in a heading")
        return
    problem = f"there is no {path}" if changelog is None else f"no heading of {path} names {release}"
    if changed:
        remedy = (
            f"write what the release brings under a heading {release}, and commit it on {request.names.feature_branch}"
        )
        yield Check("changelog", CRITICAL, problem, remedy)
    else:
        yield Check("changelog", INFO, f"{problem} yet, and the feature changes nothing yet")


def _matches_pattern(path: str, pattern: str) -> bool:
    """Whether *pattern* matches *path*, or a folder that it is in; `**/` at its beginning may stand for no folder."""
    patterns = {pattern, pattern.removeprefix("**/"), f"{pattern.rstrip('/')}/**"}
    return any(fnmatchcase(path, each) for each in patterns)


def _headings(lines: Sequence[str]) -> Iterator[str]:
    fenced = False
    for line, underline in pairwise([*lines, ""]):
        if _CODE_FENCE.match(line) and not _HEADING_UNDERLINE.fullmatch(line):
            fenced = not fenced
        elif not fenced and (_MARKED_HEADING.match(line) or (line.strip() and _HEADING_UNDERLINE.fullmatch(underline))):
            yield line
