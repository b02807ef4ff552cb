"""What does git print? It is asked in a fixed language, and never waits for somebody at a keyboard."""

import os
from pathlib import Path

from trinokit import shell

# Plans of one release keep what they are made of below these refs, away from those that the operator looks at.
OWN_REFS = "refs/trinokit"
# Where they were when the kit was called trinops; see `refs.rename_old_refs`.
OLD_REFS = "refs/trinops"
_FIXED_LANGUAGE = {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
# What a clone puts in place of other objects is not what it pushes.
_NO_REPLACE_OBJECTS = {"GIT_NO_REPLACE_OBJECTS": "1"}


def git_output(folder: Path, *argv: str, given: str = "", **environment: str) -> str:
    """What git prints in *folder*, without spaces around it; raises SourceError when it fails."""
    return run_git(folder, *argv, given=given, codes=(0,), **environment)[1]


def run_git(
    folder: Path,
    *argv: str,
    given: str = "",
    codes: tuple[int, ...] = (0, 1),
    seconds: float = 300,
    **environment: str,
) -> tuple[int, str]:
    """The exit code of git in *folder*, one of *codes*, and what it prints.

    Raises SourceError for any other code, and when it takes longer than so many *seconds*.
    """
    code, printed = shell.exit_code_and_output(
        "git",
        *argv,
        folder=folder,
        given=given.encode(errors="surrogateescape"),
        environment=os.environ | _FIXED_LANGUAGE | _NO_REPLACE_OBJECTS | environment,
        codes=codes,
        seconds=seconds,
    )
    return code, printed.decode(errors="surrogateescape").strip()


def git_output_lines(folder: Path, *argv: str, **given: str) -> list[str]:
    """The lines that git prints in *folder*; raises SourceError when it fails."""
    return git_output(folder, *argv, **given).splitlines()
