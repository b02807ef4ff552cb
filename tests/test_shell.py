"""A command answers with what it prints, and what was started ends: by itself, at its deadline, or with its block."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import process
from trinokit import shell
from trinokit.errors import SourceError
from trinokit.shell import CommandExit


def test_a_command_answers_with_what_it_prints(tmp_path):
    assert shell.check_output_text(sys.executable, "-c", "print('yes')", folder=tmp_path) == "yes"


def test_a_command_that_fails_is_told_with_its_own_words(tmp_path):
    with pytest.raises(SourceError, match="found exit code 3: no way"):
        shell.check_output_text(
            sys.executable, "-c", "import sys; print('no way', file=sys.stderr); sys.exit(3)", folder=tmp_path
        )


def test_a_command_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceError, match="Expected the program nothing-like-it"):
        shell.check_output_text("nothing-like-it", folder=tmp_path)


def test_what_is_printed_is_told_to_the_byte(tmp_path):
    program = "import sys; sys.stdout.buffer.write(b' \\xff' + sys.stdin.buffer.read() + b'\\r\\n')"

    assert shell.check_output(sys.executable, "-c", program, folder=tmp_path, stdin=b"\0\n") == b" \xff\0\n\r\n"


def test_a_command_has_nothing_to_read_unless_it_is_given_something(tmp_path):
    assert shell.check_output(sys.executable, "-c", "import sys; print(sys.stdin.read())", folder=tmp_path) == b"\n"


def test_a_command_sees_no_environment_but_the_one_it_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("PRESENT", "always")
    command = [sys.executable, "-c", "import os; print(sorted(os.environ.keys() & {'PRESENT', 'GIVEN'}))"]

    assert shell.check_output_text(*command, folder=tmp_path) == "['PRESENT']"
    assert shell.check_output(*command, folder=tmp_path, environment={"GIVEN": "1"}) == b"['GIVEN']\n"


def test_a_command_that_does_not_end_is_ended_and_told(tmp_path):
    with pytest.raises(SourceError, match=r"time\.sleep\(99\) to end, found it running after 0\.2 s"):
        shell.check_output(sys.executable, "-c", "import time; time.sleep(99)", folder=tmp_path, seconds=0.2)


def test_a_child_has_ended_when_its_block_is_left(tmp_path):
    with (
        pytest.raises(KeyError),
        shell.child_process(sys.executable, "-c", "import time; time.sleep(99)", folder=tmp_path) as child,
    ):
        raise KeyError

    assert child.poll() is not None
    assert not Path(f"/proc/{child.pid}/cmdline").exists()


def test_a_child_that_is_done_is_left_alone(tmp_path):
    begun = time.monotonic()
    with shell.child_process(sys.executable, "-c", "raise SystemExit(7)", folder=tmp_path) as child:
        assert child.wait() == 7

    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    ("script", "ended"),
    [
        ("echo yes", CommandExit(0, "yes\n")),
        ("echo one; echo two >&2; echo three; exit 3", CommandExit(3, "one\ntwo\nthree\n")),
        ("printf 'a\\377b'", CommandExit(0, "a\ufffdb")),
        ("kill -9 $$", CommandExit(-9, "")),
        ("head -c 3000000 /dev/zero | tr '\\0' x", CommandExit(0, "x" * 3000000)),
    ],
)
def test_a_run_tells_its_exit_code_and_all_that_it_printed_in_order(script, ended):
    assert shell.run_command(("sh", "-c", script), "", 60) == ended


@pytest.mark.parametrize(
    ("text", "told"), [("", ""), ("a\r\n\u20ac", " 61 0d 0a e2 82 ac\n"), ("\udcff\t", " ff 09\n")]
)
def test_a_run_is_given_a_text_to_the_byte(text, told):
    assert shell.run_command(("od", "-An", "-tx1"), text, 60) == CommandExit(0, told)


def test_a_run_can_be_given_much():
    assert shell.run_command(("wc", "-c"), "x" * 300000, 60) == CommandExit(0, "300000\n")


def test_a_run_needs_not_read_what_it_is_given():
    assert shell.run_command(("true",), "x" * 300000, 60) == CommandExit(0, "")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (("nothing-like-it", "a"), "Expected the program nothing-like-it, found none on PATH."),
        (("echo", "a\0b"), "Expected echo to start, found: embedded null byte."),
        (("echo", "a" * 200000), "Expected echo to start, found: Argument list too long."),
    ],
)
def test_a_run_that_cannot_start_says_why(argv, text):
    assert shell.run_command(argv, "", 60) == CommandExit(None, text)


def test_a_run_finds_what_was_installed_beside_this_python_behind_what_is_on_the_path(monkeypatch, tmp_path):
    beside = str(Path(sys.executable).parent)
    others = [each for each in os.environ["PATH"].split(os.pathsep) if each != beside]
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), *others]))

    ended = shell.run_command(("trinokit", "--version"), "", 60)
    inside = shell.run_command(("sh", "-c", "command -v trinokit; echo $PATH"), "", 60)
    (tmp_path / "trinokit").write_text("#!/bin/sh\necho another\n")
    (tmp_path / "trinokit").chmod(0o755)

    assert (ended.code, "trinokit" in ended.text) == (0, True)
    assert inside.text == f"{beside}/trinokit\n{os.environ['PATH']}:{beside}\n"
    assert shell.run_command(("trinokit",), "", 60) == CommandExit(0, "another\n")


def test_a_run_without_a_path_does_not_look_where_it_stands(monkeypatch, tmp_path):
    (tmp_path / "here").write_text("#!/bin/sh\n")
    (tmp_path / "here").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")

    assert shell.run_command(("here",), "", 60) == CommandExit(None, "Expected the program here, found none on PATH.")


def running(mark: str) -> list[str]:
    """The processes that still run with this mark among their words."""
    found = subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True).stdout.split()
    return [pid for pid in found if int(pid) != os.getpid()]


@pytest.fixture
def mark() -> str:
    """A number of seconds by which the processes of one test are told from all others."""
    return f"{99_000_000 + time.monotonic_ns() % 900_000}"


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started(mark, monkeypatch, trap):
    monkeypatch.setattr(shell, "_TERMINATION_GRACE_S", 0.5)

    ended = shell.run_command(("sh", "-c", f"{trap}echo begun; sleep {mark} & sleep {mark}; sleep {mark}"), "", 0.5)

    assert ended == CommandExit(None, "begun\n\nExpected sh to end within 0.5 s, found it running, and ended it.")
    assert running(mark) == []


def test_a_run_ends_at_its_deadline_also_where_there_is_no_timeout_program(mark, monkeypatch, tmp_path):
    monkeypatch.setattr(shell, "_TERMINATION_GRACE_S", 0.5)
    for program in ("sh", "sleep"):
        (tmp_path / program).symlink_to(shutil.which(program))
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        ended = shell.run_command(("sh", "-c", f"trap '' TERM; sleep {mark} & sleep {mark}"), "", 0.5)

    assert ended == CommandExit(None, "\nExpected sh to end within 0.5 s, found it running, and ended it.")
    assert running(mark) == []


def test_a_run_does_not_wait_for_what_the_command_leaves_behind(mark):
    begun = time.monotonic()
    ended = shell.run_command(("sh", "-c", f"sleep {mark} & echo $!"), "", 60)
    os.kill(int(ended.text), signal.SIGKILL)

    assert ended.code == 0
    assert time.monotonic() - begun < 30


SLEEPS = (
    "import sys; from trinokit import shell; shell._TIMEOUT_MARGIN_S = 1\n"
    "shell.run_command(('sh', '-c', f'touch {sys.argv[1]}; sleep {sys.argv[2]} & sleep {sys.argv[2]}'), '', SECONDS)"
)


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGTERM, 1), (signal.SIGKILL, 1), (signal.SIGINT, 600)])
def test_a_run_ends_also_when_its_own_process_is_ended(tmp_path, mark, number, seconds):
    script = SLEEPS.replace("SECONDS", str(seconds))
    started = process.start([sys.executable, "-c", script, str(tmp_path / "begun"), mark], tmp_path / "log")
    try:
        assert process.wait((tmp_path / "begun").exists, 60)
        os.kill(started["pid"], number)

        assert process.wait(lambda: not process.alive(started) and running(mark) == [], 30)
    finally:
        process.stop(started)
