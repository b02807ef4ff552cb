"""What does git print? It is asked in a fixed language, and never waits for somebody at a keyboard."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from trinokit import shell

# Plans of one release keep what they are made of below these refs, away from those that the operator looks at.
OWN_REFS = "refs/trinokit"
# Where they were when the kit was called trinops; see `refs.rename_old_refs`.
OLD_REFS = "refs/trinops"
_FIXED_LANGUAGE = {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
# What a clone puts in place of other objects is not what it pushes.
_NO_REPLACE_OBJECTS = {"GIT_NO_REPLACE_OBJECTS": "1"}
# What these say of objects that are named by their ids never changes: an id is the digest of what it names.
_OBJECT_COMMANDS = {"diff-tree", "ls-tree", "merge-base", "rev-list", "rev-parse"}
_OBJECT_OPTIONS = re.compile(
    r"-[Frz]|--(encoding=.*|format=.*|no-commit-header|no-commit-id|no-merges|no-renames|ancestry-path|cherry-pick"
    r"|first-parent|full-history|full-tree|grep=.*|is-ancestor|merges|name-only|not|parents|reverse|right-only|root"
    r"|stdin|topo-order|verify)"
)
_OBJECT_NAME = re.compile(r"\^?[0-9a-f]{40,64}(\^@|\^\{\w+\}|[~^]\d*)?(\.{2,3}[0-9a-f]{40,64})?")
_ANSWERS_KEPT = 4096


def git_output(folder: Path, *argv: str, stdin: str = "", **environment: str) -> str:
    """What git prints in *folder*, without spaces around it; raises SourceError when it fails."""
    return run_git(folder, *argv, stdin=stdin, codes=(0,), **environment)[1]


def run_git(
    folder: Path,
    *argv: str,
    stdin: str = "",
    codes: tuple[int, ...] = (0, 1),
    seconds: float = 300,
    **environment: str,
) -> tuple[int, str]:
    """The exit code of git in *folder*, one of *codes*, and what it prints.

    What it says of objects that are named by their ids is asked once. Raises SourceError for any other code, and when
    it takes longer than so many *seconds*.
    """
    if not environment and is_unchanging(argv, stdin, codes):
        return _run_once(folder, argv, stdin, codes)
    code, output = shell.exit_code_and_output(
        "git",
        *argv,
        folder=folder,
        stdin=stdin.encode(errors="surrogateescape"),
        environment=os.environ | _FIXED_LANGUAGE | _NO_REPLACE_OBJECTS | environment,
        codes=codes,
        seconds=seconds,
    )
    return code, output.decode(errors="surrogateescape").strip()


def is_unchanging(argv: Sequence[str], stdin: str, codes: tuple[int, ...]) -> bool:
    """Whether git, *stdin* something to read, says the same of *argv* as long as the clone has all of its history.

    >>> is_unchanging(["rev-parse", "1f" * 20 + "^{tree}"], "", (0,)), is_unchanging(["rev-parse", "main"], "", (0,))
    (True, False)
    """
    command, *words = argv
    before_paths = words[: words.index("--")] if "--" in words else words
    names = [each for each in [*before_paths, *stdin.split()] if not _OBJECT_OPTIONS.fullmatch(each)]
    # Of an object that is not there yet, git ends with 1; from merge-base that is an answer.
    return (
        command in _OBJECT_COMMANDS
        and (codes == (0,) or command == "merge-base")
        and names != []
        and all(map(_OBJECT_NAME.fullmatch, names))
    )


@lru_cache(_ANSWERS_KEPT)
def _run_once(folder: Path, argv: tuple[str, ...], stdin: str, codes: tuple[int, ...]) -> tuple[int, str]:
    # With something in its environment it is not asked here again.
    return run_git(folder, *argv, stdin=stdin, codes=codes, **_FIXED_LANGUAGE)


def git_folder(folder: Path) -> Path:
    """The folder in which git keeps the clone that *folder* is a worktree of; all its worktrees share it."""
    return (folder / git_output(folder, "rev-parse", "--git-common-dir")).resolve()


def git_output_lines(folder: Path, *argv: str, **options: str) -> list[str]:
    """The lines that git prints in *folder*; raises SourceError when it fails."""
    return git_output(folder, *argv, **options).splitlines()
