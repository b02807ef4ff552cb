"""What happens in the process that executes a notebook? papermill runs it and each step is announced.

Started by `run` as: python -m trinokit.notebook_process INPUT OUTPUT PARAMETERS LOG LEVEL; PARAMETERS is a JSON file.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

# First of all, since papermill loads nbformat.
from trinokit.notebook_format import modules_left_out  # isort: skip
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import DeadKernelError

from trinokit import run_log

# A notebook in HDFS is read through it; loading Arrow for that takes a third of the time of all imports here.
with modules_left_out("pyarrow.fs"):
    from papermill import PapermillExecutionError, execute_notebook
    from papermill.engines import NBClientEngine, papermill_engines

# This module is called __main__ where it runs.
_log = logging.getLogger("trinokit.notebook_process")


class ProgressEngine(NBClientEngine):
    """papermill's engine, with a line in the log and a plain one on standard error whenever a headed part begins."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, *args: object, **options: object) -> object:
        """Execute the notebook, announcing its parts unless a progress bar does."""
        begin, headings = nb_man.cell_start, _headings_by_cell(nb_man.nb)

        def announce(cell: Any, cell_index: int | None = None, **options: object) -> object:
            if cell_index in headings:
                _announce_part(cell_index + 1, len(nb_man.nb.cells), headings[cell_index])
            return begin(cell, cell_index, **options)

        nb_man.cell_start = announce
        return super().execute_managed_notebook(nb_man, *args, **options)


class EncryptedKernelManager(AsyncKernelManager):
    """Starts kernels with an encrypted transport, about whose lack they would print a warning each time."""

    transport_encryption = "auto"


def main(notebook: str, output: str, parameters: str, log: str, level: str) -> int:
    """Execute *notebook* into *output*; 0 when every cell succeeded, 1 when one failed or the kernel died.

    It and its kernel add what they log from *level* on, such as INFO, to the file *log*.
    """
    path, number = Path(log), logging.getLevelNamesMapping()[level]
    os.environ.update(run_log.kernel_environment(path, number))
    papermill_engines.register("announced", ProgressEngine)
    try:
        with run_log.written_to(path, number):
            execute_notebook(
                notebook,
                output,
                json.loads(Path(parameters).read_text()),
                engine_name="announced",
                kernel_name="python3",
                language="python",
                progress_bar=sys.stderr.isatty(),
                kernel_manager_class=EncryptedKernelManager,
                extra_arguments=[f"--IPKernelApp.extra_extensions={run_log.__name__}"],
            )
    except (PapermillExecutionError, DeadKernelError):
        return 1
    return 0


def _announce_part(number: int, count: int, heading: str) -> None:
    _log.info("cell %d of %d begins: %s", number, count, heading)
    if not sys.stderr.isatty():
        print(f"[{number:>3}/{count}] {heading}", file=sys.stderr, flush=True)


def _headings_by_cell(notebook: Any) -> dict[int, str]:
    sources = {index: cell.source for index, cell in enumerate(notebook.cells) if cell.cell_type == "markdown"}
    return {index: source.splitlines()[0].lstrip("# ") for index, source in sources.items() if source.startswith("#")}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
