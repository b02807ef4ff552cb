"""Which notebooks can a command name, and what is each there for?"""

import json
from pathlib import Path

from trinokit import clusters_and_recordings
from trinokit.errors import ParameterError, did_you_mean


def notebook_paths() -> dict[str, Path]:
    """The notebooks and the runbooks by their names, as they are listed."""
    folders = (clusters_and_recordings.trinokit_home() / name for name in ("notebooks", "runbooks"))
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def find_notebook(name: str) -> Path:
    """The notebook or runbook *name*, which may be written as a path; raises ParameterError where there is none."""
    notebooks = notebook_paths()
    stem = Path(name).stem if name.endswith(".ipynb") else name
    if stem not in notebooks:
        raise ParameterError(
            f"Expected a notebook of notebooks/ or runbooks/, found {name!r}.",
            remedy=did_you_mean(stem, notebooks) or f"known are: {', '.join(notebooks)}",
        )
    return notebooks[stem]


def notebook_purpose(path: Path) -> str:
    """The first sentence below the title of the notebook *path*, or the title where there is none."""
    first = "".join(json.loads(path.read_text())["cells"][0]["source"]).splitlines()
    return next((line for line in first if line and not line.startswith("#")), first[0].lstrip("# "))
