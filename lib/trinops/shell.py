"""What does a command answer? The one place where trinops starts programs."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trinops.errors import SourceError


def output(*argv: str, folder: Path) -> str:
    """What the command *argv* prints when it is run in *folder*.

    Raises SourceError when it cannot be started or ends with another exit code than 0.
    """
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise SourceError(f"Expected the program {argv[0]}, found: {error}.", remedy=f"install {argv[0]}") from error
    if done.returncode:
        raise SourceError(
            f"Expected {' '.join(argv)} to succeed, found exit code {done.returncode}: {done.stderr.strip()}",
            remedy=f"run it by hand in {folder}",
        )
    return done.stdout.strip()


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
