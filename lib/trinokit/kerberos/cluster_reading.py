"""What does a cluster tell of the JVMs of its Trino? Objects of both sides, what runs, and the nodes they make up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from trinokit.kerberos.jvm_config_files import JvmConfigFile, find_jvm_config_files, trino_pods
from trinokit.kerberos.trino_nodes import TrinoNode, find_nodes
from trinokit.objects import Objects
from trinokit.observations import Clone, HelmRevision, LoginAttempt, PodContainer, PodLog, RunningJvms
from trinokit.plan import CommandRunner


class FlagSource(Protocol):
    """What this room asks of a cluster or of the recording of one."""

    @property
    def sides(self) -> list[str]:
        """Of which of the sides `declared` and `live` there are objects."""

    @property
    def kubectl(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for the cluster."""

    @property
    def run(self) -> CommandRunner:
        """What runs a command of a plan."""

    def objects(self, side: str) -> Objects:
        """The objects of one *side*."""

    def running(self, pods: Sequence[PodContainer], *, through: str, patience_s: float) -> RunningJvms:
        """What the JVMs were started with, asked *through* `trino` or `kubectl` until each of *pods* has its JVM."""

    def logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that each of *pods* wrote."""

    def releases(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of Helm releases, and why some could not be read."""

    def clone(self, path: str) -> Clone:
        """The clone in which the declared part at *path* is changed."""

    def realm(self, keytab: str) -> LoginAttempt:
        """How far a client comes in by Kerberos, compared with the coordinator's own *keytab*."""


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
    declared = source.objects("declared") if "declared" in source.sides else None
    live = source.objects("live")
    pods = trino_pods(live)
    running = source.running(pods, through=ask, patience_s=patience_seconds)
    config_files = find_jvm_config_files(declared, live)
    return ClusterReading(
        declared=declared,
        live=live,
        pods=pods,
        running=running,
        config_files=config_files,
        nodes=find_nodes(config_files, live, running),
    )
