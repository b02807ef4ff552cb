"""In which clone is the declared side of a cluster changed?"""

from typing import NoReturn

import msgspec

from trinokit import clusters_and_recordings
from trinokit.errors import SourceError
from trinokit.observations import Clone
from trinokit.sources.git import clone_state
from trinokit.sources.live.live_cluster_context import LiveCluster


class LiveClones:
    """The clones that *cluster* is deployed from."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster

    def declared_clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which the declared part at *path* is changed; the path may be empty where there is one part.

        The part is taken from *commit* as the declared objects are. Raises what `clone_state.read_clone` raises.
        """
        part = clone_state.choose_declared_part(self._cluster.entry.declared, path)
        return clone_state.read_clone(
            msgspec.structs.replace(part, commit=commit or part.commit), home=clusters_and_recordings.trinokit_home()
        )

    def repository(self, remote: str) -> NoReturn:
        """Raises SourceError: which clone releases are made from, no entry of clusters.yaml says."""
        raise SourceError(
            f"Expected a clone with the remote {remote}, found the cluster {self._cluster.name}.",
            remedy="name the folder of the clone itself",
        )
