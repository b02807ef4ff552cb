"""The real launchers of Trino, with a java that only notes what it was given."""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.servers import trino

# One of those in Python.
PYTHON_VERSION = "223"
_JAVA = """\
#!/bin/sh
for last; do :; done
[ "$last" = -version ] && echo 'openjdk version "25.0.3"' >&2 && exit
printf '%s\\0' "$@" > "$TRINOKIT_ARGUMENTS"
"""


@dataclass(frozen=True)
class Launcher:
    """A launcher that is started with *argv*, for which everything is in *folder*."""

    argv: tuple[str, ...]
    folder: Path

    def arguments(self, text: str) -> tuple[str, ...]:
        """What it gives the JVM for a jvm.config with this *text*."""
        given = self._given(text)
        # In front stand -cp and its value, behind them what the launcher adds by itself.
        return given[2 : 2 + len(given) - self._own]

    @cached_property
    def _own(self) -> int:
        return len(self._given(""))

    def _given(self, text: str) -> tuple[str, ...]:
        (self.folder / "etc" / "jvm.config").write_bytes(text.encode())
        noted = self.folder / "arguments"
        environment = {
            **os.environ,
            "JAVA_HOME": str(self.folder),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "PYTHONUTF8": "1",
            "TRINOKIT_ARGUMENTS": str(noted),
        }
        argv = [*self.argv, "run", f"--etc-dir={self.folder}/etc"]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, env=environment, timeout=20)
        return tuple(noted.read_bytes().decode().split("\0")[:-1])


def go(cache: Path, folder: Path) -> Launcher:
    """The launcher of the server in *cache*, which is in Go."""
    _prepare(folder)
    return Launcher((str(trino.install(cache) / "bin" / "launcher"),), folder)


def python(cache: Path, folder: Path) -> Launcher | None:
    """The launcher in Python, fetched through Maven the first time; None where there is no Maven."""
    archive = cache / "downloads" / f"launcher-{PYTHON_VERSION}-bin.tar.gz"
    if not archive.exists():
        if not shutil.which("mvn"):
            return None
        artifact = f"-Dartifact=io.airlift:launcher:{PYTHON_VERSION}:tar.gz:bin"
        argv = ["mvn", "-q", "-B", "dependency:copy", artifact, f"-DoutputDirectory={archive.parent}"]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    _prepare(folder)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "bin" / "launcher.properties").write_text("main-class=io.trino.server.TrinoServer\n")
    return Launcher((sys.executable, str(folder / "bin" / "launcher.py")), folder)


def _prepare(folder: Path) -> None:
    for name in ("etc", "bin", "data"):
        (folder / name).mkdir()
    (folder / "etc" / "config.properties").write_text("coordinator=true\n")
    node = f"node.environment=test\nnode.id=x\nnode.data-dir={folder}/data\n"
    (folder / "etc" / "node.properties").write_text(node)
    java = folder / "bin" / "java"
    java.write_text(_JAVA)
    java.chmod(0o755)
