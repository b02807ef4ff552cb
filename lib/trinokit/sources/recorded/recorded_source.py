"""What did a cluster answer when it was recorded? The same questions as for one that is live, from its folder."""

from pathlib import Path

import pandas as pd

from trinokit.sources.part_summary import summary_html, summary_text
from trinokit.sources.recorded.activity import RecordedActivity
from trinokit.sources.recorded.commands import RecordedCommands
from trinokit.sources.recorded.git import RecordedClones
from trinokit.sources.recorded.jvms import RecordedJvms
from trinokit.sources.recorded.login import RecordedLogin
from trinokit.sources.recorded.objects import RecordedObjects
from trinokit.sources.recorded.query_history import RecordedHistory
from trinokit.sources.recorded.recording_files import CLONE_FILE, HISTORY_STEM, REPOSITORY_FILE, RecordingFiles
from trinokit.sources.trino.queries import Queries

_ACTIVITY = {"audit": "audit log", "releases": "Helm revisions", "prometheus": "Prometheus"}
_CLONES = {CLONE_FILE: "the declared clone", REPOSITORY_FILE: "the repository of releases"}


class Recorded:
    """A recording of a cluster in *folder*, asked in place of the cluster itself, with the parts of a `Source`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        files = RecordingFiles(name, folder)
        self.manifest = files.manifest
        self.history = RecordedHistory(files)
        self.queries = Queries(self.history)
        self.objects = RecordedObjects(files)
        self.activity = RecordedActivity(files, self.objects)
        self.commands = RecordedCommands(name)
        self.jvms = RecordedJvms(files)
        self.login = RecordedLogin()
        self.git = RecordedClones(files)

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to *question*; see `Queries.ask`."""
        return self.queries.ask(question, **parameters)

    def sql(self, text: str, *, since: object, until: object) -> pd.DataFrame:
        """The answer to your own SELECT; see `Queries.sql`."""
        return self.queries.sql(text, since=since, until=until)

    def questions(self) -> pd.DataFrame:
        """What can be asked by name; see `Queries.questions`."""
        return self.queries.questions()

    def __repr__(self) -> str:
        """Its name and its parts."""
        return summary_text(self.name, self._parts)

    def _repr_html_(self) -> str:
        return summary_html(self.name, self._parts)

    @property
    def _parts(self) -> dict[str, str]:
        manifest = self.manifest
        window = f", created from {manifest.get('since')} until {manifest.get('until')}"
        counts = {side: sum(said["objects"].values()) for side, said in manifest.get("objects", {}).items()}
        activity = [words for key, words in _ACTIVITY.items() if key in manifest]
        return {
            "recorded": f"from {manifest['cluster']} at {manifest['recorded_at']}",
            "queries": f"{manifest['rows'][HISTORY_STEM]:,} completed{window}" if "rows" in manifest else "none",
            "objects": ", ".join(f"{count:,} {side}" for side, count in counts.items()) or "none",
            "activity": ", ".join(activity) or "none",
            "jvms": f"{manifest['running']['jvms']}" if "running" in manifest else "none",
            "git": ", ".join(words for file, words in _CLONES.items() if file in manifest["files"]) or "none",
        }
