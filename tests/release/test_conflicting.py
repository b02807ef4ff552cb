"""Conflicts are worked on in a worktree of the release, and the release goes on once nothing is left of them."""

from pathlib import Path

import pytest
from tests.release.repositories import Release, done, pushed, titles
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit.findings import CRITICAL, WARNING
from trinokit.release import conflict_report, release_planning
from trinokit.release.release_request import FeatureFiles

PATH = "src/app.py"


@pytest.fixture
def conflicting(developed, other) -> Release:
    """A feature that changes what the version branch has changed since, too."""
    pushed(other, FEATURE, "One is two", {PATH: "one = 2\ntwo = 2\nthree = 'three'\n"})
    pushed(other, MASTER, "One is three", {PATH: "one = 3\ntwo = 2\nthree = 'three'\n"})
    return developed


@pytest.fixture
def open(conflicting) -> tuple[Release, Path]:
    """The same, and the worktree in which the conflict is worked on."""
    done(conflicting.run(conflicting.request()))
    return conflicting, conflicting.worktrees / "v1.1.0-feature"


def settle(worktree: Path, text: str) -> None:
    (worktree / PATH).write_text(text)
    Clone.git(_Folder(worktree), "add", "--", PATH)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder


def test_the_plan_makes_a_worktree_and_nothing_else(conflicting):
    request = conflicting.request()
    before = conflicting.remote.refs()
    plan, findings = release_planning.release_plan(conflicting.facts(request), request, conflicting.limits)

    assert titles(plan) == [
        f"Make a worktree for {RELEASE} in {conflicting.worktrees}/v1.1.0-feature",
        f"Begin to bring ID into {RELEASE} there, up to its conflicts",
    ]
    told = f"is not released by this plan, which only makes a worktree to settle the conflicts in {RELEASE}"
    assert [(each.severity, each.sentence) for each in findings] == [(WARNING, told)]
    assert "stopped" in conflicting.statuses(request).values()

    done(conflicting.run(request))

    assert conflicting.remote.refs() == before
    assert "<<<<<<<" in (conflicting.worktrees / "v1.1.0-feature" / PATH).read_text()


def test_as_long_as_something_is_left_there_is_no_plan_and_it_is_told_what(open):
    release, worktree = open
    request = release.request()

    assert release.refused(request) == [f"there is none: the conflicts in {RELEASE} are to be settled in {worktree}"]
    [found, *_] = [
        each for each in conflict_report.join_findings(release.facts(request).joined) if each.severity == CRITICAL
    ]
    assert found.subject == PATH


def test_markers_that_were_added_are_not_released(open):
    release, worktree = open
    settle(worktree, (worktree / PATH).read_text())

    [why] = release.refused(release.request())

    assert "are to be settled" in why
    assert any(
        "markers" in each.sentence for each in conflict_report.join_findings(release.facts(release.request()).joined)
    )


def test_once_it_is_settled_the_release_goes_on_to_its_end(open):
    release, worktree = open
    settle(worktree, "one = 23\ntwo = 2\nthree = 'three'\n")

    done(release.run(release.request(test_command="grep 23 src/app.py")))

    assert release.remote.git("show", f"v1.1.0:{PATH}").startswith("one = 23")
    assert release.remote.git("show", f"{MASTER}:{PATH}").startswith("one = 23")
    assert release.remote.git("log", "-1", "--format=%s", RELEASE) == f"Merge branch '{FEATURE}' into {RELEASE}"
    assert not worktree.exists()
    assert FEATURE not in release.branches()
    assert release.plan(release.request()).steps == ()


def test_a_worktree_whose_conflict_was_settled_in_an_earlier_run_is_removed_at_the_end(open):
    release, worktree = open
    settle(worktree, "one = 23\ntwo = 2\nthree = 'three'\n")
    beside = release.worktrees / "v1.1.0-rc1-feature"
    release.clone.git("worktree", "add", "--quiet", "--detach", str(beside), MASTER)
    done(release.run(release.request(last_stage="production")))
    assert worktree.exists()

    done(release.run(release.request()))

    assert (worktree.exists(), beside.exists()) == (False, True)


def test_what_was_pushed_meanwhile_is_not_joined_with_the_old_work(open, other):
    release, worktree = open
    settle(worktree, "one = 23\ntwo = 2\nthree = 'three'\n")
    pushed(other, MASTER, "One is four", {PATH: "one = 4\ntwo = 2\nthree = 'three'\n"})

    [why] = release.refused(release.request())

    assert "are to be settled" in why
    [problem] = [each.problem for each in release.facts(release.request()).joined if each.worktree]
    assert "since somebody has pushed" in problem


@pytest.mark.parametrize("how", ["cherry-pick", "merge"])
def test_a_version_that_both_sides_changed_is_settled_by_rule(developed, other, how):
    pushed(other, MASTER, "Version 1.0.1", {"VERSION": "1.0.1\n"})
    request = developed.request(join_method=how, files=FeatureFiles(version_files=("VERSION",)))

    done(developed.run(request))

    assert developed.remote.git("show", "v1.1.0:VERSION") == "1.1.0"
    assert FEATURE not in developed.branches()


def test_a_pick_in_conflict_is_worked_on_and_goes_on(conflicting):
    request = conflicting.request(join_method="cherry-pick")
    done(conflicting.run(request))
    worktree = conflicting.worktrees / "v1.1.0-feature"
    assert conflicting.refused(request) != []
    settle(worktree, "one = 23\ntwo = 2\nthree = 'three'\n")

    done(conflicting.run(request))

    assert conflicting.remote.git("show", f"{MASTER}:{PATH}").startswith("one = 23")
    assert "cherry picked from commit" in conflicting.remote.git("log", "-1", "--format=%B", RELEASE)


def test_a_revert_in_conflict_is_worked_on_and_goes_on(developed, other):
    developed.reach()
    pushed(other, RELEASE, "Not new any more", {"src/new.py": "new = False\n"})
    request = developed.request(rollback=True)
    done(developed.run(request))
    worktree = developed.worktrees / f"v1.1.0-revert-{RELEASE}"
    Clone.git(_Folder(worktree), "rm", "--quiet", "src/new.py")

    done(developed.run(request))

    names = developed.remote.git("ls-tree", "-r", "--name-only", MASTER).splitlines()
    assert not worktree.exists()
    assert "src/new.py" not in names
    assert "docs/new-feature.md" not in names
