"""What does a cluster tell of the JVMs of its Trino? Objects of both sides, what runs, and the nodes they make up."""

from dataclasses import dataclass

from trinokit.kerberos.node_jvm_configs import TrinoNode, find_nodes
from trinokit.kerberos.source_protocol import FlagSource
from trinokit.kerberos.trino_workloads import JvmConfigFile, find_jvm_config_files, trino_pods
from trinokit.objects import Objects
from trinokit.observations import PodContainer, RunningJvms


@dataclass(frozen=True)
class ClusterReading:
    """A cluster at one moment: the *declared* and *live* objects, the *running* JVMs, and what they make up.

    *declared* is None where nothing says what is declared. *config_files* are the jvm.config of each role, and *nodes*
    those of Trino with what is declared, live and running of each.
    """

    declared: Objects | None
    live: Objects
    pods: tuple[PodContainer, ...]
    running: RunningJvms
    config_files: tuple[JvmConfigFile, ...]
    nodes: tuple[TrinoNode, ...]


def read_cluster(source: FlagSource, ask: str, patience_seconds: float = 0) -> ClusterReading:
    """What *source* tells now; its JVMs are asked through *ask*, until each pod has its own or the patience is over."""
    declared = source.objects.find_side("declared")
    live = source.objects.live()
    pods = trino_pods(live)
    running = source.jvms.running(pods, through=ask, patience_s=patience_seconds)
    config_files = find_jvm_config_files(declared, live)
    return ClusterReading(
        declared=declared,
        live=live,
        pods=pods,
        running=running,
        config_files=config_files,
        nodes=find_nodes(config_files, live, running),
    )
