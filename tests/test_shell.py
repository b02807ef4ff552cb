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
