"""Each script of `findings/` says what surprises whom, brings what it runs, cleans up, and is in the table."""

import os
import re

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))
ROWS = {
    row[0]: row[1:]
    for row in re.findall(
        r"^\| \[(\w+)\]\(\1\.sh\) \| (.+) \| (.+) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.M
    )
}
HEAD = ("#!/usr/bin/env bash", "# One would guess: ", "# What happens: ", "# Who meets it: ", "# Needs: ")
PINNED = re.compile(r"==\d|[@ ]v\d+\.\d+\.\d+")


def test_the_table_lists_exactly_the_scripts_there_are():
    assert len(SCRIPTS) >= 10
    assert list(ROWS) == [path.stem for path in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
class TestAScript:
    def test_begins_with_what_one_would_guess_what_happens_and_who_meets_it(self, script):
        head = script.read_text().splitlines()[: len(HEAD)]

        assert [line[: len(begin)] for line, begin in zip(head, HEAD, strict=True)] == list(HEAD)
        assert all(line.endswith(".") and len(line) > 40 for line in head[1:4])

    def test_can_be_run_and_stops_at_the_first_error(self, script):
        assert os.access(script, os.X_OK)
        assert "\nset -euo pipefail\n" in script.read_text()

    def test_works_in_a_folder_of_its_own_that_it_removes(self, script):
        assert '\nwork=$(mktemp -d)\ntrap \'rm -rf "$work"\' EXIT\ncd "$work"\n' in script.read_text()

    def test_installs_pinned_versions_from_wherever_the_clients_look(self, script):
        text = script.read_text()

        assert PINNED.search(text)
        assert not re.search(r"://(?!127\.0\.0\.1)", text)
        for line in re.findall(r"pip install (.+)", text):
            words = [word for word in re.sub(r"--target \S+", "", line).split() if not word.startswith("-")]
            assert words
            assert all("==" in word for word in words), line

    def test_runs_without_our_product(self, script):
        assert "trinokit" not in script.read_text()

    def test_fails_when_what_it_saw_has_changed(self, script):
        assert script.read_text().endswith('cat seen\ndiff expected seen && echo "as found"\n')

    def test_the_table_names_versions_that_it_runs(self, script):
        versions = re.findall(r"\d[\w.]*", ROWS[script.stem][2])

        assert versions
        assert all(version in script.read_text() for version in versions)
