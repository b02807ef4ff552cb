"""Who had written what in a cluster that was recorded, what was deployed to it, and what had its Prometheus loaded?"""

import secrets

from trinokit.observations import AuditLog, DeploymentHistory, HelmRevision, PrometheusState
from trinokit.sources import drift_input_files, prometheus_configuration
from trinokit.sources.kubernetes import audit_log, deployment_history, helm_releases
from trinokit.sources.recorded.objects import RecordedObjects
from trinokit.sources.recorded.recording_files import AUDIT_LOG_FILE, PROMETHEUS_FILE, RELEASES_FILE, RecordingFiles
from trinokit.sources.secrets.redaction import redact_object


class RecordedProvenance:
    """What *files* keep about a cluster beside its *objects*."""

    def __init__(self, files: RecordingFiles, objects: RecordedObjects) -> None:
        self._files, self._objects = files, objects

    def audit_log(self, path: str) -> AuditLog:
        """The writes of the files *path*, as for a cluster that is live, or without any those that were recorded."""
        if path:
            key = secrets.token_bytes(32)
            files = drift_input_files.matching_files(path)
            return audit_log.read_audit_log(files, lambda each: redact_object(each, key))
        content = self._files.content(AUDIT_LOG_FILE)
        return AuditLog() if content is None else audit_log.load_audit_log(content)

    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of Helm releases that were recorded, and why some could not be read."""
        content = self._files.content(RELEASES_FILE)
        if content is None:
            return (), {"Helm releases": "they were not recorded"}
        return helm_releases.load_helm_revisions(content), self._files.manifest["unread_releases"]

    def deployment_history(
        self, target: deployment_history.RolloutTarget, unready: deployment_history.UnreadyWorkloads
    ) -> DeploymentHistory:
        """What was deployed to *target*, with what was *unready* of it."""
        return deployment_history.build_deployment_history(
            target, self._objects.live(), *self.helm_revisions(), unready
        )

    def prometheus_state(self) -> PrometheusState:
        """What its Prometheus had loaded, or why that could not be read."""
        content = self._files.content(PROMETHEUS_FILE)
        if content is None:
            return PrometheusState(problem="it was not recorded")
        return prometheus_configuration.load_prometheus(content)
