"""What is to be released, and where to?"""

from dataclasses import dataclass

from trinokit.observations import JoinMethod


@dataclass(frozen=True)
class ReleaseNames:
    """What the branches and the tag of one release are called.

    *version* is the old version, such as v1, and *release* the version that is released, such as v1.1.0. *masters* is a
    regular expression that the branch of each version matches, with a group `version`.
    """

    version: str
    release: str
    master: str
    feature: str
    release_branch: str
    tag: str
    version_branch_pattern: str


@dataclass(frozen=True)
class DeployTarget:
    """Where a commit is deployed: a Helm *release*, or a Deployment *workload*, in *namespace* of a *cluster*.

    *name* is staging or production. A release is upgraded to the *chart* and *values*, paths in the repository, as they
    are in the commit. Of a Deployment the *container* gets the *image*, in which {commit} and {release} stand for those
    of the plan; of a release it is KEY=IMAGE in the values. Commands begin with the words *kubectl*, and a rollout may
    take so many *seconds*.
    """

    name: str
    cluster: str
    namespace: str
    kubectl: tuple[str, ...]
    seconds: float
    release: str = ""
    chart: str = ""
    values: tuple[str, ...] = ()
    workload: str = ""
    container: str = ""
    image: str = ""


@dataclass(frozen=True)
class GateLimits:
    """What a target has to keep for *seconds* after a commit was deployed there.

    At most *failed_percent* of its queries may fail, their 95th percentile of elapsed time may be *p95_ratio* times
    that of the *baseline*, another cluster in the same window or, where that is empty, the same one in the window
    before, and it has at least so many *workers*. Below *minimum* completed queries on either side nothing is said.
    Where a *source* is named, the queries of this client alone count.
    """

    seconds: int = 600
    minimum: int = 100
    failed_percent: float = 5
    p95_ratio: float = 1.5
    workers: int = 1
    baseline: str = ""
    source: str = ""


@dataclass(frozen=True)
class ReleaseRequest:
    """What is to become of a feature.

    It is brought into the release branch as *how* says. Of the *version_files* a conflict about versions is settled by
    rule. The *documents*, patterns of paths, must change with it, and *changelog* must name the release. The branches
    that match the patterns *protected* are changed by pull requests only, whose command is *pull_request* with {head},
    {base} and {title}. *tests* is a command that is run in the commit once it is staged. Work in progress lies in
    *worktree*. The plan ends with the stage *until*, and the feature branch goes at last unless it is to be *kept*.
    A commit that was taken back from a target is deployed there *again* only where that is wished. A *rollback* takes
    the feature back from the targets and then from the branches.
    """

    names: ReleaseNames
    how: JoinMethod = "merge"
    version_files: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    changelog: str = ""
    protected: tuple[str, ...] = ()
    pull_request: str = "gh pr create --head {head} --base {base} --title {title}"
    tests: str = ""
    worktree: str = "runs/worktrees"
    until: str = "clean-up"
    kept: bool = False
    again: bool = False
    rollback: bool = False
