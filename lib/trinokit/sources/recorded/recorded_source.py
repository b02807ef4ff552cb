"""What did a cluster answer when it was recorded? The same questions as for one that is live, from its folder."""

from pathlib import Path

import pandas as pd

from trinokit.sources.recorded.activity import RecordedActivity
from trinokit.sources.recorded.commands import RecordedCommands
from trinokit.sources.recorded.git import RecordedClones
from trinokit.sources.recorded.jvms import RecordedJvms
from trinokit.sources.recorded.login import RecordedLogin
from trinokit.sources.recorded.objects import RecordedObjects
from trinokit.sources.recorded.query_history import RecordedHistory
from trinokit.sources.recorded.recording_files import RecordingFiles
from trinokit.sources.trino.queries import Queries


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
