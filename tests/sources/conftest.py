"""What do tests of sources share? A clone without the settings of whoever runs them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.servers import kdc


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


def unsettle(patch: pytest.MonkeyPatch) -> None:
    """Let git commit as nobody that it knows, away from the settings of whoever runs the test."""
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_SYSTEM", str(Path(__file__).parent / "git" / "gitconfig"))
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "An Author")
        patch.setenv(f"GIT_{role}_EMAIL", "author@example.com")


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Clone:
    """An empty repository."""
    unsettle(monkeypatch)
    return Clone(tmp_path / "clone")


@pytest.fixture
def kerberos(folder, monkeypatch, tmp_path) -> dict[str, str]:
    """How alice logs in at the KDC whose *folder* the module names; nobody has a ticket of his own."""
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/tickets")
    monkeypatch.delenv("KRB5_CONFIG", raising=False)
    keytab = str(kdc.keytab(folder, "alice"))
    return {"principal": "alice", "keytab": keytab, "service": "HTTP", "config": str(folder / "krb5.conf")}
