"""How do the feature branch and the release branch come about?"""

from collections.abc import Iterator

from trinokit.observations import RepositoryState
from trinokit.plan import Command, Step
from trinokit.release import pull_requests, pushing
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.release_facts import ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState


def feature_branch_steps(facts: ReleaseFacts, request: ReleaseRequest) -> Iterator[Step]:
    """Make the feature branch of the version branch, here and on the remote; or push what is only here."""
    repository, name = facts.repository, request.names.feature_branch
    there = repository.heads.get(name, "")
    tip = facts.feature.tip or repository.heads[request.names.version_branch]
    if not facts.feature.tip:
        git = ("git", "-C", repository.folder)
        # A branch that follows the version branch would be pushed there.
        branch_command = Command((*git, "branch", "--no-track", name, tip))
        yield Step(
            f"Make {name} from {request.names.version_branch}",
            branch_command,
            undo=(Command((*git, "branch", "-D", name)),),
        )
    elif not has_unpushed_commits(facts, request):
        return
    yield pushing.push_step(repository, [BranchMove(name, there, tip)], f"Push {name}")


def has_unpushed_commits(facts: ReleaseFacts, request: ReleaseRequest) -> bool:
    """Whether the feature branch of this clone has commits that the remote lacks, all of whose it has."""
    here, there = (
        each.get(request.names.feature_branch, "") for each in (facts.repository.local_heads, facts.repository.heads)
    )
    return here == facts.feature.tip != there


def release_branch_steps(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Step]:
    """Push the release branch as planned; one that is protected is not pushed, but what is to be merged into it."""
    if state.released:
        return
    move = state.moves[request.names.release_branch]
    yield from branch_push_steps(
        facts.repository, request, move, f"Bring {request.names.feature_branch} into {move.branch}"
    )


def branch_push_steps(
    repository: RepositoryState,
    request: ReleaseRequest,
    move: BranchMove,
    title: str,
    unmoved: tuple[BranchMove, ...] = (),
) -> Iterator[Step]:
    """Push a branch as its *move* says, or what is to be merged into it by a pull request."""
    if move.new in (move.old, ""):
        return
    if not pull_requests.is_protected(move.branch, request):
        yield pushing.push_step(repository, [move], title, unmoved)
        return
    helper = pull_requests.pull_request_branch(move.branch, request.names)
    helper_commit = repository.heads.get(helper, "")
    if helper_commit != move.new:
        push_title = f"{title}: push {helper} for a pull request"
        yield pushing.push_step(repository, [BranchMove(helper, helper_commit, move.new)], push_title, unmoved)
