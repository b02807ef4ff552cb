"""What is asked of a source only where it is wanted, or where there is something to be asked?"""

from collections.abc import Sequence
from dataclasses import replace

from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.observations import Clone, DeploymentHistory, LocalJava, LoginAttempt
from trinokit.sources.jvms import local_java
from trinokit.sources.kubernetes.deployment_history import RolloutTarget, UnreadyWorkloads
from trinokit.sources.source import Source


def clone_for_change(source: Source, change: str, path: str) -> Clone | None:
    """The clone in which the declared part at *path* is changed; None for a *change* that is not one in git.

    One that cannot be changed says so in its problem, since a plan with nothing to do needs none.
    """
    if change != "git":
        return None
    try:
        return source.git.declared_clone(path)
    except (ParameterError, PlanError, SourceError) as error:
        return Clone("", "", "", path, "", problem=error.message, remedy=error.remedy)


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
        return source.activity.deployment_history(target, unready)
    except SourceError as error:
        return DeploymentHistory(problem=error.message.rstrip("."))


def login_attempt_of(source: Source, wanted: bool, keytab: str) -> LoginAttempt | None:
    """How far a client comes into the Trino of *source* by Kerberos, or None where that is not *wanted*."""
    return source.login.attempt(keytab) if wanted else None


def java_with_warnings(java: str, flags: Sequence[str]) -> LocalJava | None:
    """The program *java* at hand with what it says to *flags*; None where none is named."""
    return replace(local_java.describe_java(java), said=local_java.java_warnings(java, flags)) if java else None
