"""How far has somebody come who works on a conflict in a worktree of ours?"""

import os
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trinokit.observations import Join
from trinokit.sources.git import commit_history, git_command, refs
from trinokit.sources.git.commit_creation import NewCommit

_OPERATION_HEADS = {"merge": "MERGE_HEAD", "cherry-pick": "CHERRY_PICK_HEAD", "revert": "REVERT_HEAD"}
_ORIGIN_SENTENCES = {"cherry-pick": "(cherry picked from commit {})", "revert": "This reverts commit {}"}
# The middle of a conflict is left out: a line of that kind underlines the headings of some texts.
_MARKER_PATTERN = r"^(<{7,}|>{7,}|[|]{7,})([[:space:]]|$)"


@dataclass(frozen=True)
class ConflictWork:
    """What somebody has come to: a *tree*, a *commit* if it is committed, or a *problem* that is left.

    Work that is *apart* is not on these commits at all.
    """

    tree: str = ""
    commit: str = ""
    problem: str = ""
    is_unrelated: bool = False


def conflict_worktree_path(join: Join, folder: str, version: str) -> str:
    """The worktree below *folder* in which the conflicts of *join* are worked on for the release of *version*."""
    return os.path.join(folder, f"{version}-{join.name}")


def is_worktree(clone: Path, path: str) -> bool:
    """Whether *clone* has a worktree at *path*."""
    return Path(path).is_dir() and os.path.realpath(path) in map(os.path.realpath, refs.list_worktrees(clone))


def read_conflict_work(new: NewCommit, into: str, since: str, path: str) -> ConflictWork:
    """The work at *path* on the conflicts of *new*, for a branch *into* that was at the commit *since*."""
    worktree, git = Path(path).resolve(), f"git -C {shlex.quote(path)}"
    head = git_command.git_output(worktree, "rev-parse", "HEAD")
    other = git_command.run_git(worktree, "rev-parse", "--verify", "--quiet", _OPERATION_HEADS[new.how])[1]
    if commit := _resolution_commit(worktree, new, since, head):
        tree = commit_history.tree_id(worktree, commit)
        unready = (
            "" if other or commit != head else _unresolved_problem(worktree, git) or _uncommitted_problem(worktree, git)
        )
        return ConflictWork(tree, commit, unready or _marker_problem(worktree, git, new, tree))
    if problem := _wrong_commits_problem(worktree, new, into, (head, other), path):
        return ConflictWork(problem=problem, is_unrelated=True)
    if unready := _unresolved_problem(worktree, git):
        return ConflictWork(problem=unready)
    tree = git_command.git_output(worktree, "write-tree")
    return ConflictWork(tree, problem=_marker_problem(worktree, git, new, tree))


def _wrong_commits_problem(worktree: Path, new: NewCommit, into: str, found: tuple[str, str], path: str) -> str:
    """What is wrong with the commits *found* in the worktree, its HEAD and what is brought in; empty if nothing is."""
    head, other = found
    # Git has picked those before by itself, at another moment.
    same = head == new.at or (
        new.how == "cherry-pick" and commit_history.tree_id(worktree, head) == commit_history.tree_id(worktree, new.at)
    )
    if not same:
        return _moved_head_problem(new, into, head, other, path)
    return _other_operation_problem(new, other, path) if other != new.what else ""


def _resolution_commit(worktree: Path, new: NewCommit, since: str, head: str) -> str:
    """The commit that somebody made of *new*; of picks, which go on by themselves, others may follow."""
    if new.how == "merge":
        return head if git_command.git_output(worktree, "rev-parse", f"{head}^@").split() == [new.at, new.what] else ""
    chosen = ("--first-parent", "--no-commit-header", "--format=%H%x00%P%x00%B%x00", head, f"^{since}")
    words = git_command.git_output(worktree, "rev-list", *chosen).split("\0")
    at = commit_history.tree_id(worktree, new.at)
    for commit, parents, text in zip(words[::3], words[1::3], words[2::3], strict=False):
        if (
            _ORIGIN_SENTENCES[new.how].format(new.what) in text
            and commit_history.tree_id(worktree, parents.split()[0]) == at
        ):
            commit_id = commit.strip()
            return commit_id if new.how == "cherry-pick" or (commit_id, parents) == (head, new.at) else ""
    return ""


def _moved_head_problem(new: NewCommit, into: str, head: str, other: str, path: str) -> str:
    git = f"git -C {shlex.quote(path)}"
    if new.how == "cherry-pick" and other and other != new.what:
        return f"{new.what:.8} comes after {other:.8}, which is settled there: {git} cherry-pick --continue"
    return (
        f"it is at {head:.8}, and {into} is at {new.at:.8} now, since somebody has pushed: {_start_over_remedy(path)}"
    )


def _other_operation_problem(new: NewCommit, other: str, path: str) -> str:
    if other:
        return f"{other:.8} is brought in there, and it is {new.what:.8} now: {_start_over_remedy(path)}"
    return f"nothing is under way there: {shlex.join(('git', '-C', path, *new.words))}"


def _start_over_remedy(path: str) -> str:
    git = f"git -C {shlex.quote(path)}"
    # Git does not stash what is unmerged.
    saved = f"{git} add --all && {git} stash push"
    return f"save what you need of it: {saved}, then: {git} worktree remove --force {shlex.quote(path)}, and run again"


def _unresolved_problem(worktree: Path, git: str) -> str:
    entries = git_command.git_output(worktree, "ls-files", "-u", "-z").split("\0")
    unmerged = dict.fromkeys(path for each in entries if (path := each.partition("\t")[2]))
    if unmerged:
        return f"unmerged: {', '.join(unmerged)}: settle it, then: {git} add -- {shlex.join(unmerged)}"
    options = ("--name-only", "-z", "--no-ext-diff", "--ignore-submodules=dirty")
    if changed := _split_paths(git_command.git_output(worktree, "diff", *options)):
        return f"changed and not added: {', '.join(changed)}: {git} add -- {shlex.join(changed)}"
    return ""


def _uncommitted_problem(worktree: Path, git: str) -> str:
    untracked = _split_paths(
        git_command.git_output(worktree, "diff", "--cached", "--name-only", "-z", "--no-ext-diff", "HEAD")
    )
    return f"added and not committed: {', '.join(untracked)}: {git} commit --amend --no-edit" if untracked else ""


def _marker_problem(worktree: Path, git: str, new: NewCommit, tree: str) -> str:
    """Which files of *tree* have markers of conflicts that neither side has."""
    marker_counts = _count_markers(worktree, tree)
    if marker_counts:
        marker_counts -= _count_markers(worktree, new.at) | _count_markers(worktree, new.theirs)
    if not marker_counts:
        return ""
    files = sorted({path for path, _ in marker_counts})
    return (
        f"conflict markers are left in {', '.join(files)}: take them out, then: {git} add -- {shlex.join(files)}, "
        f"and {git} commit --amend --no-edit if it was committed"
    )


def _count_markers(worktree: Path, tree: str) -> Counter[tuple[str, str]]:
    options = ("-azE", "--no-color", "--full-name", "--no-recurse-submodules", "--no-line-number", "--no-column")
    output = git_command.run_git(worktree, "grep", *options, _MARKER_PATTERN, tree)[1]
    paths = (line.removeprefix(f"{tree}:").partition("\0") for line in output.split("\n") if line)
    return Counter((path, text) for path, _, text in paths)


def _split_paths(output: str) -> Iterable[str]:
    return [path for path in output.split("\0") if path]
