"""The notebook audits the real cluster: what people changed by hand in six categories, and what is mended again."""

import json
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import trinokit
from tests.drift.edits import COSMETIC, ELSEWHERE, Edit
from tests.drifted import EDITS, drifted
from tests.servers.kubernetes import cluster
from trinokit.drift.differences import DRIFT
from trinokit.drift.categories import CATEGORIES


@pytest.fixture
def log(kubernetes) -> str:
    return str(kubernetes / f"audit-{cluster.PORT}.log")


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


@pytest.fixture(scope="module")
def after(tmp_path_factory) -> dict[str, dict]:
    """What the runs of this module leave behind for each other."""
    return {"folder": tmp_path_factory.mktemp("runs")}


@pytest.fixture
def planted(servers, reference) -> Iterator[tuple[Edit, ...]]:
    with drifted(servers):
        yield EDITS


def test_every_edit_is_found_in_its_category_with_who_made_it_and_a_command_that_shows_it(
    clusters, planted, log, after, kubectl
):
    record = audited(after["folder"], "-p", "audit_log", log, "-p", "ignore", "")
    after["record"] = record
    found = {(each["subject"], each["path"]): each for each in details(record)}
    wanted = [edit for edit in planted if edit.judged in DRIFT]

    assert (record["exit_code"], record["outcome"]) == (3, "findings")
    assert sorted((edit.object, edit.path) for edit in wanted) == sorted(found)
    for edit in wanted:
        told = found[edit.object, edit.path]
        assert (told["judged"], told["user"].rpartition(" ")[2]) == (edit.judged, edit.who), edit.name
        assert told["match"] in ("exact", "strong"), edit.name
    assert {each["rule"].split("/")[1] for each in found.values()} == {category.name for category in CATEGORIES}
    plain = [each for each in found.values() if each["judged"] == "changed" and "data" not in each["path"]]
    keyed = [each for each in plain if "[0]" not in each["path"]]
    assert len(keyed) >= 3
    assert [kubectl(*shlex.split(each["command"])[1:]) for each in keyed] == [each["live"] for each in keyed]


def test_a_build_server_and_code_scanning_get_the_same_findings(after):
    folder = Path(after["record"]["folder"])
    attention = [row for row in after["record"]["findings"] if row["severity"] in ("WARNING", "CRITICAL")]
    results = json.loads((folder / "findings.sarif").read_text())["runs"][0]["results"]
    suite = ElementTree.parse(folder / "findings.junit.xml").getroot().find("testsuite")

    assert len([each for each in results if each["level"] != "note"]) == len(attention)
    assert int(suite.get("failures")) == len(attention)


def test_what_is_mended_is_gone_from_the_next_run_and_told_by_the_trend(clusters, after, log):
    record = audited(after["folder"], "-p", "earlier_runs", str(after["folder"]), "-p", "audit_log", log)
    [trend] = [row["finding"] for row in record["findings"] if row["subject"] == "trend"]

    assert details(record) == []
    assert trend.startswith(f"0 drifts are new and {len(details(after['record']))} mended since")


def test_the_edits_have_every_category_and_nothing_that_nobody_would_see():
    assert {edit.judged for edit in EDITS} <= {*DRIFT, "operational", COSMETIC, ELSEWHERE}
