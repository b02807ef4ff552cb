"""What does a cluster answer? One door to everything that reads the world."""

from trinokit import clusters_and_recordings
from trinokit.errors import ParameterError
from trinokit.objects import Objects
from trinokit.sources.cluster_facts_cache import read_cluster_cache, write_cluster_cache
from trinokit.sources.drift_input_files import earlier_runs, read_text_file, resolve_path
from trinokit.sources.git import git_repository
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.optional_parts import deployment_history, java_with_warnings
from trinokit.sources.recorded import Recorded
from trinokit.sources.source import Source

__all__ = [
    "Source",
    "comparison_objects",
    "connect",
    "deployment_history",
    "earlier_runs",
    "java_with_warnings",
    "open_repository",
    "read_cluster_cache",
    "read_text_file",
    "resolve_path",
    "write_cluster_cache",
]


def connect(cluster: str, *, table: str = "", key_of: Source | None = None) -> Source:
    """The *cluster* of parameters/clusters.yaml, or the recording of one: recorded/NAME.

    *table* names where a cluster keeps its completed queries, if not where clusters.yaml says.
    Its secrets are hashed as those of the source *key_of*, so that they can be compared; a recording's key is gone.
    Raises ParameterError when there is no such cluster, SourceError when a recording is not whole.
    """
    if cluster.startswith(clusters_and_recordings.RECORDED_PREFIX):
        return Recorded(cluster, clusters_and_recordings.recording_folder(cluster))
    # Loading the clients of Trino and Kubernetes takes a second, which a recording need not wait for.
    from trinokit.sources.live import Live

    entry = clusters_and_recordings.load_cluster(cluster)
    return Live(cluster, entry, table or entry.table, key_of.key if isinstance(key_of, Live) else None)


def comparison_objects(source: Source, reference: str, commit: str) -> Objects:
    """What the cluster of *source* should be like: what git declares at *commit*, or what lives in another cluster.

    *reference* is git, or the name of a cluster or of a recording.
    Raises ParameterError when it is neither, or when a commit is asked for beside another cluster.
    """
    if reference == "git":
        return source.objects.declared(commit=commit)
    if commit:
        raise ParameterError(
            f"Expected no revision beside {reference}, found {commit}.",
            remedy="a revision is one of git: leave it empty",
        )
    return connect(reference, key_of=source).objects.live()


def open_repository(folder: str, remote: str) -> GitRepository:
    """The clone in *folder* and its *remote*, or those that were recorded with a cluster: recorded/NAME.

    Raises ParameterError when there is no such clone or remote, SourceError when it cannot be read as a whole.
    """
    if folder.startswith(clusters_and_recordings.RECORDED_PREFIX):
        return Recorded(folder, clusters_and_recordings.recording_folder(folder)).git.repository(remote)
    path = resolve_path(folder)
    return git_repository.open_clone(path, str(path), remote)
