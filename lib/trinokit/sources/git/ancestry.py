"""Which commits are in the history of which? Read once for several branches, since a commit that they begin from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from trinokit.sources.git import git_command


@dataclass(frozen=True)
class Ancestry:
    """The *parents* of each commit, children before parents."""

    parents: Mapping[str, Sequence[str]]

    def of(self, tip: str) -> set[str]:
        """*tip* and all that it comes from."""
        found, waiting = set(), [tip]
        while waiting:
            commit = waiting.pop()
            if commit in self.parents and commit not in found:
                found.add(commit)
                waiting += self.parents[commit]
        return found

    def first(self, tip: str) -> list[str]:
        """*tip* and the first parents that it comes from: the commits of the branch itself, the newest first."""
        found = []
        while tip in self.parents:
            found.append(tip)
            tip = next(iter(self.parents[tip]), "")
        return found

    def merges_bringing(self, commits: Collection[str]) -> set[str]:
        """The merges that brought one of *commits* into what their first parent is, which did not have it."""
        bits = {commit: 1 << number for number, commit in enumerate(commits)}
        had: dict[str, int] = {}
        found = set()
        for commit, parents in reversed(self.parents.items()):
            first, *others = [had.get(parent, 0) for parent in parents] or [0]
            brought = reduce(or_, others, 0)
            if brought & ~first:
                found.add(commit)
            had[commit] = bits.get(commit, 0) | first | brought
        return found

    def named(self, prefix: str) -> str:
        """The commit whose id begins with *prefix*; empty where there is none."""
        return next((commit for commit in self.parents if commit.startswith(prefix)), "")


def read_ancestry(folder: Path, tips: Sequence[str], base: str) -> Ancestry:
    """What leads to *tips* in the clone *folder*, without what leads to *base*."""
    asked = "".join(f"{line}\n" for line in (*tips, f"^{base}"))
    lines = git_command.git_output_lines(folder, "rev-list", "--topo-order", "--parents", "--stdin", given=asked)
    return Ancestry({commit: parents for commit, *parents in map(str.split, lines)})
