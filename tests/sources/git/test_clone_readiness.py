"""A clone tells what is in the way of a release before anything of it is begun, and is left as it is."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, commit, feature, seed

from trinokit import sources
from trinokit.observations import CloneReadiness
from trinokit.sources.git.git_repository import GitRepository

WHO = "An Author <author@example.com>"


def opened(clone: Clone) -> GitRepository:
    git = sources.open_repository(str(clone.folder), "origin")
    git.now()
    return git


def asked(clone: Clone, *branches: str) -> CloneReadiness:
    return opened(clone).readiness(branches or (MASTER,))


def fails(clone: Clone, *argv: str) -> str:
    """What git prints while it stops in the middle of something."""
    done = subprocess.run(["git", *argv], cwd=clone.folder, capture_output=True, text=True)
    assert done.returncode, done.stdout
    return done.stdout + done.stderr


def differing(clone: Clone) -> None:
    """Two branches that cannot be merged, with `ours` checked out."""
    for name in ("theirs", "ours"):
        clone.git("checkout", "--quiet", "-b", name, MASTER)
        commit(clone, f"Say {name}", {"src/app.py": f"{name}\n"})


def test_a_clone_at_rest_is_ready_and_stays_as_it_is(clone):
    seed(clone)
    feature(clone)
    git = opened(clone)
    before = clone.everything()

    assert git.readiness((MASTER, FEATURE, "release_v1.1.0")) == CloneReadiness(who=WHO)
    assert clone.everything() == before


def test_a_shallow_clone_tells_so(clone, remote, tmp_path):
    seed(clone)
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{remote.folder}", str(shallow)], check=True)

    git = sources.open_repository(str(shallow), "origin")
    git.now()
    assert git.readiness((MASTER,)).shallow


OPERATIONS = {
    "merge": ("merge", "theirs"),
    "cherry-pick": ("cherry-pick", "theirs"),
    "rebase": ("rebase", "theirs"),
    "revert": ("revert", "--no-edit", f"{MASTER}~1"),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_an_operation_that_stopped_at_a_conflict_is_told(clone, what):
    seed(clone)
    differing(clone)
    commit(clone, "And the version", {"VERSION": "2\n"})

    fails(clone, *OPERATIONS[what])

    assert asked(clone).under_way == (f"{what} in {clone.folder}",)


def test_a_mail_that_does_not_apply_and_a_bisection_are_told(clone, tmp_path):
    seed(clone)
    differing(clone)
    patch = tmp_path / "patch"
    patch.write_text(clone.git("format-patch", "--stdout", f"{MASTER}..theirs") + "\n")

    fails(clone, "am", str(patch))
    clone.git("bisect", "start")

    assert asked(clone).under_way == (f"bisect in {clone.folder}", f"rebase or am in {clone.folder}")


def test_several_picks_of_which_one_was_committed_by_hand_are_still_under_way(clone):
    seed(clone)
    differing(clone)
    clone.git("checkout", "--quiet", "theirs")
    commit(clone, "Once more", {"src/app.py": "theirs again\n"})
    clone.git("checkout", "--quiet", "ours")
    fails(clone, "cherry-pick", f"{MASTER}..theirs")
    clone.git("checkout", "--theirs", "src/app.py")
    clone.git("commit", "--all", "--quiet", "--message", "By hand")

    assert asked(clone).under_way == (f"cherry-pick or revert of several commits in {clone.folder}",)


def test_operations_in_other_worktrees_are_told_unless_they_move_no_branch(clone, tmp_path):
    seed(clone)
    differing(clone)
    clone.git("checkout", "--quiet", MASTER)
    beside, detached, rebased = (tmp_path / name for name in ("beside", "detached", "rebased"))
    clone.git("worktree", "add", "--quiet", str(beside), "ours")
    clone.git("worktree", "add", "--quiet", "--detach", str(detached), "ours")
    clone.git("worktree", "add", "--quiet", "-b", "more", str(rebased), "ours")
    for folder, what in ((beside, "merge"), (detached, "merge"), (rebased, "rebase")):
        fails(clone, "-C", str(folder), what, "theirs")

    assert asked(clone).under_way == (f"merge in {beside}", f"rebase in {rebased}")


def test_what_is_under_way_where_a_worktree_was_named_is_told_of_the_clone_too(clone, tmp_path):
    seed(clone)
    differing(clone)
    clone.git("worktree", "add", "--quiet", "-b", "more", str(tmp_path / "beside"), MASTER)
    fails(clone, "merge", "theirs")

    git = sources.open_repository(str(tmp_path / "beside"), "origin")
    git.now()
    assert git.readiness((MASTER,)).under_way == (f"merge in {clone.folder}",)


def test_a_lock_is_told_with_its_age_and_who_holds_it_and_is_left_there(clone):
    seed(clone)
    lock = clone.folder / ".git" / "index.lock"
    with lock.open("w"):
        os.utime(lock, (time.time() - 90,) * 2)

        assert asked(clone).locked in [
            f"{lock}, {age} s old, held open by process {os.getpid()} ({Path('/proc/self/comm').read_text().strip()})"
            for age in (90, 91, 92)
        ]
    assert asked(clone).locked.endswith(" s old, held open by no process that can be seen")
    assert lock.exists()


def test_the_lock_of_another_worktree_is_told_too(clone, tmp_path):
    seed(clone)
    clone.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"))
    lock = clone.folder / ".git" / "worktrees" / "beside" / "index.lock"
    lock.write_text("")

    assert asked(clone).locked.startswith(f"{lock}, ")


@pytest.mark.parametrize("role", ["AUTHOR", "COMMITTER"])
def test_nobody_commits_where_git_does_not_know_who(clone, monkeypatch, role):
    seed(clone)
    clone.git("config", "user.useConfigOnly", "true")
    monkeypatch.delenv(f"GIT_{role}_EMAIL")
    for variable in ("EMAIL", f"GIT_{role}_NAME"):
        monkeypatch.delenv(variable, raising=False)

    assert asked(clone).who == ""


@pytest.mark.parametrize(
    ("key", "what"), [("commit.gpgSign", "commits"), ("tag.gpgSign", "tags"), ("tag.forceSignAnnotated", "tags")]
)
def test_signing_is_tried_where_it_is_wanted_and_leaves_nothing(clone, tmp_path, monkeypatch, key, what):
    seed(clone)
    clone.git("config", key, "yes")
    clone.git("config", "gpg.format", "ssh")
    clone.git("config", "user.signingKey", str(tmp_path / "key"))
    git = opened(clone)
    before = clone.everything()

    assert git.readiness(()).signing.startswith(f"{what} are to be signed: exit code 1: ")

    signer = tmp_path / "signer"
    signer.write_text('#!/bin/sh\nfor last in "$@"; do :; done\necho signed > "$last.sig"\n')
    signer.chmod(0o755)
    (tmp_path / "key").write_text("")
    clone.git("config", "gpg.ssh.program", str(signer))
    assert git.readiness(()).signing == ""
    before[str(clone.folder / ".git" / "config")] = (clone.folder / ".git" / "config").read_bytes()
    assert clone.everything() == before


def test_signing_with_gpg_and_no_key_is_told_as_git_says_it(clone, tmp_path, monkeypatch):
    seed(clone)
    gpg = tmp_path / "gpg"
    gpg.write_text("#!/bin/sh\necho gpg: no secret key >&2\nexit 2\n")
    gpg.chmod(0o755)
    for key, value in {"commit.gpgSign": "true", "tag.gpgSign": "true", "gpg.program": str(gpg)}.items():
        clone.git("config", key, value)

    said = asked(clone).signing
    assert said.startswith("commits and tags are to be signed: exit code 1: ")
    assert "gpg failed to sign the data" in said


def test_a_push_that_may_not_be_made_is_told(clone, remote, tmp_path):
    seed(clone)
    refusing = tmp_path / "receive-pack"
    refusing.write_text("#!/bin/sh\necho you may only read >&2\nexit 1\n")
    refusing.chmod(0o755)
    clone.git("config", "remote.origin.receivepack", str(refusing))

    said = asked(clone).push
    assert "you may only read" in said
    assert str(remote.folder) not in said.partition("you may")[0]


def test_a_push_that_is_tried_runs_no_hook_on_either_side_so_it_proves_nothing_about_protection(clone, remote):
    seed(clone)
    tips = remote.refs()
    ran = remote.hook("pre-receive", f'touch "{remote.folder}/ran"; exit 1').parent.parent / "ran"
    before = clone.folder / ".git" / "hooks" / "pre-push"
    before.parent.mkdir(exist_ok=True)
    before.write_text(f'#!/bin/sh\ntouch "{remote.folder}/ran"\nexit 1\n')
    before.chmod(0o755)

    assert asked(clone).push == ""
    assert not ran.exists()
    assert remote.refs() == tips


def test_a_push_that_goes_to_another_repository_than_is_read_is_told(clone, other, tmp_path):
    tip = seed(clone)
    elsewhere = Clone(tmp_path / "elsewhere")
    clone.git("config", "remote.origin.pushUrl", str(elsewhere.folder))

    said = asked(clone).push
    assert said == f"refs/heads/{MASTER}: [rejected] (stale info)"
    assert tip not in elsewhere.git("for-each-ref")


def test_nothing_can_be_pushed_to_try_it_where_nothing_was_ever_pushed(clone):
    assert asked(clone).push == "the remote has no branch to try a push with"


def test_detached_heads_and_changed_and_unknown_files_are_told_and_not_in_the_way(clone):
    seed(clone)
    assert not asked(clone).detached
    clone.git("checkout", "--quiet", "--detach")
    clone.write({"README.md": "changed\n", "unknown": "", "a folder/of/them": "", "VERSION": "2\n"})
    clone.git("add", "VERSION")
    clone.git("rm", "--quiet", "--cached", "docs/usage.md")
    git = opened(clone)
    before = clone.everything()

    # What is staged as gone and lies there is changed twice.
    assert git.readiness((MASTER,)) == CloneReadiness(who=WHO, detached=True, changed=6)
    assert clone.everything() == before


def test_branches_with_commits_that_the_remote_lacks_are_told_with_their_number(clone, other):
    seed(clone)
    feature(clone)
    for number in range(3):
        commit(clone, f"Here {number}", {})
    clone.git("branch", "--quiet", "new")
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)
    commit(other, "There", {})
    other.git("push", "--quiet", "origin", MASTER)

    assert asked(clone, MASTER, FEATURE, "new").unpushed == {FEATURE: 3}


def test_a_bare_clone_has_no_changed_file(clone, remote):
    seed(clone)
    remote.git("remote", "add", "origin", str(remote.folder))

    assert asked(remote) == CloneReadiness(who=WHO)
