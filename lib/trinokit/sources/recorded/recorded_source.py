"""What did a cluster answer when it was recorded? The same questions as for one that is live, from its folder."""

from pathlib import Path

from trinokit.sources.recorded.clones import RecordedClones
from trinokit.sources.recorded.commands import RecordedCommands
from trinokit.sources.recorded.jvms import RecordedJvms
from trinokit.sources.recorded.login import RecordedLogin
from trinokit.sources.recorded.objects import RecordedObjects
from trinokit.sources.recorded.provenance import RecordedProvenance
from trinokit.sources.recorded.query_history import RecordedHistory
from trinokit.sources.recorded.recording_files import CLONE_FILE, HISTORY_STEM, REPOSITORY_FILE, RecordingFiles
from trinokit.sources.source_repr import summary_html, summary_text
from trinokit.sources.trino.query_history_protocol import Queries

_PROVENANCE = {"audit": "audit log", "releases": "Helm revisions", "prometheus": "Prometheus"}
_CLONES = {CLONE_FILE: "the declared clone", REPOSITORY_FILE: "the repository of releases"}


class Recorded:
    """A recording of a cluster in *folder*, asked in place of the cluster itself, with the parts of a `Source`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        files = RecordingFiles(name, folder)
        self.manifest = files.manifest
        self.history = RecordedHistory(files)
        self.queries = Queries(self.history)
        self.ask, self.sql, self.questions = self.queries.ask, self.queries.sql, self.queries.questions
        self.objects = RecordedObjects(files)
        self.provenance = RecordedProvenance(files, self.objects)
        self.commands = RecordedCommands(name)
        self.jvms = RecordedJvms(files)
        self.login = RecordedLogin()
        self.git = RecordedClones(files)

    __repr__, _repr_html_ = summary_text, summary_html

    @property
    def part_descriptions(self) -> dict[str, str]:
        """What there is of each part in words, which shows no secret and asks nobody."""
        manifest = self.manifest
        window = f", created from {manifest.get('since')} until {manifest.get('until')}"
        counts = {
            side: sum(side_manifest["objects"].values()) for side, side_manifest in manifest.get("objects", {}).items()
        }
        provenance = [words for key, words in _PROVENANCE.items() if key in manifest]
        return {
            "recorded": f"from {manifest['cluster']} at {manifest['recorded_at']}",
            "queries": f"{manifest['rows'][HISTORY_STEM]:,} completed{window}" if "rows" in manifest else "none",
            "objects": ", ".join(f"{count:,} {side}" for side, count in counts.items()) or "none",
            "provenance": ", ".join(provenance) or "none",
            "jvms": f"{manifest['running']['jvms']}" if "running" in manifest else "none",
            "git": ", ".join(words for file, words in _CLONES.items() if file in manifest["files"]) or "none",
        }
