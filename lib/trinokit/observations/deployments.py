"""Which commits were deployed to a target?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeployedRevision:
    """One state of a Helm release or of a Deployment: its *number* and *status*, and the id of its *commit* if told.

    The *status* is Helm's; of a Deployment it is deployed or superseded. *said* is Helm's description or the
    change-cause.
    """

    number: int
    status: str
    commit: str = ""
    said: str = ""


@dataclass(frozen=True)
class DeploymentHistory:
    """The *revisions* of a target, oldest first; *unready* says which of its workloads have not rolled out, and why.

    *containers* are those of a Deployment in their order, each with its image now. *problem* says why all that could
    not be read; then the rest is empty.
    """

    revisions: tuple[DeployedRevision, ...] = ()
    unready: tuple[str, ...] = ()
    problem: str = ""
    containers: tuple[tuple[str, str], ...] = ()
