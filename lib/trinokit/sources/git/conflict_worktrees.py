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
    place, git = Path(path).resolve(), f"git -C {shlex.quote(path)}"
    head = git_command.git_output(place, "rev-parse", "HEAD")
    other = git_command.run_git(place, "rev-parse", "--verify", "--quiet", _OPERATION_HEADS[new.how])[1]
    if commit := _resolution_commit(place, new, since, head):
        tree = commit_history.tree_id(place, commit)
        left = "" if other or commit != head else _unresolved_problem(place, git) or _uncommitted_problem(place, git)
        return ConflictWork(tree, commit, left or _marker_problem(place, git, new, tree))
    if problem := _mismatch_problem(place, new, into, (head, other), path):
        return ConflictWork(problem=problem, is_unrelated=True)
    if left := _unresolved_problem(place, git):
        return ConflictWork(problem=left)
    tree = git_command.git_output(place, "write-tree")
    return ConflictWork(tree, problem=_marker_problem(place, git, new, tree))


def _mismatch_problem(place: Path, new: NewCommit, into: str, found: tuple[str, str], path: str) -> str:
    """What is wrong with the commits *found* in the worktree, its HEAD and what is brought in; empty if nothing is."""
    head, other = found
    # Git has picked those before by itself, at another moment.
    same = head == new.at or (
        new.how == "cherry-pick" and commit_history.tree_id(place, head) == commit_history.tree_id(place, new.at)
    )
    if not same:
        return _moved_head_problem(new, into, head, other, path)
    return _other_operation_problem(new, other, path) if other != new.what else ""


def _resolution_commit(place: Path, new: NewCommit, since: str, head: str) -> str:
    """The commit that somebody made of *new*; of picks, which go on by themselves, others may follow."""
    if new.how == "merge":
        return head if git_command.git_output(place, "rev-parse", f"{head}^@").split() == [new.at, new.what] else ""
    chosen = ("--first-parent", "--no-commit-header", "--format=%H%x00%P%x00%B%x00", head, f"^{since}")
    words = git_command.git_output(place, "rev-list", *chosen).split("\0")
    at = commit_history.tree_id(place, new.at)
    for commit, parents, text in zip(words[::3], words[1::3], words[2::3], strict=False):
        if (
            _ORIGIN_SENTENCES[new.how].format(new.what) in text
            and commit_history.tree_id(place, parents.split()[0]) == at
        ):
            found = commit.strip()
            return found if new.how == "cherry-pick" or (found, parents) == (head, new.at) else ""
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


def _unresolved_problem(place: Path, git: str) -> str:
    entries = git_command.git_output(place, "ls-files", "-u", "-z").split("\0")
    unmerged = dict.fromkeys(path for each in entries if (path := each.partition("\t")[2]))
    if unmerged:
        return f"unmerged: {', '.join(unmerged)}: settle it, then: {git} add -- {shlex.join(unmerged)}"
    options = ("--name-only", "-z", "--no-ext-diff", "--ignore-submodules=dirty")
    if changed := _split_paths(git_command.git_output(place, "diff", *options)):
        return f"changed and not added: {', '.join(changed)}: {git} add -- {shlex.join(changed)}"
    return ""


def _uncommitted_problem(place: Path, git: str) -> str:
    added = _split_paths(
        git_command.git_output(place, "diff", "--cached", "--name-only", "-z", "--no-ext-diff", "HEAD")
    )
    return f"added and not committed: {', '.join(added)}: {git} commit --amend --no-edit" if added else ""


def _marker_problem(place: Path, git: str, new: NewCommit, tree: str) -> str:
    """Which files of *tree* have markers of conflicts that neither side has."""
    left = _count_markers(place, tree)
    if left:
        left -= _count_markers(place, new.at) | _count_markers(place, new.theirs)
    if not left:
        return ""
    files = sorted({path for path, _ in left})
    return (
        f"conflict markers are left in {', '.join(files)}: take them out, then: {git} add -- {shlex.join(files)}, "
        f"and {git} commit --amend --no-edit if it was committed"
    )


def _count_markers(place: Path, tree: str) -> Counter[tuple[str, str]]:
    options = ("-azE", "--no-color", "--full-name", "--no-recurse-submodules", "--no-line-number", "--no-column")
    printed = git_command.run_git(place, "grep", *options, _MARKER_PATTERN, tree)[1]
    found = (line.removeprefix(f"{tree}:").partition("\0") for line in printed.split("\n") if line)
    return Counter((path, text) for path, _, text in found)


def _split_paths(printed: str) -> Iterable[str]:
    return [path for path in printed.split("\0") if path]
