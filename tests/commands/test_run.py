"""Parameters are taken as they are written, secrets are refused, and a run ends with its verdict and its report."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.recordings import query, write_recording

from trinokit.__main__ import cli
from trinokit.errors import ParameterError


def test_a_parameter_file_is_read_as_it_is_written(home, tmp_path, trinokit):
    (tmp_path / "p.yaml").write_text("cluster: 007\nsinse: 12:30\nrows: [1]\n")

    code, _, err = trinokit("run", "query_performance", "-f", str(tmp_path / "p.yaml"))

    assert code == 2
    assert "has no parameter sinse" in err
    assert "rows: expected a whole number, found ['1']" in err


@pytest.mark.parametrize("text", ["- a\n", "a: [", ""])
def test_a_parameter_file_without_parameters_is_refused(home, tmp_path, trinokit, text):
    (tmp_path / "p.yaml").write_text(text)

    code, _, err = trinokit("run", "query_performance", "-f", str(tmp_path / "p.yaml"))

    assert code == 2
    assert "Expected" in err


def test_a_cluster_file_with_a_slip_is_refused_by_its_line(home, trinokit):
    path = home / "parameters" / "clusters.yaml"
    path.write_text(path.read_text().replace("url:", "ulr:"))

    code, _, err = trinokit("run", "query_performance", "-p", "cluster", "test")

    assert code == 2
    assert "object contains unknown field `ulr`" in err
    assert "did you mean url?" in err


def test_the_help_names_every_file_of_a_run():
    told = CliRunner().invoke(cli, ["run", "--help"]).output

    for name in ("run.json", "run.log", "findings.sarif", "findings.junit.xml", "-v, --verbose"):
        assert name in told


def test_a_run_from_the_command_publishes_a_report(home, tmp_path, trinokit):
    rows = [query(f"12{minute:02}00", minute, query=f"SELECT '{minute}'") for minute in range(30)]
    write_recording(home / "recorded" / "july", rows)
    window = ["-p", "since", "2026-07-01T12:00", "-p", "until", "2026-07-01T12:30"]
    given = ["-p", "cluster", "recorded/july", "-p", "least_queries", "1", *window]

    code, out, _ = trinokit("run", "query_performance", *given, "--output", str(tmp_path / "out"))

    verdict, report = out.splitlines()
    assert (code, verdict) == (3, "WARNING: 1 of 10 findings needs attention.")
    page = Path(report).read_text()
    assert "user alice</strong> caused 100 % of the execution time (limit 40 %)" in page
    assert "SELECT ?" in page


def test_an_empty_window_fails_with_a_sentence(home, tmp_path, trinokit):
    write_recording(home / "recorded" / "july", [query("120000", 1)])
    window = ["-p", "since", "2025-07-01", "-p", "until", "2025-07-02", "-p", "cluster", "recorded/july"]

    code, out, err = trinokit("run", "query_performance", *window, "--output", str(tmp_path / "out"))

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
