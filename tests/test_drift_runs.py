"""The notebook audits the real cluster: what people changed by hand in six categories, and what is mended again."""

import json
import shlex
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.command import trinokit
from tests.conftest import ROOT
from tests.drift.edits import COSMETIC, ELSEWHERE
from tests.drifted import EDITS, drifted
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from trinokit.drift.categories import CATEGORIES
from trinokit.drift.differences import DRIFT


@dataclass(frozen=True)
class DriftedRun:
    """A run in *folder* while the edits were there: its *record*, and what the command of each keyed drift printed."""

    folder: Path
    record: dict
    printed: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def log(kubernetes) -> str:
    return str(kubernetes / f"audit-{cluster.PORT}.log")


@pytest.fixture(scope="module")
def drifted_run(servers, reference, kubectl, log, tmp_path_factory) -> DriftedRun:
    """The run that tells of every edit; when this returns they are mended again."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patched, drifted(servers):
        patched.setenv("TRINOKIT_HOME", str(own_home(tmp_path_factory.mktemp("home"))))
        record = audited(folder, "-p", "audit_log", log, "-p", "ignore", "")
        printed = {place(each): kubectl(*shlex.split(each["command"])[1:]) for each in keyed(details(record))}
    return DriftedRun(folder, record, printed)


def own_home(folder: Path) -> Path:
    """A home in *folder* whose cluster test is the one that runs."""
    for name in ("notebooks", "runbooks", "parameters"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "recorded").mkdir()
    path = folder / "parameters" / "clusters.yaml"
    text = yaml.safe_load(path.read_text())
    text["clusters"]["test"]["kubernetes"]["kubeconfig"] = str(cluster.kubeconfig(CACHE))
    text["clusters"]["test"]["declared"][0]["repository"] = str(ROOT)
    path.write_text(yaml.safe_dump(text))
    return folder


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


def keyed(found: list[dict]) -> list[dict]:
    """Those of which kubectl prints nothing but the live value: changed ones that are neither data nor in a list."""
    plain = [each for each in found if each["judged"] == "changed" and "data" not in each["path"]]
    return [each for each in plain if "[0]" not in each["path"]]


def place(each: dict) -> tuple[str, str]:
    return each["subject"], each["path"]


def test_every_edit_is_found_in_its_category_with_who_made_it(drifted_run):
    record = drifted_run.record
    found = {place(each): each for each in details(record)}
    wanted = [edit for edit in EDITS if edit.judged in DRIFT]

    assert (record["exit_code"], record["outcome"]) == (3, "findings")
    assert sorted((edit.object, edit.path) for edit in wanted) == sorted(found)
    for edit in wanted:
        told = found[edit.object, edit.path]
        assert (told["judged"], told["user"].rpartition(" ")[2]) == (edit.judged, edit.who), edit.name
        assert told["match"] in ("exact", "strong"), edit.name
    assert {each["rule"].split("/")[1] for each in found.values()} == {category.name for category in CATEGORIES}


def test_the_command_of_a_drift_shows_it(drifted_run):
    found = keyed(details(drifted_run.record))

    assert len(found) >= 3
    assert drifted_run.printed == {place(each): each["live"] for each in found}


def test_a_build_server_and_code_scanning_get_the_same_findings(drifted_run):
    folder = Path(drifted_run.record["folder"])
    attention = [row for row in drifted_run.record["findings"] if row["severity"] in ("WARNING", "CRITICAL")]
    results = json.loads((folder / "findings.sarif").read_text())["runs"][0]["results"]
    suite = ElementTree.parse(folder / "findings.junit.xml").getroot().find("testsuite")

    assert len([each for each in results if each["level"] != "note"]) == len(attention)
    assert int(suite.get("failures")) == len(attention)


def test_what_is_mended_is_gone_from_the_next_run_and_told_by_the_trend(clusters, drifted_run, log):
    earlier = str(drifted_run.folder)
    record = audited(drifted_run.folder, "-p", "earlier_runs", earlier, "-p", "audit_log", log)
    [trend] = [row["finding"] for row in record["findings"] if row["subject"] == "trend"]

    assert details(record) == []
    assert trend.startswith(f"0 drifts are new and {len(details(drifted_run.record))} mended since")


def test_the_edits_have_every_category_and_nothing_that_nobody_would_see():
    assert {edit.judged for edit in EDITS} <= {*DRIFT, "operational", COSMETIC, ELSEWHERE}
