"""How long does a command take, how much memory and CPU? Each one is a fresh process, so that its peak is its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command that was to be measured did not succeed."""


@dataclass(frozen=True)
class Cost:
    """What a command printed, the *seconds* it took, the peak of its largest process and its CPU seconds."""

    output: str
    seconds: float
    peak_mb: float
    cpu_s: float


def cost(module: str, *arguments: str, home: Path | None = None) -> Cost:
    """What it costs to run the Python *module*, with *home* in place of the folder that trinokit finds by itself."""
    environment = {"TRINOKIT_HOME": str(home)} if home else {}
    return cost_of([sys.executable, "-m", module, *arguments], **environment)


def cost_of(command: list[str], **environment: str) -> Cost:
    """What it costs to run *command* with *environment* added; raises Failed when it does not succeed."""
    # Linux counts what the parent holds at the fork into the child's peak, so the parent has to be a small one.
    argv = [sys.executable, "-m", "bench.measuring", *command]
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, env=os.environ | environment
    )
    if done.returncode:
        raise Failed(f"bench.measuring ended with {done.returncode}")
    found = json.loads(done.stdout)
    if code := found.pop("code"):
        raise Failed(f"{' '.join(command)} ended with {code}: {found['errors'].strip()[-500:]}")
    return Cost(**{name: found[name] for name in ("output", "seconds", "peak_mb", "cpu_s")})


def measured(argv: list[str]) -> dict:
    """What *argv* printed, its exit code, its seconds and its peak; of several processes the largest one's."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (output, errors):
            file.seek(0)
        return {
            "code": process.returncode,
            "output": output.read(),
            "errors": errors.read(),
            "seconds": seconds,
            "peak_mb": usage.ru_maxrss * 1024 / 1e6,
            "cpu_s": usage.ru_utime + usage.ru_stime,
        }


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1:])))
