"""The notebook audits the real cluster: what people changed by hand in six categories, and what is mended again."""

import json
import shlex
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command import trinokit
from tests.conftest import new_home, write_clusters
from tests.drift.edits import COSMETIC, ELSEWHERE
from tests.drifted import EDITS, drifted
from tests.servers.kubernetes import cluster
from trinokit.drift.categories import CATEGORIES
from trinokit.drift.differences import DRIFT


@pytest.fixture
def log(kubernetes) -> str:
    return str(cluster.audit_log(kubernetes))


def audited(folder: Path, *parameters: str) -> dict:
    """The record of a new run in *folder*."""
    given = ["-p", "cluster", "test", *parameters, "--output", str(folder)]
    done = trinokit("run", "drift_audit", *given)
    [*_, latest] = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    record = json.loads((latest / "run.json").read_text())
    assert done.returncode == record["exit_code"], done.stderr + done.stdout
    return record


def details(record: dict) -> list[dict]:
    """The parts of each drift that *record* tells."""
    told = [(row["subject"], row.get("details", {})) for row in record["findings"]]
    return [each | {"subject": subject} for subject, each in told if each.get("rule", "").startswith("drift/")]


def keyed(record: dict) -> list[dict]:
    """The parts of each changed value that kubectl can be told to show as it is."""
    plain = [each for each in details(record) if each["judged"] == "changed" and "data" not in each["path"]]
    return [each for each in plain if "[0]" not in each["path"]]


@dataclass(frozen=True)
class Run:
    """What was recorded in *folder* while the stack had drifted, and what its commands showed then."""

    folder: Path
    record: dict
    shown: list[str]


@pytest.fixture(scope="module")
def drift(servers, reference, kubernetes, kubectl, tmp_path_factory) -> Run:
    """The run that audits the reference stack with all edits, which are mended when this returns."""
    folder, log = tmp_path_factory.mktemp("runs"), str(cluster.audit_log(kubernetes))
    with pytest.MonkeyPatch.context() as patch:
        write_clusters(new_home(tmp_path_factory.mktemp("drift") / "home", patch))
        with drifted(servers):
            record = audited(folder, "-p", "audit_log", log, "-p", "ignore", "")
            return Run(folder, record, [kubectl(*shlex.split(each["command"])[1:]) for each in keyed(record)])


def test_every_edit_is_found_in_its_category_with_who_made_it_and_a_command_that_shows_it(drift):
    found = {(each["subject"], each["path"]): each for each in details(drift.record)}
    wanted = [edit for edit in EDITS if edit.judged in DRIFT]

    assert (drift.record["exit_code"], drift.record["outcome"]) == (3, "findings")
    assert sorted((edit.object, edit.path) for edit in wanted) == sorted(found)
    for edit in wanted:
        told = found[edit.object, edit.path]
        assert (told["judged"], told["user"].rpartition(" ")[2]) == (edit.judged, edit.who), edit.name
        assert told["match"] in ("exact", "strong"), edit.name
    assert {each["rule"].split("/")[1] for each in found.values()} == {category.name for category in CATEGORIES}
    assert len(drift.shown) >= 3
    assert drift.shown == [each["live"] for each in keyed(drift.record)]


def test_a_build_server_and_code_scanning_get_the_same_findings(drift):
    folder = Path(drift.record["folder"])
    attention = [row for row in drift.record["findings"] if row["severity"] in ("WARNING", "CRITICAL")]
    results = json.loads((folder / "findings.sarif").read_text())["runs"][0]["results"]
    suite = ElementTree.parse(folder / "findings.junit.xml").getroot().find("testsuite")

    assert len([each for each in results if each["level"] != "note"]) == len(attention)
    assert int(suite.get("failures")) == len(attention)


def test_what_is_mended_is_gone_from_the_next_run_and_told_by_the_trend(clusters, drift, log):
    record = audited(drift.folder, "-p", "earlier_runs", str(drift.folder), "-p", "audit_log", log)
    [trend] = [row["finding"] for row in record["findings"] if row["subject"] == "trend"]

    assert details(record) == []
    assert trend.startswith(f"0 drifts are new and {len(details(drift.record))} mended since")


def test_the_edits_have_every_category_and_nothing_that_nobody_would_see():
    assert {edit.judged for edit in EDITS} <= {*DRIFT, "operational", COSMETIC, ELSEWHERE}
