"""A recording says what it kept and what it could not, and a mistake leaves none behind."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from trinokit.__main__ import cli
from trinokit.commands.record import _chosen_parts

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
    monkeypatch.setattr("trinokit.sources.prometheus_configuration._ATTEMPTS", 1)
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


def test_without_a_part_everything_is_recorded_that_the_entry_names(here, trinokit):
    code, _, err = trinokit("record", "here", "july", "--part", "history")

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


def test_an_audit_log_that_is_not_there_leaves_no_recording(here, trinokit):
    words = ["record", "here", "july", "--part", "declared", "--audit-log", "audit-*.log"]
    code, _, err = trinokit(*words)

    assert code == 2
    assert "Expected files as audit-*.log, found none." in err
    assert list((here / "recorded").iterdir()) == []


@pytest.mark.parametrize(("verbose", "level"), [((), ""), (("-v",), "INFO"), (("-vv",), "DEBUG")])
def test_who_wants_it_is_told_meanwhile_what_is_asked(here, trinokit, verbose, level):
    code, out, err = trinokit("record", "here", "july", "--part", "declared", "--part", "prometheus", *verbose)

    lines = [line.split(" ", 3)[1:3] for line in err.splitlines()]
    assert code == 0
    assert out.startswith(f"{here / 'recorded' / 'july'}: 1 declared object; ")
    assert (["WARNING", "trinokit.sources.prometheus_configuration:"] in lines) == bool(verbose)
    assert (["INFO", "trinokit.sources.live.objects:"] in lines) == bool(verbose)
    assert (["DEBUG", "trinokit.shell:"] in lines) == (level == "DEBUG")
    assert bool(err) == bool(verbose)


def test_the_help_names_every_part_of_a_recording():
    told = CliRunner().invoke(cli, ["record", "--help"]).output

    for name in ("[history|declared|live|releases|prometheus|running]", "--audit-log PATH", "keyed hashes"):
        assert name in told
