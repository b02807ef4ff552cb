"""Clusters and recordings are found by their names, and so is the folder that holds them."""

import pytest

from trinokit import clusters_and_recordings
from trinokit.errors import ParameterError


def test_a_cluster_is_found_by_its_name(home):
    assert clusters_and_recordings.load_cluster("test").trino.url == "http://127.0.0.1:18080"


def test_an_unknown_cluster_is_refused_with_the_nearest(home):
    (home / "recorded" / "july").mkdir()
    (home / "recorded" / "july" / "recording.json").write_text("{}")

    with pytest.raises(ParameterError, match=r"did you mean test\? known are: test, recorded/july"):
        clusters_and_recordings.load_cluster("tset")
    with pytest.raises(ParameterError, match="did you mean recorded/july"):
        clusters_and_recordings.recording_folder("recorded/jly")


@pytest.mark.parametrize("name", ["recorded/../parameters", "recorded/", "recorded/a/b"])
def test_a_recording_is_one_folder_below_recorded(home, name):
    with pytest.raises(ParameterError, match="Expected a recording"):
        clusters_and_recordings.recording_folder(name)


def test_home_is_found_from_a_folder_below(home, monkeypatch):
    monkeypatch.delenv("TRINOKIT_HOME")
    monkeypatch.chdir(home / "notebooks")

    assert clusters_and_recordings.trinokit_home() == home


def test_a_home_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TRINOKIT_HOME", str(tmp_path))

    with pytest.raises(ParameterError, match="name one: TRINOKIT_HOME="):
        clusters_and_recordings.trinokit_home()
