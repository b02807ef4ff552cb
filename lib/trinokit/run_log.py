"""Where does it stand what was asked during a run, and how long that took? In its run.log, and on a terminal with -v.

Three processes write to the file of a run: the command, the one that executes the notebook, and the kernel, in which
this module is an extension of IPython. Nothing is set up where the kit is only imported.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from trinokit.log_formatter import LineFormatter

FILE_NAME = "run.log"
# How the kernel, which papermill starts, is told of the file: read once, so that what the kernel starts is not told.
_PLACE_VARIABLE, _LEVEL_VARIABLE = "TRINOKIT_RUN_LOG", "TRINOKIT_RUN_LOG_LEVEL"
_PAUSE_S = 0.2


def log_level(verbosity: int) -> int:
    """The level of logging from which on it is told: DEBUG for a *verbosity* of 2 or more, or else INFO."""
    return logging.DEBUG if verbosity >= 2 else logging.INFO


@contextmanager
def written_to(path: Path, level: int) -> Iterator[None]:
    """What the kit logs from *level* on is added to the file *path* meanwhile, at once and line by line."""
    with _handled_by(_FileLines(path), level):
        yield


@contextmanager
def shown_on(stream: TextIO, verbosity: int) -> Iterator[None]:
    """What the kit logs is printed on *stream* meanwhile: from INFO on for a *verbosity* of 1, DEBUG for 2, or none."""
    if not verbosity:
        yield
        return
    with _handled_by(logging.StreamHandler(stream), log_level(verbosity)):
        yield


@contextmanager
def followed(path: Path, stream: TextIO) -> Iterator[None]:
    """Each line that anybody adds to the file *path* meanwhile is printed on *stream*."""
    ended = threading.Event()
    thread = threading.Thread(target=_copy_lines, args=(path, stream, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def kernel_environment(path: Path, level: int) -> dict[str, str]:
    """The environment variables that tell a kernel with this extension to write to the file *path* from *level* on."""
    return {_PLACE_VARIABLE: str(path), _LEVEL_VARIABLE: logging.getLevelName(level)}


def load_ipython_extension(shell: object) -> None:
    """Write to the file that the environment names, until the kernel ends; does nothing where it names none."""
    path, level = os.environ.pop(_PLACE_VARIABLE, ""), os.environ.pop(_LEVEL_VARIABLE, "INFO")
    if path:
        _add_handler(_FileLines(Path(path)), logging.getLevelNamesMapping()[level])


class _FileLines(logging.Handler):
    # One write a line, which no other process cuts in two and no killed one takes along.
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("ab", buffering=0)

    def emit(self, record: logging.LogRecord) -> None:
        # A full disk is told by those who write a report on it.
        with suppress(OSError):
            self._file.write(f"{self.format(record)}\n".encode(errors="replace"))

    def close(self) -> None:
        self._file.close()
        super().close()


def _add_handler(handler: logging.Handler, level: int) -> None:
    logger = logging.getLogger("trinokit")
    handler.setFormatter(LineFormatter())
    handler.setLevel(level)
    # One that was made to tell more goes on with it.
    logger.setLevel(min(level, logger.level or level))
    logger.addHandler(handler)


@contextmanager
def _handled_by(handler: logging.Handler, level: int) -> Iterator[None]:
    logger = logging.getLogger("trinokit")
    before = logger.level
    _add_handler(handler, level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()


def _copy_lines(path: Path, stream: TextIO, ended: threading.Event) -> None:
    unfinished = b""
    # Who listens may have gone.
    with suppress(OSError), path.open("rb") as file:
        while True:
            is_last = ended.wait(_PAUSE_S)
            *lines, unfinished = (unfinished + file.read()).split(b"\n")
            for line in lines:
                print(line.decode(errors="replace"), file=stream, flush=True)
            if is_last:
                return
