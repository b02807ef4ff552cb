"""What does a cluster answer? One door to everything that reads the world."""

from collections.abc import Sequence
from dataclasses import replace

from trinokit import workspace
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.objects import Objects
from trinokit.observations import Clone, LocalJava, LoginAttempt
from trinokit.sources.cluster_cache import read_cluster_cache, write_cluster_cache
from trinokit.sources.git import git_repository
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.jvms import local_java as javas
from trinokit.sources.kubernetes.deployment_history import deployment_history
from trinokit.sources.live import Live
from trinokit.sources.local_files import earlier_runs, read_text_file, resolve_path
from trinokit.sources.recorded import Recorded

__all__ = [
    "clone_for_change",
    "connect",
    "deployment_history",
    "earlier_runs",
    "resolve_path",
    "comparison_objects",
    "login_attempt_of",
    "write_cluster_cache",
    "read_cluster_cache",
    "open_repository",
    "objects_of_side",
    "read_text_file",
    "java_with_warnings",
]


def connect(cluster: str, *, table: str = "", key_of: Live | Recorded | None = None) -> Live | Recorded:
    """The *cluster* of parameters/clusters.yaml, or the recording of one: recorded/NAME.

    *table* names where a cluster keeps its completed queries, if not where clusters.yaml says.
    Its secrets are hashed as those of the source *key_of*, so that they can be compared; a recording's key is gone.
    Raises ParameterError when there is no such cluster, SourceError when a recording is not whole.
    """
    if cluster.startswith(workspace.RECORDED_PREFIX):
        return Recorded(cluster, workspace.recording_folder(cluster))
    known = workspace.load_cluster(cluster)
    return Live(cluster, known, table or known.table, key_of.key if isinstance(key_of, Live) else None)


def comparison_objects(source: Live | Recorded, like: str, commit: str) -> Objects:
    """What the cluster of *source* should be *like*: what git declares at *commit*, or what lives in another cluster.

    Raises ParameterError when *like* is neither git nor a cluster or recording, or when both are asked for.
    """
    if like == "git":
        return source.objects("declared", commit=commit)
    if commit:
        raise ParameterError(
            f"Expected no revision beside {like}, found {commit}.", remedy="a revision is one of git: leave it empty"
        )
    return connect(like, key_of=source).objects("live")


def objects_of_side(source: Live | Recorded, name: str) -> Objects | None:
    """The objects of the side *name* of *source*, or None where nothing says what is on that side."""
    return source.objects(name) if name in source.sides else None


def clone_for_change(source: Live | Recorded, change: str, path: str) -> Clone | None:
    """The clone in which the declared part at *path* is changed; None for a *change* that is not one in git.

    One that cannot be changed says so in its problem, since a plan with nothing to do needs none.
    """
    if change != "git":
        return None
    try:
        return source.clone(path)
    except (ParameterError, PlanError, SourceError) as error:
        return Clone("", "", "", path, "", problem=error.message, remedy=error.remedy)


def open_repository(folder: str, remote: str) -> GitRepository:
    """The clone in *folder* and its *remote*, or those that were recorded with a cluster: recorded/NAME.

    Raises ParameterError when there is no such clone or remote, SourceError when it cannot be read as a whole.
    """
    if folder.startswith(workspace.RECORDED_PREFIX):
        return Recorded(folder, workspace.recording_folder(folder)).repository(remote)
    where = resolve_path(folder)
    return git_repository.open_clone(where, str(where), remote)


def login_attempt_of(source: Live | Recorded, wanted: bool, keytab: str) -> LoginAttempt | None:
    """How far a client comes into the Trino of *source* by Kerberos, or None where that is not *wanted*."""
    return source.realm(keytab) if wanted else None


def java_with_warnings(java: str, flags: Sequence[str]) -> LocalJava | None:
    """The program *java* at hand with what it says to *flags*; None where none is named."""
    return replace(javas.describe_java(java), said=javas.java_warnings(java, flags)) if java else None
