"""What is deleted when a release is over? What is surely merged, and what we made ourselves."""

from collections.abc import Iterator, Sequence

from trinokit.findings import INFO, OK, WARNING, Finding
from trinokit.observations import BranchPresence
from trinokit.plan import Command, Step
from trinokit.release import branching, feature_presence, pull_requests, pushing, worktree_steps
from trinokit.release.promotion import PASSED_STAGE_REFS
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState


def cleanup_steps(
    facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState, before: Sequence[Step]
) -> Iterator[Step]:
    """Delete the feature branch, what was pushed for pull requests, our worktrees and our refs.

    The steps *before* may have made some of them.
    """
    repository, names = facts.repository, request.names
    for branch in (names.release_branch, names.version_branch):
        helper = pull_requests.pull_request_branch(branch, names)
        if helper in repository.heads:
            yield pushing.delete_branch_step(repository, helper, repository.heads[helper])
    if not request.keep_feature and is_fully_merged(facts, request):
        yield from _delete_feature_steps(facts, request, state)
    yield from _remove_worktree_steps(facts, request, state.commit, before)
    yield from _delete_ref_steps(facts, request, before)


def is_fully_merged(facts: ReleaseFacts, request: ReleaseRequest) -> bool:
    """Whether the version branch, as planned, has every commit of the feature, and nobody took it back there."""
    planned = facts.planned_presence(request.names.version_branch)
    return planned is not None and _is_surely_merged(planned) and not facts.feature.diverged


def cleanup_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> list[Finding]:
    """Whether the feature branch can go, or why it stays."""
    name, repository = request.names.feature_branch, facts.repository
    if not state.merged_back or name not in {**repository.heads, **repository.local_heads}:
        return []
    if request.keep_feature:
        return [Finding(INFO, name, "is kept, as was wished")]
    if not is_fully_merged(facts, request):
        sentence = f"stays, since nothing proves that {request.names.version_branch} has all of it"
        return [
            Finding(WARNING, name, f"{sentence}: git -C {repository.folder} log {request.names.version_branch}..{name}")
        ]
    worktrees = [path for path, branch in repository.worktrees.items() if branch == name]
    if worktrees:
        sentence = f"is checked out in {', '.join(worktrees)}, and stays in this clone until another one is"
        return [Finding(INFO, name, sentence)]
    return [Finding(OK, name, "has nothing that would be lost")]


def _is_surely_merged(presence: BranchPresence) -> bool:
    # A version that was resolved by rule is one that has changed since, and yet no commit is lost.
    whole = presence.ancestor and presence.content == "changed since" and not presence.reverted
    return feature_presence.has_whole_feature(presence) or whole


def _delete_feature_steps(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Step]:
    repository, name = facts.repository, request.names.feature_branch
    # What is only here is pushed by the same plan.
    pushed = not state.released and branching.has_unpushed_commits(facts, request)
    if there := facts.feature.tip if pushed else repository.heads.get(name, ""):
        yield pushing.delete_branch_step(repository, name, there)
    here = repository.local_heads.get(name, "")
    if here and name not in repository.worktrees.values():
        git = ("git", "-C", repository.folder)
        # Its own -d looks at what the branch follows, and not at what it was merged into.
        delete = Command((*git, "update-ref", "-d", f"refs/heads/{name}", here))
        restore_command = Command((*git, "branch", "--no-track", name, here))
        yield Step(f"Delete {name} in this clone", delete, undo=(restore_command,))


def _remove_worktree_steps(
    facts: ReleaseFacts, request: ReleaseRequest, commit: str, before: Sequence[Step]
) -> Iterator[Step]:
    repository = facts.repository
    paths = worktree_steps.release_worktrees(repository, request)
    own = worktree_steps.worktree_path(request, f"{commit:.12}", repository)
    made_worktree = any({"worktree", "add"} <= set(step.command.argv) for step in before)
    if made_worktree and not worktree_steps.has_worktree(own, repository):
        paths = [*paths, own]
    yield from (worktree_steps.remove_worktree_step(path, repository) for path in paths)


def _delete_ref_steps(facts: ReleaseFacts, request: ReleaseRequest, before: Sequence[Step]) -> Iterator[Step]:
    repository, space = facts.repository, request.names.release
    made_refs = {word for step in before if "update-ref" in step.command.argv for word in step.command.argv}
    made_refs |= {f"{PASSED_STAGE_REFS}/{name}" for name in repository.kept}
    # Which commits the feature was stays known: it may be taken back, and delivered again.
    names = [name for each in (STAGING, PRODUCTION) if (name := f"{PASSED_STAGE_REFS}/{space}/{each}") in made_refs]
    if names:
        deletions = "".join(f"delete {name}\n" for name in names)
        command = Command(("git", "-C", repository.folder, "update-ref", "--stdin"), deletions)
        yield Step(f"Forget what was noted of {space}", command)
