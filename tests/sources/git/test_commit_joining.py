import subprocess
import time

import pytest
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE, commit, feature, seed
from tests.sources.git.joins import LINES, WHO, about, become, branch, chain, content, merging, told

from trinokit.errors import PlanError
from trinokit.observations import Conflict, ConflictHunk, Join, JoinResult, ResolvedVersion


@pytest.fixture
def base(clone):
    return branch(clone, "base", "", ("Base", {"f": LINES}))


@pytest.fixture
def sides(clone, base):
    """The tips of two branches that git can merge."""
    ours = branch(clone, "ours", base, ("Ours", {"f": LINES.replace("one", "1")}))
    return ours, branch(
        clone, "theirs", base, ("Theirs", {"f": LINES.replace("nine", "9")}), ("And more", {"g": "g\n"})
    )


def joins(master, tip, how="merge"):
    return (
        Join("base", RELEASE, master, master, "fast-forward"),
        Join("feature", RELEASE, "base", tip, how, f"Merge branch '{FEATURE}' into {RELEASE}"),
        Join("back", MASTER, master, "feature", how),
    )


def graph(clone, tip):
    rows = clone.git("log", "--topo-order", "--date=raw", "--format=%H|%T|%P|%an <%ae>|%B%x00", tip).split("\0")
    rows = [row.strip().split("|") for row in rows if row.strip()]
    subjects = {row[0]: row[4] for row in rows}
    return [(row[4], row[1], row[3], [subjects[parent] for parent in row[2].split()]) for row in rows]


@pytest.mark.parametrize(("how", "option"), [("merge", "--no-ff"), ("fast-forward", "--ff")])
def test_the_joins_of_a_release_are_the_merges_that_the_use_case_makes(clone, how, option):
    master = seed(clone)
    tip = feature(clone)

    found = become(clone, *joins(master, tip, how))

    clone.git("checkout", "--quiet", "-b", RELEASE, MASTER)
    clone.git("merge", "--quiet", "--no-edit", option, FEATURE)
    clone.git("checkout", "--quiet", MASTER)
    clone.git("merge", "--quiet", "--no-edit", option, RELEASE)
    assert graph(clone, found[1].commit) == graph(clone, RELEASE)
    assert graph(clone, found[2].commit) == graph(clone, MASTER)


def test_what_enters_is_told_oldest_first_without_the_merge_itself(clone):
    master = seed(clone)
    tip = feature(clone)
    commits = told(clone, f"{FEATURE}~1", FEATURE)

    found = become(clone, *joins(master, tip))

    merge, back = found[1].commit, found[2].commit
    assert found == (
        JoinResult(found[0].join, master, master, commit=master),
        JoinResult(found[1].join, master, tip, commit=merge, entering=commits),
        JoinResult(found[2].join, master, merge, commit=back, entering=(*commits, *told(clone, merge))),
    )


def test_a_merge_that_git_names_by_itself_names_the_branch_of_an_earlier_join(clone):
    master = seed(clone)
    found = become(clone, *joins(master, feature(clone)))

    assert about(clone, found[2].commit)["message"] == f"Merge branch '{RELEASE}' into {MASTER}"


def test_a_merge_of_an_id_names_the_id(clone, sides):
    (found,) = become(clone, merging(*sides, message=""))

    assert about(clone, found.commit)["subject"] == f"Merge commit '{sides[1]}' into ours"


def test_a_feature_that_is_merged_already_gives_no_empty_commit(clone, sides):
    ours, theirs = sides
    clone.git("checkout", "--quiet", "ours")
    clone.git("merge", "--quiet", "--no-edit", theirs)
    tip = clone.git("rev-parse", "ours")

    for how in ("merge", "fast-forward", "cherry-pick"):
        assert become(clone, merging(tip, theirs, how)) == (
            JoinResult(merging(tip, theirs, how), tip, theirs, commit=tip),
        )


def test_a_fast_forward_that_is_none_is_a_merge(clone, sides):
    (found,) = become(clone, merging(*sides, "fast-forward"))

    assert clone.git("rev-parse", f"{found.commit}^@").split() == list(sides)


def test_planning_again_gives_the_same_ids_although_time_has_passed(clone, sides):
    ours, theirs = sides
    asked = [
        merging(ours, theirs),
        Join("pick", "ours", ours, theirs, "cherry-pick"),
        Join("revert", "theirs", theirs, theirs, "revert"),
    ]
    first = become(clone, *asked)
    time.sleep(1.1)

    assert become(clone, *asked) == first


def test_the_objects_that_are_planned_outlive_a_garbage_collection(clone, sides):
    (found,) = become(clone, merging(*sides))
    clone.git("gc", "--quiet", "--prune=now")

    assert about(clone, found.commit)["subject"] == "Merge branch 'theirs' into ours"


def test_another_message_or_author_is_another_commit(clone, sides, monkeypatch):
    first = become(clone, merging(*sides))[0].commit
    again = become(clone, merging(*sides, message="Another"))[0].commit
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    others = become(clone, merging(*sides))[0].commit

    assert len({first, again, others}) == 3


def test_nothing_but_objects_and_refs_of_our_own_is_written(clone, sides):
    clone.git("checkout", "--quiet", "--detach", "base")
    clone.write({"f": "dirty\n", "untracked": "x"})
    (clone.folder / ".git" / "index.lock").write_text("")
    kept = ("/.git/objects/", "/.git/refs/trinokit/")
    before = clone.everything()

    become(clone, merging(*sides), Join("pick", "ours", *sides, "cherry-pick"))

    after = clone.everything()
    assert {path: after[path] for path in after if not any(each in path for each in kept)} == {
        path: before[path] for path in before if not any(each in path for each in kept)
    }


def test_a_merge_that_the_operator_has_under_way_is_not_in_the_way(clone, base, sides):
    other = branch(clone, "other", base, ("Other", {"f": LINES.replace("nine", "IX")}))
    subprocess.run(["git", "merge", "theirs"], cwd=clone.folder, capture_output=True)
    before = clone.git("status", "--porcelain=v2"), clone.git("rev-parse", "MERGE_HEAD"), clone.git("diff")

    found = become(clone, merging(other, sides[1]), Join("apart", "ours", *sides, "merge"))

    assert [bool(each.commit) for each in found] == [False, True]
    assert (clone.git("status", "--porcelain=v2"), clone.git("rev-parse", "MERGE_HEAD"), clone.git("diff")) == before


def test_what_is_unrelated_is_refused(clone, sides):
    clone.git("checkout", "--quiet", "--orphan", "other")
    other = commit(clone, "Other", {"f": "other\n"})

    with pytest.raises(PlanError, match=f"Expected {other:.8} to have a history in common with ours, found none"):
        become(clone, merging(sides[0], other))


def test_picked_commits_are_those_that_git_makes(clone, sides):
    ours, theirs = sides
    (found,) = become(clone, merging(ours, theirs, "cherry-pick"))

    clone.git("checkout", "--quiet", "-b", "picked", ours)
    clone.git("cherry-pick", "-x", f"{ours}..{theirs}")
    assert chain(clone, found.commit, ours) == chain(clone, "picked", ours)
    assert found.entering == told(clone, f"{found.commit}~1", found.commit)
    assert clone.git("log", "-1", "--format=%ad", found.commit) == clone.git("log", "-1", "--format=%ad", theirs)


@pytest.mark.parametrize(
    "message",
    [
        "Subject\n",
        "Subject\n\nBody: of a kind\n",
        "Subject\n\nBody\n\nSigned-off-by: A <a@example.com>\n",
        "Subject\n\nBody\n\nReviewed-by: A <a@example.com>\nFixes: 1\n",
        "Subject\n\nBody\nFixes: 1\n",
        "Subject\n\n(cherry picked from commit 0123456789012345678901234567890123456789)\n",
        "Fixes: 1\n",
        "Übergröße\n\nÄ\n---\nmore: 1\n",
    ],
)
def test_the_message_of_a_picked_commit_is_the_one_that_git_writes(clone, base, message):
    branch(clone, "theirs", base, ("Theirs", {"g": "g\n"}))
    clone.git("commit", "--quiet", "--amend", "--cleanup=verbatim", "--file=-", given=message)
    ours = branch(clone, "ours", base, ("Ours", {"h": "h\n"}))
    theirs = clone.git("rev-parse", "theirs")

    (found,) = become(clone, merging(ours, theirs, "cherry-pick"))

    clone.git("cherry-pick", "-x", theirs)
    assert chain(clone, found.commit, ours) == chain(clone, "ours", ours)


def test_a_picked_commit_keeps_its_author_and_date(clone, base, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1500000000 +0530")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ä B")
    theirs = branch(clone, "theirs", base, ("Theirs", {"g": "g\n"}))
    monkeypatch.delenv("GIT_AUTHOR_DATE")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "An Author")
    ours = branch(clone, "ours", base, ("Ours", {"h": "h\n"}))

    (found,) = become(clone, merging(ours, theirs, "cherry-pick"))

    shown = clone.git("log", "-1", "--date=raw", "--format=%an <%ae> %ad|%cn", found.commit)
    assert shown == "Ä B <author@example.com> 1500000000 +0530|An Author"


def test_commits_that_are_there_are_skipped_and_told(clone, base):
    theirs = branch(
        clone,
        "theirs",
        base,
        ("Same patch", {"same": "x\n"}),
        ("Named by a trailer", {"f": LINES.replace("one", "1")}),
        ("Nothing left of it", {"empty": "x\n"}),
        ("New", {"new": "x\n"}),
    )
    ours = branch(clone, "ours", base, ("The same patch", {"same": "x\n"}), ("More", {"empty": "x\n", "more": "x\n"}))
    clone.git("commit", "--quiet", "--allow-empty", "-m", f"As\n\n(cherry picked from commit {theirs}~2)")
    clone.git(
        "commit",
        "--quiet",
        "--amend",
        "--allow-empty",
        "-m",
        f"Settled\n\n(cherry picked from commit {clone.git('rev-parse', f'{theirs}~2')})",
    )
    ours = clone.git("rev-parse", "ours")

    (found,) = become(clone, merging(ours, theirs, "cherry-pick"))

    assert [each.subject for each in found.skipped] == ["Same patch", "Named by a trailer", "Nothing left of it"]
    assert [each["subject"] for each in chain(clone, found.commit, ours)] == ["New"]


def test_a_branch_with_merges_cannot_be_picked(clone, base, sides):
    clone.git("merge", "--quiet", "--no-ff", "-m", "Catch up", "ours")
    merge = clone.git("rev-parse", "theirs")

    with pytest.raises(PlanError, match=f"found the merge {merge:.8} \\(Catch up\\) among them") as error:
        become(clone, merging(base, merge, "cherry-pick"))
    assert error.value.remedy.startswith("bring it in by a merge")


def test_a_merge_is_taken_back_as_git_does(clone, sides):
    ours, theirs = sides
    merge = become(clone, merging(ours, theirs))[0].commit
    (found,) = become(clone, Join("revert", "ours", merge, merge, "revert"))

    clone.git("checkout", "--quiet", "-b", "back", merge)
    clone.git("revert", "--no-edit", "-m", "1", merge)
    assert about(clone, found.commit) == about(clone, "back")
    assert found == JoinResult(found.join, merge, merge, commit=found.commit, entering=told(clone, found.commit))
    assert content(clone, found.commit) == content(clone, ours)


def test_a_plain_commit_is_taken_back_as_git_does(clone, sides):
    _, theirs = sides
    (found,) = become(clone, Join("revert", "theirs", theirs, f"{theirs}~1", "revert"))

    clone.git("revert", "--no-edit", f"{theirs}~1")
    assert about(clone, found.commit) == about(clone, "theirs")


def test_merging_again_what_was_reverted_brings_nothing_and_reverting_the_revert_does(clone, sides):
    ours, theirs = sides
    merge = become(clone, merging(ours, theirs))[0].commit
    revert = become(clone, Join("revert", "ours", merge, merge, "revert"))[0].commit

    again, (back,) = (
        become(clone, merging(revert, theirs))[0],
        become(clone, Join("again", "ours", revert, revert, "revert")),
    )

    assert (again.commit, content(clone, again.commit)) == (revert, content(clone, ours))
    assert content(clone, back.commit) == content(clone, merge)
    assert about(clone, back.commit)["message"] == (
        f"Reapply \"Merge branch 'theirs' into ours\"\n\nThis reverts commit {revert}."
    )


def test_reverts_of_reverts_are_named_by_what_they_do(clone, base):
    tip, subjects = branch(clone, "ours", base, ('Say "it"', {"g": "g\n"})), []
    for _ in range(4):
        tip = become(clone, Join("revert", "ours", tip, tip, "revert"))[0].commit
        subjects.append(about(clone, tip)["subject"])

    assert subjects == [
        'Revert "Say "it""',
        'Reapply "Say "it""',
        'Revert "Reapply "Say "it"""',
        'Reapply "Reapply "Say "it"""',
    ]


def test_what_is_taken_back_already_is_not_taken_back_again(clone, sides):
    ours, theirs = sides
    tip = become(clone, Join("revert", "theirs", theirs, theirs, "revert"))[0].commit

    assert become(clone, Join("revert", "theirs", tip, theirs, "revert")) == (
        JoinResult(Join("revert", "theirs", tip, theirs, "revert"), tip, theirs, commit=tip),
    )


def test_a_root_and_an_octopus_are_not_taken_back(clone, base, sides):
    clone.git("checkout", "--quiet", "-b", "third", base)
    third = commit(clone, "Third", {"third": "x\n"})
    clone.git("merge", "--quiet", "-m", "Octopus", *sides)
    octopus = clone.git("rev-parse", "third")

    for what, number in ((base, 0), (octopus, 3)):
        with pytest.raises(PlanError, match=f"one parent or two to take back, found {number} of {what:.8}"):
            become(clone, Join("revert", "third", third, what, "revert"))


def test_a_conflict_is_told_with_its_lines_and_the_authors_of_both_sides(clone, base, monkeypatch):
    ours = branch(clone, "ours", base, ("Ours", {"f": "zero\n" + LINES.replace("five", "5")}))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    theirs = branch(clone, "theirs", base, ("Theirs", {"f": LINES.replace("five", "V")}))

    (found,) = become(clone, merging(ours, theirs))

    other = "Somebody Else <author@example.com>"
    assert found == JoinResult(
        merging(ours, theirs),
        ours,
        theirs,
        entering=told(clone, theirs),
        conflicts=(
            Conflict("f", "CONFLICT (content): Merge conflict in f", (ConflictHunk(6, "5\n", "V\n", WHO, other),)),
        ),
        at=ours,
        words=("merge", "--no-ff", "--no-commit", theirs),
    )


def test_what_needs_a_join_in_conflict_is_not_known_and_the_others_are(clone, base, sides):
    ours = branch(clone, "other", base, ("Other", {"f": LINES.replace("nine", "IX")}))
    found = become(
        clone,
        merging(ours, sides[1]),
        Join("back", "base", base, "feature", "merge"),
        Join("apart", "ours", sides[0], sides[1], "merge"),
    )

    assert [bool(each.conflicts) for each in found] == [True, False, False]
    assert found[1] == JoinResult(found[1].join, base, "")
    assert found[2].commit


def test_a_pick_in_conflict_is_told_where_it_stopped_and_how_it_goes_on(clone, base):
    ours = branch(clone, "ours", base, ("Ours", {"f": LINES.replace("five", "5")}))
    picks = [("First", {"g": "g\n"}), ("Second", {"f": LINES.replace("five", "V")}), ("Third", {"h": "h\n"})]
    theirs = branch(clone, "theirs", base, *picks)

    (found,) = become(clone, merging(ours, theirs, "cherry-pick"))

    second = clone.git("rev-parse", f"{theirs}~1")
    assert (found.commit, [each.path for each in found.conflicts]) == ("", ["f"])
    assert found.words == ("cherry-pick", "-x", second, theirs)
    assert [each["subject"] for each in chain(clone, found.at, ours)] == ["First"]
    assert found.entering == told(clone, f"{theirs}~2", second, theirs)


def test_a_revert_in_conflict_names_the_mainline_for_a_merge(clone, sides):
    merge = become(clone, merging(*sides))[0].commit
    tip = branch(clone, "after", merge, ("After", {"f": LINES.replace("one", "1").replace("nine", "IX")}))

    (found,) = become(clone, Join("revert", "ours", tip, merge, "revert"))

    assert [each.path for each in found.conflicts] == ["f"]
    assert (found.at, found.words) == (tip, ("revert", "--no-edit", "-m", "1", merge))


def test_a_conflict_about_the_version_is_settled_by_rule_and_told(clone):
    master = seed(clone)
    tip = feature(clone)
    clone.git("checkout", "--quiet", MASTER)
    hotfix = commit(clone, "Version 1.0.1", {"VERSION": "1.0.1\n"})
    rule = {"version_files": ("VERSION",), "version": "v1.1.0"}

    (plain,) = become(clone, merging(hotfix, tip))
    (found,) = become(clone, merging(hotfix, tip), **rule)

    assert [each.path for each in plain.conflicts] == ["VERSION"]
    assert (found.conflicts, found.versions) == ((), (ResolvedVersion("VERSION", "1.0.1", "1.1.0", "1.1.0"),))
    assert content(clone, found.commit) == content(clone, tip)
    assert clone.git("merge-base", master, found.commit) == master


def test_the_version_that_only_one_side_changed_is_left_to_git(clone, base):
    root = branch(clone, "root", base, ("Version", {"VERSION": "1.0.0\n"}))
    ours = branch(clone, "ours", root, ("Hotfix", {"VERSION": "1.0.1\n"}))
    theirs = branch(clone, "theirs", root, ("Theirs", {"g": "g\n"}))

    (found,) = become(clone, merging(ours, theirs), version_files=("VERSION",), version="v1.1.0")

    assert (found.versions, content(clone, found.commit)["VERSION"]) == ((), "1.0.1")


def test_beside_another_conflict_the_version_is_one_as_well_since_the_worktree_has_both(clone, base):
    root = branch(clone, "root", base, ("Version", {"VERSION": "1.0.0\n"}))
    ours = branch(clone, "ours", root, ("Ours", {"VERSION": "1.0.1\n", "f": LINES.replace("five", "5")}))
    theirs = branch(clone, "theirs", root, ("Theirs", {"VERSION": "1.1.0\n", "f": LINES.replace("five", "V")}))

    (found,) = become(clone, merging(ours, theirs), version_files=("VERSION",), version="v1.1.0")

    assert ([each.path for each in found.conflicts], found.versions) == (["VERSION", "f"], ())


def test_who_nobody_knows_makes_no_commit_and_is_told_how_to_be_known(clone, sides, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{what}")
    clone.git("config", "user.useConfigOnly", "true")

    (found,) = become(clone, merging(*sides))

    assert (found.commit, found.conflicts) == ("", ())
    assert "Please tell me who you are" in found.problem or "user.useConfigOnly" in found.problem


def test_commits_are_signed_where_git_is_told_so(clone, sides, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    (unsigned,) = become(clone, merging(*sides))
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", f"{tmp_path}/key"), ("commit.gpgSign", "true")):
        clone.git("config", name, value)

    (signed,) = become(clone, merging(*sides))

    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in clone.git("cat-file", "commit", signed.commit)
    assert "gpgsig" not in clone.git("cat-file", "commit", unsigned.commit)
    assert about(clone, signed.commit) == about(clone, unsigned.commit)


def test_a_commit_that_cannot_be_signed_is_not_made(clone, sides):
    clone.git("config", "commit.gpgSign", "true")
    clone.git("config", "gpg.program", "false")

    (found,) = become(clone, merging(*sides))

    assert (found.commit, "gpg failed to sign the data" in found.problem) == ("", True)
