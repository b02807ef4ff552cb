import pytest
from tests.sources.git.conftest import commit
from tests.sources.git.joins import LINES, WHO, become, branch, merging, told

from trinokit.observations import Conflict, ConflictHunk


@pytest.fixture
def base(clone):
    return branch(clone, "base", "", ("Base", {"f": LINES, "g": "g\n"}))


@pytest.fixture
def by(monkeypatch):
    """Makes the commits from now on those of somebody else, at a later moment each time."""
    moments = iter(range(1_700_000_000, 1_800_000_000, 60))

    def change(name):
        monkeypatch.setenv("GIT_AUTHOR_NAME", name)
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_DATE", f"@{next(moments)} +0000")
        return f"{name} <author@example.com>"

    return change


def conflicts(clone, ours, theirs, **rule):
    return become(clone, merging(ours, theirs), **rule)[0].conflicts


def test_each_place_is_found_on_both_sides_whatever_git_merges_between_them(clone, by):
    text = "".join(f"{number}\n" for number in range(1, 31))
    root = branch(clone, "root", "", ("Root", {"f": text}))
    first = by("A")
    moved = text.replace("6\n7\n", "").replace("10\n", "10\nnew\n").replace("20\n", "a\nb\nc\n")
    branch(clone, "theirs", root, ("A", {"f": moved.replace("30\n", "their end\n")}))
    second = by("B")
    theirs = commit(clone, "B", {"f": moved.replace("30\n", "their end\n").replace("15\n", "theirs\n")})
    changed = "0\n" + text.replace("15\n", "ours\n").replace("30\n", "our end\n")
    ours = branch(clone, "ours", root, ("B", {"f": changed}))

    assert conflicts(clone, ours, theirs)[0].hunks == (
        ConflictHunk(16, "ours\n", "theirs\n", second, second),
        ConflictHunk(31, "our end\n", "their end\n", second, first),
    )


def test_the_author_of_a_hunk_is_the_last_one_of_its_lines_and_not_of_the_file(clone, base, by):
    by("A")
    branch(clone, "ours", base, ("A", {"f": LINES.replace("four", "4")}))
    author = by("B")
    commit(clone, "B", {"f": LINES.replace("four\nfive", "4\n5")})
    by("C")
    ours = commit(clone, "C", {"f": LINES.replace("four\nfive", "4\n5") + "ten\n"})
    other = by("D")
    theirs = branch(clone, "theirs", base, ("D", {"f": LINES.replace("four\nfive", "IV\nV")}))

    assert conflicts(clone, ours, theirs)[0].hunks == (ConflictHunk(4, "4\n5\n", "IV\nV\n", author, other),)


def test_lines_that_are_gone_are_those_of_who_changed_the_file_last(clone, base, by):
    author = by("A")
    ours = branch(clone, "ours", base, ("A", {"f": LINES.replace("five\n", "")}))
    by("B")
    ours = commit(clone, "B", {"g": "other\n"})
    other = by("C")
    theirs = branch(clone, "theirs", base, ("C", {"f": LINES.replace("five", "V")}))

    assert conflicts(clone, ours, theirs)[0].hunks == (ConflictHunk(5, "", "V\n", author, other),)


def test_a_file_that_one_side_renamed_is_blamed_under_the_name_it_has_there(clone, base, by):
    author = by("A")
    ours = branch(clone, "ours", base, ("A", {"f": None, "renamed": LINES.replace("five", "5")}))
    other = by("B")
    theirs = branch(clone, "theirs", base, ("B", {"f": LINES.replace("five", "V")}))

    (found,) = conflicts(clone, ours, theirs)

    assert (found.path, found.hunks) == ("renamed", (ConflictHunk(5, "5\n", "V\n", author, other),))


def test_a_file_that_both_sides_added_has_its_places(clone, base):
    ours = branch(clone, "ours", base, ("Ours", {"new": "a\nb\n"}))
    theirs = branch(clone, "theirs", base, ("Theirs", {"new": "a\nc\n"}))

    assert conflicts(clone, ours, theirs) == (
        Conflict("new", "CONFLICT (add/add): Merge conflict in new", (ConflictHunk(2, "b\n", "c\n", WHO, WHO),)),
    )


def test_markers_that_a_file_has_always_had_are_not_taken_for_its_conflicts(clone, base):
    text = "<<<<<<< HEAD\n{}\n=======\nold\n>>>>>>> theirs\n"
    root = branch(clone, "root", base, ("Root", {"docs": text.format("a")}))
    ours = branch(clone, "ours", root, ("Ours", {"docs": text.format("b")}))
    theirs = branch(clone, "theirs", root, ("Theirs", {"docs": text.format("c")}))

    assert conflicts(clone, ours, theirs)[0].hunks == (ConflictHunk(2, "b\n", "c\n", WHO, WHO),)


def test_a_last_line_without_an_end_has_none(clone, base):
    root = branch(clone, "root", base, ("Root", {"docs": "a\nb"}))
    ours = branch(clone, "ours", root, ("Ours", {"docs": "a\nc"}))
    theirs = branch(clone, "theirs", root, ("Theirs", {"docs": "a\nd\n"}))

    assert conflicts(clone, ours, theirs)[0].hunks == (ConflictHunk(2, "c", "d\n", WHO, WHO),)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({"f": None}, {"f": LINES + "x\n"}, "CONFLICT (modify/delete): f deleted in ours and modified in {theirs:.8}"),
        ({"b": b"\0a"}, {"b": b"\0b"}, "warning: Cannot merge binary files: b (ours vs. {theirs:.8})"),
        (
            {"f": None, "x": LINES},
            {"f": None, "y": LINES},
            "CONFLICT (rename/rename): f renamed to x in ours and to y in {theirs:.8}",
        ),
    ],
)
def test_what_has_no_lines_is_told_in_words(clone, base, ours, theirs, said):
    root = branch(clone, "root", base, ("Root", {"b": b"\0"}))
    ours, theirs = branch(clone, "ours", root, ("Ours", ours)), branch(clone, "theirs", root, ("Theirs", theirs))

    found = conflicts(clone, ours, theirs)

    assert {each.hunks for each in found} == {()}
    assert found[0].said.startswith(said.format(theirs=theirs))


def test_a_link_has_no_lines(clone, base):
    sides = []
    for name in ("ours", "theirs"):
        clone.git("checkout", "--quiet", "-b", name, base)
        (clone.folder / "link").symlink_to(name)
        sides.append(commit(clone, name, {}))

    (found,) = conflicts(clone, *sides)

    assert (found.path, found.hunks) == ("link", ())


def test_a_text_in_another_encoding_is_told_as_far_as_it_can_be_read(clone, base):
    root = branch(clone, "root", base, ("Root", {"docs": "ä\n".encode("latin-1")}))
    ours = branch(clone, "ours", root, ("Ours", {"docs": "ö\n".encode("latin-1")}))
    theirs = branch(clone, "theirs", root, ("Theirs", {"docs": "ü\n".encode("latin-1")}))

    assert conflicts(clone, ours, theirs)[0].hunks == (ConflictHunk(1, "\ufffd\n", "\ufffd\n", WHO, WHO),)


def test_of_very_many_files_only_the_first_are_looked_into(clone, base):
    names = [f"{number:02}" for number in range(27)]
    sides = [branch(clone, side, base, (side, dict.fromkeys(names, side))) for side in ("ours", "theirs")]

    found = conflicts(clone, *sides)

    assert [each.path for each in found] == names
    assert [len(each.hunks) for each in found] == [1] * 25 + [0] * 2
    assert found[26].said == "CONFLICT (add/add): Merge conflict in 26"


@pytest.fixture
def newer(clone, base, by):
    """Two newer branches, one after the other, each with commits of its own; and the sides of a conflict in f."""
    by("A")
    two = branch(
        clone, "master_v2", base, ("Picked", {"f": LINES + "ten\n"}), ("Missing", {"f": LINES.replace("one", "0")})
    )
    three = branch(clone, "master_v3", two, ("Elsewhere", {"g": "G\n"}), ("Also", {"f": LINES.replace("one", "00")}))
    ours = branch(
        clone, "ours", base, (f"As\n\n(cherry picked from commit {two}~1)", {"f": LINES.replace("five", "5")})
    )
    theirs = branch(clone, "theirs", base, ("Theirs", {"f": LINES.replace("five", "V")}))
    return {"ours": ours, "theirs": theirs, "newer": {"master_v2": two, "master_v3": three}}


def test_the_commits_of_newer_branches_that_changed_the_file_are_told_newest_first(clone, newer):
    two, three = newer["newer"].values()

    assert conflicts(clone, **newer)[0].prerequisites == told(clone, three, two, f"{two}~1")
    assert conflicts(clone, newer["ours"], newer["theirs"])[0].prerequisites == ()


def test_those_that_were_picked_are_not_missing(clone, newer):
    two, three = newer["newer"].values()
    picked = clone.git("rev-parse", f"{two}~1")
    clone.git("checkout", "--quiet", "ours")
    text = {"f": LINES.replace("five", "5") + "10\n"}
    newer["ours"] = commit(clone, f"Settled\n\n(cherry picked from commit {picked})", text)

    assert conflicts(clone, **newer)[0].prerequisites == told(clone, three, two)


def test_those_with_the_same_patch_and_those_that_come_in_are_not_missing(clone, newer):
    two, three = newer["newer"].values()
    clone.git("checkout", "--quiet", "-B", "ours", "base")
    clone.git("cherry-pick", f"{two}~1")
    newer["ours"] = commit(clone, "Ours", {"f": LINES.replace("five", "5") + "ten\n"})
    clone.git("checkout", "--quiet", "-B", "theirs", two)
    newer["theirs"] = commit(clone, "Theirs", {"f": LINES.replace("one", "0").replace("five", "V")})

    assert conflicts(clone, **newer)[0].prerequisites == told(clone, three)


def test_no_more_than_ten_are_told(clone, newer):
    clone.git("checkout", "--quiet", "master_v3")
    for number in range(12):
        newer["newer"]["master_v3"] = commit(clone, f"Number {number}", {"f": f"{number}\n"})

    found = conflicts(clone, **newer)[0].prerequisites

    assert [each.subject for each in found] == [f"Number {number}" for number in range(11, 1, -1)]
