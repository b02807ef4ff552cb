"""What happens in the process that executes a notebook? papermill runs it and each step is announced.

Started by `run` as: python -m trinokit.notebook_process INPUT OUTPUT PARAMETERS, the last one a JSON file.
"""

import json
import sys
from pathlib import Path
from typing import Any

# First of all, since papermill loads nbformat.
import trinokit.notebook_format  # noqa: F401 # isort: skip
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill import PapermillExecutionError, execute_notebook
from papermill.engines import NBClientEngine, papermill_engines


class ProgressEngine(NBClientEngine):
    """papermill's engine, with a plain line on standard error whenever a headed part begins."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, *args: object, **options: object) -> object:
        """Execute the notebook, announcing its parts unless a progress bar does."""
        if not sys.stderr.isatty():
            begin, headings = nb_man.cell_start, _headings_by_cell(nb_man.nb)

            def announce(cell: Any, cell_index: int | None = None, **options: object) -> object:
                if cell_index in headings:
                    print(
                        f"[{cell_index + 1:>3}/{len(nb_man.nb.cells)}] {headings[cell_index]}",
                        file=sys.stderr,
                        flush=True,
                    )
                return begin(cell, cell_index, **options)

            nb_man.cell_start = announce
        return super().execute_managed_notebook(nb_man, *args, **options)


class EncryptedKernelManager(AsyncKernelManager):
    """Starts kernels with an encrypted transport, about whose lack they would print a warning each time."""

    transport_encryption = "auto"


def main(notebook: str, output: str, parameters: str) -> int:
    """Execute *notebook* into *output*; 0 when every cell succeeded, 1 when one failed or the kernel died."""
    papermill_engines.register("announced", ProgressEngine)
    try:
        execute_notebook(
            notebook,
            output,
            json.loads(Path(parameters).read_text()),
            engine_name="announced",
            kernel_name="python3",
            language="python",
            progress_bar=sys.stderr.isatty(),
            kernel_manager_class=EncryptedKernelManager,
        )
    except (PapermillExecutionError, DeadKernelError):
        return 1
    return 0


def _headings_by_cell(notebook: Any) -> dict[int, str]:
    sources = {index: cell.source for index, cell in enumerate(notebook.cells) if cell.cell_type == "markdown"}
    return {index: source.splitlines()[0].lstrip("# ") for index, source in sources.items() if source.startswith("#")}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
