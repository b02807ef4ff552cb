#!/usr/bin/env bash
# One would guess: after a timeout or a dead kernel the notebook that papermill saved says which cell failed and which ones never ran.
# What happens: each cell is "completed", also those that never ran, and the notebook has no exception; only after an error in a cell is it told.
# Who meets it: whoever lists last night's runs by what papermill keeps in their notebooks.
# Needs: pip; half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install --quiet papermill==2.7.0 ipykernel==7.4.0 nbclient==0.10.2
cat > run.py <<'END'
import warnings

import nbformat
import papermill

warnings.simplefilter("ignore")
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def tell(ending: str, failing: str) -> None:
    cells = [nbformat.v4.new_code_cell(text) for text in ("print('first')", failing, "print('third')")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "in.ipynb")
    try:
        papermill.execute_notebook("in.ipynb", "out.ipynb", execution_timeout=5, progress_bar=False)
    except Exception as error:
        raised = type(error).__name__
    saved = nbformat.read("out.ipynb", as_version=4)
    states = [cell.metadata.papermill.status for cell in saved.cells if "papermill" in cell.metadata]
    third = next(cell for cell in saved.cells if "third" in cell.source)
    kept = saved.metadata.papermill.exception
    print(f"{ending}: raised {raised}; saved: {' '.join(states)}, exception {kept}; the third cell has run: {bool(third.outputs)}")


tell("an error in the second cell", "1 / 0")
tell("a timeout", "import time; time.sleep(60)")
tell("a dead kernel", "import os; os._exit(1)")
END
venv/bin/python run.py > seen 2> errors || { cat errors; exit 1; }

cat > expected <<'END'
an error in the second cell: raised PapermillExecutionError; saved: completed failed pending, exception True; the third cell has run: False
a timeout: raised CellTimeoutError; saved: completed completed completed, exception None; the third cell has run: False
a dead kernel: raised DeadKernelError; saved: completed completed completed, exception None; the third cell has run: False
END
venv/bin/pip list 2>/dev/null | grep -E '^(papermill|nbclient|ipykernel) '
cat seen
diff expected seen && echo "as found"
