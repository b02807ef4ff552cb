"""Which objects did a cluster have when it was recorded, and which did git promise?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from trinokit.errors import ParameterError, SourceError
from trinokit.objects import Object, Objects
from trinokit.sources.kubernetes import listing, recorded_object_files
from trinokit.sources.recorded.recording_files import RecordingFiles


class RecordedObjects:
    """The objects that are kept in *files*."""

    def __init__(self, files: RecordingFiles) -> None:
        self._files = files

    @property
    def sides(self) -> list[str]:
        """The sides that were recorded."""
        return list(self._files.manifest.get("objects", {}))

    @property
    def observed_at(self) -> datetime:
        """When it was recorded, in UTC."""
        recorded_at = datetime.fromisoformat(self._files.manifest["recorded_at"])
        return recorded_at.astimezone(UTC) if recorded_at.tzinfo else recorded_at.replace(tzinfo=UTC)

    def live(self, *, also: Objects | None = None) -> Objects:
        """What the API server had; a kind of *also* that was not recorded is unread.

        Raises SourceError when that side was not recorded.
        """
        objects = self.of_side("live")
        if not also:
            return objects
        manifest = self._files.manifest["objects"]["live"]
        return replace(objects, unread=dict(objects.unread) | _unrecorded_kinds(also.items, objects, manifest))

    def declared(self, *, commit: str = "") -> Objects:
        """What git promised.

        Raises SourceError when that side was not recorded, and ParameterError for any *commit*.
        """
        if commit:
            raise ParameterError(
                f"Expected no other commit of {self._files.name} than was recorded, found {commit}.",
                remedy=f"leave it empty; recorded was {self._recorded_commits}",
            )
        return self.of_side("declared")

    def of_side(self, side: str) -> Objects:
        """The objects of one *side*, live or declared, as they were; raises SourceError when it was not recorded."""
        manifest = self._files.manifest
        side_manifest = manifest.get("objects", {}).get(side)
        if side_manifest is None:
            raise SourceError(
                f"Expected {side} objects in {self._files.name}, found none.",
                remedy="record them: trinokit record CLUSTER NAME",
            )
        objects = recorded_object_files.read_objects(side, self._files.folder / "objects" / side, side_manifest)
        about = {"recorded from": manifest["cluster"], "recorded at": manifest["recorded_at"]}
        # What was recorded together was hashed together, also before a key had an id.
        key = objects.key or f"{manifest['cluster']} {manifest['recorded_at']}"
        return replace(objects, about=about | dict(objects.about), key=key)

    def find_side(self, side: str) -> Objects | None:
        """The objects of one *side*, or None where it was not recorded."""
        return self.of_side(side) if side in self.sides else None

    @property
    def _recorded_commits(self) -> str:
        about = self._files.manifest.get("objects", {}).get("declared", {}).get("about", {})
        return ", ".join(about.values()) or "no declared object"


def _unrecorded_kinds(also: Sequence[Object], live: Objects, manifest: dict) -> dict[str, str]:
    kinds = listing.default_resources(live.items)
    known_kinds = {(kind.version.rpartition("/")[0], kind.name) for kind in kinds}
    known_kinds |= {(each.group, each.kind) for each in live.items}
    recorded_kinds = {*manifest.get("also", ()), *live.unread}
    declared_kinds = {(each.group, each.kind): f"{each.kind} ({each.api_version})" for each in also}
    unread = {
        label: "it was not recorded"
        for kind, label in declared_kinds.items()
        if kind not in known_kinds and label not in recorded_kinds
    }
    return unread | listing.out_of_scope_objects(also, live.roles, kinds)
