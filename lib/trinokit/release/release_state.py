"""How far has a release come? As git, its remote and the targets tell, and not what a file remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from trinokit.errors import ParameterError, did_you_mean
from trinokit.release import feature_presence, planned_branch_moves, pull_requests, running_and_good_revisions
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest, Stage

STAGES = get_args(Stage)


@dataclass(frozen=True)
class ReleaseState:
    """How far a release has come: the *commit* that is released, empty while that is open, and what is done of it.

    *moves* says by the name of each branch how it is to move. A stage that a release does not have is done.
    """

    commit: str
    moves: Mapping[str, BranchMove]
    branched: bool
    developed: bool
    released: bool
    staged: bool
    tagged: bool
    deployed: bool
    merged_back: bool
    cleaned: bool


def current_state(facts: ReleaseFacts, request: ReleaseRequest) -> ReleaseState:
    """How far the release has come."""
    repository, names = facts.repository, request.names
    moves = {each.branch: each for each in planned_branch_moves.planned_moves(repository, request, facts.joined)}
    commit = planned_branch_moves.release_commit(repository, request, facts.joined)
    tagged = names.tag in repository.tags
    merged_back = tagged and _is_merged_back(facts, request, moves.get(names.version_branch))
    return ReleaseState(
        commit=commit,
        moves=moves,
        branched=tagged or bool(facts.feature.tip),
        developed=tagged or bool(facts.feature.commits),
        released=tagged or bool(commit and commit == repository.heads.get(names.release_branch)),
        staged=tagged or _is_staged(facts, request, commit),
        tagged=tagged,
        deployed=merged_back or _is_deployed(facts, request, commit),
        merged_back=merged_back,
        cleaned=merged_back and not remaining_refs(facts, request),
    )


def is_due(stage: str, request: ReleaseRequest) -> bool:
    """Whether the plan goes as far as *stage*; raises ParameterError where it is to end with one that is none."""
    if request.last_stage not in STAGES:
        raise ParameterError(
            f"Expected a stage that the plan ends with, found {request.last_stage!r}.",
            remedy=f"{did_you_mean(request.last_stage, STAGES)} they are: {', '.join(STAGES)}".strip(),
        )
    return STAGES.index(stage) <= STAGES.index(request.last_stage)


def has_staging(facts: ReleaseFacts, request: ReleaseRequest) -> bool:
    """Whether something is to be tried before the tag is made."""
    return bool(facts.deployed_target(STAGING) or request.test_command)


def is_running_commit(facts: ReleaseFacts, name: str, commit: str) -> bool:
    """Whether the target *name* runs *commit*, as a whole; a target that there is not has no say."""
    target = facts.deployed_target(name)
    if target is None:
        return True
    now = running_and_good_revisions.current_revision(target.history)
    return bool(now and commit and now.commit == commit and not target.history.unready)


def remaining_refs(facts: ReleaseFacts, request: ReleaseRequest) -> list[str]:
    """The refs that clean-up is to delete and that are still there; a branch that is checked out is not one."""
    repository, names = facts.repository, request.names
    helpers = [
        pull_requests.pull_request_branch(branch, names) for branch in (names.release_branch, names.version_branch)
    ]
    remote = [name for name in helpers if name in repository.heads]
    if request.keep_feature:
        return remote
    there = [f"{repository.remote}/{names.feature_branch}"] if names.feature_branch in repository.heads else []
    here = names.feature_branch in repository.local_heads and names.feature_branch not in repository.worktrees.values()
    return [*there, *([names.feature_branch] if here else []), *(f"{repository.remote}/{name}" for name in remote)]


def _has_passed(facts: ReleaseFacts, request: ReleaseRequest, name: str, commit: str) -> bool:
    noted = facts.repository.kept.get(f"{request.names.release}/{name}", "")
    return bool(commit) and noted == commit and is_running_commit(facts, name, commit)


def _is_staged(facts: ReleaseFacts, request: ReleaseRequest, commit: str) -> bool:
    return not has_staging(facts, request) or _has_passed(facts, request, STAGING, commit)


def _is_deployed(facts: ReleaseFacts, request: ReleaseRequest, commit: str) -> bool:
    if request.names.tag not in facts.repository.tags:
        return False
    return facts.deployed_target(PRODUCTION) is None or _has_passed(facts, request, PRODUCTION, commit)


def _is_merged_back(facts: ReleaseFacts, request: ReleaseRequest, move: BranchMove | None) -> bool:
    if move is not None and move.new and move.new == move.old:
        return True
    # A pull request may have been squashed, and then the version branch never has the tag in its history.
    there = facts.current_presence(request.names.version_branch)
    return bool(
        there
        and pull_requests.is_protected(there.branch, request)
        and facts.feature.commits
        and feature_presence.has_whole_feature(there)
    )
