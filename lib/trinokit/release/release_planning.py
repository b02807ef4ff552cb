"""Which plan brings a release all the way that is left, or why can there be none?"""

from collections.abc import Iterator

from trinokit.errors import PlanError
from trinokit.findings import CRITICAL, INFO, WARNING, Finding
from trinokit.metric_gate_limits import GateLimits
from trinokit.observations import JoinResult
from trinokit.plan import Plan, Step
from trinokit.release import (
    branching,
    cleaning,
    feature_rollback,
    preflight,
    promotion,
    pull_requests,
    release_obstacles,
    release_state,
    step_progress_table,
    worktree_steps,
)
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.preflight import Check
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState
from trinokit.release.step_progress_table import Milestone

# What a feature has to bring along is not asked of one that is taken back.
_FEATURE_CHECKS = ("documents", "changelog", "version", "feature branch")


def release_plan(facts: ReleaseFacts, request: ReleaseRequest, limits: GateLimits) -> tuple[Plan, list[Finding]]:
    """The plan that does all that is left up to the stage that was wished, or that takes the feature back.

    The findings say what to bear in mind about it, or why there is none. Where conflicts are in the way and nobody
    works on them yet, the plan makes the worktree for that. Raises ParameterError for a stage that there is not, and
    for limits that no gate can keep.
    """
    title = (
        f"{'Take back' if request.rollback else 'Release'} {request.names.feature_branch} as {request.names.release}"
    )
    release_state.is_due(release_state.STAGES[0], request)
    if refusals := refusal_findings(facts, request):
        return Plan("No plan", ()), refusals
    if open_join := _first_open_join(facts, request):
        return _conflict_worktree_plan(open_join, facts, request)
    try:
        if request.rollback:
            return Plan(
                title, tuple(feature_rollback.rollback_steps(facts, request))
            ), feature_rollback.after_rollback_findings(facts, request)
        state = release_state.current_state(facts, request)
        steps = [*_release_steps(facts, request, state, limits)]
        if release_state.is_due("clean-up", request) and _ends_merged_back(facts, request, state):
            steps += cleaning.cleanup_steps(facts, request, state, steps)
        return Plan(title, tuple(steps)), [*_caveat_findings(facts, request, state)]
    except PlanError as error:
        return Plan("No plan", ()), [_no_plan_finding(f"{error.message} ({error.remedy})")]


def release_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What has happened behind the back of the release; what is CRITICAL among it is in the way of a plan."""
    return (
        feature_rollback.rollback_findings(facts, request)
        if request.rollback
        else release_obstacles.out_of_band_findings(facts, request)
    )


def release_progress(facts: ReleaseFacts, request: ReleaseRequest) -> tuple[Milestone, ...]:
    """How far the release has come, or how far it is taken back."""
    if request.rollback:
        return feature_rollback.rollback_progress(facts, request)
    return step_progress_table.delivery_progress(
        facts, request, stopped=bool(refusal_findings(facts, request) or _first_open_join(facts, request))
    )


def refusal_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """Why there can be no plan; empty where there can be one."""
    checks = [
        each for each in preflight.blocking_checks(facts.checks) if not request.rollback or _concerns_rollback(each)
    ]
    moved = [each for each in release_findings(facts, request) if each.severity == CRITICAL]
    if checks:
        names = ", ".join(dict.fromkeys(each.name for each in checks))
        moved = [Finding(CRITICAL, "checks", f"are in the way: {names}"), *moved]
    return [_no_plan_finding(f"{each.subject} {each.sentence}") for each in moved]


def _concerns_rollback(check: Check) -> bool:
    return check.name not in _FEATURE_CHECKS


def _no_plan_finding(reason: str) -> Finding:
    return Finding(CRITICAL, "plan", f"there is none: {reason}")


def _first_open_join(facts: ReleaseFacts, request: ReleaseRequest) -> JoinResult | None:
    """The first join that is not resolved."""
    return next((each for each in facts.joined if not each.commit), None)


def _conflict_worktree_plan(
    open_join: JoinResult, facts: ReleaseFacts, request: ReleaseRequest
) -> tuple[Plan, list[Finding]]:
    into = open_join.join.into
    if open_join.worktree or not open_join.conflicts:
        sentence = (
            f"the conflicts in {into} are to be settled in {open_join.worktree}"
            if open_join.worktree
            else open_join.problem
        )
        return Plan("No plan", ()), [_no_plan_finding(sentence)]
    sentence = f"is not released by this plan, which only makes a worktree to settle the conflicts in {into}"
    steps = worktree_steps.conflict_worktree_steps(open_join, facts.repository, request)
    return Plan(f"Work on the conflicts in {into}", steps), [Finding(WARNING, request.names.release, sentence)]


def _release_steps(
    facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState, limits: GateLimits
) -> Iterator[Step]:
    if not state.released:
        yield from branching.feature_branch_steps(facts, request)
    if not state.developed:
        return
    if release_state.is_due("release", request):
        yield from branching.release_branch_steps(facts, request, state)
    if _stops_before_staging(facts, request, state):
        return
    staging = not state.staged and release_state.is_due(STAGING, request)
    if staging:
        yield from promotion.staging_steps(facts, request, state, limits)
    production = not state.deployed and release_state.is_due(PRODUCTION, request)
    if production:
        yield from promotion.release_tag_steps(facts, request, state)
        yield from promotion.production_steps(facts, request, state, limits, staging)
    if release_state.is_due("merge-back", request):
        yield from _merge_back_steps(facts, request, state)


def _stops_before_staging(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> bool:
    """Whether a pull request comes before everything else, or the release branch is not due."""
    protected = pull_requests.is_protected(request.names.release_branch, request)
    return not state.released and (protected or not release_state.is_due("release", request))


def _merge_back_steps(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Step]:
    if state.merged_back:
        return
    names = request.names
    # The release branch is to be as it was seen, too; it may be one that this plan has pushed.
    release = facts.repository.heads.get(names.release_branch, "") if state.tagged else state.commit
    unmoved = (BranchMove(names.release_branch, release, release),) if release else ()
    title = f"Bring {names.release_branch} back into {names.version_branch}"
    yield from branching.branch_push_steps(facts.repository, request, state.moves[names.version_branch], title, unmoved)


def _ends_merged_back(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> bool:
    """Whether the release is merged back when all steps before the last ones are done."""
    if state.merged_back:
        return True
    protected = pull_requests.is_protected(request.names.version_branch, request) or _stops_before_staging(
        facts, request, state
    )
    return state.developed and not protected


def _caveat_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Finding]:
    names = request.names
    if state.branched and not state.developed:
        yield Finding(INFO, names.feature_branch, "waits for commits: develop the feature there, push, and run again")
    if not facts.targets and not state.tagged:
        sentence = "is one of branches and a tag alone, since neither staging nor production is named"
        yield Finding(INFO, names.release, sentence)
    for branch in (names.release_branch, names.version_branch):
        move = state.moves.get(branch)
        waits = move and move.new != move.old and pull_requests.is_protected(branch, request)
        if waits and not step_progress_table.is_awaiting_pull_request(facts, request, move):
            yield release_obstacles.pull_request_finding(facts, request, branch)
    yield from cleaning.cleanup_findings(facts, request, state)
