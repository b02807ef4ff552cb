"""The command trinokit, in a process of its own that finds kubectl and helm."""

import os
import subprocess
import sys

from tests.conftest import ROOT
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build


def trinokit(*words: str) -> subprocess.CompletedProcess:
    """What the command prints and returns."""
    path = f"{build.folder(CACHE)}{os.pathsep}{os.environ['PATH']}"
    argv = [sys.executable, "-m", "trinokit", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, env=os.environ | {"PATH": path})
