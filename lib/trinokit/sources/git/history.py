"""Which commits lead from one to another?"""

from pathlib import Path

from trinokit.evidence import Commit
from trinokit.sources.git import calls

_FORMAT = "--format=%H%x00%s%x00%an <%ae>"


def commits(folder: Path, *chosen: str) -> tuple[Commit, ...]:
    """The commits that rev-list has *chosen*, oldest first."""
    argv = ("rev-list", "--no-commit-header", "--encoding=UTF-8", "--topo-order", "--reverse", _FORMAT)
    printed = calls.text(folder, *argv, *chosen, "--")
    return tuple(Commit(*line.split("\0")) for line in printed.split("\n") if line)


def touching(folder: Path, path: str, *chosen: str) -> tuple[Commit, ...]:
    """The commits that rev-list has *chosen* and that change *path*, newest first."""
    argv = ("--literal-pathspecs", "rev-list", "--no-commit-header", "--encoding=UTF-8", _FORMAT)
    printed = calls.text(folder, *argv, *chosen, "--", path)
    return tuple(Commit(*line.split("\0")) for line in printed.split("\n") if line)


def contains(folder: Path, tip: str, commit: str) -> bool:
    """Whether *commit* is *tip* or an ancestor of it."""
    return tip == commit or calls.told(folder, "merge-base", "--is-ancestor", commit, tip)[0] == 0


def tree(folder: Path, commit: str) -> str:
    """The tree of *commit*."""
    return calls.text(folder, "rev-parse", f"{commit}^{{tree}}")


def merge_base(folder: Path, one: str, other: str) -> str:
    """The commit that two have last in common; empty where there is none."""
    return calls.told(folder, "merge-base", one, other)[1].partition("\n")[0]
