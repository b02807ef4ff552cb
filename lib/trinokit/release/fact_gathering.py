"""What is known of a release now? A repository is asked, and what it says is put together with what is deployed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from trinokit.observations import (
    BranchPresence,
    CloneReadiness,
    ConflictPolicy,
    Feature,
    Join,
    JoinResult,
    RepositoryState,
)
from trinokit.release import documentation_checks, feature_presence, planned_branch_moves, preflight
from trinokit.release.release_facts import DeployedTarget, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest


class ReleaseRepository(Protocol):
    """A clone and its remote, as `sources.open_repository` gives them; what a release asks of them."""

    named: str
    who: str

    def now(self) -> RepositoryState:
        """Both as they are now."""

    def readiness(self, branches: Sequence[str]) -> CloneReadiness:
        """Whether the clone is ready for a release that changes *branches*."""

    def feature(self, branch: str, release_branch: str, master: str, release: str) -> Feature:
        """The feature on *branch*."""

    def presence(self, feature: Feature, branches: Mapping[str, str]) -> tuple[BranchPresence, ...]:
        """How far each of *branches*, tips by name, has *feature*."""

    def text(self, commit: str, path: str) -> str | None:
        """The text of the file *path* in *commit*; None where there is none."""

    def joined(self, joins: Sequence[Join], rule: ConflictPolicy) -> tuple[JoinResult, ...]:
        """What becomes of *joins*."""

    def run(self, argv: tuple[str, ...], stdin: str, seconds: float) -> tuple[int | None, str]:
        """How a command of a plan ended: its exit code, and what it said."""


def gather_facts(
    repository: ReleaseRepository,
    request: ReleaseRequest,
    targets: Sequence[DeployedTarget] = (),
) -> ReleaseFacts:
    """Everything that is known of the release of *request*, read now from *repository* and put beside its *targets*.

    Where the clone does not have its whole history, only that is told: the facts have checks, and no joins. Raises
    SourceError for what cannot be read.
    """
    state, names = repository.now(), request.names
    tips = [names.version_branch, names.feature_branch, names.release_branch]
    readiness = repository.readiness([name for name in tips if name in state.heads])
    facts = ReleaseFacts(state, Feature(), targets=tuple(targets))
    if readiness.shallow:
        return replace(facts, checks=preflight.preflight_checks(state, readiness, facts.feature, request))
    return _complete_facts(repository, request, facts, readiness)


def _complete_facts(
    repository: ReleaseRepository, request: ReleaseRequest, facts: ReleaseFacts, readiness: CloneReadiness
) -> ReleaseFacts:
    state, names = facts.repository, request.names
    feature = repository.feature(names.feature_branch, names.release_branch, names.version_branch, names.release)
    presence = repository.presence(feature, planned_branch_moves.candidate_refs(state, request))
    policy = ConflictPolicy(
        version_files=tuple(request.files.version_files),
        version=names.release,
        worktree=request.clone.worktree_folder,
        newer=feature_presence.newer_branches(state, names),
    )
    joined = repository.joined(planned_branch_moves.required_joins(state, request, feature, presence), policy)
    planned = repository.presence(feature, planned_branch_moves.planned_tips(state, request, joined))
    path = request.files.changelog
    changelog = repository.text(feature.tip, path) if feature.tip and path else None
    checks = (
        *preflight.preflight_checks(state, readiness, feature, request),
        *documentation_checks.document_checks(feature.changed, request, changelog),
    )
    return replace(facts, feature=feature, presence=presence, joined=joined, planned=planned, checks=checks)
