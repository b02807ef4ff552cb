"""What runs in the pods of KWOK? A real JVM as the first process of its own, asked by the real kubectl."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conftest import REQUIRED
from tests.servers import trino
from tests.servers.__main__ import CACHE
from tests.servers.process import alive, start, stop, wait

# Tells what the JVM says of itself, and stays.
SERVER = """\
package io.trino.server;
public class TrinoServer {
    public static void main(String[] args) throws Exception {
        var told = java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments();
        var path = java.nio.file.Path.of(System.getProperty("config") + ".told");
        java.nio.file.Files.writeString(path, String.join("\\0", told) + "\\0");
        Thread.sleep(Long.MAX_VALUE);
    }
}
"""
OWN = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def installed(folder: Path) -> Path:
    """*folder* with the real launcher of Trino, which starts a server that does nothing."""
    real, java = trino.install(CACHE), trino.java_home()
    (folder / "bin").mkdir(parents=True)
    subprocess.run(["cp", "-r", real / "bin" / "launcher", real / "bin" / "linux-amd64", folder / "bin"], check=True)
    subprocess.run(["cp", real / "bin" / "launcher.properties", folder / "bin"], check=True)
    (folder / "TrinoServer.java").write_text(SERVER)
    subprocess.run([java / "bin" / "javac", "-d", folder / "lib", folder / "TrinoServer.java"], check=True)
    jar = [java / "bin" / "jar", "--create", "--file", folder / "lib" / "server.jar", "-C", folder / "lib", "io"]
    subprocess.run(jar, check=True)
    return folder


@contextmanager
def jvm(
    server: Path, etc: Path, config: str, *, before: tuple[str, ...] = (), **environment: str
) -> Iterator[tuple[int, list[str]]]:
    """The id of the first process of a container with a JVM started with the jvm.config *config*, and what that tells.

    *before* is what starts the launcher; without it the JVM itself becomes the first process.
    """
    etc.mkdir()
    (etc / "jvm.config").write_text(config)
    (etc / "node.properties").write_text(f"node.id=other\nnode.environment=test\nnode.data-dir={etc}/data\n")
    (etc / "config.properties").touch()
    java = trino.java_home()
    paths = {"JAVA_HOME": str(java), "PATH": f"{java}/bin:{os.environ['PATH']}"}
    argv = [*OWN, *before, str(server / "bin" / "launcher"), "run", f"--etc-dir={etc}"]
    with running(argv, etc.with_suffix(".log"), **paths, **environment) as first:
        told = etc / "config.properties.told"
        assert wait(lambda: told.exists() and told.read_text().endswith("\0"), 60)
        yield first, told.read_text().split("\0")[:-1]


@contextmanager
def running(argv: list[str], log: Path, **environment: str) -> Iterator[int]:
    """The id of the first process that *argv*, which begins with OWN, starts; it ends with the block."""
    process = start(argv, log, **environment)
    children = Path(f"/proc/{process['pid']}/task/{process['pid']}/children")
    try:
        if not wait(lambda: bool(children.exists() and children.read_text().split()), 60):
            (pytest.fail if REQUIRED else pytest.skip)(f"no process of its own can be made here: {log.read_text()}")
        yield int(children.read_text().split()[0])
    finally:
        # unshare itself is deaf to anything milder, and takes its child along.
        if alive(process):
            os.kill(process["pid"], signal.SIGKILL)
        stop(process)


def pod(kubectl: Callable[..., str], namespace: str, name: str) -> None:
    """A pod *name* with a container trino that is ready."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "trino", "image": "trinodb/trino:476"}]},
    }
    kubectl("create", "-f", "-", given=json.dumps(body))
    kubectl("wait", f"pod/{name}", "-n", namespace, "--for=condition=Ready", "--timeout=60s")
