"""Which clones were recorded with a cluster?"""

from trinokit.errors import SourceError
from trinokit.observations import Clone
from trinokit.sources.git.clone_state import load_clone
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.git.recorded_repository import open_recorded_repository
from trinokit.sources.recorded.recording_files import CLONE_FILE, REPOSITORY_FILE, RecordingFiles


class RecordedClones:
    """The clones that are kept in *files*."""

    def __init__(self, files: RecordingFiles) -> None:
        self._files = files

    def declared_clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which its flags were written, for a plan to be shown and not executed; or raises SourceError."""
        content = self._files.content(CLONE_FILE)
        if content is None:
            raise SourceError(
                f"Expected the clone that {self._files.name} was deployed from, found that it was not recorded.",
                remedy="name the cluster itself, or record it anew: trinokit record CLUSTER NAME --part running",
            )
        return load_clone(content)

    def repository(self, remote: str) -> GitRepository:
        """The clone that releases are made from and its *remote*, as both were.

        Raises SourceError when they were not recorded, and ParameterError for another remote.
        """
        content = self._files.content(REPOSITORY_FILE)
        if content is None:
            raise SourceError(
                f"Expected a repository in {self._files.name}, found that none was recorded.",
                remedy="name the clone itself",
            )
        return open_recorded_repository(content, remote)
