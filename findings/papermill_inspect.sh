#!/usr/bin/env bash
# One would guess: papermill's --help-notebook and inspect_notebook list each annotated parameter of the cell, since Python can parse it.
# What happens: a parameter of type str | None, of a type with a dot or of a Literal in quotes is left out without a word, and a # within a text ends its default.
# Who meets it: whoever makes a form, a menu or a check of parameters from what papermill says of a notebook.
# Needs: pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install --quiet papermill==2.7.0
cat > ask.py <<'END'
import nbformat
import papermill

PARAMETERS = """import datetime
since: str = "2026-11-01"  # first day
until: str | None = None  # last day
day: datetime.date = None  # one day
kind: "Literal['live', 'recorded']" = "live"  # side
colour: str = "#aa0000"  # of the line
"""
cell = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), "in.ipynb")
for name, told in papermill.inspect_notebook("in.ipynb").items():
    print(f"{name}: default {told['default']}, help {told['help']!r}")
END
venv/bin/python ask.py > seen 2>&1

cat > expected <<'END'
since: default "2026-11-01", help 'first day'
colour: default ", help 'aa0000"  # of the line'
END
venv/bin/pip list 2>/dev/null | grep -E '^papermill '
cat seen
diff expected seen && echo "as found"
