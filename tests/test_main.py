"""The command answers at once, in sentences, and never with a traceback."""

import subprocess
import sys

import pytest

HEAVY = {
    "pandas",
    "pyarrow",
    "duckdb",
    "trino",
    "kubernetes",
    "matplotlib",
    "papermill",
    "nbformat",
    "sqlglot",
    "requests",
}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "query_preformance"], "did you mean query_performance?"),
        (["run", "query_performance", "-p", "sinse", "1"], "did you mean since?"),
        (["run", "query_performance", "-p", "cluster", "tst"], "did you mean test?"),
        (["run", "query_performance", "-p", "cluster", "recorded/demmo"], "Expected a recording"),
        (["run", "drift_audit", "-p", "cluster", "git"], "Expected a cluster"),
        (["run", "drift_audit", "-p", "cluster", "test", "-p", "compare_with", "tst"], "did you mean test?"),
        (["run", "drift_audit", "-p", "cluster", "test", "-p", "categories", "[securty]"], "did you mean security?"),
        (["run", "query_performance", "-p", "since", "2027-01-01"], "Expected since before until"),
        (["run", "query_performance", "-f", "nothing.yaml"], "Expected parameters in nothing.yaml"),
        (["run", "query_performance", "--fail-on", "sometimes"], "Invalid value for '--fail-on'"),
        (["run", "query_performance", "--timeout", "0"], "Invalid value for '--timeout'"),
        (["describe", "nothing"], "known are: "),
        (["record", "recorded/demo", "x"], "Expected a cluster that runs"),
        (["record", "test", "../x"], "Expected a plain name for a folder"),
        (["record", "test", "x", "--since", "soon"], "Expected a moment"),
        (["record", "test", "x", "--part", "objects"], "'objects' is not one of 'history', 'declared', 'live'"),
        (["rnu"], "No such command"),
    ],
)
def test_a_slip_is_answered_with_2_and_a_sentence_before_anything_runs(home, trinokit, words, message):
    code, out, err = trinokit(*words)

    assert code == 2
    assert message in err
    assert "Traceback" not in out + err
    assert not (home / "runs").exists()


def test_a_slip_is_refused_without_loading_what_runs_a_notebook():
    script = (
        "import sys; sys.argv = ['trinokit', 'run', 'query_performance', '-p', 'sinse', '1']\n"
        "from trinokit.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, {'papermill', 'pandas', 'nbformat', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout == "2 set()\n"


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["record", "--help"], ["gate", "--help"], ["list"]])
def test_nothing_heavy_is_loaded_before_anything_is_asked(words):
    script = (
        "import sys\n"
        f"sys.argv[1:] = {words!r}\n"
        "from trinokit.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print({HEAVY!r} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout
    assert done.stderr == "set()\n"
