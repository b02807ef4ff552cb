"""What does a cluster answer? One door to everything that reads the world."""

from trinops import topology
from trinops.errors import ParameterError
from trinops.objects import Objects
from trinops.sources.declared import scoped
from trinops.sources.files import earlier, text
from trinops.sources.live import Live
from trinops.sources.recorded import Recorded
from trinops.sources.remembering import remember, remembered

__all__ = ["connect", "earlier", "promised", "remember", "remembered", "scoped", "text"]


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
