"""What does a cluster answer? One door to everything that reads the world."""

from trinops import topology
from trinops.sources.live import Live
from trinops.sources.recorded import Recorded


def connect(cluster: str, *, table: str = "") -> Live | Recorded:
    """The *cluster* of parameters/clusters.yaml, or the recording of one: recorded/NAME.

    *table* names where a cluster keeps its completed queries, if not where clusters.yaml says.
    Raises ParameterError when there is no such cluster, SourceError when a recording is not whole.
    """
    if cluster.startswith(topology.RECORDED):
        return Recorded(cluster, topology.recording(cluster))
    known = topology.cluster(cluster)
    return Live(cluster, known, table or known.table)
