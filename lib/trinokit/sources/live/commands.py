"""By which commands is a cluster changed, and what runs them?"""

from trinokit import shell
from trinokit.sources.jvms.pod_processes import kubectl_prefix
from trinokit.sources.live.live_cluster_context import LiveCluster


class LiveCommands:
    """The commands of plans for *cluster*."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster

    @property
    def kubectl_prefix(self) -> tuple[str, ...]:
        """The words that begin every command of kubectl for it; raises SourceError when they are not known."""
        return kubectl_prefix(self._cluster.kubernetes)

    def run(self, argv: tuple[str, ...], stdin: str, seconds: float) -> shell.CommandExit:
        """How the command *argv* of a plan ended; see `shell.run_command`."""
        return shell.run_command(argv, stdin, seconds)
