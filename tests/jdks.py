"""Which real JDKs are on this machine? Their java programs, by major."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

# The majors that the tests ask, each with real flags.
TESTED = (17, 25)
_VERSION = re.compile(r'JAVA_VERSION="(\d+)')


@cache
def found() -> dict[int, str]:
    """One JDK for each major, in the usual folders or under JAVA_HOME."""
    homes = sorted(Path("/usr/lib/jvm").glob("*")) + sorted(Path("/opt").glob("*jdk*"))
    homes += [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    releases = {home: home / "release" for home in homes if (home / "bin" / "java").exists()}
    versions = {home: _VERSION.search(path.read_text()) for home, path in releases.items() if path.exists()}
    return {int(version[1]): str(home / "bin" / "java") for home, version in versions.items() if version}


def program(major: int) -> str:
    """The java of the JDK of a *major*; without one the test is skipped, or fails where servers are required."""
    if major not in found():
        required = os.environ.get("TRINOKIT_SERVERS") == "required"
        (pytest.fail if required else pytest.skip)(f"no JDK {major}; install it, or name it in JAVA_HOME")
    return found()[major]
