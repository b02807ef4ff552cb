"""What does a cluster answer? One door to everything that reads the world."""

from collections.abc import Sequence
from dataclasses import replace

from trinokit import topology
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.evidence import Clone, Java, Realm
from trinokit.objects import Objects
from trinokit.sources import java as javas
from trinokit.sources.declared import scoped
from trinokit.sources.deployments import deployed
from trinokit.sources.files import earlier, place, text
from trinokit.sources.git import reader
from trinokit.sources.git.reader import Git
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.remembering import remember, remembered

__all__ = [
    "clone_of",
    "connect",
    "deployed",
    "earlier",
    "place",
    "promised",
    "realm_of",
    "remember",
    "remembered",
    "repository",
    "scoped",
    "side",
    "text",
    "tried",
]


def connect(cluster: str, *, table: str = "", key_of: Live | Recorded | None = None) -> Live | Recorded:
    """The *cluster* of parameters/clusters.yaml, or the recording of one: recorded/NAME.

    *table* names where a cluster keeps its completed queries, if not where clusters.yaml says.
    Its secrets are hashed as those of the source *key_of*, so that they can be compared; a recording's key is gone.
    Raises ParameterError when there is no such cluster, SourceError when a recording is not whole.
    """
    if cluster.startswith(topology.RECORDED):
        return Recorded(cluster, topology.recording(cluster))
    known = topology.cluster(cluster)
    return Live(cluster, known, table or known.table, key_of.key if isinstance(key_of, Live) else None)


def promised(source: Live | Recorded, like: str, commit: str) -> Objects:
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


def side(source: Live | Recorded, name: str) -> Objects | None:
    """The objects of the side *name* of *source*, or None where nothing says what is on that side."""
    return source.objects(name) if name in source.sides else None


def clone_of(source: Live | Recorded, change: str, path: str) -> Clone | None:
    """The clone in which the declared part at *path* is changed; None for a *change* that is not one in git.

    One that cannot be changed says so in its problem, since a plan with nothing to do needs none.
    """
    if change != "git":
        return None
    try:
        return source.clone(path)
    except (ParameterError, PlanError, SourceError) as error:
        return Clone("", "", "", path, "", problem=error.message, remedy=error.remedy)


def repository(folder: str, remote: str) -> Git:
    """The clone in *folder* and its *remote*, or those that were recorded with a cluster: recorded/NAME.

    Raises ParameterError when there is no such clone or remote, SourceError when it cannot be read as a whole.
    """
    if folder.startswith(topology.RECORDED):
        return Recorded(folder, topology.recording(folder)).repository(remote)
    where = place(folder)
    return reader.opened(where, str(where), remote)


def realm_of(source: Live | Recorded, wanted: bool, keytab: str) -> Realm | None:
    """How far a client comes into the Trino of *source* by Kerberos, or None where that is not *wanted*."""
    return source.realm(keytab) if wanted else None


def tried(java: str, flags: Sequence[str]) -> Java | None:
    """The program *java* at hand with what it says to *flags*; None where none is named."""
    return replace(javas.described(java), said=javas.tried(java, flags)) if java else None
