"""What is known of a release now? Git, its remote and the targets are asked, and what they say is put together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trinokit import sources
from trinokit.gating import watching
from trinokit.observations import CloneReadiness, Feature
from trinokit.release import (
    branch_moves,
    deploy_targets,
    documentation_checks,
    feature_presence,
    preflight,
    unfinished_rollouts,
)
from trinokit.release.deploy_targets import DeploymentSpec
from trinokit.release.release_request import DeployTarget, ReleaseRequest
from trinokit.release.release_state import ReleaseFacts
from trinokit.sources.git.commit_joining import ConflictPolicy
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.live import Live
from trinokit.sources.source import Source

ConnectedTarget = tuple[Source, DeployTarget]


def connect_target(name: str, cluster: str, place: str, what: DeploymentSpec) -> tuple[ConnectedTarget, ...]:
    """The target *name* at *place* in *cluster* with the source that tells of it; none where either is empty.

    Raises ParameterError where there is no such cluster, where *what* cannot be deployed there, or where clusters.yaml
    does not name what its gate asks.
    """
    if not cluster or not place:
        return ()
    source = sources.connect(cluster)
    found = deploy_targets.parse_target(name, place, cluster, source.commands.kubectl_prefix, what)
    if found and isinstance(source, Live):
        # A gate that finds out only after the deployment would have it taken back.
        watching.validate_gate_cluster(source, found)
    return ((source, found),) if found else ()


def gather_facts(git: GitRepository, wish: ReleaseRequest, held: Sequence[ConnectedTarget]) -> ReleaseFacts:
    """Everything that is known of the release that *wish* names, read now from *git*, its remote and *held* targets.

    Where the clone does not have its whole history, only that is told. Raises SourceError for what cannot be read.
    """
    repository, names = git.now(), wish.names
    tips = [names.master, names.feature, names.release_branch]
    ready = git.readiness([name for name in tips if name in repository.heads])
    found = ReleaseFacts(repository, Feature(), targets=_deployed_targets(held))
    if ready.shallow:
        return replace(found, checks=preflight.preflight_checks(repository, ready, found.feature, wish))
    return _complete_facts(git, wish, found, ready)


def worktree_folder(git: GitRepository, folder: str) -> str:
    """The *folder* of our own worktrees, seen from the folder above parameters/; as it is for a recording."""
    return str(sources.resolve_path(folder)) if Path(git.named).is_absolute() else folder


def _complete_facts(
    git: GitRepository, wish: ReleaseRequest, found: ReleaseFacts, ready: CloneReadiness
) -> ReleaseFacts:
    repository, names = found.repository, wish.names
    feature = git.feature(names.feature, names.release_branch, names.master, names.release)
    presence = git.presence(feature, branch_moves.candidate_refs(repository, wish))
    rule = ConflictPolicy(
        wish.version_files, names.release, wish.worktree, feature_presence.newer_branches(repository, names)
    )
    joined = git.joined(branch_moves.required_joins(repository, wish, feature, presence), rule)
    planned = git.presence(feature, branch_moves.planned_tips(repository, wish, joined))
    changelog = git.text(feature.tip, wish.changelog) if feature.tip and wish.changelog else None
    checks = (
        *preflight.preflight_checks(repository, ready, feature, wish),
        *documentation_checks.document_checks(feature.changed, wish, changelog),
    )
    return replace(found, feature=feature, presence=presence, joined=joined, planned=planned, checks=checks)


def _deployed_targets(held: Sequence[ConnectedTarget]) -> tuple:
    return tuple(
        (target, sources.deployment_history(source, target, unfinished_rollouts.unready_workloads))
        for source, target in held
    )
