"""What cannot be joined, whom is it to be asked about, and how does the work on it go on?"""

import shlex
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import secret_patterns
from trinokit.architecture.table_building import join_names, table_in_order
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.observations import Conflict, JoinResult, ResolvedVersion
from trinokit.release import versions

_MAX_TEXT_LENGTH = 80
_REDACTED_SECRET = "(not shown, since it looks like a secret)"


class _ConflictRow(NamedTuple):
    """A row of `conflict_table`; a dash stands where nothing is told."""

    into: str
    path: str
    line: str
    ours: str
    theirs: str
    ours_is_by: str
    theirs_is_by: str


class _ResolutionRow(NamedTuple):
    """A row of `resolution_table`."""

    into: str
    what_comes_next: str


def conflict_table(joined: Sequence[JoinResult]) -> pd.DataFrame:
    """A row for each place where both sides differ: its first line, their texts, and who wrote them last."""
    rows = [row for each in joined for conflict in each.conflicts for row in _conflict_rows(each.join.into, conflict)]
    return table_in_order(_ConflictRow, rows, spaced=True)


def join_findings(joined: Sequence[JoinResult]) -> list[Finding]:
    """What is in the way of each join, whom to ask and what is missing, and what git did by itself."""
    findings = [
        finding for number, each in enumerate(joined) for finding in _single_join_findings(each, joined[:number])
    ]
    return [*findings, *_clean_join_findings(joined)]


def resolution_table(joined: Sequence[JoinResult]) -> pd.DataFrame:
    """A row for each command, and for what is to be done between them, until the conflicts of *joined* are resolved."""
    rows = [_ResolutionRow(each.join.into, line) for each in joined for line in resolution_commands(each).splitlines()]
    return table_in_order(_ResolutionRow, rows, spaced=True)


def resolution_commands(joined: JoinResult) -> str:
    """How the work on the conflicts of *joined* goes on, as commands and what is to be done between them."""
    if joined.commit or not (joined.conflicts or joined.problem):
        return ""
    if not joined.worktree:
        return "# Carry out the plan: it makes a worktree in which the conflicts can be worked on.\n"
    git = f"git -C {shlex.quote(joined.worktree)}"
    files = shlex.join(dict.fromkeys(conflict.path for conflict in joined.conflicts))
    return (
        f"{git} status\n"
        f"{git} diff\n"
        f"# Edit {join_names(conflict.path for conflict in joined.conflicts)} there, until no marker is left.\n"
        f"{git} add -- {files}\n"
        "# (git rm in place of git add for a file that is to go.)\n"
        f"{git} diff --cached --check\n"
        "# Then run the runbook again: it looks for what is left, and goes on.\n"
    )


def _single_join_findings(joined: JoinResult, earlier: Sequence[JoinResult]) -> Iterator[Finding]:
    for each in joined.versions:
        yield _version_conflict_finding(each, joined.join.into)
    if joined.skipped:
        skipped = join_names(map(str, joined.skipped))
        yield Finding(INFO, joined.join.into, f"does already what these do, so they are not picked: {skipped}")
    if not joined.commit:
        yield from _open_join_findings(joined, earlier)
    elif joined.conflicts:
        paths = join_names(conflict.path for conflict in joined.conflicts)
        yield Finding(INFO, joined.join.into, f"gets {joined.commit:.8}, where somebody settled: {paths}")


def _open_join_findings(joined: JoinResult, earlier: Sequence[JoinResult]) -> Iterator[Finding]:
    for conflict in joined.conflicts:
        yield Finding(CRITICAL, conflict.path, _conflict_sentence(conflict, joined))
    if joined.problem:
        subject = f"the worktree {joined.worktree}" if joined.worktree else joined.join.into
        yield Finding(CRITICAL, subject, f"is not ready: {joined.problem}")
    elif not joined.conflicts:
        unresolved = [each.join.into for each in earlier if not each.commit]
        condition = f"the conflicts in {join_names(unresolved)} are settled" if unresolved else "git can join it"
        sentence = f"could not be looked at: what it gets by {joined.join.name} is not known before {condition}"
        yield Finding(INFO if unresolved else CRITICAL, joined.join.into, sentence)


def _clean_join_findings(joined: Sequence[JoinResult]) -> list[Finding]:
    clean = [each.join for each in joined if each.commit and not each.conflicts]
    if not clean:
        return []
    joins_text = ", ".join(f"{each.name} into {each.into}" for each in clean)
    return [Finding(OK, "joins", f"{format_count(len(clean), 'join')} without a conflict: {joins_text}")]


def _conflict_sentence(conflict: Conflict, joined: JoinResult) -> str:
    lines = [f"{hunk.line:,}" for hunk in conflict.hunks]
    authors = [name for hunk in conflict.hunks for name in (hunk.our_author, hunk.their_author) if name]
    sentences = [f"cannot be joined into {joined.join.into} ({conflict.said})"]
    if lines:
        sentences.append(f"both sides differ from {'line' if len(lines) == 1 else 'lines'} {join_names(lines)} on")
    if authors:
        sentences.append(f"ask {join_names(authors)}")
    if conflict.prerequisites:
        missing = join_names(map(str, conflict.prerequisites))
        sentences.append(f"commits of newer branches that changed it and are not here: {missing}")
    sentences.append(
        f"settle it in {joined.worktree}" if joined.worktree else "the plan makes a worktree to settle it in"
    )
    return "; ".join(sentences)


def _version_conflict_finding(versioned: ResolvedVersion, into: str) -> Finding:
    sentence = (
        f"has {versioned.ours} in {into} and {versioned.theirs} in what comes in: {versioned.taken} was taken by rule"
    )
    parsed_versions = [versions.parse_version(text) for text in (versioned.ours, versioned.theirs)]
    taken = versions.parse_version(versioned.taken)
    if taken is not None and all(each is not None and each <= taken for each in parsed_versions):
        return Finding(INFO, versioned.path, sentence)
    return Finding(WARNING, versioned.path, f"{sentence}, which is not above both")


def _conflict_rows(into: str, conflict: Conflict) -> Iterator[_ConflictRow]:
    row = partial(_ConflictRow, into=into, path=conflict.path)
    if not conflict.hunks:
        yield row(line="–", ours=conflict.said, theirs="–", ours_is_by="–", theirs_is_by="–")
    for hunk in conflict.hunks:
        yield row(
            line=f"{hunk.line}",
            ours=_shorten_text(hunk.ours),
            theirs=_shorten_text(hunk.theirs),
            ours_is_by=hunk.our_author or "–",
            theirs_is_by=hunk.their_author or "–",
        )


def _shorten_text(text: str) -> str:
    """The lines of *text* in one, cut where they are long; nothing of it where one looks like a secret."""
    if secret_patterns.contains_secret(text):
        return _REDACTED_SECRET
    joined_lines = " ⏎ ".join(line.strip() for line in text.splitlines() if line.strip()) or "(nothing)"
    return joined_lines if len(joined_lines) <= _MAX_TEXT_LENGTH else f"{joined_lines[: _MAX_TEXT_LENGTH - 1]}…"
