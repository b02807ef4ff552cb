"""Which commits do what those of a feature do? Those with the same patch id, and those that name what was picked."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trinokit.evidence import Feature
from trinokit.sources.git import calls

PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{40,64})\)")
_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
_DIFF = ("diff-tree", "--stdin", "--root", "-r", "-p", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv")


@dataclass(frozen=True)
class Doing:
    """What the commits of several branches do about a feature, by their ids.

    *carried* has the commits of the feature whose change each of them makes, and *reverts* those that each takes back,
    as its message names them. *idle* are the commits of the feature that change nothing.
    """

    carried: Mapping[str, set[str]]
    reverts: Mapping[str, Sequence[str]]
    idle: set[str]


def doing(folder: Path, feature: Feature, tips: Sequence[str]) -> Doing:
    """What the commits that lead to *tips*, and not to where *feature* began, do about it."""
    span = "".join(f"{line}\n" for line in (*tips, f"^{feature.base}"))
    own = calls.lines(folder, "rev-list", "--no-merges", f"{feature.base}..{feature.tip}", "--")
    others = _touching(folder, span, _paths(folder, own))
    whole = " ".join(calls.lines(folder, "rev-parse", f"{feature.base}^{{tree}}", f"{feature.tip}^{{tree}}"))
    ids = _patch_ids(folder, [*own, *others.difference(own), whole])
    does: dict[str, set[str]] = defaultdict(set)
    for commit in own:
        if commit in ids:
            does[ids[commit]].add(commit)
    does[ids.get(whole.split()[0], "")] |= set(own)
    carried = {commit: set(does[ids[commit]]) for commit in others if ids.get(commit, "") in does}
    reverts = {}
    for commit, message in _messages(folder, span):
        carried[commit] = carried.get(commit, set()).union(set(own) & set(PICKED.findall(message)))
        reverts[commit] = _REVERTED.findall(message)
    return Doing(carried, reverts, set(own).difference(ids))


def _touching(folder: Path, span: str, paths: Sequence[str]) -> set[str]:
    # Pathspecs are read from the same input as the commits.
    within = "".join(f"{line}\n" for line in ("--", *paths))
    argv = ("--literal-pathspecs", "rev-list", "--no-merges", "--full-history", "--stdin")
    return set(calls.lines(folder, *argv, given=span + within))


def _paths(folder: Path, commits: Sequence[str]) -> list[str]:
    argv = ("diff-tree", "--stdin", "--root", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames")
    printed = calls.text(folder, *argv, given="".join(f"{each}\n" for each in commits))
    return sorted({path for path in printed.split("\0") if path and "\n" not in path})


def _patch_ids(folder: Path, asked: Sequence[str]) -> dict[str, str]:
    """The id of what each commit, or each tree before another one, changes, without those that change nothing."""
    diffs = calls.text(folder, *_DIFF, given="".join(f"{each}\n" for each in asked))
    lines = calls.lines(folder, "patch-id", "--stable", given=f"{diffs}\n")
    return {commit: patch for patch, commit in map(str.split, lines)}


def _messages(folder: Path, span: str) -> Iterator[tuple[str, str]]:
    """Each commit that says that it was picked, or that it takes another one back, with its message."""
    texts = ("--grep=(cherry picked from commit", "--grep=This reverts commit")
    argv = ("rev-list", "--no-commit-header", "--topo-order", "--format=%H%x00%B%x00", "-F", *texts, "--stdin")
    words = calls.text(folder, *argv, given=span).split("\0")
    for commit, message in zip(words[::2], words[1::2], strict=False):
        yield commit.strip(), message
