"""Where are commits checked out, and conflicts worked on? In worktrees of our own, and never in the operator's."""

import os
import re

from trinokit.observations import JoinResult, RepositoryState
from trinokit.plan import Command, Proof, Step
from trinokit.release import planned_branch_moves
from trinokit.release.release_request import ReleaseRequest

# A large repository takes its time to be checked out.
_CHECKOUT_TIMEOUT_S = 600
# For a commit, or for the conflicts of a join.
_OWN_SUFFIX = (
    rf"[0-9a-f]{{12}}|{planned_branch_moves.BASE_JOIN}|{planned_branch_moves.REDELIVERY_JOIN}(-\d+)?"
    rf"|{planned_branch_moves.FEATURE_JOIN}|{planned_branch_moves.MERGE_BACK_JOIN}|{planned_branch_moves.REVERT_JOIN}-.*"
)
_STOPPED_HEADS = {
    "merge": "MERGE_HEAD",
    "fast-forward": "MERGE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD",
}


def conflict_worktree_steps(
    joined: JoinResult, repository: RepositoryState, request: ReleaseRequest
) -> tuple[Step, ...]:
    """Make a worktree in which the conflicts of *joined* are worked on, as git leaves them."""
    path, into = worktree_path(request, joined.join.name, repository), joined.join.into
    add = Command((*_git_worktree_prefix(repository), "add", "--detach", _path_from_clone(path, repository), joined.at))
    remove = remove_worktree_step(path, repository).command
    worktree_step = Step(f"Make a worktree for {into} in {path}", add, undo=(remove,), seconds=_CHECKOUT_TIMEOUT_S)
    git = ("git", "-C", path)
    # Git ends as if it had failed where it stops for a conflict, and keeps what it was about.
    stopped = Command((*git, "rev-parse", "--quiet", "--verify", _STOPPED_HEADS[joined.join.how]))
    title = f"Begin to bring {joined.theirs:.8} into {into} there, up to its conflicts"
    begun = Step(title, Command((*git, *joined.words)), seconds=_CHECKOUT_TIMEOUT_S, proof=Proof(stopped))
    return worktree_step, begun


def checkout_steps(commit: str, repository: RepositoryState, request: ReleaseRequest) -> tuple[Step, ...]:
    """Check *commit* out in a worktree of its own; one that an earlier run has left half made is made anew."""
    path = worktree_path(request, f"{commit:.12}", repository)
    removal_step = remove_worktree_step(path, repository)
    add = Command((*_git_worktree_prefix(repository), "add", "--detach", _path_from_clone(path, repository), commit))
    checkout_step = Step(
        f"Check {commit:.8} out in {path}", add, undo=(removal_step.command,), seconds=_CHECKOUT_TIMEOUT_S
    )
    return (removal_step, checkout_step) if has_worktree(path, repository) else (checkout_step,)


def remove_worktree_step(path: str, repository: RepositoryState) -> Step:
    """Remove the worktree at *path*, even one whose making was killed, which is locked."""
    remove = Command(
        (*_git_worktree_prefix(repository), "remove", "--force", "--force", _path_from_clone(path, repository))
    )
    return Step(f"Remove the worktree {path}", remove)


def worktree_path(request: ReleaseRequest, purpose: str, repository: RepositoryState) -> str:
    """The path of the worktree of a release for *purpose*, as a command has it."""
    path = os.path.join(request.clone.worktree_folder, f"{request.names.release}-{purpose}")
    return path if not os.path.isabs(repository.folder) else os.path.abspath(path)


def release_worktrees(repository: RepositoryState, request: ReleaseRequest) -> list[str]:
    """The worktrees that there are of the release."""
    # A pre-release of it has a name that begins alike.
    worktree_name = re.compile(rf"{re.escape(request.names.release)}-({_OWN_SUFFIX})")
    folder = os.path.realpath(request.clone.worktree_folder)
    return [
        path
        for path in sorted(repository.worktrees)
        if os.path.dirname(os.path.realpath(path)) == folder and worktree_name.fullmatch(os.path.basename(path))
    ]


def has_worktree(path: str, repository: RepositoryState) -> bool:
    """Whether git has a worktree at *path*."""
    return os.path.realpath(path) in map(os.path.realpath, repository.worktrees)


def _git_worktree_prefix(repository: RepositoryState) -> tuple[str, ...]:
    return "git", "-C", repository.folder, "worktree"


def _path_from_clone(path: str, repository: RepositoryState) -> str:
    """The *path* of a worktree as git finds it, which looks from the folder of the clone."""
    return path if os.path.isabs(path) else os.path.relpath(path, repository.folder)
