"""What is asked of a source only where it is wanted, or where there is something to be asked?"""

from collections.abc import Sequence
from dataclasses import replace

from trinokit.errors import SourceError
from trinokit.observations import DeploymentHistory, LocalJava
from trinokit.sources.jvms import local_java
from trinokit.sources.kubernetes.deployment_history import RolloutTarget, UnreadyWorkloads
from trinokit.sources.source import Source


def deployment_history(
    source: Source | None, target: RolloutTarget | None, unready: UnreadyWorkloads
) -> DeploymentHistory:
    """What is deployed to *target* in the cluster of *source*, with what is *unready* of it; nothing without a target.

    What cannot be read is told as the problem.
    """
    if target is None:
        return DeploymentHistory()
    if source is None:
        return DeploymentHistory(problem="nobody says in which cluster it is")
    try:
        return source.provenance.deployment_history(target, unready)
    except SourceError as error:
        return DeploymentHistory(problem=error.message.rstrip("."))


def java_with_warnings(java: str, flags: Sequence[str]) -> LocalJava | None:
    """The program *java* at hand with what it says to *flags*; None where none is named."""
    return replace(local_java.describe_java(java), said=local_java.java_warnings(java, flags)) if java else None
