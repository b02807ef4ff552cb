"""What is in the folder of a recording? Its manifest says so, and with which content."""

import gzip
import json
from hashlib import file_digest
from pathlib import Path

from trinokit.errors import SourceError

MANIFEST_FILE, HISTORY_STEM, RUNTIME_STEM = "recording.json", "trino_queries", "runtime_queries"
AUDIT_LOG_FILE, RELEASES_FILE, PROMETHEUS_FILE, JVMS_FILE, CLONE_FILE, REPOSITORY_FILE = (
    f"evidence/{name}.gz"
    for name in ("audit.jsonl", "releases.jsonl", "prometheus.json", "running.json", "clone.json", "repository")
)
FORMAT_VERSION = 1


class RecordingFiles:
    """The files of the recording *name* in *folder*, each as it was recorded; raises SourceError where one is not."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.manifest = _read_manifest(folder)
        for file, expected in self.manifest["files"].items():
            _check_file(folder / file, expected)

    def has(self, file: str) -> bool:
        """Whether *file* was recorded."""
        return file in self.manifest["files"]

    def content(self, file: str) -> bytes | None:
        """What the compressed *file* holds, or None where it was not recorded."""
        return gzip.decompress((self.folder / file).read_bytes()) if self.has(file) else None


def _read_manifest(folder: Path) -> dict:
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text())
        format_number = manifest["format"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _corrupt_recording_error(
            folder, f"{MANIFEST_FILE} of a recording", f"{type(error).__name__}: {error}"
        ) from error
    if format_number != FORMAT_VERSION:
        raise _corrupt_recording_error(folder, f"a recording of format {FORMAT_VERSION}", f"format {format_number}")
    return manifest


def file_sha256(path: Path) -> str:
    """The sha256 of the file *path*, by which a recording knows it again."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise _corrupt_recording_error(path.parent, f"the file {path.name}", "none")
    if file_sha256(path) != expected:
        raise _corrupt_recording_error(path.parent, f"{path.name} as it was recorded", "other content")


def _corrupt_recording_error(folder: Path, expected: str, found: str) -> SourceError:
    return SourceError(
        f"Expected {expected} in {folder.parent.name}/{folder.name}, found {found}.",
        remedy="take the recording from the repository again, or record anew: trinokit record CLUSTER NAME",
    )
