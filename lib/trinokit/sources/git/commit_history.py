"""Which commits lead from one to another?"""

from pathlib import Path

from trinokit.observations import Commit
from trinokit.sources.git import git_command

_COMMIT_FORMAT = "--format=%H%x00%s%x00%an <%ae>"


def list_commits(folder: Path, *chosen: str) -> tuple[Commit, ...]:
    """The commits that rev-list has *chosen*, oldest first."""
    argv = ("rev-list", "--no-commit-header", "--encoding=UTF-8", "--topo-order", "--reverse", _COMMIT_FORMAT)
    output = git_command.git_output(folder, *argv, *chosen, "--")
    return tuple(Commit(*line.split("\0")) for line in output.split("\n") if line)


def commits_touching(folder: Path, path: str, *chosen: str) -> tuple[Commit, ...]:
    """The commits that rev-list has *chosen* and that change *path*, newest first."""
    argv = ("--literal-pathspecs", "rev-list", "--no-commit-header", "--encoding=UTF-8", _COMMIT_FORMAT)
    output = git_command.git_output(folder, *argv, *chosen, "--", path)
    return tuple(Commit(*line.split("\0")) for line in output.split("\n") if line)


def contains_commit(folder: Path, tip: str, commit: str) -> bool:
    """Whether *commit* is *tip* or an ancestor of it."""
    return tip == commit or git_command.run_git(folder, "merge-base", "--is-ancestor", commit, tip)[0] == 0


def tree_id(folder: Path, commit: str) -> str:
    """The tree of *commit*."""
    return git_command.git_output(folder, "rev-parse", f"{commit}^{{tree}}")


def merge_base(folder: Path, first: str, second: str) -> str:
    """The commit that two have last in common; empty where there is none."""
    return git_command.run_git(folder, "merge-base", first, second)[1].partition("\n")[0]
