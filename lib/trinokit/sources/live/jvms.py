"""What do the JVMs of a cluster's Trino run with, and what did their pods write first?"""

from collections.abc import Sequence

from trinokit.errors import ParameterError
from trinokit.observations import PodContainer, PodLog, RunningJvms
from trinokit.sources.jvms import pod_processes, running_jvms
from trinokit.sources.kubernetes import pod_logs
from trinokit.sources.live.commands import LiveCommands
from trinokit.sources.live.live_cluster_context import LiveCluster
from trinokit.sources.trino.coordinator import Coordinator


class LiveJvms:
    """The JVMs of *cluster*, asked through its *coordinator* or by the *commands* of kubectl."""

    def __init__(self, cluster: LiveCluster, coordinator: Coordinator, commands: LiveCommands) -> None:
        self._cluster, self._coordinator, self._commands = cluster, coordinator, commands

    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What the JVMs of its Trino were started with, and why some could not be read.

        They are asked *through* trino, or through kubectl inside each of *pods*; again and again, until each pod has
        its JVM or *patience_s* are over. Raises ParameterError for any other way.
        """
        redact = self._cluster.redact
        ways = {
            "trino": lambda: running_jvms.read_jvms_through_trino(self._coordinator, redact),
            "kubectl": lambda: pod_processes.read_jvms_in_pods(self._commands.kubectl_prefix, pods, redact),
        }
        if through not in ways:
            raise ParameterError(
                f"Expected to ask through trino or kubectl, found {through!r}.", remedy="trino is the usual way"
            )
        return running_jvms.wait_for_jvms(ways[through], pods, patience_s)

    def pod_logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that each of *pods* wrote, or why they could not be read."""
        return pod_logs.read_pod_logs(self._cluster.api_server, pods, self._cluster.redact) if pods else ()
