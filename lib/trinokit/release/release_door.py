"""What is to be told and planned of a release? One door, whose methods are the questions of its runbook."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pandas as pd

from trinokit.findings import Finding
from trinokit.observations import DeploymentHistory
from trinokit.plan import ExecutedPlan, Plan, ProposedPlan, propose_plan
from trinokit.release import (
    conflict_report,
    deploy_targets,
    fact_gathering,
    feature_presence,
    gate_configuration_check,
    planned_branch_moves,
    preflight,
    pushing,
    record,
    release_planning,
    step_progress_table,
    unfinished_rollouts,
    verifying,
)
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.fact_gathering import ReleaseRepository
from trinokit.release.release_facts import PRODUCTION, STAGING, DeployedTarget, ReleaseFacts
from trinokit.release.release_request import DeploymentSpec, ReleaseRequest


class _Commands(Protocol):
    @property
    def kubectl_prefix(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for it."""


class TargetSource(Protocol):
    """What a release asks of a cluster by itself: parts of `trinokit.sources.source.Source`."""

    name: str
    commands: _Commands


class ReleaseSources(Protocol):
    """What reads the world for a release; the package `trinokit.sources` itself is one."""

    def open_repository(self, folder: str, remote: str) -> ReleaseRepository:
        """The clone in *folder* and its *remote*."""

    def connect(self, cluster: str) -> TargetSource:
        """The source of *cluster*."""

    def resolve_path(self, path: str) -> Path:
        """Where *path* is, seen from the folder above parameters/."""

    def deployment_history(self, source: TargetSource, target: DeployTarget, unready: Callable) -> DeploymentHistory:
        """What is deployed to *target* in the cluster of *source*, with what is *unready* of it."""


@dataclass(frozen=True)
class ConnectedTarget:
    """A *target* with the *source* of its cluster."""

    target: DeployTarget
    source: TargetSource


@dataclass(frozen=True)
class FeatureRelease:
    """A feature on its way to an old version, as *facts* tell of it; `plan_release` makes one.

    It keeps what was read when it was made. `verify` reads everything once more.
    """

    request: ReleaseRequest
    sources: ReleaseSources
    repository: ReleaseRepository
    targets: tuple[ConnectedTarget, ...]
    facts: ReleaseFacts

    def checks_table(self) -> pd.DataFrame:
        """A row for each check before a release; the columns are check, result, found and what to do."""
        return preflight.preflight_table(self.facts.checks)

    def check_findings(self) -> list[Finding]:
        """A finding for each check that tells something, and one for all the others."""
        return preflight.preflight_findings(self.facts.checks)

    def progress_table(self) -> pd.DataFrame:
        """A row for each step of the use case; the columns are step, expected, found and status.

        The status is done, next, waits, waits for commits, waits for a pull request, or stopped.
        """
        return step_progress_table.progress_table(release_planning.release_progress(self.facts, self.request))

    def progress_findings(self) -> list[Finding]:
        """What somebody has moved, deleted or taken back since; what is CRITICAL is in the way of a plan."""
        return release_planning.release_findings(self.facts, self.request)

    def branch_moves_table(self) -> pd.DataFrame:
        """A row for each branch that moves; the columns are branch, old id, new id, commits and entering."""
        facts = self.facts
        return planned_branch_moves.branch_moves_table(
            planned_branch_moves.planned_moves(facts.repository, self.request, facts.joined)
        )

    def conflict_table(self) -> pd.DataFrame:
        """A row for each place where both sides of a join differ: its first line, their texts, who wrote them last."""
        return conflict_report.conflict_table(self.facts.joined)

    def resolution_table(self) -> pd.DataFrame:
        """A row for each command, and for what is to be done between them, until the conflicts are resolved."""
        return conflict_report.resolution_table(self.facts.joined)

    def join_findings(self) -> list[Finding]:
        """What is in the way of each join, whom to ask and what is missing, and what git did by itself."""
        return conflict_report.join_findings(self.facts.joined)

    def plan(self, *, undo: str, journal: Path) -> ProposedPlan:
        """The plan for all that is left up to the last stage, or the undo of the one of the approval *undo*.

        Raises ParameterError for a stage that there is not, for limits that no gate can keep, and where *undo* names
        no plan in the folder *journal*.
        """
        return propose_plan(self._new_plan, undo=undo, journal=journal, run=self.repository.run)

    def refused_push_findings(self, executed: ExecutedPlan) -> list[Finding]:
        """What each push of *executed* means that the remote refused, and what to do about it."""
        return pushing.refused_push_findings(executed.outcomes)

    def verify(self, executed: ExecutedPlan) -> "VerifiedRelease":
        """This release beside what is read of it once more, after its plan was *executed*."""
        facts = _read_facts(self.request, self.sources, self.repository, self.targets)
        return VerifiedRelease(before=self, now=replace(self, facts=facts), executed=executed)

    def _new_plan(self) -> tuple[Plan, list[Finding]]:
        return release_planning.release_plan(self.facts, self.request, self.request.limits)


@dataclass(frozen=True)
class VerifiedRelease:
    """A release as it was *before* its plan was *executed*, and as it is *now*."""

    before: FeatureRelease
    now: FeatureRelease
    executed: ExecutedPlan

    def progress_table(self) -> pd.DataFrame:
        """A row for each step of the use case as it is now, as `FeatureRelease.progress_table` has them."""
        return self.now.progress_table()

    def presence_table(self) -> pd.DataFrame:
        """A row for each branch that may have the feature.

        The columns are branch, tip, commits, lacking, content and taken back by.
        """
        return feature_presence.feature_presence_table(self.now.facts.presence)

    def findings(self) -> list[Finding]:
        """What the branches have of the feature, what the targets run, and which newer versions lack it."""
        return verifying.verification_findings(self.now.facts, self.now.request)

    def record_table(self) -> pd.DataFrame:
        """Who released what, with which ids, and what proves it; the columns are what, value and evidence."""
        return record.release_record_table(
            self.before.facts,
            self.now.facts,
            self.now.request,
            outcomes=self.executed.outcomes,
            who=self.now.repository.who,
        )


def plan_release(request: ReleaseRequest, sources: ReleaseSources) -> FeatureRelease:
    """The release that *request* asks for, read now through *sources*: the package `trinokit.sources`.

    What the remote has is fetched into refs of our own, and the joins are computed as objects of git. Raises
    ParameterError where there is no such clone, remote or cluster, where a target cannot be deployed to, or where
    clusters.yaml does not name what its gate asks; and SourceError for what cannot be read.
    """
    repository = sources.open_repository(request.clone.repository, request.clone.remote)
    folder = _worktree_folder(request.clone.worktree_folder, repository, sources)
    request = replace(request, clone=replace(request.clone, worktree_folder=folder))
    specs = {STAGING: request.staging, PRODUCTION: request.production}
    targets = tuple(target for name, spec in specs.items() if (target := _connect_target(name, spec, sources)))
    return FeatureRelease(
        request=request,
        sources=sources,
        repository=repository,
        targets=targets,
        facts=_read_facts(request, sources, repository, targets),
    )


def _connect_target(name: str, spec: DeploymentSpec, sources: ReleaseSources) -> ConnectedTarget | None:
    if not spec.cluster or not spec.target:
        return None
    source = sources.connect(spec.cluster)
    target = deploy_targets.parse_target(name, spec, source.commands.kubectl_prefix)
    # A recording stands in no clusters.yaml, and nothing is deployed to it.
    if entry := getattr(source, "cluster", None):
        gate_configuration_check.validate_gate_cluster(source.name, entry, target)
    return ConnectedTarget(target, source)


def _read_facts(
    request: ReleaseRequest,
    sources: ReleaseSources,
    repository: ReleaseRepository,
    targets: tuple[ConnectedTarget, ...],
) -> ReleaseFacts:
    deployed = [
        DeployedTarget(
            each.target,
            sources.deployment_history(each.source, each.target, unfinished_rollouts.unready_workloads),
        )
        for each in targets
    ]
    return fact_gathering.gather_facts(repository, request, deployed)


def _worktree_folder(folder: str, repository: ReleaseRepository, sources: ReleaseSources) -> str:
    """The *folder* seen from the one above parameters/; as it is for a recording, whose paths are those of nobody."""
    return str(sources.resolve_path(folder)) if Path(repository.named).is_absolute() else folder
