"""A server is stopped by the process that was started, and by no other."""

import os
import sys

import pytest

from tests.servers import process


def sleeping(tmp_path) -> dict:
    return process.start(
        [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(99)"], tmp_path / "log"
    )


def test_a_process_is_alive_until_it_is_stopped(tmp_path):
    started = sleeping(tmp_path)

    assert process.alive(started)
    process.stop(started)
    assert not process.alive(started)


def test_another_process_with_the_same_id_is_left_alone():
    other = {"pid": os.getpid(), "started": 1}

    assert not process.alive(other)
    process.stop(other)


def test_a_server_that_never_answers_is_stopped_and_its_words_are_told(tmp_path, monkeypatch):
    started = sleeping(tmp_path)
    process.wait(lambda: "up" in (tmp_path / "log").read_text(), 10)

    with pytest.raises(process.Missing, match="did not answer within 1 s; its last lines:\nup"):
        process.ready(started, lambda: False, 1)

    assert not process.alive(started)


def test_a_server_that_ends_at_once_says_why(tmp_path):
    started = process.start([sys.executable, "-c", "raise SystemExit('the port is taken')"], tmp_path / "log")

    with pytest.raises(process.Missing, match="ended before it answered; its last lines:\nthe port is taken"):
        process.ready(started, lambda: False, 30)


def test_a_server_that_answers_goes_on(tmp_path):
    started = sleeping(tmp_path)
    try:
        assert process.ready(started, lambda: True, 5) is started
        assert process.alive(started)
    finally:
        process.stop(started)
