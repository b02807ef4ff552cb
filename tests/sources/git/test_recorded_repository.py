"""A clone and its remote that were recorded answer as they did, cannot be changed, and leave nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit, feature, seed

from trinokit import sources
from trinokit.clusters_file import Cluster, TrinoAccess
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.observations import CloneReadiness
from trinokit.sources.git import git_command, recorded_repository
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.live import Live
from trinokit.sources.recording import RecordedParts, record_cluster
from trinokit.sources.secrets.hash_key import HashKey


def live(clone: Clone) -> GitRepository:
    return GitRepository(clone.folder, "origin", "platform", "https://host/platform.git")


@pytest.fixture
def full(clone) -> Clone:
    """A clone with the feature, a local branch and tag of its own, and what a run has kept."""
    seed(clone)
    feature(clone)
    clone.git("checkout", "--quiet", "-b", "local", MASTER)
    commit(clone, "Only here", {"here": ""})
    clone.git("tag", "here")
    git = live(clone)
    git.now()
    git.feature(FEATURE, RELEASE, MASTER, "v1.1.0")
    clone.git("update-ref", "refs/trinokit/joins/one", "local")
    return clone


def test_a_recording_answers_as_the_clone_and_the_remote_did(full, tmp_path):
    git = live(full)
    now, sought = git.now(), git.feature(FEATURE, RELEASE, MASTER, "v1.1.0")
    kept = recorded_repository.dump_repository(git)
    (tmp_path / "copy").mkdir()
    copy = recorded_repository.restore_repository(kept, tmp_path / "copy")

    assert copy.now().__dict__ == now.__dict__ | {"url": "recorded"}
    assert copy.feature(FEATURE, RELEASE, MASTER, "v1.1.0") == sought
    assert copy.presence(sought, now.heads) == git.presence(sought, now.heads)
    assert copy.text(now.heads[MASTER], "VERSION") == "1.0.0\n"
    told = ("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/", "refs/tags/", "refs/trinokit/")
    assert git_command.git_output_lines(copy.folder, *told) == full.git(*told).splitlines()


def test_a_recording_is_ready_as_whoever_recorded_it_whatever_the_settings_here(full, tmp_path, monkeypatch):
    kept = recorded_repository.dump_repository(live(full))
    for role in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{what}")
    own = tmp_path / "gitconfig"
    own.write_text(
        "[commit]\ngpgSign = true\n[user]\nname = Me\nemail = me@example.com\n"
        f"[core]\nhooksPath = {tmp_path}\nautocrlf = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    (tmp_path / "post-checkout").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "copy").mkdir()

    copy = recorded_repository.restore_repository(kept, tmp_path / "copy")
    assert copy.readiness((MASTER, FEATURE)) == CloneReadiness(who="An Author <author@example.com>")


@pytest.mark.parametrize("head", [("checkout", "--quiet", "--detach"), ("symbolic-ref", "HEAD", "refs/heads/unborn")])
def test_a_clone_without_a_branch_with_commits_is_recorded_too(full, tmp_path, head):
    full.git(*head)
    now = live(full).now()
    (tmp_path / "copy").mkdir()

    copy = recorded_repository.restore_repository(recorded_repository.dump_repository(live(full)), tmp_path / "copy")
    assert copy.now().heads == now.heads
    assert copy.now().local_heads == now.local_heads


def test_a_plan_for_a_recording_cannot_be_run(full, tmp_path):
    (tmp_path / "copy").mkdir()
    copy = recorded_repository.restore_repository(recorded_repository.dump_repository(live(full)), tmp_path / "copy")

    with pytest.raises(PlanError, match="^Expected a clone and its remote, found a recording of them"):
        copy.run(("git", "push"), "", 1)


def test_the_url_of_the_remote_is_not_recorded(full):
    full.git("config", "remote.origin.pushUrl", "https://me:secret@host/platform.git")

    kept = recorded_repository.dump_repository(live(full))
    assert b"secret" not in kept
    assert b"host" not in kept


@pytest.fixture
def recording(home, full) -> Path:
    """A recording of nothing but the repository."""
    folder = home / "recorded" / "release"
    folder.parent.mkdir(exist_ok=True)
    source = Live("production", Cluster(trino=TrinoAccess("http://127.0.0.1:9")), "a.b.c", HashKey(b"k", "id"))
    said = record_cluster(source, folder, RecordedParts(repository=live(full)), recorded_at="2026-07-01T00:00:00+00:00")
    assert said["repository"] == "platform"
    return folder


def test_a_recording_is_opened_by_its_name(recording, full):
    git = sources.open_repository("recorded/release", "origin")

    assert (git.named, git.url) == ("platform", "recorded")
    assert git.now().heads == live(full).now().heads


def test_another_remote_than_was_recorded_is_refused(recording):
    with pytest.raises(ParameterError, match="^Expected the remote that was recorded, found 'upstream'.") as raised:
        sources.open_repository("recorded/release", "upstream")
    assert raised.value.remedy == "name origin"


def test_a_recording_without_a_repository_is_told(recording):
    manifest = json.loads((recording / "recording.json").read_text()) | {"files": {}}
    (recording / "recording.json").write_text(json.dumps(manifest))

    with pytest.raises(SourceError, match="^Expected a repository in recorded/release, found that none was recorded."):
        sources.open_repository("recorded/release", "origin")


def test_what_a_recording_was_laid_out_in_is_gone_when_the_process_ends(recording, home, tmp_path):
    program = "from trinokit import sources; print(sources.open_repository('recorded/release', 'origin').folder)"
    environment = os.environ | {"TRINOKIT_HOME": str(home), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT / "lib")}
    before = set(tmp_path.iterdir())
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"{tmp_path}/trinokit-repository-")
    assert done.stderr == ""
    assert set(tmp_path.iterdir()) == before
