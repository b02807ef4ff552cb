"""Which files beside a cluster are read? Rules, policies and scans, and what came of earlier runs."""

import json
import re
from glob import glob
from pathlib import Path

from trinokit import clusters_and_recordings
from trinokit.errors import ParameterError
from trinokit.observations import TextFile

_RUN_RECORD = "run.json"
_GLOB_CHARACTERS = re.compile(r"[*?[]")


def read_text_file(path: str) -> TextFile:
    """What stands in the file *path*, seen from the home of trinokit; nothing where no path is given.

    Raises ParameterError when there is no such file, or when it is no text.
    """
    if not path:
        return TextFile()
    try:
        return TextFile(resolve_path(path).read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"Expected a text in {path}, found: {getattr(error, 'strerror', None) or error}.",
            remedy=f"name it from {clusters_and_recordings.trinokit_home()}, or by its whole path",
        ) from error


def matching_files(pattern: str) -> list[Path]:
    """The files that *pattern* names: one, or with ``*`` many, seen from the home of trinokit.

    Raises ParameterError when there is none.
    """
    path = resolve_path(pattern)
    paths = sorted(map(Path, glob(str(path)))) if _GLOB_CHARACTERS.search(pattern) else [path]
    if not paths:
        raise ParameterError(
            f"Expected files as {pattern}, found none.",
            remedy=f"name them from {clusters_and_recordings.trinokit_home()}, or by their whole path",
        )
    return paths


def earlier_runs(folder: str, notebook: str) -> list[dict]:
    """The records of earlier runs of *notebook* below *folder*, oldest first; none where that is empty or not there.

    One that cannot be read is in its place with a *problem* in place of everything else.
    """
    runs = resolve_path(folder).rglob(f"{notebook}-*/{_RUN_RECORD}") if folder else ()
    by_folder = sorted(runs, key=lambda path: path.parent.name)
    records = [_read_run_record(path) for path in by_folder]
    return [each for each in records if "problem" in each or each["notebook"] == notebook]


def resolve_path(path: str) -> Path:
    """Where *path* is, seen from the home of trinokit."""
    return clusters_and_recordings.trinokit_home() / Path(path).expanduser()


def _read_run_record(path: Path) -> dict:
    try:
        record = json.loads(path.read_text("utf-8"))
        if {"notebook", "started", "findings"} <= set(record):
            return record
        problem = "it is no record of a run"
    except (OSError, ValueError, TypeError) as error:
        problem = str(error)
    return {"problem": f"{path.parent.name}/{_RUN_RECORD}: {problem}"}
