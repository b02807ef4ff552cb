"""Which commits do what those of a feature do? Those with the same patch id, and those that name what was picked."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trinokit.observations import Feature
from trinokit.sources.git import git_command

CHERRY_PICK_TRAILER = re.compile(r"\(cherry picked from commit ([0-9a-f]{40,64})\)")
_REVERT_TEXT = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
_DIFF_COMMAND = (
    "diff-tree",
    "--stdin",
    "--root",
    "-r",
    "-p",
    "--full-index",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
)


@dataclass(frozen=True)
class EquivalentCommits:
    """What the commits of several branches do about a feature, by their ids.

    *carried* has the commits of the feature whose change each of them makes, and *reverts* those that each takes back,
    as its message names them. *idle* are the commits of the feature that change nothing.
    """

    equivalents: Mapping[str, set[str]]
    reverts: Mapping[str, Sequence[str]]
    idle: set[str]


def find_equivalent_commits(folder: Path, feature: Feature, tips: Sequence[str]) -> EquivalentCommits:
    """What the commits that lead to *tips*, and not to where *feature* began, do about it."""
    span = "".join(f"{line}\n" for line in (*tips, f"^{feature.base}"))
    own = git_command.git_output_lines(folder, "rev-list", "--no-merges", f"{feature.base}..{feature.tip}", "--")
    candidates = _commits_touching_paths(folder, span, _changed_paths(folder, own))
    whole = " ".join(
        git_command.git_output_lines(folder, "rev-parse", f"{feature.base}^{{tree}}", f"{feature.tip}^{{tree}}")
    )
    ids = _patch_ids(folder, [*own, *candidates.difference(own), whole])
    does: dict[str, set[str]] = defaultdict(set)
    for commit in own:
        if commit in ids:
            does[ids[commit]].add(commit)
    does[ids.get(whole.split()[0], "")] |= set(own)
    carried = {commit: set(does[ids[commit]]) for commit in candidates if ids.get(commit, "") in does}
    reverts = {}
    for commit, message in _pick_and_revert_messages(folder, span):
        carried[commit] = carried.get(commit, set()).union(set(own) & set(CHERRY_PICK_TRAILER.findall(message)))
        reverts[commit] = _REVERT_TEXT.findall(message)
    return EquivalentCommits(carried, reverts, set(own).difference(ids))


def _commits_touching_paths(folder: Path, span: str, paths: Sequence[str]) -> set[str]:
    # Pathspecs are read from the same input as the commits.
    path_arguments = "".join(f"{line}\n" for line in ("--", *paths))
    argv = ("--literal-pathspecs", "rev-list", "--no-merges", "--full-history", "--stdin")
    return set(git_command.git_output_lines(folder, *argv, stdin=span + path_arguments))


def _changed_paths(folder: Path, commits: Sequence[str]) -> list[str]:
    argv = ("diff-tree", "--stdin", "--root", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames")
    output = git_command.git_output(folder, *argv, stdin="".join(f"{each}\n" for each in commits))
    return sorted({path for path in output.split("\0") if path and "\n" not in path})


def _patch_ids(folder: Path, commit_ids: Sequence[str]) -> dict[str, str]:
    """The id of what each commit, or each tree before another one, changes, without those that change nothing."""
    diffs = git_command.git_output(folder, *_DIFF_COMMAND, stdin="".join(f"{each}\n" for each in commit_ids))
    lines = git_command.git_output_lines(folder, "patch-id", "--stable", stdin=f"{diffs}\n")
    return {commit: patch for patch, commit in map(str.split, lines)}


def _pick_and_revert_messages(folder: Path, span: str) -> Iterator[tuple[str, str]]:
    """Each commit that says that it was picked, or that it takes another one back, with its message."""
    texts = ("--grep=(cherry picked from commit", "--grep=This reverts commit")
    argv = ("rev-list", "--no-commit-header", "--topo-order", "--format=%H%x00%B%x00", "-F", *texts, "--stdin")
    words = git_command.git_output(folder, *argv, stdin=span).split("\0")
    for commit, message in zip(words[::2], words[1::2], strict=False):
        yield commit.strip(), message
