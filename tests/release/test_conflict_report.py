"""A conflict is told with its lines, whom to ask, what is missing, and how to go on."""

import subprocess
from dataclasses import replace

import pytest
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, clone, commit, feature, remote, seed

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.observations import Commit, Conflict, ConflictHunk, Join, JoinResult, ResolvedVersion
from trinokit.release.conflict_report import conflict_table, join_findings, resolution_commands, resolution_table
from trinokit.sources.git import commit_joining

__all__ = ["clone", "remote"]

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
OURS, THEIRS = "One <one@example.com>", "Two <two@example.com>"
JOIN = Join("feature", RELEASE, ONE, TWO, "merge")
HUNK = ConflictHunk(12, "limit = 1\n", "limit = 2\nunit = 's'\n", OURS, THEIRS)
CONFLICT = Conflict("src/app.py", "CONFLICT (content): Merge conflict in src/app.py", (HUNK, replace(HUNK, line=1040)))
OPEN = JoinResult(JOIN, ONE, TWO, conflicts=(CONFLICT,))
CLEAN = JoinResult(JOIN, ONE, TWO, commit=THREE)


def test_a_conflict_is_told_with_its_lines_and_whom_to_ask():
    assert join_findings([OPEN]) == [
        Finding(
            CRITICAL,
            "src/app.py",
            "cannot be joined into release_v1.1.0 (CONFLICT (content): Merge conflict in src/app.py); both sides "
            "differ from lines 12, 1,040 on; ask One <one@example.com>, Two <two@example.com>; the plan makes a "
            "worktree to settle it in",
        )
    ]


def test_a_conflict_is_told_with_the_commits_of_newer_branches_that_are_missing():
    missing = (Commit(THREE, "Read limits from a file", OURS),)
    conflict = replace(CONFLICT, hunks=(replace(HUNK, their_author=""),), prerequisites=missing)

    [found] = join_findings([replace(OPEN, conflicts=(conflict,), worktree="/place/conflict")])

    assert found.sentence.partition("; ")[2] == (
        "both sides differ from line 12 on; ask One <one@example.com>; commits of newer branches that changed it and "
        "are not here: 33333333 Read limits from a file; settle it in /place/conflict"
    )


def test_a_conflict_without_lines_is_told_as_git_said_it():
    conflict = Conflict("logo.png", "CONFLICT (binary): Cannot merge binary files")

    [found] = join_findings([replace(OPEN, conflicts=(conflict,))])

    assert found.sentence == (
        "cannot be joined into release_v1.1.0 (CONFLICT (binary): Cannot merge binary files); the plan makes a "
        "worktree to settle it in"
    )


def test_what_is_still_wrong_in_a_worktree_is_told():
    found = join_findings([replace(OPEN, worktree="/place/conflict", problem="src/app.py has markers in line 3")])

    assert [each.subject for each in found] == ["src/app.py", "the worktree /place/conflict"]
    assert found[1] == Finding(
        CRITICAL, "the worktree /place/conflict", "is not ready: src/app.py has markers in line 3"
    )
    assert join_findings([replace(OPEN, conflicts=(), problem="it is a merge of three")]) == [
        Finding(CRITICAL, RELEASE, "is not ready: it is a merge of three")
    ]


def test_what_follows_a_conflict_waits_for_it_and_is_no_conflict_itself():
    back = JoinResult(Join("back", MASTER, THREE, "feature", "merge"), THREE, "")

    assert join_findings([OPEN, back])[1:] == [
        Finding(
            INFO,
            MASTER,
            "could not be looked at: what it gets by back is not known before the conflicts in release_v1.1.0 are "
            "settled",
        )
    ]
    assert [each.severity for each in join_findings([back])] == [CRITICAL]


def test_joins_without_a_conflict_are_one_finding():
    back = replace(CLEAN, join=Join("back", MASTER, THREE, "feature", "merge"))

    assert join_findings([CLEAN, back]) == [
        Finding(OK, "joins", f"2 joins without a conflict: feature into {RELEASE}, back into {MASTER}")
    ]
    assert join_findings([]) == []


def test_a_conflict_that_somebody_settled_is_told_with_the_commit():
    assert join_findings([replace(OPEN, commit=THREE)]) == [
        Finding(INFO, RELEASE, "gets 33333333, where somebody settled: src/app.py")
    ]


def test_commits_that_are_not_picked_are_told():
    skipped = (Commit(ONE, "Add it", OURS), Commit(TWO, "Tell of it", THEIRS))
    told = "does already what these do, so they are not picked: 11111111 Add it, 22222222 Tell of it"

    assert join_findings([replace(CLEAN, skipped=skipped)])[0] == Finding(INFO, RELEASE, told)


@pytest.mark.parametrize(
    ("ours", "theirs", "taken", "severity"),
    [
        ("1.0.1", "1.1.0", "1.1.0", INFO),
        ("1.1.0", "1.0.1", "1.2.0", INFO),
        ("1.2.0", "1.1.0", "1.1.0", WARNING),
        ("1.0.1", "next", "1.1.0", WARNING),
    ],
)
def test_both_versions_are_told_where_one_was_taken_by_rule(ours, theirs, taken, severity):
    [found, _] = join_findings([replace(CLEAN, versions=(ResolvedVersion("VERSION", ours, theirs, taken),))])
    told = f"has {ours} in {RELEASE} and {theirs} in what comes in: {taken} was taken by rule"

    assert found == Finding(severity, "VERSION", told + ", which is not above both" * (severity == WARNING))


def test_the_table_has_a_row_for_each_place():
    conflicts = (replace(CONFLICT, hunks=(HUNK,)), Conflict("gone.py", "CONFLICT (modify/delete): gone.py deleted"))

    assert conflict_table([CLEAN, replace(OPEN, conflicts=conflicts)]).to_dict("split", index=False) == {
        "columns": ["into", "path", "line", "ours", "theirs", "ours is by", "theirs is by"],
        "data": [
            [RELEASE, "src/app.py", "12", "limit = 1", "limit = 2 ⏎ unit = 's'", OURS, THEIRS],
            [RELEASE, "gone.py", "–", "CONFLICT (modify/delete): gone.py deleted", "–", "–", "–"],
        ],
    }
    assert conflict_table([CLEAN]).empty


def shown(text: str) -> str:
    conflict = replace(CONFLICT, hunks=(replace(HUNK, ours=text),))
    return conflict_table([replace(OPEN, conflicts=(conflict,))])["ours"].item()


def test_long_texts_are_cut_and_empty_ones_told():
    assert shown("x" * 80) == "x" * 80
    assert shown("x" * 81) == "x" * 79 + "…"
    assert shown("\n  \n") == "(nothing)"


@pytest.mark.parametrize(
    "text",
    [
        "connection-password=hunter2\n",
        "  clientSecret: hunter2\n",
        'api_key = "hunter2"\n',
        "url: https://admin:hunter2@example.com/\n",
        "key: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\n",
    ],
)
def test_what_looks_like_a_secret_is_not_shown(text):
    assert shown(text) == "(not shown, since it looks like a secret)"


def test_the_commands_lead_on_from_a_conflict():
    there = replace(OPEN, worktree="/place/my conflict")

    assert resolution_commands(there) == (
        "git -C '/place/my conflict' status\n"
        "git -C '/place/my conflict' diff\n"
        "# Edit src/app.py there, until no marker is left.\n"
        "git -C '/place/my conflict' add -- src/app.py\n"
        "# (git rm in place of git add for a file that is to go.)\n"
        "git -C '/place/my conflict' diff --cached --check\n"
        "# Then run the runbook again: it looks for what is left, and goes on.\n"
    )
    assert resolution_commands(OPEN).startswith("# Carry out the plan")
    assert resolution_commands(replace(there, commit=THREE)) == resolution_commands(CLEAN) == ""


def test_what_comes_next_is_a_row_for_each_command_of_what_is_open():
    there = replace(OPEN, worktree="/place/conflict")

    rows = resolution_table([CLEAN, there]).values.tolist()

    assert {into for into, _ in rows} == {there.join.into}
    assert [line for _, line in rows] == resolution_commands(there).splitlines()


def test_a_real_conflict_is_told_with_its_authors_and_settled_by_the_commands(clone, remote, tmp_path):
    seed(clone)
    tip = feature(clone)
    clone.git("checkout", "--quiet", MASTER)
    onto = commit(clone, "Add another new feature", {"src/new.py": "new = 'other'\n"})
    place = tmp_path / "conflict"
    rule = commit_joining.ConflictPolicy((), "v1.1.0", str(tmp_path / "worktrees"), {})
    [joined] = commit_joining.compute_joins(clone.folder, [Join("feature", RELEASE, onto, tip, "merge")], rule)

    [found] = join_findings([joined])
    clone.git("worktree", "add", "--quiet", "--detach", str(place), onto)
    subprocess.run(["git", "merge", "--no-ff", "--no-commit", tip], cwd=place, capture_output=True)
    (place / "src" / "new.py").write_text("new = True\n")
    script = resolution_commands(replace(joined, worktree=str(place)))
    subprocess.run(script, shell=True, check=True, capture_output=True)

    assert (found.severity, found.subject) == (CRITICAL, "src/new.py")
    assert "ask An Author <author@example.com>" in found.sentence
    assert clone.git("-C", str(place), "ls-files", "--unmerged") == ""
    assert FEATURE not in found.sentence
