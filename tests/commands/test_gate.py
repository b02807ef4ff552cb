"""A gate that cannot ask is inconclusive, a slip is refused at once, and neither is a failure of the release."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tests.conftest import ROOT
from tests.recordings import query, write_recording

from trinokit.__main__ import cli
from trinokit.gate_watch import watching

NOWHERE = "http://127.0.0.1:1"
KUBERNETES = {"context": "nowhere", "kubeconfig": "/nowhere", "namespaces": {"query engine": ["trino", "gateway"]}}


@pytest.fixture
def here(home) -> Path:
    """Clusters whose servers do not answer, and a recording."""
    entries = {
        "here": {"trino": {"url": NOWHERE}, "kubernetes": KUBERNETES},
        "other": {"trino": {"url": NOWHERE}},
        "bare": {"kubernetes": KUBERNETES},
    }
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": entries}))
    write_recording(home / "recorded" / "july", [query("120000", 1)])
    return home


def gate(*words: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(cli, ["gate", *words])
    return done.exit_code, done.output.splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "Expected a cluster of parameters/clusters.yaml or recorded/, found 'nowhere'"),
        (["recorded/july"], "Trino can be asked now, found a recording, whose time stands still."),
        (["bare"], "Expected bare to be a cluster whose Trino can be asked now, found one without trino:"),
        (["here", "--baseline", "here"], "Expected another cluster than here as the baseline, found the same."),
        (["here", "--baseline", "recorded/july"], "found a recording"),
        (["here", "--rollout", "trino/trino"], "Expected helm:NAMESPACE/RELEASE or deployment:NAMESPACE/NAME"),
        (["here", "--rollout", "helm:elsewhere/trino"], "Expected the namespace elsewhere in the entry of here"),
        (["other", "--rollout", "helm:trino/trino"], "Expected the namespace trino in the entry of other"),
        (["here", "--minimum", "0"], "Expected a minimum of at least 1 query, since no data never passes, found 0."),
        (["here", "--for", "0"], "Expected a window of at least 1 s, found 0."),
        (["here", "--failed-percent", "nan"], "Expected from 0 to 100 percent that may fail, found nan."),
        (["here", "--workers", "some"], "'some' is not a valid integer"),
        ([], "Missing argument 'CLUSTER'"),
    ],
)
def test_a_slip_is_answered_with_2_and_a_sentence_before_anything_is_asked(here, trinokit, words, message):
    code, out, err = trinokit("gate", *words)

    assert code == 2
    assert message in err
    assert "Traceback" not in out + err


def test_a_slip_is_refused_without_loading_what_asks_a_cluster(home):
    script = (
        "import sys; sys.argv = ['trinokit', 'gate', 'test', '--minimum', '0']\n"
        "from trinokit.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, {'pandas', 'trino', 'kubernetes', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)

    assert done.stdout == "2 set()\n"


def test_servers_that_do_not_answer_are_inconclusive_and_told_measure_by_measure(here):
    code, lines = gate("here", "--for", "1", "--rollout", "helm:trino/trino")

    *measures, verdict = lines
    assert code == 75
    assert [line[:28].split() for line in measures] == [
        ["failed", "queries", "inconclusive"],
        ["p95", "inconclusive"],
        ["workers", "inconclusive"],
        ["rollout", "inconclusive"],
    ]
    assert verdict.startswith(f"inconclusive: the history could not be read: expected Trino to answer at {NOWHERE}, ")
    assert "; workers could not be counted: expected Trino to answer at" in verdict
    assert "the rollout of helm:trino/trino could not be read: expected access to Kubernetes, found: " in verdict


def test_a_rollout_that_nobody_asks_for_is_not_looked_at(here):
    code, lines = gate("other", "--for", "1", "--baseline", "here")

    assert code == 75
    assert [line.split()[0] for line in lines] == ["failed", "p95", "workers", "inconclusive:"]


def test_a_trino_that_never_answers_does_not_keep_the_verdict_back(here, monkeypatch):
    monkeypatch.setattr(watching, "GRACE_PERIOD_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        entry = {"trino": {"url": f"http://127.0.0.1:{silent.getsockname()[1]}"}}
        (here / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"here": entry}}))
        began = time.monotonic()

        code, lines = gate("here", "--for", "1")

    assert code == 75
    assert lines[-1] == (
        "inconclusive: the history could not be read: no answer within 2 s; "
        "workers could not be counted: no answer within 2 s"
    )
    assert time.monotonic() - began < 10


def test_the_help_tells_the_exit_codes_and_the_command_is_among_the_others():
    told = CliRunner().invoke(cli, ["gate", "--help"]).output

    assert "Exit codes: 0 pass, 1 fail, 2 bad parameters, 75 inconclusive" in told
    for option in ("--for", "--minimum", "--failed-percent", "--p95-ratio", "--workers", "--baseline", "--source"):
        assert option in told
    assert "  gate " in CliRunner().invoke(cli, ["--help"]).output
