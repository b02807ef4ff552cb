"""What is to be released, how, and where to? A request of small pieces, each filled by keyword."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trinokit.metric_gate_limits import GateLimits
from trinokit.observations import JoinMethod

# The parts of a release, in their order; the last one that is planned is one of them.
Stage = Literal["branch", "release", "staging", "production", "merge-back", "clean-up"]


@dataclass(frozen=True)
class ReleaseNames:
    """What the branches and the tag of one release are called; `naming.release_names` makes them of patterns.

    *version* is the old version, such as v1, and *release* the version that is released, such as v1.1.0.
    *version_branch_pattern* is a regular expression that the branch of each version matches, with a group `version`.
    """

    version: str
    release: str
    version_branch: str
    feature_branch: str
    release_branch: str
    tag: str
    version_branch_pattern: str


@dataclass(frozen=True)
class CloneSpec:
    """The clone that a release is made from: a folder or recorded/NAME as *repository*, and the *remote* that counts.

    Commits are checked out, and conflicts worked on, in worktrees of our own below *worktree_folder*.
    """

    repository: str = "."
    remote: str = "origin"
    worktree_folder: str = "runs/worktrees"


@dataclass(frozen=True)
class FeatureFiles:
    """What has to change with a feature, and what conflicts about versions are in; all are paths in the repository.

    Of the *documents*, patterns of paths such as docs/**, each must match a path that changes with the feature, and a
    heading of the *changelog*, empty for none, must name the release. A conflict about versions in one of the
    *version_files*, patterns too, is resolved by taking the version of the release.
    """

    documents: Sequence[str] = ()
    changelog: str = ""
    version_files: Sequence[str] = ()


@dataclass(frozen=True)
class PullRequests:
    """Which branches are changed by pull requests only: those that match one of the patterns *protected*.

    *command* opens one; it has {head}, {base} and {title} in it.
    """

    protected: Sequence[str] = ()
    command: str = "gh pr create --head {head} --base {base} --title {title}"


@dataclass(frozen=True)
class DeploymentSpec:
    """What is deployed where: to the *target* in a *cluster* of clusters.yaml, or a recording of one.

    *target* is helm:NAMESPACE/RELEASE or deployment:NAMESPACE/NAME#CONTAINER. Where it or *cluster* is empty, nothing
    is deployed. A Helm release is upgraded to the *chart* with its *values*, paths in the repository; a Deployment gets
    the *image*, in which {commit} and {release} stand for those of the release. Of a chart the *image* is KEY=IMAGE,
    where the KEY of its values has no other value in git. A rollout may take *rollout_seconds*.
    """

    cluster: str = ""
    target: str = ""
    chart: str = ""
    values: Sequence[str] = ()
    image: str = ""
    rollout_seconds: float = 600


@dataclass(frozen=True)
class ReleaseRequest:
    """What is to become of a feature; all that `plan_release` is asked for.

    It is brought into the release branch of the *clone* by *join_method*. *test_command* is run by a shell in the
    commit once it is staged; empty for none. The plan ends with *last_stage*, and the feature branch goes at last
    unless *keep_feature* says otherwise. A commit that was taken back from a target is deployed there once more only
    where *redeploy* is true. *rollback* takes the feature back from the targets, and then from the branches, in place
    of going on.
    """

    names: ReleaseNames
    clone: CloneSpec = CloneSpec()
    staging: DeploymentSpec = DeploymentSpec()
    production: DeploymentSpec = DeploymentSpec()
    limits: GateLimits = GateLimits()
    files: FeatureFiles = FeatureFiles()
    pull_requests: PullRequests = PullRequests()
    join_method: JoinMethod = "merge"
    last_stage: Stage = "clean-up"
    test_command: str = ""
    keep_feature: bool = False
    redeploy: bool = False
    rollback: bool = False
