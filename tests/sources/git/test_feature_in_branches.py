"""A branch has a feature by its history, by its patches or in its files, and what was taken back again is not there."""

import pytest
from tests.sources.conftest import Clone
from tests.sources.git.conftest import FEATURE, MASTER, commit, feature, seed

from trinokit import sources
from trinokit.observations import BranchPresence, Feature
from trinokit.sources.git.git_repository import GitRepository


@pytest.fixture
def begun(clone) -> Clone:
    """The clone with the feature on its branch and, checked out, a newer version that lacks it: master_v2."""
    seed(clone)
    feature(clone)
    clone.git("checkout", "--quiet", "-b", "master_v2", MASTER)
    commit(clone, "Version 2", {"two": ""})
    return clone


def found(clone: Clone) -> tuple[GitRepository, Feature]:
    git = sources.open_repository(str(clone.folder), "origin")
    git.now()
    return git, git.feature(FEATURE, "release_v1.1.0", MASTER, "v1.1.0")


def asked(clone: Clone, name: str = "master_v2") -> BranchPresence:
    """The presence of the feature on the branch *name*; it is asked together with others."""
    git, sought = found(clone)
    tips = {each: clone.git("rev-parse", each) for each in (MASTER, name, FEATURE)}
    presences = git.presence(sought, tips)
    assert [(each.branch, each.tip) for each in presences] == list(tips.items())
    return presences[1]


def present(clone: Clone, **told: object) -> BranchPresence:
    return BranchPresence("master_v2", clone.git("rev-parse", "master_v2"), **{"ancestor": False, **told})


def commits(clone: Clone) -> tuple:
    return found(clone)[1].commits


def test_a_branch_that_never_had_it_lacks_every_commit(begun):
    assert asked(begun) == present(begun, lacking=commits(begun), content="lacking")


def test_a_merged_feature_is_in_the_history_and_in_the_files(begun):
    begun.git("merge", "--quiet", "--no-edit", FEATURE)
    commit(begun, "Later", {"docs/usage.md": "# Usage\n\nLater.\n"})

    assert asked(begun) == present(begun, ancestor=True)
    assert asked(begun, FEATURE).ancestor


def test_picked_commits_are_known_by_their_patches_though_others_came_between(begun):
    for each in commits(begun):
        begun.git("cherry-pick", each.id)
        commit(begun, "Between", {"between": each.id})

    assert asked(begun) == present(begun)


def test_what_was_picked_in_part_lacks_the_rest(begun):
    first, second = commits(begun)
    begun.git("cherry-pick", first.id)

    assert asked(begun) == present(begun, lacking=(second,), content="lacking")


def test_a_pick_that_had_to_be_changed_is_known_by_its_trailer(begun):
    commit(begun, "Another text", {"CHANGELOG.md": "# All changes\n\n## 2.0.0\n\n- Two.\n", "VERSION": "2.0.0\n"})
    first, second = commits(begun)
    begun.git("cherry-pick", "-x", first.id)
    begun.write({"docs/new-feature.md": "# The new feature\n"})
    begun.git("add", "--all")
    begun.git("commit", "--quiet", "-m", f"Tell of it here too\n\n(cherry picked from commit {second.id})")

    assert asked(begun) == present(begun, content="changed since")


def test_a_trailer_of_a_commit_that_is_on_another_branch_only_says_nothing_here(begun):
    first, second = commits(begun)
    begun.git("checkout", "--quiet", "-b", "elsewhere")
    begun.git("commit", "--quiet", "--allow-empty", "-m", f"Only here\n\n(cherry picked from commit {first.id})")
    begun.git("checkout", "--quiet", "master_v2")
    git, sought = found(begun)
    tips = {each: begun.git("rev-parse", each) for each in ("elsewhere", "master_v2")}

    assert [each.lacking for each in git.presence(sought, tips)] == [(second,), (first, second)]


def test_several_commits_that_were_squashed_into_one_are_there(begun):
    begun.git("merge", "--quiet", "--squash", FEATURE)
    begun.git("commit", "--quiet", "--message", "All in one")

    assert asked(begun) == present(begun)


def test_a_single_commit_that_was_squashed_is_there(begun):
    begun.git("checkout", "--quiet", FEATURE)
    begun.git("reset", "--quiet", "--hard", "HEAD~1")
    begun.git("push", "--quiet", "--force", "origin", FEATURE)
    begun.git("checkout", "--quiet", "master_v2")
    begun.git("merge", "--quiet", "--squash", FEATURE)
    begun.git("commit", "--quiet", "--message", "One as one")

    assert asked(begun) == present(begun)


def test_the_same_content_by_other_commits_is_told_apart_from_the_same_commits(begun):
    begun.git("merge", "--quiet", "--squash", FEATURE)
    commit(begun, "All in one, and more", {"more": ""})

    assert asked(begun) == present(begun, lacking=commits(begun))


def test_content_that_was_changed_since_is_told(begun):
    begun.git("merge", "--quiet", "--no-edit", FEATURE)
    commit(begun, "Another way", {"src/new.py": "new = 'another way'\n"})

    assert asked(begun) == present(begun, ancestor=True, content="changed since")


def test_content_that_is_lost_in_one_file_is_lacking_though_another_was_changed(begun):
    begun.git("merge", "--quiet", "--no-edit", FEATURE)
    begun.git("rm", "--quiet", "docs/new-feature.md")
    commit(begun, "Another way", {"VERSION": "1.0.0\n", "src/new.py": "new = 'another way'\n"})

    assert asked(begun) == present(begun, ancestor=True, content="lacking")


def test_binary_changes_are_known_by_what_they_hold(begun):
    begun.git("checkout", "--quiet", FEATURE)
    picked = commit(begun, "A picture", {"picture": b"\0\1\2"})
    begun.git("push", "--quiet", "origin", FEATURE)
    begun.git("checkout", "--quiet", "master_v2")
    commit(begun, "Another picture", {"picture": b"\0\3\4"})
    assert asked(begun).lacking == commits(begun)

    begun.git("rm", "--quiet", "picture")
    commit(begun, "No picture", {})
    begun.git("cherry-pick", picked)
    assert asked(begun).lacking == commits(begun)[:2]


def test_names_with_spaces_and_magic_are_looked_for_as_they_are(begun):
    begun.git("checkout", "--quiet", FEATURE)
    picked = commit(begun, "Odd names", {":(top)*": "1\n", "a b/é": "2\n", 'q"uote': "3\n"})
    begun.git("push", "--quiet", "origin", FEATURE)
    begun.git("checkout", "--quiet", "master_v2")
    begun.git("cherry-pick", picked)

    assert asked(begun).lacking == commits(begun)[:2]


def test_what_the_feature_merged_from_its_version_is_not_lacking(begun):
    begun.git("checkout", "--quiet", MASTER)
    commit(begun, "A fix", {"fix": ""})
    begun.git("push", "--quiet", "origin", MASTER)
    begun.git("checkout", "--quiet", FEATURE)
    begun.git("merge", "--quiet", "--no-edit", MASTER)
    begun.git("push", "--quiet", "origin", FEATURE)
    begun.git("checkout", "--quiet", "master_v2")
    for each in commits(begun)[:2]:
        begun.git("cherry-pick", each.id)

    assert len(commits(begun)) == 3
    assert asked(begun) == present(begun)


def test_a_commit_that_changes_nothing_is_nowhere_lacking(begun):
    begun.git("checkout", "--quiet", FEATURE)
    commit(begun, "Nothing", {})
    begun.git("push", "--quiet", "origin", FEATURE)
    begun.git("checkout", "--quiet", "master_v2")
    begun.git("merge", "--quiet", "--squash", FEATURE)
    begun.git("commit", "--quiet", "--message", "All in one")

    assert len(commits(begun)) == 3
    assert asked(begun) == present(begun)


def test_a_pick_on_a_side_that_was_merged_away_is_found(begun):
    # Where a merge takes one side whole, git shortens the history of a path to that side.
    begun.git("checkout", "--quiet", "-b", "side")
    for each in commits(begun):
        begun.git("cherry-pick", each.id)
    begun.git("checkout", "--quiet", "master_v2")
    commit(begun, "Beside", {"beside": ""})
    begun.git("merge", "--quiet", "--no-edit", "--strategy=ours", "side")

    assert asked(begun) == present(begun, content="lacking")


def merged(clone: Clone) -> str:
    clone.git("merge", "--quiet", "--no-ff", "--no-edit", FEATURE)
    return clone.git("rev-parse", "HEAD")


def reverted(clone: Clone, what: str, *options: str) -> str:
    clone.git("revert", "--no-edit", *options, what)
    return clone.git("rev-parse", "HEAD")


def test_a_merge_that_was_reverted_is_in_the_history_and_not_in_the_files(begun):
    revert = reverted(begun, merged(begun), "--mainline=1")
    commit(begun, "Later", {"later": ""})

    assert asked(begun) == present(begun, ancestor=True, content="lacking", reverted=revert)


def test_a_revert_may_itself_be_reverted_any_number_of_times(begun):
    change = reverted(begun, merged(begun), "--mainline=1")
    for number in range(4):
        change = reverted(begun, change)
        told = {} if number % 2 == 0 else {"content": "lacking", "reverted": change}
        assert asked(begun) == present(begun, ancestor=True, **told), number


def test_an_older_revert_of_a_feature_that_is_back_says_nothing_even_where_it_was_changed(begun):
    first = reverted(begun, merged(begun), "--mainline=1")
    reverted(begun, first)
    commit(begun, "Another way", {"src/new.py": "new = 'another way'\n"})

    assert asked(begun) == present(begun, ancestor=True, content="changed since")


def test_one_commit_that_was_reverted_takes_a_part_back(begun):
    merged(begun)
    first, second = commits(begun)
    revert = reverted(begun, first.id)

    assert asked(begun) == present(begun, ancestor=True, content="lacking", reverted=revert)
    back = reverted(begun, revert)
    assert asked(begun) == present(begun, ancestor=True)
    commit(begun, "Another way", {"src/new.py": "new = 'another way'\n"})
    assert asked(begun).reverted == ""
    assert back in begun.git("rev-list", "master_v2")


def test_the_newest_of_several_reverts_is_told(begun):
    merged(begun)
    first, second = commits(begun)
    older, newer = reverted(begun, second.id), reverted(begun, first.id)
    assert asked(begun).reverted == newer

    reverted(begun, newer)
    assert asked(begun).reverted == older


def test_reverts_of_picks_and_of_a_squashed_merge_are_told(begun):
    first, second = commits(begun)
    begun.git("cherry-pick", first.id)
    pick = begun.git("rev-parse", "HEAD")
    begun.git("cherry-pick", second.id)
    revert = reverted(begun, pick)
    assert asked(begun) == present(begun, content="lacking", reverted=revert)

    begun.git("reset", "--quiet", "--hard", "HEAD~3")
    begun.git("merge", "--quiet", "--squash", FEATURE)
    begun.git("commit", "--quiet", "--message", "All in one")
    revert = reverted(begun, "HEAD")
    assert asked(begun) == present(begun, content="lacking", reverted=revert)


def test_a_feature_that_was_brought_again_after_a_revert_is_not_taken_back(begun):
    revert = reverted(begun, merged(begun), "--mainline=1")
    begun.git("merge", "--quiet", "--squash", f"{revert}~1")
    begun.git("diff", "--quiet", "HEAD")
    begun.git("checkout", "--quiet", f"{revert}~1", "--", ".")
    commit(begun, "All of it again", {})
    commit(begun, "Another way", {"src/new.py": "new = 'another way'\n"})

    assert asked(begun) == present(begun, ancestor=True, content="changed since")


def test_the_revert_of_the_merge_that_brought_the_release_in_is_told(begun):
    begun.git("checkout", "--quiet", "-b", "release_v1.1.0", MASTER)
    merged(begun)
    begun.git("checkout", "--quiet", "master_v2")
    begun.git("merge", "--quiet", "--no-ff", "--no-edit", "release_v1.1.0")
    revert = reverted(begun, "HEAD", "--mainline=1")

    assert asked(begun).reverted == revert
    assert asked(begun, "release_v1.1.0").reverted == ""


def test_the_revert_of_a_merge_that_brought_the_first_part_is_told(begun):
    first, _ = commits(begun)
    begun.git("merge", "--quiet", "--no-ff", "--no-edit", first.id)
    revert = reverted(begun, "HEAD", "--mainline=1")
    begun.git("merge", "--quiet", "--no-ff", "--no-edit", FEATURE)

    assert asked(begun) == present(begun, ancestor=True, content="lacking", reverted=revert)


def test_a_revert_on_another_branch_says_nothing_here(begun):
    merged(begun)
    begun.git("checkout", "--quiet", "-b", "elsewhere")
    revert = reverted(begun, "HEAD", "--mainline=1")
    begun.git("checkout", "--quiet", "master_v2")
    commit(begun, "Another way", {"src/new.py": "new = 'another way'\n"})
    git, sought = found(begun)
    tips = {each: begun.git("rev-parse", each) for each in ("master_v2", "elsewhere")}

    assert [(each.content, each.reverted) for each in git.presence(sought, tips)] == [
        ("changed since", ""),
        ("lacking", revert),
    ]


def test_what_was_written_anew_after_a_revert_is_not_taken_back(begun):
    revert = reverted(begun, merged(begun), "--mainline=1")
    begun.git("checkout", "--quiet", f"{revert}~1", "--", ".")
    commit(begun, "All of it again, and more", {"more": ""})

    assert asked(begun) == present(begun, ancestor=True)
    assert asked(begun).reverts == ()


def test_the_revert_of_something_else_is_not_taken_for_it(begun):
    commit(begun, "Something else", {"else": ""})
    reverted(begun, "HEAD")
    commit(begun, "Speaks of it\n\nThis reverts commit in words only.", {})

    assert asked(begun).reverted == ""


def test_a_shortened_id_in_a_message_is_understood(begun):
    merge = merged(begun)
    begun.git("revert", "--no-commit", "--mainline=1", merge)
    begun.git("commit", "--quiet", "--message", f"Back\n\nThis reverts commit {merge[:12]} (Merge branch).")

    assert asked(begun).reverted == begun.git("rev-parse", "HEAD")


def test_a_feature_that_was_only_begun_is_where_its_first_commit_is(clone):
    tip = seed(clone)
    clone.git("push", "--quiet", "origin", f"{MASTER}:{FEATURE}")
    first = clone.git("rev-parse", "HEAD~1")
    git, sought = found(clone)

    assert git.presence(sought, {"one": tip, "other": first}) == (
        BranchPresence("one", tip, ancestor=True),
        BranchPresence("other", first, ancestor=False, content="lacking"),
    )


def test_a_feature_that_is_nowhere_is_on_no_branch(clone):
    tip = seed(clone)
    git, sought = found(clone)

    assert git.presence(sought, {"one": tip}) == (BranchPresence("one", tip, ancestor=False, content="lacking"),)


def test_an_older_branch_that_the_feature_was_not_begun_from_lacks_it(begun):
    git, sought = found(begun)
    oldest = begun.git("rev-list", "--max-parents=0", MASTER)

    [only] = git.presence(sought, {"oldest": oldest})
    assert (only.ancestor, only.lacking) == (False, sought.commits)


def test_a_tip_that_is_pushed_though_not_merged_is_not_there(begun):
    # git branch -d would delete the branch: it looks at what was pushed, not at what was merged.
    begun.git("branch", "--quiet", f"--set-upstream-to=origin/{FEATURE}", FEATURE)
    begun.git("branch", "--quiet", "-d", FEATURE)
    begun.git("branch", "--quiet", FEATURE, f"origin/{FEATURE}")

    assert asked(begun).ancestor is False


def ids(clone: Clone) -> list[str]:
    return [each.id for each in commits(clone)]


def test_what_brought_it_is_told_newest_first_so_that_it_can_be_taken_back(begun):
    first, second = ids(begun)
    begun.git("cherry-pick", first)
    begun.git("cherry-pick", second)
    picks = begun.git("rev-list", "--max-count=2", "HEAD").split()
    assert asked(begun).brought == tuple(picks)

    begun.git("reset", "--quiet", "--hard", "HEAD~2")
    merge = merged(begun)
    commit(begun, "Later", {})
    assert asked(begun).brought == (merge,)
    assert asked(begun, FEATURE).brought == (second, first)


def test_what_was_taken_back_did_not_bring_it_until_that_was_taken_back_too(begun):
    merge = merged(begun)
    revert = reverted(begun, merge, "--mainline=1")
    assert (asked(begun).brought, asked(begun).reverts) == ((), (revert,))

    reverted(begun, revert)
    assert (asked(begun).brought, asked(begun).reverts) == ((merge,), ())


def test_a_revert_of_a_revert_brings_nothing_of_its_own_though_its_patch_is_that_of_the_feature(begun):
    begun.git("merge", "--quiet", "--squash", FEATURE)
    begun.git("commit", "--quiet", "--message", "All in one")
    squash = begun.git("rev-parse", "HEAD")
    reverted(begun, reverted(begun, squash))

    assert asked(begun).brought == (squash,)


def test_what_was_brought_once_more_after_a_revert_is_all_that_brings_it(begun):
    merge = merged(begun)
    reverted(begun, merge, "--mainline=1")
    begun.git("checkout", "--quiet", merge, "--", ".")
    again = commit(begun, "All of it again", {})

    assert (asked(begun).brought, asked(begun).reverts) == ((again,), ())


def test_all_reverts_of_parts_are_told_newest_first(begun):
    merged(begun)
    first, second = ids(begun)
    older, newer = reverted(begun, second), reverted(begun, first)

    assert asked(begun).reverts == (newer, older)
    assert asked(begun).brought == tuple(begun.git("rev-list", "--merges", "--max-count=1", "HEAD").split())
