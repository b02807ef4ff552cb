"""Files beside a cluster are read from the home of trinokit, and earlier runs come in the order in which they ran."""

import json
from pathlib import Path

import pytest

from trinokit import sources
from trinokit.errors import ParameterError
from trinokit.observations import TextFile
from trinokit.sources import drift_input_files


def test_a_text_is_named_from_home_or_by_its_whole_path(home, tmp_path):
    (home / "parameters" / "ignore.yaml").write_text("ignored: ü\n", "utf-8")
    (tmp_path / "scan.json").write_text("{}")

    scan = str(tmp_path / "scan.json")

    assert sources.read_text_file("parameters/ignore.yaml") == TextFile("ignored: ü\n", "parameters/ignore.yaml")
    assert sources.read_text_file(scan) == TextFile("{}", scan)
    assert sources.read_text_file("") == TextFile()


@pytest.mark.parametrize(
    ("path", "found"),
    [("none.yaml", "No such file"), ("parameters", "Is a directory"), ("latin.yaml", "'utf-8' codec can't decode")],
)
def test_a_file_that_is_no_text_is_refused(home, path, found):
    (home / "latin.yaml").write_bytes(b"\xff")

    with pytest.raises(ParameterError, match=f"Expected a text in {path}, found: {found}"):
        sources.read_text_file(path)


def test_a_pattern_names_many_files_in_order_and_a_name_one(home, tmp_path):
    for name in ("audit.log", "audit-2.log", "audit-1.log.gz", "other.log"):
        (tmp_path / name).write_text("")

    assert [each.name for each in drift_input_files.matching_files(f"{tmp_path}/audit*")] == [
        "audit-1.log.gz",
        "audit-2.log",
        "audit.log",
    ]
    assert drift_input_files.matching_files("runs/audit.log") == [home / "runs" / "audit.log"]
    with pytest.raises(ParameterError, match=r"Expected files as runs/\*.log, found none"):
        drift_input_files.matching_files("runs/*.log")


def ran(folder: Path, name: str, notebook: str = "drift_audit", text: str | None = None) -> dict:
    (folder / name).mkdir(parents=True)
    record = {"notebook": notebook, "started": name, "findings": []}
    (folder / name / "run.json").write_text(json.dumps(record) if text is None else text)
    return record


def test_earlier_runs_come_oldest_first_and_of_that_notebook_alone(home):
    newer = ran(home / "runs", "drift_audit-20260702T000000Z-aaaa")
    older = ran(home / "runs" / "nightly", "drift_audit-20260701T000000Z-bbbb")
    ran(home / "runs", "query_performance-20260701T000000Z-cccc", "query_performance")
    ran(home / "runs", "drift_audit-more-20260701T000000Z-dddd", "drift_audit-more")
    (home / "runs" / "drift_audit-20260703T000000Z-eeee").mkdir()

    assert sources.earlier_runs("runs", "drift_audit") == [older, newer]
    assert sources.earlier_runs(str(home / "runs"), "drift_audit") == [older, newer]


def test_where_nothing_ran_there_is_nothing(home):
    ran(home, "drift_audit-20260702T000000Z-aaaa")

    assert sources.earlier_runs("runs", "drift_audit") == []
    assert sources.earlier_runs("", "drift_audit") == []


@pytest.mark.parametrize("text", ['{"notebook": ', "[]", "3", '{"notebook": "drift_audit"}', "\udcff"])
def test_a_record_that_cannot_be_read_has_its_problem_in_its_place(home, text):
    older = ran(home / "runs", "drift_audit-20260701T000000Z-aaaa")
    ran(home / "runs", "drift_audit-20260702T000000Z-bbbb", text="")
    path = home / "runs" / "drift_audit-20260702T000000Z-bbbb" / "run.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    newer = ran(home / "runs", "drift_audit-20260703T000000Z-cccc")

    first, broken, last = sources.earlier_runs("runs", "drift_audit")
    assert [first, last] == [older, newer]
    assert list(broken) == ["problem"]
    assert broken["problem"].startswith("drift_audit-20260702T000000Z-bbbb/run.json: ")


def test_a_place_is_seen_from_the_home(home):
    assert sources.resolve_path("runs/journal") == home / "runs" / "journal"
    with pytest.raises(ParameterError):
        sources.read_text_file("not/there")
