"""What do tests of git and its remotes share? A bare remote, an operator's clone of it, and the seed's branches."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.sources.conftest import Clone, unsettle
from tests.sources.git.made_once import once

MASTER, FEATURE, RELEASE = "master_v1", "feature_v1_new-feature", "release_v1.1.0"


class Remote:
    """A bare repository in *folder*, with hooks that are shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={MASTER}", str(folder)], check=True)

    def git(self, *argv: str) -> str:
        """What git prints."""
        return subprocess.run(
            ["git", *argv], cwd=self.folder, capture_output=True, check=True, text=True
        ).stdout.strip()

    def hook(self, name: str, script: str) -> Path:
        """The hook *name*, such as pre-receive, that runs *script* from now on."""
        path = self.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def refs(self) -> dict[str, str]:
        """The id of every ref; of an annotated tag its own, not that of its commit."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in lines)


def commit(clone: Clone, subject: str, files: Mapping[str, str | bytes]) -> str:
    """The commit *subject* that adds *files* to the branch that is checked out in *clone*."""
    clone.write(files)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--allow-empty", "--message", subject)
    return clone.git("rev-parse", "HEAD")


def seed(clone: Clone) -> str:
    """The tip of master_v1, pushed with the tag v1.0.0 of the commit before: where the seed's use case starts."""
    return once(f"seed {clone.folder.name}", clone.folder.parent, lambda: _seed(clone))


def feature(clone: Clone) -> str:
    """The tip of the feature branch with two commits on master_v1, pushed; it stays checked out."""
    return once(f"feature {clone.folder.name}", clone.folder.parent, lambda: _feature(clone))


def _seed(clone: Clone) -> str:
    clone.git("checkout", "--quiet", "-b", MASTER)
    commit(clone, "Begin", {"README.md": "A platform\n", "src/app.py": "one = 1\ntwo = 2\nthree = 3\n"})
    commit(clone, "Tell how it is used", {"docs/usage.md": "# Usage\n", "CHANGELOG.md": "# Changes\n"})
    commit(clone, "Version 1.0.0", {"VERSION": "1.0.0\n", "CHANGELOG.md": "# Changes\n\n## 1.0.0\n\n- The first.\n"})
    clone.git("tag", "--annotate", "v1.0.0", "--message", "Version 1.0.0")
    tip = commit(clone, "Say three in words", {"src/app.py": "one = 1\ntwo = 2\nthree = 'three'\n"})
    clone.git("push", "--quiet", "origin", MASTER, "v1.0.0")
    return tip


def _feature(clone: Clone) -> str:
    clone.git("checkout", "--quiet", "-b", FEATURE, MASTER)
    commit(clone, "Add the new feature", {"src/new.py": "new = True\n"})
    tip = commit(
        clone,
        "Tell of the new feature",
        {
            "docs/new-feature.md": "# The new feature\n",
            "VERSION": "1.1.0\n",
            "CHANGELOG.md": "# Changes\n\n## 1.1.0\n\n- A new feature.\n\n## 1.0.0\n\n- The first.\n",
        },
    )
    clone.git("push", "--quiet", "origin", FEATURE)
    return tip


@pytest.fixture
def remote(tmp_path, monkeypatch) -> Remote:
    """An empty bare repository whose HEAD names master_v1."""
    unsettle(monkeypatch)
    return Remote(tmp_path / "remote.git")


@pytest.fixture
def clone(remote, tmp_path) -> Clone:
    """The operator's empty clone, whose origin is the remote; its branch main has no commit."""
    clone = Clone(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(remote.folder))
    return clone


@pytest.fixture
def other(remote, tmp_path) -> Clone:
    """An empty clone of somebody else, with the same remote."""
    other = Clone(tmp_path / "other")
    other.git("remote", "add", "origin", str(remote.folder))
    return other
