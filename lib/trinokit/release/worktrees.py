"""Where are commits checked out, and conflicts worked on? In worktrees of our own, and never in the operator's."""

import os
import re

from trinokit.evidence import Joined, Repository
from trinokit.plan import Command, Proof, Step
from trinokit.release import route
from trinokit.release.wishes import Wish

# A large repository takes its time to be checked out.
_CHECK_OUT_S = 600
# For a commit, or for the conflicts of a join.
_OWN = rf"[0-9a-f]{{12}}|{route.BASE}|{route.AGAIN}(-\d+)?|{route.FEATURE}|{route.BACK}|{route.REVERT}-.*"
_STOPPED = {
    "merge": "MERGE_HEAD",
    "fast-forward": "MERGE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD",
}


def worked_on(joined: Joined, repository: Repository, wish: Wish) -> tuple[Step, ...]:
    """Make a worktree in which the conflicts of *joined* are worked on, as git leaves them."""
    path, into = place(wish, joined.join.name, repository), joined.join.into
    add = Command((*_worktree(repository), "add", "--detach", _seen_from(path, repository), joined.at))
    remove = removed(path, repository).command
    made = Step(f"Make a worktree for {into} in {path}", add, undo=(remove,), seconds=_CHECK_OUT_S)
    git = ("git", "-C", path)
    # Git ends as if it had failed where it stops for a conflict, and keeps what it was about.
    stopped = Command((*git, "rev-parse", "--quiet", "--verify", _STOPPED[joined.join.how]))
    title = f"Begin to bring {joined.theirs:.8} into {into} there, up to its conflicts"
    begun = Step(title, Command((*git, *joined.words)), seconds=_CHECK_OUT_S, proof=Proof(stopped))
    return made, begun


def checked_out(commit: str, repository: Repository, wish: Wish) -> tuple[Step, ...]:
    """Check *commit* out in a worktree of its own; one that an earlier run has left half made is made anew."""
    path = place(wish, f"{commit:.12}", repository)
    again = removed(path, repository)
    add = Command((*_worktree(repository), "add", "--detach", _seen_from(path, repository), commit))
    made = Step(f"Check {commit:.8} out in {path}", add, undo=(again.command,), seconds=_CHECK_OUT_S)
    return (again, made) if is_there(path, repository) else (made,)


def removed(path: str, repository: Repository) -> Step:
    """Remove the worktree at *path*, even one whose making was killed, which is locked."""
    remove = Command((*_worktree(repository), "remove", "--force", "--force", _seen_from(path, repository)))
    return Step(f"Remove the worktree {path}", remove)


def place(wish: Wish, what: str, repository: Repository) -> str:
    """The path of the worktree of a release for *what*, as a command has it."""
    path = os.path.join(wish.worktree, f"{wish.names.release}-{what}")
    return path if not os.path.isabs(repository.folder) else os.path.abspath(path)


def own(repository: Repository, wish: Wish) -> list[str]:
    """The worktrees that there are of the release."""
    # A pre-release of it has a name that begins alike.
    named = re.compile(rf"{re.escape(wish.names.release)}-({_OWN})")
    place = os.path.realpath(wish.worktree)
    return [
        path
        for path in sorted(repository.worktrees)
        if os.path.dirname(os.path.realpath(path)) == place and named.fullmatch(os.path.basename(path))
    ]


def is_there(path: str, repository: Repository) -> bool:
    """Whether git has a worktree at *path*."""
    return os.path.realpath(path) in map(os.path.realpath, repository.worktrees)


def _worktree(repository: Repository) -> tuple[str, ...]:
    return "git", "-C", repository.folder, "worktree"


def _seen_from(path: str, repository: Repository) -> str:
    """The *path* of a worktree as git finds it, which looks from the folder of the clone."""
    return path if os.path.isabs(path) else os.path.relpath(path, repository.folder)
