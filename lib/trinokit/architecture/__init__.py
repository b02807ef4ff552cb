"""What is a cluster made of, who depends on whom, and what is wired wrong? Objects in, tables and findings out."""

from trinokit.architecture.cluster_map import Aspect as Aspect
from trinokit.architecture.cluster_map import ClusterMap as ClusterMap
from trinokit.architecture.cluster_map import map_cluster as map_cluster
