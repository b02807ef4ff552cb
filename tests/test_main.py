"""The command answers at once, in sentences, and never with a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.conftest import ROOT
from tests.recordings import query, write_recording
from trinokit.__main__ import _chosen_parts, cli, main
from trinokit.errors import ParameterError


def trinokit(monkeypatch, capsys, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["trinokit", *words])
    with pytest.raises(SystemExit) as end:
        main()
    output = capsys.readouterr()
    return end.value.code or 0, output.out, output.err


def test_the_list_names_notebooks_recordings_and_parameter_files(home):
    write_recording(home / "recorded" / "july", [query("120000", 1)])

    lines = CliRunner().invoke(cli, ["list"]).output.splitlines()

    assert [line.split()[0] for line in lines] == [
        *sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")),
        *sorted(path.stem for path in (ROOT / "runbooks").glob("*.ipynb")),
        "recorded/july",
        *sorted(f"parameters/{path.name}" for path in (ROOT / "parameters").glob("*.*.yaml")),
    ]
    told = dict(line.split(maxsplit=1) for line in lines)
    assert "How do the queries of a Trino cluster behave" in told["query_performance"]
    assert told["cluster_topology"].startswith("What is this cluster made of")


def test_a_notebook_is_described_by_its_parameters(home):
    told = CliRunner().invoke(cli, ["describe", "query_performance"]).output

    assert "  bin_minutes: int = 1\n      width of a bin, minutes; 1 to 1440\n" in told


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
def test_a_slip_is_answered_with_2_and_a_sentence_before_anything_runs(home, monkeypatch, capsys, words, message):
    code, out, err = trinokit(monkeypatch, capsys, *words)

    assert code == 2
    assert message in err
    assert "Traceback" not in out + err
    assert not (home / "runs").exists()


def test_a_parameter_file_is_read_as_it_is_written(home, tmp_path, monkeypatch, capsys):
    (tmp_path / "p.yaml").write_text("cluster: 007\nsinse: 12:30\nrows: [1]\n")

    code, _, err = trinokit(monkeypatch, capsys, "run", "query_performance", "-f", str(tmp_path / "p.yaml"))

    assert code == 2
    assert "has no parameter sinse" in err
    assert "rows: expected a whole number, found ['1']" in err


@pytest.mark.parametrize("text", ["- a\n", "a: [", ""])
def test_a_parameter_file_without_parameters_is_refused(home, tmp_path, monkeypatch, capsys, text):
    (tmp_path / "p.yaml").write_text(text)

    code, _, err = trinokit(monkeypatch, capsys, "run", "query_performance", "-f", str(tmp_path / "p.yaml"))

    assert code == 2
    assert "Expected" in err


def test_a_cluster_file_with_a_slip_is_refused_by_its_line(home, monkeypatch, capsys):
    path = home / "parameters" / "clusters.yaml"
    path.write_text(path.read_text().replace("url:", "ulr:"))

    code, _, err = trinokit(monkeypatch, capsys, "run", "query_performance", "-p", "cluster", "test")

    assert code == 2
    assert "object contains unknown field `ulr`" in err
    assert "did you mean url?" in err


def test_a_slip_is_refused_without_loading_what_runs_a_notebook():
    script = (
        "import sys; sys.argv = ['trinokit', 'run', 'query_performance', '-p', 'sinse', '1']\n"
        "from trinokit.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, {'papermill', 'pandas', 'nbformat', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout == "2 set()\n"


EVENT = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "auditID": "one",
    "stage": "ResponseComplete",
    "verb": "patch",
    "user": {"username": "ann"},
    "objectRef": {"resource": "configmaps", "namespace": "trino", "name": "a", "apiVersion": "v1"},
    "responseStatus": {"code": 200},
    "stageTimestamp": "2026-07-01T12:00:00.000000Z",
}


@pytest.fixture
def here(home, monkeypatch) -> Path:
    """A cluster whose API server and Prometheus do not answer, and which git declares nothing of but a ConfigMap."""
    monkeypatch.setattr("trinokit.sources.prometheus._ATTEMPTS", 1)
    for argv in (["init", "-q"], ["add", "config.yaml"], ["commit", "-q", "-m", "one"]):
        (home / "git").mkdir(exist_ok=True)
        (home / "git" / "config.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *argv], cwd=home / "git", check=True)
    entry = {
        "kubernetes": {"context": "nowhere", "kubeconfig": "/nowhere", "namespaces": {"query engine": "trino"}},
        "declared": [{"path": ".", "repository": "git"}],
        "prometheus": {"url": "http://127.0.0.1:9"},
    }
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"here": entry}}))
    (home / "audit.log").write_text(json.dumps(EVENT) + "\nno event\n")
    return home


def test_a_recording_says_what_it_kept_and_what_it_could_not(here):
    parts = [word for part in ("declared", "releases", "prometheus") for word in ("--part", part)]

    out = CliRunner().invoke(cli, ["record", "here", "july", *parts, "--audit-log", "audit.log"]).output

    folder, _, told = out.partition(": ")
    assert folder == str(here / "recorded" / "july")
    assert [each.partition("expected")[0] for each in told.strip().split("; ")[:4]] == [
        "1 declared object",
        "0 revisions of Helm releases",
        "Prometheus not read: ",
        "check the address and the network, and the certificate authority if it says so",
    ]
    assert told.endswith("; 1 write of the audit log, 1 problem in it\n")
    assert sorted(path.name for path in (Path(folder) / "evidence").iterdir()) == [
        "audit.jsonl.gz",
        "prometheus.json.gz",
        "releases.jsonl.gz",
    ]


def test_without_a_part_everything_is_recorded_that_the_entry_names(here, monkeypatch, capsys):
    code, _, err = trinokit(monkeypatch, capsys, "record", "here", "july", "--part", "history")

    assert code == 2
    assert "it names: live, declared, releases, prometheus, running" in err


def test_what_runs_is_recorded_where_trino_can_be_asked_or_where_somebody_wants_it(here):
    path = here / "parameters" / "clusters.yaml"
    [entry] = yaml.safe_load(path.read_text())["clusters"].values()
    asked = entry | {"trino": {"url": "http://127.0.0.1:1"}}
    path.write_text(yaml.safe_dump({"clusters": {"here": entry, "asked": asked}}))

    assert _chosen_parts("here", ()) == ["live", "declared", "releases", "prometheus"]
    assert _chosen_parts("here", ("running",)) == ["running"]
    assert _chosen_parts("asked", ()) == ["history", "live", "declared", "releases", "prometheus", "running"]


def test_a_recording_says_what_ran_and_what_could_not_be_asked(here):
    entry = {"trino": {"url": "http://127.0.0.1:1"}, "table": "a.b.c"}
    (here / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"here": entry}}))

    out = CliRunner().invoke(cli, ["record", "here", "july", "--part", "running"]).output
    folder, _, told = out.partition(": ")
    assert told.startswith("0 JVMs and 0 logs of pods; not read: every node (expected Trino to answer at http://")
    assert [path.name for path in Path(folder, "evidence").iterdir()] == ["running.json.gz"]


def test_an_audit_log_that_is_not_there_leaves_no_recording(here, monkeypatch, capsys):
    words = ["record", "here", "july", "--part", "declared", "--audit-log", "audit-*.log"]
    code, _, err = trinokit(monkeypatch, capsys, *words)

    assert code == 2
    assert "Expected files as audit-*.log, found none." in err
    assert list((here / "recorded").iterdir()) == []


def test_the_help_names_every_file_of_a_run_and_every_part_of_a_recording():
    of_run, of_record = (CliRunner().invoke(cli, [command, "--help"]).output for command in ("run", "record"))

    for name in ("run.json", "findings.sarif", "findings.junit.xml"):
        assert name in of_run
    for name in ("[history|declared|live|releases|prometheus|running]", "--audit-log PATH", "keyed hashes"):
        assert name in of_record


def test_a_run_from_the_command_publishes_a_report(home, tmp_path, monkeypatch, capsys):
    rows = [query(f"12{minute:02}00", minute, query=f"SELECT '{minute}'") for minute in range(30)]
    write_recording(home / "recorded" / "july", rows)
    window = ["-p", "since", "2026-07-01T12:00", "-p", "until", "2026-07-01T12:30"]
    given = ["-p", "cluster", "recorded/july", "-p", "least_queries", "1", *window]

    code, out, _ = trinokit(monkeypatch, capsys, "run", "query_performance", *given, "--output", str(tmp_path / "out"))

    verdict, report = out.splitlines()
    assert (code, verdict) == (3, "WARNING: 1 of 10 findings needs attention.")
    page = Path(report).read_text()
    assert "user alice</strong> caused 100 % of the execution time (limit 40 %)" in page
    assert "SELECT ?" in page


def test_an_empty_window_fails_with_a_sentence(home, tmp_path, monkeypatch, capsys):
    write_recording(home / "recorded" / "july", [query("120000", 1)])
    window = ["-p", "since", "2025-07-01", "-p", "until", "2025-07-02", "-p", "cluster", "recorded/july"]

    code, out, err = trinokit(
        monkeypatch, capsys, "run", "query_performance", *window, "--output", str(tmp_path / "out")
    )

    assert code == 1
    assert "FAILED: SourceError: Expected completed queries created from 2025-07-01 until 2025-07-02 UTC" in out
    assert "the history goes from 2026-07-01T12:00:00 to 2026-07-01T12:00:00" in err


def test_a_flag_with_a_secret_is_refused_before_anything_keeps_it(home, tmp_path):
    flags = "--add-exports=a/b=ALL-UNNAMED, -Djavax.net.ssl.keyStorePassword=canary"

    done = CliRunner().invoke(
        cli, ["run", "kerberos_jvm_flags", "-p", "flags", flags, "--output", str(tmp_path / "runs")]
    )

    assert isinstance(done.exception, ParameterError)
    assert "Expected no secret in flags, found one behind -Djavax.net.ssl.keyStorePassword" in str(done.exception)
    assert "canary" not in str(done.exception)
    assert not (tmp_path / "runs").exists()
