"""Whatever reads or runs a notebook starts without loading what no notebook needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["notebook_run", "notebook_process"])
def test_no_parser_of_iris_is_built_no_arrow_is_loaded_and_nobody_is_kept_from_importing_them(module):
    unneeded = {"arrow", "isoduration", "lark", "pyarrow", "rfc3987_syntax"}
    program = f"""
import sys, trinokit.{module}
print(sorted({{'nbformat', *{unneeded}}} & {{*sys.modules}}))
import isoduration, pyarrow.fs, rfc3987_syntax
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)

    assert (done.stdout, done.stderr) == ("['nbformat']\n", "")
