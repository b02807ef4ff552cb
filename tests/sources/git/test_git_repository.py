"""A clone is opened only where it and its remote can be read as a whole, and tells the rest through one door."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit, feature, seed

from trinokit import shell, sources
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.observations import Feature
from trinokit.sources.git.git_repository import GitRepository


def opened(clone: Clone, remote: str = "origin") -> GitRepository:
    return sources.open_repository(str(clone.folder), remote)


def refused(kind: type[Exception], folder: str, expected: str, remedy: str, remote: str = "origin") -> None:
    with pytest.raises(kind, match=f"^{re.escape(expected)}") as raised:
        sources.open_repository(folder, remote)
    assert raised.value.remedy == remedy


def test_a_clone_is_named_from_the_home_of_trinokit_and_told_by_its_whole_path(clone, home):
    tip = seed(clone)
    place = home / "platform"
    place.symlink_to(clone.folder)

    git = sources.open_repository("platform", "origin")
    url = clone.git("remote", "get-url", "origin")
    assert git == GitRepository(clone.folder.resolve(), "origin", str(place), url, shell.run_command)
    assert git.now().folder == str(place)
    assert git.now().worktrees == {str(place): MASTER}
    assert git.now().heads == {MASTER: tip}


def test_a_folder_that_is_not_there_or_no_clone_is_refused(tmp_path):
    place = str(tmp_path / "x")
    refused(ParameterError, place, f"Expected a clone in {place}, found no folder.", "clone it, or correct the path")
    Path(place).mkdir()
    refused(
        ParameterError,
        place,
        f"Expected a clone in {place}, found exit code 128: fatal: not a git repository",
        "name the top folder of a clone",
    )


def test_a_folder_within_a_clone_is_refused(clone):
    seed(clone)
    below = f"{clone.folder}/docs"

    expected = f"Expected the top folder of a clone, found {below} below it."
    refused(ParameterError, below, expected, f"name {clone.folder}")


def test_a_remote_that_is_not_there_is_refused_with_its_nearest_name(clone):
    folder = str(clone.folder)
    expected = f"Expected a remote of {folder}, found 'orign'."
    refused(ParameterError, folder, expected, "did you mean origin? it has: origin", "orign")

    clone.git("remote", "remove", "origin")
    expected = f"Expected a remote of {folder}, found 'https://host/x'."
    refused(ParameterError, folder, expected, "it has: none", "https://me:secret@host/x")


def test_a_remote_that_is_pushed_to_several_places_is_refused(clone):
    for place in ("one", "two"):
        clone.git("remote", "set-url", "--add", "--push", "origin", place)

    remedy = f"a push to several is not atomic: git -C {clone.folder} config --get-all remote.origin.pushurl"
    refused(ParameterError, str(clone.folder), "Expected one place that origin is pushed to, found 2.", remedy)


def test_a_partial_clone_is_refused(clone, remote, tmp_path):
    seed(clone)
    remote.git("config", "uploadpack.allowFilter", "true")
    partial = str(tmp_path / "partial")
    argv = ("git", "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{remote.folder}", partial)
    subprocess.run(argv, check=True)

    expected = f"Expected a clone with all of its objects in {partial}, found a partial one"
    refused(SourceError, partial, expected, "clone it once more without --filter, and name that one")


def test_a_git_that_merges_only_in_worktrees_is_refused(clone, tmp_path, monkeypatch):
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\necho git version 2.37.11 of somebody\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:/usr/bin:/bin")

    expected = "Expected git 2.38 or newer, which merges without a worktree, found 2.37.11."
    refused(SourceError, str(clone.folder), expected, "install a newer git")


def test_a_remote_that_does_not_answer_is_told_without_its_password(clone):
    clone.git("remote", "set-url", "origin", "http://me:secret@127.0.0.1:9/platform.git")
    git = opened(clone)

    assert git.url == "http://127.0.0.1:9/platform.git"
    with pytest.raises(SourceError, match="^Expected an answer of the remote, found exit code 128: ") as raised:
        git.now()
    assert "127.0.0.1" in raised.value.message
    assert "secret" not in str(raised.value)
    assert "secret" not in git.readiness(()).push


def logged_in(clone: Clone, tmp_path: Path) -> str:
    """The words that ssh is called with by a clone whose remote is asked through it, and what askpass would be."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir(exist_ok=True)
    ssh.write_text(f'#!/bin/sh\necho "$@, asked by ${{GIT_ASKPASS-nothing of ours}}" > "{tmp_path}/said"\nexit 255\n')
    ssh.chmod(0o755)
    clone.git("remote", "set-url", "origin", "host.invalid:platform.git")
    with pytest.raises(SourceError):
        opened(clone).now()
    return (tmp_path / "said").read_text().strip()


def test_neither_ssh_nor_a_window_asks_for_a_password_or_a_host_key(clone, tmp_path, monkeypatch):
    for variable in ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    said = logged_in(clone, tmp_path)
    assert said.startswith("-o BatchMode=yes ")
    assert said.endswith(", asked by")


def test_a_way_to_log_in_that_somebody_chose_is_kept(clone, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_ASKPASS", "/their/own")
    monkeypatch.delenv("GIT_SSH", raising=False)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{tmp_path}/bin/ssh -i key")
    assert re.match("-i key .*, asked by /their/own$", logged_in(clone, tmp_path))

    monkeypatch.delenv("GIT_SSH_COMMAND")
    monkeypatch.delenv("GIT_ASKPASS")
    clone.git("config", "core.sshCommand", f"{tmp_path}/bin/ssh -i other")
    clone.git("config", "core.askPass", "/configured")
    assert re.match("-i other .*, asked by nothing of ours$", logged_in(clone, tmp_path))


def test_a_shallow_clone_is_read_but_nothing_is_said_of_its_history(clone, remote, tmp_path):
    # Of two commits that it has, it would say that one is no ancestor of the other.
    tip = seed(clone)
    shallow = str(tmp_path / "shallow")
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{remote.folder}", shallow], check=True)
    git = sources.open_repository(shallow, "origin")

    assert git.now().heads == {MASTER: tip}
    asked = (
        lambda: git.feature(FEATURE, RELEASE, MASTER, "v1.1.0"),
        lambda: git.presence(Feature(), {}),
        lambda: git.contains(tip, tip),
        lambda: git.joined((), None),
    )
    for ask in asked:
        with pytest.raises(PlanError, match="^Expected a clone with all of its history") as raised:
            ask()
        assert raised.value.remedy == f"git -C {shallow} fetch --unshallow origin"

    subprocess.run(["git", "-C", shallow, "fetch", "--quiet", "--unshallow", "origin"], check=True)
    assert git.contains(tip, clone.git("rev-parse", "HEAD~3"))


def test_a_commit_contains_itself_and_what_it_comes_from(clone):
    tip = seed(clone)
    first = clone.git("rev-parse", "HEAD~1")
    git = opened(clone)

    assert git.contains(tip, tip)
    assert git.contains(tip, first)
    assert not git.contains(first, tip)


def test_what_a_clone_only_pretends_is_not_its_history(clone):
    tip = seed(clone)
    first = clone.git("rev-parse", "HEAD~1")
    clone.git("replace", "--graft", tip)

    assert opened(clone).contains(tip, first)


def test_the_text_of_a_file_is_that_of_the_commit_to_the_last_line_end(clone):
    tip = seed(clone)
    texts = {"CHANGELOG.md": "\n# Mine\n\n", "a b/[é]*.md": "odd\r\n", "empty": ""}
    later = commit(clone, "Texts", {**texts, "bytes": b"\xff"})
    (clone.folder / "link").symlink_to("empty")
    linked = commit(clone, "A link", {"CHANGELOG.md": "not that\n"})
    git = opened(clone)

    assert {path: git.text(later, path) for path in texts} == texts
    assert git.text(later, "bytes") == "\ufffd"
    assert git.text(tip, "CHANGELOG.md") == "# Changes\n\n## 1.0.0\n\n- The first.\n"
    assert [git.text(linked, path) for path in ("none", "docs", "docs/", "a b/*")] == [None] * 4


def test_text_of_a_commit_that_is_not_there_is_an_error(clone):
    seed(clone)

    with pytest.raises(SourceError, match="^Expected git .*ls-tree"):
        opened(clone).text("0" * 40, "README.md")


def test_what_is_asked_after_now_is_answered_from_then(clone, other):
    seed(clone)
    feature(clone)
    git = opened(clone)
    git.now()
    tip = clone.git("rev-parse", f"origin/{FEATURE}")
    clone.git("checkout", "--quiet", MASTER)
    clone.git("branch", "--quiet", "-D", FEATURE)
    other.git("fetch", "--quiet", "origin")
    other.git("push", "--quiet", "origin", "--delete", FEATURE)

    assert git.feature(FEATURE, RELEASE, MASTER, "v1.1.0").remote == tip
    git.now()
    assert git.feature(FEATURE, RELEASE, MASTER, "v1.1.0").found == "kept"


def test_readiness_tells_the_clone_by_the_path_that_it_was_named_by(clone, home):
    seed(clone)
    (home / "platform").symlink_to(clone.folder)
    (clone.folder / ".git" / "index.lock").write_text("")
    (clone.folder / ".git" / "BISECT_LOG").write_text("")

    found = sources.open_repository("platform", "origin").readiness((MASTER,))
    assert found.under_way == (f"bisect in {home}/platform",)
    assert found.locked.startswith(f"{home}/platform/.git/index.lock, ")


def test_a_clone_tells_who_commits_there(clone):
    assert opened(clone).who == "An Author <author@example.com>"
