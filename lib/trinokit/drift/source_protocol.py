"""What has to be known of a cluster whose drift is detected? The parts of a source that an audit asks."""

from datetime import datetime
from typing import Protocol

from trinokit.objects import Objects
from trinokit.observations import AuditLog, HelmRevision, PrometheusState


class _LiveSide(Protocol):
    """The live objects of a cluster."""

    def live(self, *, also: Objects | None = None) -> Objects:
        """What its API server has; every kind of *also* is read too."""


class _BothSides(_LiveSide, Protocol):
    """The objects of both sides of a cluster."""

    @property
    def observed_at(self) -> datetime:
        """When its live objects were read, in UTC."""

    def declared(self, *, commit: str = "") -> Objects:
        """What git promises at *commit*."""


class _Provenance(Protocol):
    """What tells who made a difference, and what Prometheus has loaded."""

    def audit_log(self, path: str) -> AuditLog:
        """The writes that the files *path* tell."""

    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of its Helm releases, oldest first, and why some could not be read."""

    def prometheus_state(self) -> PrometheusState:
        """What its Prometheus has loaded, or why that could not be read."""


class ComparedSource(Protocol):
    """A source with a live side that a cluster is compared with, such as another cluster or an earlier recording."""

    objects: _LiveSide


class AuditedSource(Protocol):
    """The cluster whose drift is detected: parts of `trinokit.sources.source.Source`."""

    name: str
    objects: _BothSides
    provenance: _Provenance
