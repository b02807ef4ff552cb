"""How is a server started, recognised again and stopped? By its process id and the moment it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class Missing(Exception):
    """Something that the servers need and this machine has not, with how to install it."""


# A server may outlive the program that started it, about which Python would warn if it let go of these.
_CHILDREN: list[subprocess.Popen] = []


def start(argv: list[str], log: Path, **environment: str) -> dict:
    """The id and start moment of *argv*, started in a session of its own with its output in *log*."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    _CHILDREN.append(child)
    return {"pid": child.pid, "started": _started(child.pid), "log": str(log)}


def alive(process: dict) -> bool:
    """Whether the very process that was started still runs, and not another one with its id."""
    started = _started(process["pid"])
    return started is not None and started == process["started"]


def ready(process: dict, answers: Callable[[], bool], seconds: float) -> dict:
    """The process once it *answers*; stopped again when it ends, is interrupted or takes over *seconds*."""
    try:
        settled = wait(lambda: not alive(process) or answers(), seconds)
        if settled and alive(process):
            return process
        what = "ended before it answered" if settled else f"did not answer within {seconds:.0f} s"
        raise Missing(f"A server {what}; its last lines:\n{last_lines(process)}")
    except BaseException:
        stop(process)
        raise


def stop(process: dict, seconds: float = 60) -> None:
    """Ask the process to end, wait, and end it after *seconds*."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if not alive(process):
            return
        os.kill(process["pid"], kind)
        wait(lambda: not alive(process), seconds)


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether *condition* came true within *seconds*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return condition()


def last_lines(process: dict, lines: int = 15) -> str:
    """The end of what the process wrote."""
    return "\n".join(Path(process["log"]).read_text(errors="replace").splitlines()[-lines:])


def _started(pid: int) -> int | None:
    # Field 22 of /proc/PID/stat; a zombie has ended although its entry is still there.
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])
