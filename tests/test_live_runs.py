"""The same notebook against the real Trino: by the command, by plain papermill, and recorded and replayed."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from tests.conftest import ROOT
from trinokit import report

SETTINGS = ROOT / "parameters" / "query_performance.test.yaml"


def trinokit(*words: str) -> subprocess.CompletedProcess:
    argv = [sys.executable, "-m", "trinokit", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)


def without_others(finding: dict) -> dict:
    """*finding* without what others ask the same Trino at that moment."""
    return finding | {"finding": re.sub(r"\d+ active", "N active", finding["finding"])}


@pytest.fixture
def window(history) -> list[str]:
    return ["-p", "since", history["since"], "-p", "until", history["until"]]


def test_command_and_papermill_find_the_same_on_the_cluster(window, tmp_path):
    ours = trinokit("run", "query_performance", "-f", str(SETTINGS), *window, "--output", str(tmp_path / "runs"))
    theirs = subprocess.run(
        [sys.executable, "-m", "papermill", "notebooks/query_performance.ipynb", str(tmp_path / "out.ipynb")]
        + ["-f", str(SETTINGS), *window],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ours.returncode == 3, ours.stderr
    assert theirs.returncode == 0, theirs.stderr
    [folder] = (tmp_path / "runs").iterdir()
    record = json.loads((folder / "run.json").read_text())
    assert record["parameters"]["cluster"] == "test"
    published = report.published_findings(nbformat.read(tmp_path / "out.ipynb", 4))
    assert list(map(without_others, published)) == list(map(without_others, record["findings"]))


def test_what_is_recorded_is_replayed_and_never_overwritten(history, window, home, tmp_path):
    within = ["--since", history["since"], "--until", history["until"]]
    recorded = trinokit("record", "test", "replay", "--part", "history", *within)
    again = trinokit("record", "test", "replay", "--part", "history", *within)
    replayed = trinokit(
        *("run", "query_performance", "-p", "cluster", "recorded/replay", *window), "--output", str(tmp_path / "runs")
    )

    assert recorded.returncode == 0, recorded.stderr
    assert "query texts masked" in recorded.stdout
    assert again.returncode == 2
    assert "ParameterError: Expected a new recording" in again.stderr
    assert replayed.returncode == 3, replayed.stderr
    assert not list((home / "recorded").glob(".*"))


def test_a_recording_that_fails_leaves_nothing_behind(servers, home):
    (home / "parameters" / "clusters.yaml").write_text(
        "clusters:\n  wrong:\n    trino:\n      url: http://127.0.0.1:18080\n    table: mysql.trino_events.nothing\n"
    )

    failed = trinokit("record", "wrong", "replay")

    assert failed.returncode == 1
    assert "TABLE_NOT_FOUND" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert list((home / "recorded").iterdir()) == []


def test_a_run_on_a_wrong_table_ends_with_a_sentence(servers, window, tmp_path):
    given = ["-p", "cluster", "test", "-p", "table", "mysql.trino_events.nothing", *window]
    failed = trinokit("run", "query_performance", *given, "--output", str(tmp_path / "runs"))

    assert failed.returncode == 1
    assert "FAILED: SourceError: Expected an answer from test, found TABLE_NOT_FOUND" in failed.stdout
    assert "Traceback" not in failed.stderr
