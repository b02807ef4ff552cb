"""What does a command answer? The one place where trinokit starts programs."""

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from trinokit.errors import SourceError

_log = logging.getLogger(__name__)
_URL_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRET_NAME = r"[\w.-]*(?:pass|pwd|secret|token|credential|key)[\w.-]*"
_SECRET_OPTION = re.compile(f"-{_SECRET_NAME}", re.IGNORECASE)
_SECRET_VALUE = re.compile(f"({_SECRET_NAME})=.*", re.IGNORECASE)
# What is longer, or has blanks or braces, is a text that is given: a message, a script, a patch.
_PLAIN_ARGUMENT = re.compile(r"[^\s{}]{0,120}")
_TERMINATION_GRACE_S, _TIMEOUT_MARGIN_S = 5, 15


class CommandExit(NamedTuple):
    """How a command ended: its exit *code*, None where it did not end by itself, and the *text* that it printed."""

    code: int | None
    text: str


def check_output_text(*argv: str, folder: Path) -> str:
    """What the command *argv* prints when it is run in *folder*, without spaces around it.

    Raises SourceError as `check_output` does.
    """
    return check_output(*argv, folder=folder).decode().strip()


def check_output(
    *argv: str,
    folder: Path,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float = 300,
) -> bytes:
    """What the command *argv* prints, to the byte, when it reads *stdin*.

    Its *environment* is that of this process, if no other is named. Raises SourceError as `exit_code_and_output` does.
    """
    return exit_code_and_output(*argv, folder=folder, stdin=stdin, environment=environment, seconds=seconds)[1]


def exit_code_and_output(
    *argv: str,
    folder: Path,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float = 300,
    codes: tuple[int, ...] = (0,),
) -> tuple[int, bytes]:
    """The exit code of the command *argv*, one of *codes*, and what it prints, to the byte.

    Raises SourceError when it cannot be started, ends with another exit code or takes longer than so many *seconds*.
    """
    command, remedy, began = " ".join(argv), f"run it by hand in {folder}", time.monotonic()
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, input=stdin, env=environment, timeout=seconds)
    except OSError as error:
        raise SourceError(f"Expected the program {argv[0]}, found: {error}.", remedy=f"install {argv[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"Expected {command} to end, found it running after {seconds} s.", remedy=remedy) from error
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s: exit code %d in %.2f s", loggable_command(argv), done.returncode, time.monotonic() - began)
    if done.returncode not in codes:
        raise SourceError(
            f"Expected {command} to succeed, found exit code {done.returncode}: "
            f"{done.stderr.decode(errors='replace').strip()}",
            remedy=remedy,
        )
    return done.returncode, done.stdout


def run_command(argv: tuple[str, ...], stdin: str, seconds: float) -> CommandExit:
    """How the command *argv* ended that read *stdin*, with all that it printed, in its order.

    Programs beside this Python are found behind those on PATH. A program that is not there has no code, and one that
    takes longer than so many *seconds* neither: it is ended, with all that it started. When this process dies
    meanwhile, the command goes on, and timeout(1) ends it a little later than its deadline.
    """
    path, began = _search_path(), time.monotonic()
    if not shutil.which(argv[0], path=path):
        return CommandExit(None, f"Expected the program {argv[0]}, found none on PATH.")
    # Files can neither fill up as a pipe does nor be held open by what the command leaves behind.
    with TemporaryFile() as reads, TemporaryFile() as prints:
        reads.write(stdin.encode(errors="surrogateescape"))
        reads.seek(0)
        try:
            process = subprocess.Popen(
                [*_timeout_prefix(seconds), *argv],
                stdin=reads,
                stdout=prints,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {"PATH": path},
            )
        except (OSError, ValueError) as error:
            return CommandExit(None, f"Expected {argv[0]} to start, found: {getattr(error, 'strerror', error)}.")
        code = _wait_for_exit(process, seconds)
        prints.seek(0)
        text = prints.read().decode(errors="replace")
    ended = "no exit code" if code is None else f"exit code {code}"
    _log.info("%s: %s in %.2f s", loggable_command(argv), ended, time.monotonic() - began)
    if code is None:
        text += f"\nExpected {argv[0]} to end within {seconds:g} s, found it running, and ended it."
    return CommandExit(code, text)


def loggable_command(argv: Sequence[str]) -> str:
    """The command *argv* in one line, without passwords, and without the texts that are given to it.

    >>> loggable_command(["git", "push", "https://u:hunter2@host/x", "-m", "two words", "--token", "hunter2"])
    'git push https://host/x -m <9 characters> --token ...'
    """
    words, before = [], ""
    for each in argv:
        words.append("..." if _SECRET_OPTION.fullmatch(before) else _loggable_argument(each))
        before = each
    return " ".join(words)


@contextmanager
def child_process(*argv: str, folder: Path) -> Iterator[subprocess.Popen]:
    """A program that runs beside this one; when the block is left it has ended, by force if need be."""
    process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        _end_process(process)


def _loggable_argument(argument: str) -> str:
    if not _PLAIN_ARGUMENT.fullmatch(argument):
        return f"<{len(argument)} characters>"
    return _SECRET_VALUE.sub(r"\1=...", _URL_USERINFO.sub("", argument))


def _end_process(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _search_path() -> str:
    # What was installed beside this Python, such as trinokit itself, is a command of a plan too.
    return os.pathsep.join(filter(None, [os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)]))


def _timeout_prefix(seconds: float) -> list[str]:
    # Nobody else can end the command when this process was killed.
    program = shutil.which("timeout")
    return [program, "-s", "KILL", str(ceil(seconds) + _TIMEOUT_MARGIN_S)] if program else []


def _wait_for_exit(process: subprocess.Popen, seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:
            _end_process_group(process)


def _end_process_group(process: subprocess.Popen) -> None:
    # Helm and git clean up after themselves when they are asked to end.
    try:
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_TERMINATION_GRACE_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
