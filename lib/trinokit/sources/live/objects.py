"""Which objects does a cluster have now, and which does git promise?"""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from trinokit import clusters_and_recordings
from trinokit.errors import SourceError
from trinokit.objects import SIDES, Objects
from trinokit.sources.kubernetes import listing
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.live.live_cluster_context import LiveCluster
from trinokit.sources.manifests import manifest_rendering

_log = logging.getLogger(__name__)


class LiveObjects:
    """The objects of *cluster*, read when they are asked for."""

    def __init__(self, cluster: LiveCluster) -> None:
        self._cluster = cluster
        self._read_at: datetime | None = None

    @property
    def sides(self) -> list[str]:
        """The sides of which clusters.yaml says where they are."""
        return [side for side in SIDES if side in self._cluster.entry.parts]

    @property
    def observed_at(self) -> datetime:
        """When its live objects were read last, in UTC, or now if they were not."""
        return self._read_at or datetime.now(UTC)

    def live(self, *, also: Objects | None = None) -> Objects:
        """What the API server has; every kind of *also* is read too, in the version that it has there.

        Raises SourceError when clusters.yaml does not say where that is, or when it cannot be read.
        """
        access = self._cluster.entry.kubernetes
        if access is None:
            raise self._unknown_side("live")
        began, self._read_at = time.monotonic(), datetime.now(UTC)
        objects = listing.list_live_objects(ApiServer(access), access, self._cluster.redact, also.items if also else ())
        self._log_side(objects, began)
        return replace(objects, key=self._cluster.key.id)

    def declared(self, *, commit: str = "") -> Objects:
        """What git promises; every part is taken from *commit*, or where that is empty, from the one that it names.

        Raises SourceError when clusters.yaml does not say where that is, or when it cannot be read.
        """
        parts = self._cluster.entry.declared
        if not parts:
            raise self._unknown_side("declared")
        began = time.monotonic()
        chosen = [msgspec.structs.replace(part, commit=commit or part.commit) for part in parts]
        objects = self._redact_objects(
            manifest_rendering.declared_objects(chosen, home=clusters_and_recordings.trinokit_home())
        )
        self._log_side(objects, began)
        return objects

    def of_side(self, side: str) -> Objects:
        """The objects of one *side*, live or declared; raises SourceError as these do."""
        if side not in SIDES:
            raise self._unknown_side(side)
        return self.live() if side == "live" else self.declared()

    def find_side(self, side: str) -> Objects | None:
        """The objects of one *side*, or None where nothing says what is on it."""
        return self.of_side(side) if side in self.sides else None

    def _log_side(self, objects: Objects, began: float) -> None:
        name, seconds = self._cluster.name, time.monotonic() - began
        _log.info("%s: %d %s objects in %.2f s", name, len(objects.items), objects.side, seconds)

    def _unknown_side(self, side: str) -> SourceError:
        return SourceError(
            f"Expected to know where {side} objects of {self._cluster.name} are, found nothing about it.",
            remedy="write kubernetes: or declared: into its entry in parameters/clusters.yaml",
        )

    def _redact_objects(self, objects: Objects) -> Objects:
        items, unstable = (tuple(map(self._cluster.redact, each)) for each in (objects.items, objects.unstable))
        access = self._cluster.entry.kubernetes
        return replace(
            objects, items=items, unstable=unstable, roles=access.roles if access else {}, key=self._cluster.key.id
        )
