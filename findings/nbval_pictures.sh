#!/usr/bin/env bash
# One would guess: pytest --nbval fails when a cell no longer gives the output that the notebook holds.
# What happens: a figure is never compared but for its size and its number of axes, and in a notebook stripped of outputs and counts nothing is compared at all; both pass.
# Who meets it: whoever trusts nbval with notebooks that draw, or runs nbstripout beside it.
# Needs: pip; a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install --quiet nbval==0.11.0 pytest==9.2.0 ipykernel==7.4.0 nbclient==0.10.2 matplotlib==3.11.2
cat > notebooks.py <<'END'
import nbclient
import nbformat

TEXT = "print('seconds:', {})"
FIGURE = "import matplotlib.pyplot as plt\nplt.plot({})\nplt.show()"
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def notebook(code: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata=kernel)
    nbclient.NotebookClient(made).execute()
    return made


def changed(name: str, code: str, stripped: bool, *values: str) -> None:
    made = notebook(code.format(values[0]))
    [cell] = made.cells
    cell.source = code.format(values[1])
    if stripped:
        cell.outputs, cell.execution_count = [], None
    nbformat.write(made, f"{name}.ipynb")


changed("text", TEXT, False, "[1, 2]", "[9, 9]")
changed("figure", FIGURE, False, "[1, 2]", "[9, 9]")
changed("stripped_text", TEXT, True, "[1, 2]", "[9, 9]")
END
venv/bin/python notebooks.py 2> errors || { cat errors; exit 1; }
venv/bin/python -m pytest --quiet --nbval --nbval-current-env -p no:cacheprovider -rA ./*.ipynb > tested 2>&1 || true
grep -E '^(PASSED|FAILED|ERROR)' tested | sed 's/ - .*//' | sort > seen

cat > expected <<'END'
FAILED text.ipynb::Cell 0
PASSED figure.ipynb::Cell 0
PASSED stripped_text.ipynb::Cell 0
END
venv/bin/pip list 2>/dev/null | grep -E '^(nbval|pytest|matplotlib) '
cat seen
diff expected seen && echo "as found"
