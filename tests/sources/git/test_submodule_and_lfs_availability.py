"""Commits that a branch points to, in submodules and in Git LFS, are there for others too, or it is told."""

import subprocess
from pathlib import Path

import pytest
from tests.sources.conftest import Clone
from tests.sources.git.conftest import MASTER, Remote, commit, seed

from trinokit import sources
from trinokit.observations import CloneReadiness


@pytest.fixture
def library(tmp_path, monkeypatch) -> Clone:
    """A clone of a library that is pushed, whose remote is the folder library.git beside it."""
    # git fetches a submodule from a folder only where that is allowed.
    for variable, value in {"COUNT": "1", "KEY_0": "protocol.file.allow", "VALUE_0": "always"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{variable}", value)
    remote = Remote(tmp_path / "library.git")
    library = Clone(tmp_path / "library")
    library.git("remote", "add", "origin", str(remote.folder))
    commit(library, "A library", {"library.py": ""})
    library.git("push", "--quiet", "origin", f"main:{MASTER}")
    return library


def with_submodule(clone: Clone, library: Clone, url: str = "") -> str:
    """The tip of a branch that has the library as a submodule, pushed."""
    seed(clone)
    clone.git("submodule", "--quiet", "add", "--", url or library.git("remote", "get-url", "origin"), "lib with space")
    tip = commit(clone, "Use the library", {})
    clone.git("push", "--quiet", "origin", MASTER)
    return tip


def asked(folder: Path) -> CloneReadiness:
    git = sources.open_repository(str(folder), "origin")
    git.now()
    return git.readiness((MASTER,))


def unpushed(clone: Clone) -> str:
    """The commit of the submodule that the branch points to and that nobody else has."""
    module = clone.folder / "lib with space"
    (module / "more.py").write_text("")
    for argv in (("add", "more.py"), ("commit", "--quiet", "--message", "More")):
        subprocess.run(["git", *argv], cwd=module, check=True)
    commit(clone, "Use more of the library", {})
    # git itself checks only what the push brings, and only where it is asked to.
    clone.git("push", "--quiet", "--no-recurse-submodules", "origin", MASTER)
    return clone.git("-C", str(module), "rev-parse", "HEAD")


def test_a_submodule_that_its_remote_has_is_well(clone, library):
    with_submodule(clone, library)

    assert asked(clone.folder).submodules == ()


def test_a_submodule_that_is_known_to_be_pushed_is_not_asked_for(clone, library):
    with_submodule(clone, library)
    clone.git("config", "submodule.lib with space.url", "/nowhere")

    assert asked(clone.folder).submodules == ()


def test_a_commit_of_a_submodule_that_was_not_pushed_is_told_though_the_branch_was(clone, library):
    with_submodule(clone, library)
    lost = unpushed(clone)

    [said] = asked(clone.folder).submodules
    assert said.startswith(f"lib with space at {lost}: ")
    assert "not our ref" in said


def test_a_submodule_that_was_pushed_since_is_well(clone, library):
    with_submodule(clone, library)
    unpushed(clone)
    clone.git("-C", "lib with space", "push", "--quiet", "origin", "HEAD:refs/heads/more")

    assert asked(clone.folder).submodules == ()


def test_a_submodule_that_is_not_checked_out_is_asked_of_its_remote(clone, other, library):
    with_submodule(clone, library)
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)
    assert asked(other.folder).submodules == ()

    lost = unpushed(clone)
    [said] = asked(other.folder).submodules
    assert said.startswith(f"lib with space at {lost}: ")


def test_a_submodule_may_be_named_from_where_the_repository_is(clone, other, library):
    with_submodule(clone, library, url="../library.git")
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", MASTER)

    assert asked(other.folder).submodules == ()


def test_a_submodule_whose_remote_is_gone_is_told_without_its_password(clone, other, library, tmp_path):
    with_submodule(clone, library)
    clone.git("config", "--file", ".gitmodules", "submodule.lib with space.url", "http://me:secret@127.0.0.1:9/lib")
    commit(clone, "Move the library", {})
    clone.git("push", "--quiet", "origin", MASTER)

    [said] = asked(other.folder).submodules
    assert "127.0.0.1" in said
    assert "secret" not in said


def test_a_link_to_a_submodule_that_is_not_declared_is_told(clone, library):
    seed(clone)
    head = library.git("rev-parse", "HEAD")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{head},lib")
    clone.git("commit", "--quiet", "--message", "A link without a declaration")
    clone.git("push", "--quiet", "origin", MASTER)

    assert asked(clone.folder).submodules == (f"lib at {head}: no submodule there.",)


def test_large_files_are_told_where_git_lfs_is_not_there(clone):
    seed(clone)
    commit(clone, "Large files", {"data/.gitattributes": "# filter=lfs\n*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    clone.git("push", "--quiet", "origin", MASTER)

    assert asked(clone.folder).lfs == "data/.gitattributes keeps files in Git LFS, and git-lfs is not installed"


def test_large_files_are_told_where_git_does_not_use_git_lfs(clone, tmp_path, monkeypatch):
    seed(clone)
    commit(clone, "Large files", {".gitattributes": "*.bin filter=lfs\n"})
    clone.git("push", "--quiet", "origin", MASTER)
    program = tmp_path / "bin" / "git-lfs"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/local/bin:/usr/bin:/bin")

    assert asked(clone.folder).lfs == ".gitattributes keeps files in Git LFS, and git does not use it: git lfs install"
    clone.git("config", "filter.lfs.process", "git-lfs filter-process")
    assert asked(clone.folder).lfs == ""


def test_attributes_that_only_speak_of_large_files_are_well(clone):
    seed(clone)
    commit(clone, "No large files", {".gitattributes": "# *.bin filter=lfs\n*.txt text\n"})
    clone.git("push", "--quiet", "origin", MASTER)

    assert asked(clone.folder).lfs == ""
