"""A command answers with what it prints, and a child never outlives its block."""

import sys
import time
from pathlib import Path

import pytest

from trinops import shell
from trinops.errors import SourceError


def test_a_command_answers_with_what_it_prints(tmp_path):
    assert shell.output(sys.executable, "-c", "print('yes')", folder=tmp_path) == "yes"


def test_a_command_that_fails_is_told_with_its_own_words(tmp_path):
    with pytest.raises(SourceError, match="found exit code 3: no way"):
        shell.output(sys.executable, "-c", "import sys; print('no way', file=sys.stderr); sys.exit(3)", folder=tmp_path)


def test_a_command_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceError, match="Expected the program nothing-like-it"):
        shell.output("nothing-like-it", folder=tmp_path)


def test_what_is_printed_is_told_to_the_byte(tmp_path):
    program = "import sys; sys.stdout.buffer.write(b' \\xff' + sys.stdin.buffer.read() + b'\\r\\n')"

    assert shell.printed(sys.executable, "-c", program, folder=tmp_path, given=b"\0\n") == b" \xff\0\n\r\n"


def test_a_command_has_nothing_to_read_unless_it_is_given_something(tmp_path):
    assert shell.printed(sys.executable, "-c", "import sys; print(sys.stdin.read())", folder=tmp_path) == b"\n"


def test_a_command_sees_no_environment_but_the_one_it_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("PRESENT", "always")
    command = [sys.executable, "-c", "import os; print(sorted(os.environ.keys() & {'PRESENT', 'GIVEN'}))"]

    assert shell.output(*command, folder=tmp_path) == "['PRESENT']"
    assert shell.printed(*command, folder=tmp_path, environment={"GIVEN": "1"}) == b"['GIVEN']\n"


def test_a_command_that_does_not_end_is_ended_and_told(tmp_path):
    with pytest.raises(SourceError, match=r"time\.sleep\(99\) to end, found it running after 0\.2 s"):
        shell.printed(sys.executable, "-c", "import time; time.sleep(99)", folder=tmp_path, seconds=0.2)


def test_a_child_has_ended_when_its_block_is_left(tmp_path):
    with (
        pytest.raises(KeyError),
        shell.child(sys.executable, "-c", "import time; time.sleep(99)", folder=tmp_path) as child,
    ):
        raise KeyError

    assert child.poll() is not None
    assert not Path(f"/proc/{child.pid}/cmdline").exists()


def test_a_child_that_is_done_is_left_alone(tmp_path):
    begun = time.monotonic()
    with shell.child(sys.executable, "-c", "raise SystemExit(7)", folder=tmp_path) as child:
        assert child.wait() == 7

    assert time.monotonic() - begun < 60
