"""Whatever reads or runs a notebook starts without building a parser of IRIs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["notebook_run", "notebook_process"])
def test_no_parser_of_iris_is_built_and_nobody_is_kept_from_importing_it(module):
    program = (
        f"import sys, trinokit.{module}; print(sorted({{'lark', 'nbformat', 'rfc3987_syntax'}} & {{*sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)

    assert done.stdout == "['nbformat']\n", done.stderr
