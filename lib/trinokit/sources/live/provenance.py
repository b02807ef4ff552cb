"""Who wrote what in a cluster, what was deployed to it, and what has its Prometheus loaded?"""

import logging
import time

from trinokit.observations import AuditLog, DeploymentHistory, HelmRevision, PrometheusState
from trinokit.sources import drift_input_files, prometheus_configuration
from trinokit.sources.kubernetes import audit_log, deployment_history, helm_releases
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.live.live_cluster_context import LiveCluster

_log = logging.getLogger(__name__)


class LiveProvenance:
    """What is told about *cluster* beside its objects."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster

    def audit_log(self, path: str) -> AuditLog:
        """The writes that the files *path* of the API server's audit log tell; it may name many with ``*``, or none.

        Raises ParameterError when there is no such file.
        """
        if not path:
            return AuditLog()
        return audit_log.read_audit_log(drift_input_files.matching_files(path), self._cluster.redact)

    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of its declared Helm releases, and why some could not be read."""
        access, declared = self._cluster.entry.kubernetes, self._cluster.entry.declared
        if access is None:
            return (), {}
        began = time.monotonic()
        revisions, unread = helm_releases.read_helm_revisions(ApiServer(access), declared, self._cluster.redact)
        seconds = time.monotonic() - began
        _log.info("%s: %d revisions of Helm releases in %.2f s", self._cluster.name, len(revisions), seconds)
        for kind, reason in unread.items():
            _log.warning("%s: not read: %s: %s", self._cluster.name, kind, reason)
        return revisions, unread

    def deployment_history(
        self, target: deployment_history.RolloutTarget, unready: deployment_history.UnreadyWorkloads
    ) -> DeploymentHistory:
        """What is deployed to *target*, with what is *unready* of it, whatever clusters.yaml says of its namespace."""
        return deployment_history.read_deployment_history(
            self._cluster.api_server, target, self._cluster.redact, unready
        )

    def prometheus_state(self) -> PrometheusState:
        """What its Prometheus has loaded, or why that could not be read."""
        access = self._cluster.entry.prometheus
        if access is None:
            return PrometheusState(
                problem="its address is not known; write prometheus: into its entry in clusters.yaml"
            )
        return prometheus_configuration.read_prometheus(access, self._cluster.read_secret)
