"""Where are the real kubectl and helm? Where make servers built them, or on the PATH."""

import shutil

import pytest
from tests.conftest import REQUIRED
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes.build import folder


def program(name: str) -> str:
    """The path of the program *name*; without it the test is skipped, or fails where servers are required."""
    built = folder(CACHE) / name
    found = str(built) if built.exists() else shutil.which(name)
    if not found:
        (pytest.fail if REQUIRED else pytest.skip)(f"{name} is not built; run: make servers")
    return found
