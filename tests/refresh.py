"""Execute the committed notebooks in their folders and keep their outputs without what changes from run to run."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.conftest import ROOT
from trinokit.notebook_process import EncryptedKernelManager


def refresh(path: Path) -> None:
    """Execute the notebook *path* in place."""
    notebook = nbformat.read(path, 4)
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook, resources=place, record_timing=False, kernel_manager_class=EncryptedKernelManager
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for folder in ("notebooks", "runbooks"):
        for found in sorted((ROOT / folder).glob("*.ipynb")):
            # Without a name all of them.
            if found.stem in (sys.argv[1:] or [found.stem]):
                print(found.relative_to(ROOT))
                refresh(found)
