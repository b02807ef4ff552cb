"""How far does a client come into a cluster's Trino by Kerberos?"""

from trinokit.observations import LoginAttempt
from trinokit.sources.kerberos.login_probe import probe_login
from trinokit.sources.live.live_cluster_context import LiveCluster


class LiveLogin:
    """The way into the Trino of *cluster*."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster

    def attempt(self, keytab: str = "") -> LoginAttempt:
        """How far a client comes by Kerberos, compared with the coordinator's own *keytab*, which may be empty."""
        return probe_login(self._cluster.name, self._cluster.entry, self._cluster.read_secret, keytab)
