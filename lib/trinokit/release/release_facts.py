"""What is known of a release? The state of the repository, the feature, and what is deployed to each target."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from trinokit.observations import BranchPresence, DeploymentHistory, Feature, JoinResult, RepositoryState
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.preflight import Check

TargetName = Literal["staging", "production"]
STAGING: TargetName = "staging"
PRODUCTION: TargetName = "production"


class DeployedTarget(NamedTuple):
    """A *target*, staging or production, with the *history* of what is deployed there."""

    target: DeployTarget
    history: DeploymentHistory


@dataclass(frozen=True)
class ReleaseFacts:
    """What is known of a release: *presence* tells which branches have the feature now, and *planned* which will.

    *targets* are staging and production, as far as there are any, with what is deployed there.
    """

    repository: RepositoryState
    feature: Feature
    presence: tuple[BranchPresence, ...] = ()
    joined: tuple[JoinResult, ...] = ()
    planned: tuple[BranchPresence, ...] = ()
    targets: tuple[DeployedTarget, ...] = ()
    checks: tuple[Check, ...] = ()

    def deployed_target(self, name: TargetName) -> DeployedTarget | None:
        """The target *name* with what is deployed there; None where there is none."""
        return next((each for each in self.targets if each.target.name == name), None)

    def current_presence(self, branch: str) -> BranchPresence | None:
        """Whether *branch*, or a tag, has the feature now; None where there is no such branch."""
        return next((each for each in self.presence if each.branch == branch), None)

    def planned_presence(self, branch: str) -> BranchPresence | None:
        """Whether *branch* will have the feature as planned; None where it is not planned to move."""
        return next((each for each in self.planned if each.branch == branch), None)
