"""Which commits are brought together is told by names and ids alone, before anything is computed."""

from dataclasses import replace

import pytest
from tests.release.repositories import NAMES

from trinokit.observations import BranchPresence, Commit, Feature, Join, JoinResult, RepositoryState
from trinokit.release import planned_branch_moves
from trinokit.release.release_request import ReleaseRequest

MASTER, RELEASE, FEATURE, TAG = NAMES.version_branch, NAMES.release_branch, NAMES.feature_branch, NAMES.tag
M, R, F, T = (letter * 40 for letter in "abcd")
X, Y = "e" * 40, "f" * 40
INTO = f"Merge branch '{FEATURE}' into {RELEASE}"
BACK = f"Merge branch '{RELEASE}' into {MASTER}"
UPDATE = f"Merge branch '{MASTER}' into {RELEASE}"
COMMITS = (Commit(F, "Add it", "An Author"),)
WANTED = Feature(F, M, COMMITS, "remote", remote=F)
REQUEST = ReleaseRequest(NAMES)


def repository(tags: dict[str, str] | None = None, **heads: str) -> RepositoryState:
    return RepositoryState("clone", "origin", "url", MASTER, heads={MASTER: M, FEATURE: F} | heads, tags=tags or {})


def lacking(branch: str, **more: object) -> BranchPresence:
    return replace(BranchPresence(branch, M, False, COMMITS, "lacking"), **more)


def there(branch: str, **more: object) -> BranchPresence:
    return replace(BranchPresence(branch, R, True), **more)


def joins(found: RepositoryState, *presence: BranchPresence, **request: object) -> list[tuple]:
    made = planned_branch_moves.required_joins(found, replace(REQUEST, **request), WANTED, presence)
    return [(each.name, each.into, each.onto, each.what, each.how, each.message) for each in made]


def test_a_release_branch_begins_where_the_version_branch_is():
    assert joins(repository(), lacking(MASTER)) == [
        ("base", RELEASE, M, M, "fast-forward", UPDATE),
        ("feature", RELEASE, "base", F, "merge", INTO),
        ("back", MASTER, M, "feature", "merge", BACK),
    ]


@pytest.mark.parametrize(
    ("how", "into", "back"),
    [("merge", "merge", "merge"), ("fast-forward", "fast-forward", "fast-forward"), ("cherry-pick",) * 2 + ("merge",)],
)
def test_a_release_branch_that_is_there_is_updated_and_the_way_back_fits_how_it_came(how, into, back):
    found = joins(repository(**{RELEASE: R}), lacking(RELEASE), lacking(MASTER), join_method=how)

    assert [(name, onto, kind) for name, _, onto, _, kind, _ in found] == [
        ("base", R, "fast-forward"),
        ("feature", "base", into),
        ("back", M, back),
    ]


def test_what_was_taken_back_comes_again_by_reverting_the_reverts_before_what_is_new():
    gone = lacking(RELEASE, ancestor=True, lacking=(), reverted=X, reverts=(X, Y))

    assert joins(repository(**{RELEASE: R}), gone, lacking(MASTER))[1:4] == [
        ("again", RELEASE, "base", X, "revert", ""),
        ("again-2", RELEASE, "again", Y, "revert", ""),
        ("feature", RELEASE, "again-2", F, "merge", INTO),
    ]


def test_a_revert_on_the_version_branch_is_reverted_in_a_release_branch_that_is_new():
    assert [each[0] for each in joins(repository(), lacking(MASTER, reverted=X, reverts=(X,)))] == [
        "base",
        "again",
        "feature",
        "back",
    ]


def test_a_revert_that_the_release_branch_has_taken_back_already_is_not_reverted_again():
    found = joins(repository(**{RELEASE: R}), there(RELEASE, lacking=COMMITS, ancestor=False), lacking(MASTER))

    assert [each[0] for each in found] == ["base", "feature", "back"]


def test_a_feature_that_was_squashed_is_not_merged_once_more():
    squashed = there(RELEASE, ancestor=False, lacking=())

    assert joins(repository(**{RELEASE: R}), squashed, lacking(MASTER)) == [
        ("base", RELEASE, R, M, "fast-forward", UPDATE),
        ("back", MASTER, M, "base", "merge", BACK),
    ]


def test_once_there_is_a_tag_only_its_commit_goes_back():
    assert joins(repository({TAG: T}, **{RELEASE: T}), there(RELEASE)) == [("back", MASTER, M, T, "merge", BACK)]


def test_what_the_release_branch_got_since_the_tag_is_looked_at_and_not_released():
    assert joins(repository({TAG: T}, **{RELEASE: R}), there(RELEASE)) == [
        ("since", RELEASE, T, R, "fast-forward", ""),
        ("back", MASTER, M, T, "merge", BACK),
    ]


def test_without_commits_or_without_a_version_branch_there_is_nothing_to_join():
    assert planned_branch_moves.required_joins(repository(), REQUEST, Feature(M, M), ()) == ()
    assert planned_branch_moves.required_joins(RepositoryState("clone", "origin", "url", ""), REQUEST, WANTED, ()) == ()


def test_a_rollback_reverts_what_brought_the_feature_the_newest_first_and_goes_back():
    found = repository({TAG: T}, **{RELEASE: R})

    assert joins(found, there(RELEASE, brought=(X, Y)), there(MASTER, tip=M, brought=(T,)), rollback=True) == [
        (f"revert-{RELEASE}", RELEASE, R, X, "revert", ""),
        (f"revert-{RELEASE}-2", RELEASE, f"revert-{RELEASE}", Y, "revert", ""),
        ("back", MASTER, M, f"revert-{RELEASE}-2", "merge", BACK),
    ]


def test_a_rollback_of_what_is_back_in_the_release_branch_only_goes_back():
    gone = lacking(RELEASE, ancestor=True, lacking=(), reverted=X)

    found = joins(repository({TAG: T}, **{RELEASE: R}), gone, there(MASTER, tip=M, brought=(T,)), rollback=True)

    assert found == [("back", MASTER, M, R, "merge", BACK)]


def test_a_rollback_reverts_what_was_squashed_into_the_version_branch_where_it_is():
    squashed = there(MASTER, tip=M, ancestor=False, brought=(Y,))

    found = joins(repository({TAG: T}, **{RELEASE: R}), there(RELEASE, brought=(X,)), squashed, rollback=True)

    assert found == [
        (f"revert-{RELEASE}", RELEASE, R, X, "revert", ""),
        (f"revert-{MASTER}", MASTER, M, Y, "revert", ""),
    ]


def joined(name: str, into: str, commit: str, *entering: str) -> JoinResult:
    subjects = tuple(Commit(each * 40, f"Subject {each}", "An Author") for each in entering)
    return JoinResult(Join(name, into, M, F, "merge"), M, F, commit, subjects)


EVERY = (joined("base", RELEASE, M), joined("feature", RELEASE, X, "1", "2"), joined("back", MASTER, Y, "1", "2", "3"))


def test_branches_move_from_what_the_remote_has_to_the_last_join():
    moves = planned_branch_moves.planned_moves(repository(), REQUEST, EVERY)

    assert [(each.branch, each.old, each.new, len(each.entering)) for each in moves] == [
        (RELEASE, "", X, 2),
        (MASTER, M, Y, 3),
    ]
    assert planned_branch_moves.planned_tips(repository(), REQUEST, EVERY) == {RELEASE: X, MASTER: Y}
    assert planned_branch_moves.release_commit(repository(), REQUEST, EVERY) == X
    assert planned_branch_moves.release_commit(repository({TAG: T}), REQUEST, EVERY) == T


def test_a_branch_with_a_conflict_goes_nowhere_yet():
    every = (EVERY[0], replace(EVERY[1], commit=""), replace(EVERY[2], commit=""))

    assert planned_branch_moves.planned_tips(repository(), REQUEST, every) == {}
    assert planned_branch_moves.release_commit(repository(), REQUEST, every) == ""
    assert planned_branch_moves.branch_moves_table(planned_branch_moves.planned_moves(repository(), REQUEST, every))[
        "new id"
    ].tolist() == ["in conflict", "in conflict"]


def test_the_table_tells_old_and_new_ids_and_what_enters():
    assert planned_branch_moves.branch_moves_table(
        planned_branch_moves.planned_moves(repository(), REQUEST, EVERY)
    ).values.tolist() == [
        [RELEASE, "–", X[:8], 2, "11111111 Subject 1, 22222222 Subject 2"],
        [MASTER, M[:8], Y[:8], 3, "11111111 Subject 1, 22222222 Subject 2, 33333333 Subject 3"],
    ]


def test_an_empty_table_has_its_columns():
    assert planned_branch_moves.branch_moves_table(()).columns.tolist() == [
        "branch",
        "old id",
        "new id",
        "commits",
        "entering",
    ]


def test_what_may_have_the_feature_already_are_both_branches_the_tag_and_newer_versions():
    found = repository({TAG: T, "v1.0.0": M}, **{RELEASE: R, "master_v2": X, "other": Y})

    assert planned_branch_moves.candidate_refs(found, REQUEST) == {MASTER: M, RELEASE: R, TAG: T, "master_v2": X}
