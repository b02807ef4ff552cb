"""A run can be followed while it goes on, and afterwards; nobody who only imports the kit gets a log."""

import io
import logging
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from trinokit import run_log

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+: .*")
_log = logging.getLogger("trinokit.made")


@pytest.fixture
def logger():
    """The logger of the kit, which is as it was afterwards."""
    logger = logging.getLogger("trinokit")
    before = logger.level, [*logger.handlers]
    yield logger
    for handler in set(logger.handlers) - set(before[1]):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(before[0])


def tell_all() -> None:
    """One event of each level."""
    _log.debug("asked")
    _log.info("answered")
    _log.warning("not read")


def told(text: str) -> list[str]:
    lines = text.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    return [line.split(" ", 1)[1] for line in lines]


INFO_LINES = ["INFO trinokit.made: answered", "WARNING trinokit.made: not read"]


@pytest.mark.parametrize(
    ("verbosity", "lines"), [(0, []), (1, INFO_LINES), (2, ["DEBUG trinokit.made: asked", *INFO_LINES])]
)
def test_a_terminal_is_told_as_much_as_it_wants(logger, verbosity, lines):
    stream = io.StringIO()

    with run_log.shown_on(stream, verbosity):
        tell_all()
    _log.warning("later")

    assert told(stream.getvalue()) == lines


@pytest.mark.parametrize(("verbosity", "level"), [(0, "INFO"), (1, "INFO"), (2, "DEBUG"), (3, "DEBUG")])
def test_a_file_has_the_questions_and_with_vv_each_request(verbosity, level):
    assert logging.getLevelName(run_log.log_level(verbosity)) == level


def test_a_line_is_in_the_file_as_soon_as_it_is_told(logger, tmp_path):
    path = tmp_path / "run.log"

    with run_log.written_to(path, logging.INFO):
        tell_all()
        assert told(path.read_text()) == INFO_LINES
    _log.warning("later")

    assert told(path.read_text()) == INFO_LINES
    assert logger.level == logging.NOTSET


def test_several_processes_write_whole_lines_to_one_file(tmp_path):
    path = tmp_path / "run.log"
    program = (
        "import logging, pathlib, sys\nfrom trinokit import run_log\n"
        "with run_log.written_to(pathlib.Path(sys.argv[1]), logging.INFO):\n"
        "    for number in range(500): logging.getLogger('trinokit.made').info('%d %s', number, 'x' * 9000)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]

    each = [f"INFO trinokit.made: {number} {'x' * 9000}" for number in range(500)]
    assert sorted(told(path.read_text())) == sorted(each * 3)


def test_who_follows_sees_whole_lines_soon_and_the_last_one_at_the_end(tmp_path):
    path, stream, seen = tmp_path / "run.log", io.StringIO(), threading.Event()
    path.write_text("one\ntw")

    with run_log.followed(path, stream):
        deadline = time.monotonic() + 20
        while not stream.getvalue() and time.monotonic() < deadline:
            seen.wait(0.05)
        assert stream.getvalue() == "one\n"
        with path.open("a") as file:
            file.write("o\nthree\n")

    assert stream.getvalue() == "one\ntwo\nthree\n"


def test_a_kernel_is_told_of_the_file_once_and_what_it_starts_is_not(logger, tmp_path, monkeypatch):
    path = tmp_path / "run.log"
    for name, value in run_log.kernel_environment(path, logging.INFO).items():
        monkeypatch.setenv(name, value)

    run_log.load_ipython_extension(None)
    tell_all()

    assert told(path.read_text()) == INFO_LINES
    assert not [name for name in os.environ if name.startswith("TRINOKIT_RUN_LOG")]


def test_a_kernel_that_is_told_of_no_file_writes_none(logger, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = [*logger.handlers]

    run_log.load_ipython_extension(None)

    assert (logger.handlers, [*tmp_path.iterdir()]) == (before, [])


def test_importing_the_kit_sets_nothing_up_even_where_a_run_is_named(tmp_path):
    path = tmp_path / "run.log"
    program = (
        "import logging, trinokit.sources, trinokit.report\n"
        "print(logging.getLogger('trinokit').handlers, logging.getLogger('trinokit').level, logging.root.handlers)"
    )
    environment = os.environ | run_log.kernel_environment(path, logging.DEBUG)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "[<NullHandler (NOTSET)>] 0 []\n"
    assert not path.exists()
