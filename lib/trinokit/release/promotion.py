"""How does a commit come to staging, get its tag and come to production?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trinokit.metric_gate_limits import GateLimits
from trinokit.observations import DeploymentHistory
from trinokit.plan import Command, Step
from trinokit.release import (
    deploy_and_rollback_steps,
    gate,
    pushing,
    release_state,
    running_and_good_revisions,
    worktree_steps,
)
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.release_facts import PRODUCTION, STAGING, DeployedTarget, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState

# Below the refs of our own: what a release has passed.
PASSED_STAGE_REFS = "refs/trinokit/releases"
_TESTS_TIMEOUT_S = 3600


def staging_steps(
    facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState, limits: GateLimits
) -> Iterator[Step]:
    """Deploy the commit to staging, run the tests, keep the gate, and note that all that went well."""
    deployed, commit = facts.deployed_target(STAGING), state.commit
    if deployed or request.test_command:
        yield from worktree_steps.checkout_steps(commit, facts.repository, request)
    rollback = deploy_and_rollback_steps.rollback_commands(*deployed, commit) if deployed else ()
    if deployed:
        yield from _missing_deploy_steps(facts, request, commit, *deployed)
    if request.test_command:
        path = worktree_steps.worktree_path(request, f"{commit:.12}", facts.repository)
        yield replace(
            deploy_and_rollback_steps.run_tests_step(request.test_command, path, _TESTS_TIMEOUT_S), otherwise=rollback
        )
    if deployed:
        yield gate.gate_step(deployed.target, _staging_limits(facts, limits), rollback)
    yield _note_passed_step(facts, request, STAGING, commit)


def release_tag_steps(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Step]:
    """Make the tag, and push it while nobody has moved the release branch."""
    repository, names = facts.repository, request.names
    if state.tagged:
        return
    if names.tag not in repository.local_tags:
        git = ("git", "-C", repository.folder, "tag")
        # Git signs it where tag.gpgSign says so.
        make = Command((*git, "--annotate", "--message", _tag_message(request), names.tag, state.commit))
        yield Step(f"Tag {state.commit:.8} as {names.tag}", make, undo=(Command((*git, "-d", names.tag)),))
    yield pushing.push_tag_step(repository, names.tag, [BranchMove(names.release_branch, state.commit, state.commit)])


def production_steps(
    facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState, limits: GateLimits, ready: bool
) -> Iterator[Step]:
    """Deploy the commit to production and keep the gate; it is checked out already where it is *ready*."""
    deployed, commit = facts.deployed_target(PRODUCTION), state.commit
    if deployed is None:
        return
    if not ready and not release_state.is_running_commit(facts, PRODUCTION, commit):
        yield from worktree_steps.checkout_steps(commit, facts.repository, request)
    yield from _missing_deploy_steps(facts, request, commit, *deployed)
    yield gate.gate_step(deployed.target, limits, deploy_and_rollback_steps.rollback_commands(*deployed, commit))
    yield _note_passed_step(facts, request, PRODUCTION, commit)


def target_rollback_steps(targets: Sequence[DeployedTarget], commit: str) -> Iterator[Step]:
    """Go back from *commit* where it is deployed, or half deployed."""
    for target, history in targets:
        if steps := deploy_and_rollback_steps.failed_deploy_rollback_steps(target, history, commit):
            yield from steps
            continue
        now = running_and_good_revisions.current_revision(history)
        if now and now.commit == commit:
            commands = deploy_and_rollback_steps.rollback_commands(target, history, commit)
            title = f"Take {commit:.8} back from {target.name}"
            yield from deploy_and_rollback_steps.rollback_command_steps(target, title, commands)


def _missing_deploy_steps(
    facts: ReleaseFacts, request: ReleaseRequest, commit: str, target: DeployTarget, now: DeploymentHistory
) -> Iterator[Step]:
    if release_state.is_running_commit(facts, target.name, commit):
        return
    path = worktree_steps.worktree_path(request, f"{commit:.12}", facts.repository)
    yield from deploy_and_rollback_steps.deploy_steps(target, commit, request.names.release, path, now)


def _staging_limits(facts: ReleaseFacts, limits: GateLimits) -> GateLimits:
    """The *limits* of staging: it is compared with the stable version, which production runs at the same time."""
    staging, production = facts.deployed_target(STAGING), facts.deployed_target(PRODUCTION)
    other = production.target.cluster if production else ""
    return replace(limits, baseline=other if other != staging.target.cluster else "")


def _note_passed_step(facts: ReleaseFacts, request: ReleaseRequest, name: str, commit: str) -> Step:
    """What git keeps, so that the next run does not try again what went well."""
    ref = f"{PASSED_STAGE_REFS}/{request.names.release}/{name}"
    git = ("git", "-C", facts.repository.folder, "update-ref")
    title = f"Note in this clone that {commit:.8} passed {name}"
    return Step(title, Command((*git, ref, commit)), undo=(Command((*git, "-d", ref, commit)),))


def _tag_message(request: ReleaseRequest) -> str:
    return f"Release {request.names.release}"
