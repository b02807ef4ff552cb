"""The commits of a feature are known from its branch, from what was kept of it, or from the merge that has them."""

import pytest
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit, feature, seed

from trinokit import sources
from trinokit.observations import Commit, Feature

AUTHOR = "An Author <author@example.com>"
SUBJECTS = ("Add the new feature", "Tell of the new feature")
KEPT = tuple(f"refs/trinokit/releases/v1.1.0/{what}/{FEATURE}" for what in ("feature", "base"))
CHANGED = ("CHANGELOG.md", "VERSION", "docs/new-feature.md", "src/new.py")


def asked(clone: Clone) -> Feature:
    git = sources.open_repository(str(clone.folder), "origin")
    git.now()
    return git.feature(FEATURE, RELEASE, MASTER, "v1.1.0")


def merge(clone: Clone, what: str, into: str, *options: str) -> str:
    """The tip of the branch *into*, which is made if need be, after *what* was merged and it was pushed."""
    clone.git("checkout", "--quiet", "-B", into, into if into in branches(clone) else MASTER)
    clone.git("merge", "--quiet", "--no-ff", "--no-edit", *options, what)
    clone.git("push", "--quiet", "origin", into)
    return clone.git("rev-parse", "HEAD")


def branches(clone: Clone) -> list[str]:
    return clone.git("for-each-ref", "--format=%(refname:short)", "refs/heads/").splitlines()


def drop(clone: Clone, branch: str, *, kept: bool = False) -> None:
    """Delete *branch* here and on the remote, and with it what is kept of the release unless that is *kept*."""
    clone.git("checkout", "--quiet", MASTER)
    clone.git("branch", "--quiet", "-D", branch)
    clone.git("push", "--quiet", "origin", "--delete", branch)
    for name in () if kept else KEPT:
        clone.git("update-ref", "-d", name)


def whole(clone: Clone, base: str, tip: str, **more: object) -> Feature:
    """The feature with both of its commits."""
    ids = (clone.git("rev-parse", f"{tip}~1"), tip)
    commits = tuple(Commit(id, subject, AUTHOR) for id, subject in zip(ids, SUBJECTS, strict=True))
    kept = {} if more["found"] == "merged" else dict(zip(KEPT, (tip, base), strict=True))
    return Feature(tip, base, commits, changed=CHANGED, kept=kept, **more)


def test_a_feature_is_what_its_branch_has_and_the_version_branch_has_not(clone):
    base = seed(clone)
    tip = feature(clone)

    assert asked(clone) == whole(clone, base, tip, found="remote", local=tip, remote=tip)


def test_without_any_trace_there_is_no_feature(clone):
    seed(clone)

    assert asked(clone) == Feature()


def test_a_branch_that_was_only_begun_has_no_commit_wherever_the_version_branch_is_now(clone):
    base = seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:{FEATURE}")
    begun = Feature(base, base, (), "remote", "", base, kept=dict.fromkeys(KEPT, base))
    assert asked(clone) == begun

    commit(clone, "Meanwhile", {"meanwhile": ""})
    clone.git("push", "--quiet", "origin", MASTER)
    assert asked(clone) == begun


def test_what_was_not_pushed_yet_is_the_feature_where_nobody_else_pushed(clone):
    base = seed(clone)
    remote = feature(clone)
    tip = commit(clone, "One more", {"more": ""})

    found = asked(clone)
    assert (found.tip, found.found, found.local, found.remote, found.diverged) == (tip, "local", tip, remote, False)
    assert [each.subject for each in found.commits] == [*SUBJECTS, "One more"]
    assert found.base == base
    assert found.changed == (*CHANGED[:3], "more", "src/new.py")


def test_what_others_pushed_is_the_feature_where_the_clone_lags_behind(clone):
    seed(clone)
    tip = feature(clone)
    clone.git("reset", "--quiet", "--hard", "HEAD~1")

    found = asked(clone)
    assert (found.tip, found.found, found.local, found.remote, found.diverged) == (
        *(tip, "remote"),
        *(clone.git("rev-parse", f"{tip}~1"), tip, False),
    )


def test_both_sides_with_commits_of_their_own_are_told(clone):
    seed(clone)
    tip = feature(clone)
    clone.git("reset", "--quiet", "--hard", "HEAD~1")
    local = commit(clone, "Another second", {"second": ""})

    found = asked(clone)
    assert (found.tip, found.found, found.local, found.remote, found.diverged) == (tip, "remote", local, tip, True)


def test_a_feature_that_is_only_here_is_found_here(clone):
    base = seed(clone)
    tip = feature(clone)
    clone.git("push", "--quiet", "origin", "--delete", FEATURE)

    assert asked(clone) == whole(clone, base, tip, found="local", local=tip)


def test_what_was_merged_from_the_version_branch_is_not_the_feature(clone):
    seed(clone)
    feature(clone)
    clone.git("checkout", "--quiet", MASTER)
    newer = commit(clone, "A fix", {"fix": ""})
    clone.git("push", "--quiet", "origin", MASTER)
    merge(clone, MASTER, FEATURE)

    found = asked(clone)
    assert found.base == newer
    assert [each.subject for each in found.commits] == [*SUBJECTS, f"Merge branch '{MASTER}' into {FEATURE}"]
    assert found.changed == CHANGED


def test_a_merged_feature_is_still_what_it_was_and_the_commits_beside_it_are_not(clone):
    base = seed(clone)
    tip = feature(clone)
    clone.git("checkout", "--quiet", MASTER)
    commit(clone, "A fix", {"fix": ""})
    merge(clone, FEATURE, RELEASE)
    merge(clone, RELEASE, MASTER)
    commit(clone, "Later", {"later": ""})
    clone.git("push", "--quiet", "origin", MASTER)

    assert asked(clone) == whole(clone, base, tip, found="remote", local=tip, remote=tip)


def test_a_release_branch_that_was_moved_onto_leaves_the_feature_what_it_was(clone):
    base = seed(clone)
    tip = feature(clone)
    merge(clone, FEATURE, RELEASE)
    clone.git("checkout", "--quiet", MASTER)
    clone.git("merge", "--quiet", "--ff-only", RELEASE)
    clone.git("push", "--quiet", "origin", MASTER)

    assert asked(clone) == whole(clone, base, tip, found="remote", local=tip, remote=tip)


def forward(clone: Clone) -> None:
    """Bring the feature into both branches as git merge does by itself, and release it."""
    for branch in (RELEASE, MASTER):
        clone.git("checkout", "--quiet", "-B", branch, MASTER)
        clone.git("merge", "--quiet", "--ff-only", FEATURE)
    clone.git("tag", "--annotate", "v1.1.0", "--message", "Version 1.1.0")
    commit(clone, "Since then", {"since": ""})
    clone.git("push", "--quiet", "origin", RELEASE, MASTER, "v1.1.0")


def test_after_a_fast_forward_what_was_kept_tells_where_the_feature_began(clone):
    base = seed(clone)
    tip = feature(clone)
    asked(clone)
    forward(clone)
    assert asked(clone) == whole(clone, base, tip, found="remote", local=tip, remote=tip)

    drop(clone, FEATURE, kept=True)
    assert asked(clone) == whole(clone, base, tip, found="kept")


def test_after_a_fast_forward_of_which_nothing_was_kept_all_since_the_tag_before_is_the_feature(clone):
    seed(clone)
    tip = feature(clone)
    forward(clone)

    found = asked(clone)
    assert (found.tip, found.base) == (tip, clone.git("rev-parse", "v1.0.0^{commit}"))
    assert [each.subject for each in found.commits] == ["Say three in words", *SUBJECTS]


def test_the_nearest_older_tag_counts_and_a_pushed_one_too(clone):
    seed(clone)
    clone.git("tag", "v1.0.1", MASTER)
    clone.git("push", "--quiet", "origin", "v1.0.1")
    clone.git("tag", "--delete", "v1.0.1")
    tip = feature(clone)
    forward(clone)

    assert asked(clone).base == clone.git("rev-parse", f"{tip}~2")


def test_a_fast_forward_without_an_older_tag_leaves_the_beginning_unknown(clone):
    seed(clone)
    clone.git("tag", "--delete", "v1.0.0")
    clone.git("push", "--quiet", "origin", "--delete", "v1.0.0")
    tip = feature(clone)
    forward(clone)

    assert asked(clone) == Feature(tip, "", (), "remote", tip, tip, kept={KEPT[0]: tip})


def test_a_feature_whose_branch_is_gone_is_known_from_what_was_kept(clone):
    base = seed(clone)
    tip = feature(clone)
    asked(clone)
    drop(clone, FEATURE, kept=True)
    clone.git("gc", "--quiet", "--prune=now")

    assert asked(clone) == whole(clone, base, tip, found="kept")


def test_what_is_kept_follows_the_branch(clone):
    base = seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:{FEATURE}")
    asked(clone)
    tip = feature(clone)
    asked(clone)

    kept = clone.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/trinokit/releases/")
    assert kept.splitlines() == [f"{KEPT[1]} {base}", f"{KEPT[0]} {tip}"]


def test_what_is_kept_of_one_feature_is_not_taken_for_another_of_the_same_release(clone):
    seed(clone)
    feature(clone)
    asked(clone)
    git = sources.open_repository(str(clone.folder), "origin")

    assert git.feature("feature_v1_other", RELEASE, MASTER, "v1.1.0") == Feature()
    assert git.feature(FEATURE, "release_v1.2.0", MASTER, "v1.2.0").found == "remote"


@pytest.mark.parametrize("where", [RELEASE, MASTER])
def test_a_feature_of_which_nothing_is_kept_is_known_from_its_merge(clone, where):
    base = seed(clone)
    tip = feature(clone)
    merge(clone, FEATURE, where)
    drop(clone, FEATURE)

    assert asked(clone) == whole(clone, base, tip, found="merged")


def test_a_feature_whose_release_branch_is_gone_too_is_known_from_the_merge_within_it(clone):
    base = seed(clone)
    tip = feature(clone)
    merge(clone, FEATURE, RELEASE)
    merge(clone, RELEASE, MASTER)
    drop(clone, FEATURE)
    drop(clone, RELEASE)

    assert asked(clone) == whole(clone, base, tip, found="merged")


def test_a_feature_is_known_from_the_tag_of_its_release_alone(clone):
    base = seed(clone)
    tip = feature(clone)
    merge(clone, FEATURE, RELEASE)
    clone.git("push", "--quiet", "origin", f"{RELEASE}:refs/tags/v1.1.0")
    drop(clone, FEATURE)
    drop(clone, RELEASE)

    assert asked(clone) == whole(clone, base, tip, found="merged")


@pytest.mark.parametrize(
    "subject",
    [
        f"Merge branch '{FEATURE}'",
        f"Merge branch '{FEATURE}' into '{MASTER}'",
        f"Merge remote-tracking branch 'origin/{FEATURE}' into {RELEASE}",
        f"Merge pull request #12 from somebody/{FEATURE}",
    ],
)
def test_every_usual_subject_of_a_merge_is_known(clone, subject):
    base = seed(clone)
    tip = feature(clone)
    merge(clone, FEATURE, RELEASE, "--message", subject)
    drop(clone, FEATURE)

    assert asked(clone) == whole(clone, base, tip, found="merged")


@pytest.mark.parametrize(
    "subject",
    [
        f"Merge branch '{FEATURE}-2' into x",
        "Merge branch 'x' into y",
        f"Merge branch 'mine/{FEATURE}' into y",
        f"About {FEATURE}",
    ],
)
def test_a_merge_of_something_else_is_not_taken_for_it(clone, subject):
    seed(clone)
    feature(clone)
    merge(clone, FEATURE, RELEASE, "--message", subject)
    drop(clone, FEATURE)

    assert asked(clone) == Feature()


def test_the_tag_of_a_version_whose_number_only_ends_alike_is_an_older_one(clone):
    seed(clone)
    feature(clone)
    merge(clone, FEATURE, MASTER)
    clone.git("tag", "11.1.0")
    clone.git("push", "--quiet", "origin", "11.1.0")
    drop(clone, FEATURE)
    commit(clone, "Since then", {"since": ""})
    clone.git("push", "--quiet", "origin", MASTER)
    git = sources.open_repository(str(clone.folder), "origin")
    git.now()

    assert git.feature(FEATURE, RELEASE, MASTER, "1.1.0") == Feature()


def test_a_feature_of_the_same_name_in_an_older_release_is_another_one(clone):
    seed(clone)
    feature(clone)
    merge(clone, FEATURE, MASTER)
    clone.git("tag", "v1.0.5")
    clone.git("push", "--quiet", "origin", "v1.0.5")
    drop(clone, FEATURE)
    commit(clone, "Since then", {"since": ""})
    clone.git("push", "--quiet", "origin", MASTER)
    assert asked(clone) == Feature()

    # Once that release was of this version, a later tag does not hide it.
    clone.git("tag", "v1.1.0", "v1.0.5")
    clone.git("tag", "--delete", "v1.0.5")
    clone.git("push", "--quiet", "origin", "v1.1.0", "HEAD:refs/tags/v1.1.1", ":refs/tags/v1.0.5")
    assert asked(clone).found == "merged"
