"""What does a command answer? The one place where trinops starts programs."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trinops.errors import SourceError


def output(*argv: str, folder: Path) -> str:
    """What the command *argv* prints when it is run in *folder*, without spaces around it.

    Raises SourceError as `printed` does.
    """
    return printed(*argv, folder=folder).decode().strip()


def printed(
    *argv: str,
    folder: Path,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float = 300,
) -> bytes:
    """What the command *argv* prints, to the byte, when it is *given* something to read.

    Its *environment* is that of this process, if no other is named. Raises SourceError when it cannot be started,
    ends with another exit code than 0 or takes longer than so many *seconds*.
    """
    command, remedy = " ".join(argv), f"run it by hand in {folder}"
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, input=given, env=environment, timeout=seconds)
    except OSError as error:
        raise SourceError(f"Expected the program {argv[0]}, found: {error}.", remedy=f"install {argv[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"Expected {command} to end, found it running after {seconds} s.", remedy=remedy) from error
    if done.returncode:
        raise SourceError(
            f"Expected {command} to succeed, found exit code {done.returncode}: "
            f"{done.stderr.decode(errors='replace').strip()}",
            remedy=remedy,
        )
    return done.stdout


@contextmanager
def child(*argv: str, folder: Path) -> Iterator[subprocess.Popen]:
    """A program that runs beside this one; when the block is left it has ended, by force if need be."""
    process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
