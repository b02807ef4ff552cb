"""At the end only what is surely merged is deleted, and what the release made for itself."""

import pytest
from tests.release.repositories import Release, carried_out, done, failed, pushed, titles
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit

from trinokit.findings import INFO, OK, WARNING
from trinokit.plan import undo_plan
from trinokit.release import cleaning, release_state

# Which commits the feature was stays known, since it may be taken back yet.
KEPT = [f"refs/trinokit/releases/v1.1.0/{what}/{FEATURE}" for what in ("base", "feature")]
DELETIONS = [f"Delete {FEATURE} on origin", f"Delete {FEATURE} in this clone"]


@pytest.fixture
def back(developed) -> Release:
    """A release that is merged back, and of which everything else is still there."""
    developed.reach(last_stage="merge-back", test_command="true")
    return developed


def told(release: Release, **request: object) -> list[tuple]:
    wanted = release.request(**request)
    facts = release.facts(wanted)
    found = cleaning.cleanup_findings(facts, wanted, release_state.current_state(facts, wanted))
    return [(each.severity, each.subject, each.sentence) for each in found]


def test_what_is_merged_back_can_go(back):
    assert told(back) == [(OK, FEATURE, "has nothing that would be lost")]
    assert titles(back.plan(back.request()))[:2] == DELETIONS

    done(back.run(back.request()))

    assert list(back.branches()) == [MASTER, RELEASE, "v1.0.0", "v1.1.0"]
    assert back.clone.git("for-each-ref", "--format=%(refname:short)", "refs/heads") == MASTER
    assert back.clone.git("for-each-ref", "--format=%(refname)", "refs/trinokit/releases").splitlines() == KEPT
    assert back.clone.git("worktree", "list").count("\n") == 0
    assert told(back) == []


def test_a_feature_branch_that_is_to_be_kept_stays(back):
    assert told(back, keep_feature=True) == [(INFO, FEATURE, "is kept, as was wished")]

    done(back.run(back.request(keep_feature=True)))

    assert FEATURE in back.branches()
    assert FEATURE in back.clone.git("branch")
    assert back.plan(back.request(keep_feature=True)).steps == ()
    assert set(back.statuses(back.request(keep_feature=True)).values()) == {"done"}


def test_commits_that_were_never_merged_are_not_deleted_although_they_were_pushed(back):
    # Git's own branch -d would delete this one, since it looks at what the branch follows.
    back.clone.git("checkout", "--quiet", FEATURE)
    back.clone.git("branch", "--set-upstream-to", f"origin/{FEATURE}")
    commit(back.clone, "Not released", {"later.py": "1\n"})
    back.clone.git("push", "--quiet", "origin", FEATURE)
    back.clone.git("checkout", "--quiet", MASTER)

    [why] = back.refused(back.request())

    assert "v1.1.0 was released without 1 commit of the feature" in why
    assert "Not released" in why
    assert FEATURE in back.branches()


def test_a_commit_that_is_pushed_between_plan_and_deletion_is_not_lost(back, other):
    plan = back.plan(back.request())
    tip = pushed(other, FEATURE, "At the last moment", {"late.py": "1\n"})

    outcomes = carried_out(plan)

    assert failed(outcomes).step.title == DELETIONS[0]
    assert back.remote.refs()[f"refs/heads/{FEATURE}"] == tip


def test_a_commit_that_is_made_here_between_plan_and_deletion_is_not_lost(back):
    plan = back.plan(back.request())
    back.clone.git("checkout", "--quiet", FEATURE)
    tip = commit(back.clone, "At the last moment", {"late.py": "1\n"})
    back.clone.git("checkout", "--quiet", MASTER)

    outcomes = carried_out(plan)

    assert failed(outcomes).step.title == DELETIONS[1]
    assert back.clone.git("rev-parse", FEATURE) == tip


def test_what_was_squashed_is_proved_by_its_content(developed, other):
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", "-b", RELEASE, f"origin/{MASTER}")
    other.git("merge", "--quiet", "--squash", f"origin/{FEATURE}")
    other.git("commit", "--quiet", "--message", "New feature (#7)")
    other.git("push", "--quiet", "origin", RELEASE)
    tip = other.git("rev-parse", RELEASE)

    developed.reach()

    assert developed.remote.git("rev-parse", RELEASE) == tip
    assert FEATURE not in developed.branches()


def test_a_branch_that_is_checked_out_elsewhere_stays_in_this_clone(back, tmp_path):
    back.clone.git("worktree", "add", "--quiet", str(tmp_path / "mine"), FEATURE)

    assert told(back) == [
        (
            INFO,
            FEATURE,
            f"is checked out in {tmp_path / 'mine'}, and stays in this clone until another one is",
        )
    ]
    done(back.run(back.request()))

    assert FEATURE in back.clone.git("branch")
    assert FEATURE not in back.branches()
    assert back.plan(back.request()).steps == ()


def test_what_was_taken_back_on_the_version_branch_since_is_not_deleted(back, other):
    other.git("fetch", "--quiet", "origin")
    other.git("checkout", "--quiet", "-B", MASTER, f"origin/{MASTER}")
    other.git("revert", "--no-edit", "-m", "1", "HEAD")
    other.git("push", "--quiet", "origin", MASTER)

    [(severity, subject, sentence)] = told(back)

    assert (severity, subject) == (WARNING, FEATURE)
    assert sentence.startswith(f"stays, since nothing proves that {MASTER} has all of it")
    assert not set(DELETIONS) & set(titles(back.plan(back.request())))


def test_a_version_that_changed_since_keeps_nothing_from_being_deleted(back, other):
    pushed(other, MASTER, "Version 1.2.0", {"VERSION": "1.2.0\n"})

    assert titles(back.plan(back.request()))[:2] == DELETIONS


def test_a_deletion_is_taken_back_with_what_was_there(back):
    before = back.remote.refs(), back.clone.git("for-each-ref", "refs/heads")
    plan = back.plan(back.request())
    outcomes = carried_out(plan)

    taken = undo_plan(plan, outcomes)
    done(carried_out(taken))

    assert (back.remote.refs(), back.clone.git("for-each-ref", "refs/heads")) == before


def test_a_worktree_whose_making_was_killed_is_made_anew(developed):
    request = developed.request(test_command="test -e src/new.py")
    developed.reach(last_stage="release")
    step = next(step for step in developed.plan(request).steps if step.title.startswith("Check"))
    path = step.command.argv[-2]
    developed.clone.git("worktree", "add", "--detach", "--no-checkout", "--lock", path, step.command.argv[-1])

    assert titles(developed.plan(request))[0] == f"Remove the worktree {path}".replace(path[-12:], "ID")
    done(developed.run(request))
