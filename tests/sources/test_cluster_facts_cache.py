"""What was found out about a cluster is kept for the next time, and nothing is lost when it cannot be."""

import pytest

from trinokit import sources
from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.sources.live import Live


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRINOKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def live(name: str, context: str = "here") -> Live:
    return Live(name, Cluster(kubernetes=KubernetesAccess({"trino": "trino"}, context=context)), "")


def test_what_was_found_out_is_remembered_of_that_cluster_alone(cache):
    sources.write_cluster_cache(live("production"), b"verdicts")

    assert sources.read_cluster_cache(live("production")) == b"verdicts"
    assert sources.read_cluster_cache(live("staging")) == b""
    assert sources.read_cluster_cache(live("production", "elsewhere")) == b""


def test_the_last_time_counts(cache):
    sources.write_cluster_cache(live("production"), b"before")
    sources.write_cluster_cache(live("production"), b"after")

    assert sources.read_cluster_cache(live("production")) == b"after"
    assert len(list((cache / "verdicts").iterdir())) == 1


def test_what_is_kept_is_for_its_owner_alone(cache):
    sources.write_cluster_cache(live("production"), b"verdicts")

    [kept] = (cache / "verdicts").iterdir()
    assert kept.stat().st_mode & 0o077 == 0


def test_of_a_recording_nothing_is_kept(cache):
    recording = sources.connect("recorded/reference")
    sources.write_cluster_cache(recording, b"verdicts")

    assert sources.read_cluster_cache(recording) == b""
    assert not cache.exists()


def test_without_a_place_nothing_is_kept_and_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TRINOKIT_CACHE", str(tmp_path / "file"))
    sources.write_cluster_cache(live("production"), b"verdicts")

    assert sources.read_cluster_cache(live("production")) == b""
