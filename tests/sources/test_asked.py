"""What a notebook asks only where it was told to, or where there is something to be asked."""

import shutil

import pytest
from tests import jdks
from tests.conftest import ROOT

from trinokit import sources
from trinokit.errors import ParameterError, PlanError
from trinokit.kerberos.flag_check import FlagChange, clone_to_change
from trinokit.observations import Clone
from trinokit.sources.git.clone_state import dump_clone, load_clone

RECORDED = "recorded/kerberos"


def test_a_side_is_asked_for_where_it_is_known():
    recorded = sources.connect(RECORDED)

    assert recorded.objects.sides == ["declared", "live"]
    assert recorded.objects.find_side("declared").side == "declared"


def test_a_side_of_which_nothing_is_known_is_none(home):
    (home / "parameters" / "clusters.yaml").write_text(
        "clusters:\n  here:\n    trino:\n      url: http://127.0.0.1:18080\n"
    )
    source = sources.connect("here")

    assert source.objects.sides == []
    assert source.objects.find_side("declared") is None


def test_a_change_that_is_not_one_in_git_needs_no_clone():
    assert clone_to_change(sources.connect(RECORDED), FlagChange("configmap", "")) is None


def test_the_clone_of_a_recording_is_the_one_that_was_recorded():
    clone = clone_to_change(sources.connect(RECORDED), FlagChange("git", ""))

    assert (clone.repository, clone.path, clone.release, clone.problem) == ("clone", "charts/trino", "trino", "")
    assert sorted(clone.files) == ["charts/trino/Chart.yaml", "charts/trino/values.yaml", "values/production.yaml"]


def test_a_clone_that_is_not_there_says_so_in_its_problem():
    clone = clone_to_change(sources.connect("recorded/reference"), FlagChange("git", ""))

    assert (
        clone.problem == "Expected the clone that recorded/reference was deployed from, found that it was not recorded."
    )
    assert clone.remedy.endswith("trinokit record CLUSTER NAME --part running")


def test_a_part_that_is_not_declared_is_the_problem(home):
    (home / "parameters" / "clusters.yaml").write_text(
        "clusters:\n  here:\n    declared:\n      - path: charts/trino\n        release: trino\n"
    )
    clone = clone_to_change(sources.connect("here"), FlagChange("git", "charts/other"))

    assert clone.problem == "Expected the path of one declared part, found 'charts/other'."


def test_a_kept_clone_has_no_secret_and_another_name():
    clone = Clone(
        "/somewhere", "main", "0" * 40, "chart", "trino", files={"a.yaml": "password: x\n", "b.yaml": "c: 1\n"}
    )

    kept = load_clone(dump_clone(clone, "deploy", lambda texts: [text.replace("x", "hidden") for text in texts]))

    assert (kept.repository, kept.head) == ("deploy", clone.head)
    assert kept.files == {"a.yaml": "password: hidden\n", "b.yaml": "c: 1\n"}


def test_nobody_logs_into_a_recording():
    source = sources.connect(RECORDED)

    assert source.login.attempt("").problem.startswith("nobody can log into a recording")


def test_a_java_at_hand_is_tried_where_one_is_named():
    flag = "--add-exports=java.security.jgss/sun.security.krb6=ALL-UNNAMED"

    assert sources.java_with_warnings("", [flag]) is None
    assert sources.java_with_warnings(jdks.program(17), [flag]).said == (
        "WARNING: package sun.security.krb6 not in java.security.jgss",
    )


def test_a_recording_cannot_be_changed(home):
    shutil.copytree(ROOT / RECORDED, home / RECORDED)
    source = sources.connect(RECORDED)

    with pytest.raises(PlanError, match="Expected a cluster that runs, found the recording recorded/kerberos"):
        source.commands.run(("kubectl", "version"), "", 5)


def test_a_place_is_seen_from_the_home(home):
    assert sources.resolve_path("runs/journal") == home / "runs" / "journal"
    with pytest.raises(ParameterError):
        sources.read_text_file("not/there")
