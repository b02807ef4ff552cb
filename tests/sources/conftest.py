"""What do tests of sources share? A clone without the settings of whoever runs them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


class Clone:
    """A repository in *folder*, with one commit after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *argv: str, given: str = "") -> str:
        """What git prints."""
        done = subprocess.run(["git", *argv], cwd=self.folder, input=given.encode(), capture_output=True, check=True)
        return done.stdout.decode().strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write *files* into the worktree."""
        for path, content in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: Mapping[str, str | bytes]) -> str:
        """The commit that adds *files* and whatever else lies in the worktree."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "one more")
        return self.git("rev-parse", "HEAD")

    def everything(self) -> dict[str, bytes]:
        """Every file of the worktree and of git itself."""
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Clone:
    """An empty repository."""
    for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(variable, os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "An Author")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "author@example.com")
    return Clone(tmp_path / "clone")
