"""The refs of a remote are read as they are, into refs of our own, and nothing else of the clone moves."""

import re
from pathlib import Path

import pytest
from tests.sources.git.conftest import MASTER, Remote, commit, feature, seed

from trinokit import sources
from trinokit.errors import SourceError
from trinokit.observations import RepositoryState
from trinokit.sources.git import refs


def asked(clone, remote: str = "origin") -> RepositoryState:
    return sources.open_repository(str(clone.folder), remote).now()


def test_a_remote_and_a_clone_tell_their_branches_and_the_commits_of_their_tags(clone, remote, other):
    tip = seed(clone)
    first = clone.git("rev-parse", "v1.0.0^{commit}")
    clone.git("tag", "light", first)
    for name in ("releases/v1.1.0/staging", "releases/v1.1.0/feature/x", "releases/v1.1.0/base/x", "joins/x"):
        clone.git("update-ref", f"refs/trinokit/{name}", tip)
    clone.git("checkout", "--quiet", "-b", "only/here")
    here = commit(clone, "Not pushed", {"here": ""})
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)
    there = feature(other)

    assert asked(clone) == RepositoryState(
        folder=str(clone.folder),
        remote="origin",
        url=str(remote.folder),
        default=MASTER,
        heads={MASTER: tip, "feature_v1_new-feature": there},
        tags={"v1.0.0": first},
        local_heads={MASTER: tip, "only/here": here},
        local_tags={"v1.0.0": first, "light": first},
        worktrees={str(clone.folder): "only/here"},
        kept={"v1.1.0/staging": tip},
    )
    assert clone.git("cat-file", "-t", there) == "commit"


def test_reading_touches_nothing_but_objects_and_refs_of_our_own(clone, other):
    seed(clone)
    (clone.folder / "untracked").write_text("")
    before = clone.everything()
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)
    feature(other)

    asked(clone)

    git = str(clone.folder / ".git")
    ours = (f"{git}/objects/", f"{git}/refs/trinokit/")
    after = {path: content for path, content in clone.everything().items() if not path.startswith(ours)}
    assert after == {path: content for path, content in before.items() if not path.startswith(ours)}


def test_a_bare_lease_still_sees_what_somebody_else_pushed_after_our_fetch(clone, other, remote):
    # A fetch of the remote-tracking branches would make git believe that the operator knows of it.
    seed(clone)
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)
    theirs = commit(other, "Somebody else's", {"theirs": ""})
    other.git("push", "--quiet", "origin", MASTER)

    assert asked(clone).heads == {MASTER: theirs}
    commit(clone, "Ours", {"ours": ""})
    argv = ("push", "--porcelain", "--force-with-lease", "origin", MASTER)
    refused = clone.git("-c", "alias.try=!git " + " ".join(argv) + " || true", "try")
    assert "[rejected] (stale info)" in refused
    assert remote.refs()[f"refs/heads/{MASTER}"] == theirs


def test_what_the_remote_no_longer_has_is_gone_though_a_name_became_a_folder(clone, other, remote):
    seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:topic")
    assert set(asked(clone).heads) == {MASTER, "topic"}

    remote.git("update-ref", "-d", "refs/heads/topic")
    remote.git("update-ref", "refs/heads/topic/one", MASTER)
    remote.git("tag", "-d", "v1.0.0")

    found = asked(clone)
    assert set(found.heads) == {MASTER, "topic/one"}
    assert found.tags == {}
    assert "v1.0.0" in found.local_tags


def test_the_default_branch_is_asked_of_the_remote_though_the_clone_does_not_know_it(clone, remote):
    seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:main")
    remote.git("symbolic-ref", "HEAD", "refs/heads/main")

    assert asked(clone).default == "main"
    remote.git("update-ref", "--no-deref", "HEAD", MASTER)
    assert asked(clone).default == ""


def test_a_remote_without_a_branch_has_no_default(clone):
    assert asked(clone) == RepositoryState(
        folder=str(clone.folder), remote="origin", url=clone.git("remote", "get-url", "origin"), default="",
        worktrees={str(clone.folder): "main"},
    )  # fmt: skip


def test_tags_lead_to_their_commits_through_other_tags_and_tags_of_anything_else_are_left_out(clone):
    tip = seed(clone)
    clone.git("tag", "--annotate", "v1.0.1", "v1.0.0", "--message", "A tag of a tag")
    clone.git("tag", "readme", f"{tip}:README.md")
    clone.git("tag", "--annotate", "tree", f"{tip}^{{tree}}", "--message", "A tree")
    clone.git("tag", "--annotate", "trees", "tree", "--message", "A tag of a tag of a tree")
    clone.git("push", "--quiet", "origin", "--tags")

    first = clone.git("rev-parse", "v1.0.0^{commit}")
    found = asked(clone)
    assert found.tags == {"v1.0.0": first, "v1.0.1": first}
    assert found.local_tags == found.tags


def test_each_worktree_tells_its_branch_or_none(clone, tmp_path):
    seed(clone)
    clone.git("worktree", "add", "--quiet", str(tmp_path / "one with spaces"), "-b", "hotfix")
    clone.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "two"))

    assert asked(clone).worktrees == {
        str(clone.folder): MASTER,
        str(tmp_path / "one with spaces"): "hotfix",
        str(tmp_path / "two"): "",
    }


def test_a_detached_head_is_read_as_any_other(clone):
    tip = seed(clone)
    clone.git("checkout", "--quiet", "--detach")

    assert asked(clone).worktrees == {str(clone.folder): ""}
    assert asked(clone).heads == {MASTER: tip}


def test_a_bare_clone_has_no_worktree_of_its_own(clone, remote):
    tip = seed(clone)
    remote.git("remote", "add", "self", str(remote.folder))

    found = asked(remote, "self")
    assert found.worktrees == {}
    assert found.heads == {MASTER: tip}


def test_refs_of_other_kinds_are_not_fetched(clone, remote):
    tip = seed(clone)
    remote.git("update-ref", "refs/pull/1/head", tip)
    remote.git("update-ref", "refs/notes/heads/x", tip)

    asked(clone)
    assert clone.git("for-each-ref", "--format=%(refname)", "refs/trinokit/").splitlines() == [
        f"refs/trinokit/remote/heads/{MASTER}",
        "refs/trinokit/remote/tags/v1.0.0",
    ]


def moving(remote: Remote, times: int, folder: Path) -> None:
    """Let the branch moves of *remote* move on with each of the next fetches."""
    count = folder / "count"
    count.write_text(str(times))
    program = folder / "upload-pack"
    program.write_text(
        "#!/bin/sh\n"
        # A fetch is served before the branch moves; an answer that only lists refs is followed by the move, too.
        'git-upload-pack "$@"; code=$?\n'
        f'left=$(cat "{count}"); [ "$left" -gt 0 ] || exit $code\n'
        f'echo $((left - 1)) > "{count}"\n'
        f'git -C "{remote.folder}" update-ref refs/heads/moves '
        f'$(git -C "{remote.folder}" commit-tree -m "$left" refs/heads/{MASTER}^{{tree}})\n'
        "exit $code\n"
    )
    program.chmod(0o755)


def test_a_remote_that_moves_while_it_is_read_is_read_again(clone, remote, tmp_path):
    seed(clone)
    moving(remote, 3, tmp_path)
    clone.git("config", "remote.origin.uploadpack", str(tmp_path / "upload-pack"))

    found = asked(clone)
    assert found.heads["moves"] == remote.refs()["refs/heads/moves"]
    assert clone.git("cat-file", "-t", found.heads["moves"]) == "commit"


def test_a_remote_that_never_rests_is_told(clone, remote, tmp_path):
    seed(clone)
    moving(remote, 100, tmp_path)
    clone.git("config", "remote.origin.uploadpack", str(tmp_path / "upload-pack"))

    with pytest.raises(SourceError, match="^Expected origin to rest for a moment, found that it moved 3 times"):
        asked(clone)


def test_what_did_not_move_is_not_fetched_again(clone, monkeypatch, tmp_path):
    seed(clone)
    asked(clone)
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))

    asked(clone)
    said = (tmp_path / "trace").read_text()
    assert re.search("built-in: git ls-remote", said)
    assert "built-in: git fetch" not in said


def test_refs_are_told_by_their_full_names(clone):
    tip = seed(clone)
    clone.git("update-ref", "refs/trinokit/one", tip)
    clone.git("update-ref", "refs/trinokit/other/one", tip)

    assert refs.commits_at_refs(clone.folder, "refs/trinokit/one", "refs/trinokit/other", "refs/trinokit/none") == {
        "refs/trinokit/one": tip
    }
