"""What is a cluster made of, who depends on whom, and what is wired wrong? Objects in, tables and findings out."""

from trinokit.architecture.architecture_door import Aspect, ClusterMap, map_cluster

__all__ = ["Aspect", "ClusterMap", "map_cluster"]
