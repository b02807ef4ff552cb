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
        ancestors, to_visit = set(), [tip]
        while to_visit:
            commit = to_visit.pop()
            if commit in self.parents and commit not in ancestors:
                ancestors.add(commit)
                to_visit += self.parents[commit]
        return ancestors

    def first(self, tip: str) -> list[str]:
        """*tip* and the first parents that it comes from: the commits of the branch itself, the newest first."""
        line = []
        while tip in self.parents:
            line.append(tip)
            tip = next(iter(self.parents[tip]), "")
        return line

    def merges_bringing(self, commits: Collection[str]) -> set[str]:
        """The merges that brought one of *commits* into what their first parent is, which did not have it."""
        bits = {commit: 1 << number for number, commit in enumerate(commits)}
        had: dict[str, int] = {}
        merges = set()
        for commit, parents in reversed(self.parents.items()):
            first, *other_counts = [had.get(parent, 0) for parent in parents] or [0]
            brought = reduce(or_, other_counts, 0)
            if brought & ~first:
                merges.add(commit)
            had[commit] = bits.get(commit, 0) | first | brought
        return merges

    def named(self, prefix: str) -> str:
        """The commit whose id begins with *prefix*; empty where there is none."""
        return next((commit for commit in self.parents if commit.startswith(prefix)), "")


def read_ancestry(folder: Path, tips: Sequence[str], base: str) -> Ancestry:
    """What leads to *tips* in the clone *folder*, without what leads to *base*."""
    stdin = "".join(f"{line}\n" for line in (*tips, f"^{base}"))
    lines = git_command.git_output_lines(folder, "rev-list", "--topo-order", "--parents", "--stdin", stdin=stdin)
    return Ancestry({commit: parents for commit, *parents in map(str.split, lines)})
