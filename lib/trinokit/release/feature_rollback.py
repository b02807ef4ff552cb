"""How is a feature taken back? From the targets first, and then from the branches, none of which is rewritten."""

from collections.abc import Iterator

from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.observations import BranchPresence, DeploymentHistory
from trinokit.plan import Step
from trinokit.release import (
    branching,
    planned_branch_moves,
    promotion,
    pull_requests,
    release_obstacles,
    running_and_good_revisions,
    step_progress_table,
    worktree_steps,
)
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.step_progress_table import Milestone


def rollback_steps(facts: ReleaseFacts, request: ReleaseRequest) -> Iterator[Step]:
    """Take the feature back from production, from staging, from the release branch, and from the version branch."""
    targets = [target for name in (PRODUCTION, STAGING) if (target := facts.deployed_target(name))]
    for commit in possibly_deployed_commits(facts, request):
        yield from promotion.target_rollback_steps(targets, commit)
    for move in _rollback_moves(facts, request):
        title = f"Take {request.names.feature_branch} back from {move.branch}"
        yield from branching.branch_push_steps(facts.repository, request, move, title)
    for path in worktree_steps.release_worktrees(facts.repository, request):
        yield worktree_steps.remove_worktree_step(path, facts.repository)


def possibly_deployed_commits(facts: ReleaseFacts, request: ReleaseRequest) -> tuple[str, ...]:
    """The commits of the release that may be deployed: that of the tag, or else the release branch as it is."""
    repository, names = facts.repository, request.names
    tip = repository.tags.get(names.tag) or repository.heads.get(names.release_branch, "")
    return (tip,) if tip else ()


def rollback_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What is in the way of taking the feature back."""
    findings = [
        Finding(CRITICAL, target.name, f"could not be looked at: {history.problem}")
        for target, history in facts.targets
        if history.problem
    ]
    findings += [
        Finding(CRITICAL, each.branch, f"would still have what the feature changes, as planned ({each.tip:.8})")
        for each in facts.planned
        if _is_moved(facts, request, each) and facts.feature.commits and each.content == "there"
    ]
    return findings or [Finding(OK, request.names.release, "nothing is in the way of taking it back")]


def after_rollback_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What stays, and how the feature is delivered again."""
    names = request.names
    redelivery_text = "is delivered again by a higher version, which takes the reverts back, and what is new with it"
    findings = [Finding(INFO, names.feature_branch, redelivery_text)]
    if names.tag in facts.repository.tags:
        findings.append(Finding(INFO, names.tag, "stays: a tag that others may have is not taken back"))
    protected = [
        each.branch for each in _rollback_moves(facts, request) if pull_requests.is_protected(each.branch, request)
    ]
    return [*findings, *(release_obstacles.pull_request_finding(facts, request, branch) for branch in protected)]


def rollback_progress(facts: ReleaseFacts, request: ReleaseRequest) -> tuple[Milestone, ...]:
    """What the feature has been taken back from, and what is next."""
    return step_progress_table.with_statuses([*_target_milestones(facts, request), *_branch_milestones(facts, request)])


def _target_milestones(facts: ReleaseFacts, request: ReleaseRequest) -> Iterator[Milestone]:
    for name in (PRODUCTION, STAGING):
        if deployed := facts.deployed_target(name):
            commits = possibly_deployed_commits(facts, request)
            runs = [each for each in commits if _is_deployed_or_tried(deployed.history, each)]
            yield Milestone(
                f"take it back from {name}",
                expected=f"not {runs[0]:.8}" if runs else "–",
                found=f"{runs[0]:.8}" if runs else _deployed_id(facts, name),
                reached=not runs,
            )


def _branch_milestones(facts: ReleaseFacts, request: ReleaseRequest) -> Iterator[Milestone]:
    heads, moves = facts.repository.heads, {each.branch: each for each in _rollback_moves(facts, request)}
    for branch in (request.names.release_branch, request.names.version_branch):
        yield Milestone(
            f"take it back from {branch}",
            expected=f"{branch} is {moves[branch].new:.8}" if branch in moves else branch,
            found=f"{heads.get(branch, ''):.8}",
            reached=branch not in moves,
        )


def _is_deployed_or_tried(deployed: DeploymentHistory, commit: str) -> bool:
    """Whether *commit* is deployed, or was to be when something went wrong."""
    now, last = running_and_good_revisions.current_revision(deployed), deployed.revisions[-1:]
    return now.commit == commit if now else commit in [each.commit for each in last]


def _deployed_id(facts: ReleaseFacts, name: str) -> str:
    now = running_and_good_revisions.current_revision(facts.deployed_target(name).history)
    return f"{now.commit:.8}" if now else ""


def _rollback_moves(facts: ReleaseFacts, request: ReleaseRequest) -> list[BranchMove]:
    return [
        each
        for each in planned_branch_moves.planned_moves(facts.repository, request, facts.joined)
        if each.new not in ("", each.old)
    ]


def _is_moved(facts: ReleaseFacts, request: ReleaseRequest, presence: BranchPresence) -> bool:
    return presence.branch in [each.branch for each in _rollback_moves(facts, request)]
