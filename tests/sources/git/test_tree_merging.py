import pytest
from tests.sources.git.conftest import commit

from trinokit.errors import SourceError
from trinokit.sources.git import tree_merging
from trinokit.sources.git.tree_merging import IndexStage, MergedTree

LINES = "one\ntwo\nthree\nfour\nfive\n"


@pytest.fixture
def sides(clone):
    """Makes two branches, ours and theirs, of a base, and tells the ids of the three."""

    def make(base, ours, theirs):
        root = commit(clone, "Base", base)
        found = [root]
        for name, files in (("ours", ours), ("theirs", theirs)):
            clone.git("checkout", "--quiet", "-b", name, root)
            for path in [path for path, content in files.items() if content is None]:
                clone.git("rm", "--quiet", path)
            found.append(commit(clone, name.title(), {path: text for path, text in files.items() if text is not None}))
        return found

    return make


def files(clone, tree):
    return {
        path: clone.git("show", f"{tree}:{path}")
        for path in clone.git("ls-tree", "-r", "--name-only", tree).split("\n")
    }


def test_the_tree_of_two_commits_has_what_both_sides_changed(clone, sides):
    _, ours, theirs = sides({"f": LINES}, {"f": LINES.replace("one", "1")}, {"f": LINES.replace("five", "5"), "g": "g"})
    made = tree_merging.merge_commits(clone.folder, ours, theirs)

    assert made == MergedTree(made.tree)
    assert files(clone, made.tree) == {"f": "1\ntwo\nthree\nfour\n5", "g": "g"}


def test_of_a_conflict_are_told_the_path_what_git_said_and_the_files(clone, sides):
    base, ours, theirs = sides({"f": "1\n"}, {"f": "2\n"}, {"f": "3\n"})
    made = tree_merging.merge_commits(clone.folder, ours, theirs)

    blobs = [clone.git("rev-parse", f"{each}:f") for each in (base, ours, theirs)]
    assert made == MergedTree(
        made.tree,
        (("f", "CONFLICT (content): Merge conflict in f"),),
        {"f": {number: IndexStage("100644", blob) for number, blob in enumerate(blobs, 1)}},
        (ours, theirs),
    )


def test_of_a_file_that_one_side_deleted_there_are_two_stages(clone, sides):
    base, ours, theirs = sides({"f": "1\n", "g": ""}, {"f": None}, {"f": "3\n"})
    made = tree_merging.merge_commits(clone.folder, ours, theirs)

    said = (
        f"CONFLICT (modify/delete): f deleted in {ours} and modified in {theirs}.  Version {theirs} of f left in tree."
    )
    assert made.conflicts == (("f", said),)
    assert sorted(made.stages["f"]) == [1, 3]


def test_a_file_that_both_sides_renamed_is_a_conflict_at_each_of_its_names(clone, sides):
    _, ours, theirs = sides({"f": LINES}, {"f": None, "a": LINES}, {"f": None, "b": LINES})
    made = tree_merging.merge_commits(clone.folder, ours, theirs)

    assert [path for path, _ in made.conflicts] == ["a", "b", "f"]
    assert len({said for _, said in made.conflicts}) == 1


def test_a_path_with_a_blank_a_quote_and_an_umlaut_is_told_as_it_is(clone, sides):
    name = 'a "für"\tb'
    _, ours, theirs = sides({name: "1\n"}, {name: "2\n"}, {name: "3\n"})

    assert [path for path, _ in tree_merging.merge_commits(clone.folder, ours, theirs).conflicts] == [name]


def test_several_merge_bases_are_merged_first_as_git_does(clone, sides):
    _, ours, theirs = sides({"f": LINES}, {"f": LINES.replace("one", "1")}, {"f": LINES.replace("five", "5")})
    crossed = []
    for name, other in (("ours", theirs), ("theirs", ours)):
        clone.git("checkout", "--quiet", name)
        clone.git("merge", "--quiet", "--no-ff", "-m", "Cross", other)
        crossed.append(clone.git("rev-parse", "HEAD"))
    changed = commit(clone, "Change", {"f": "1\n2\nthree\nfour\n5\n"})

    assert files(clone, tree_merging.merge_commits(clone.folder, crossed[0], changed).tree) == {
        "f": "1\n2\nthree\nfour\n5"
    }


def test_three_trees_are_joined_without_a_history_in_common(clone, sides):
    _, ours, theirs = sides({"f": LINES}, {"f": LINES.replace("one", "1")}, {"f": LINES.replace("five", "5")})
    made = tree_merging.merge_trees(clone.folder, ours, theirs, f"{ours}^{{tree}}")

    assert made == MergedTree(clone.git("rev-parse", f"{theirs}^{{tree}}"))


def test_the_same_trees_give_the_same_answer_and_leave_nothing_new(clone, sides):
    base, ours, theirs = sides({"f": "1\n"}, {"f": "2\n"}, {"f": "3\n"})
    first = tree_merging.merge_trees(clone.folder, base, ours, theirs)
    before = clone.everything()

    assert tree_merging.merge_trees(clone.folder, base, ours, theirs) == first
    assert clone.everything() == before


def test_attributes_are_those_of_ours_and_not_those_that_are_checked_out(clone, sides):
    attributes = {".gitattributes": "docs/log merge=union\n", "docs/log": "base\n"}
    _, ours, theirs = sides(attributes, {"docs/log": "base\nours\n"}, {"docs/log": "base\ntheirs\n"})
    clone.write({".gitattributes": "docs/log -merge\n"})

    made = tree_merging.merge_commits(clone.folder, ours, theirs)

    assert made.conflicts == ()
    assert files(clone, made.tree)["docs/log"] == "base\nours\ntheirs"


def test_attributes_in_a_folder_count_for_it(clone, sides):
    attributes = {"docs/.gitattributes": "log merge=union\n", "docs/log": "base\n", "log": "base\n"}
    ours = {"docs/log": "base\nours\n", "log": "base\nours\n"}
    _, ours, theirs = sides(attributes, ours, {"docs/log": "base\ntheirs\n", "log": "base\ntheirs\n"})

    assert [path for path, _ in tree_merging.merge_commits(clone.folder, ours, theirs).conflicts] == ["log"]


def test_a_worktree_that_is_dirty_stays_as_it_is_to_the_byte(clone, sides):
    base, ours, theirs = sides({"f": "1\n"}, {"f": "2\n"}, {"f": "3\n"})
    clone.git("checkout", "--quiet", "--detach", base)
    clone.write({"f": "changed\n", "untracked": "x"})
    (clone.folder / ".git" / "index.lock").write_text("")
    before = clone.everything()

    tree_merging.merge_commits(clone.folder, ours, theirs)
    tree_merging.replace_files(clone.folder, f"{ours}^{{tree}}", {"f": ("100644", b"4\n")})

    after = {path: content for path, content in clone.everything().items() if "/.git/objects/" not in path}
    assert after == {path: content for path, content in before.items() if "/.git/objects/" not in path}


def test_a_bare_repository_can_be_merged_in(clone, remote, sides):
    _, ours, theirs = sides({"f": LINES}, {"f": LINES.replace("one", "1")}, {"f": LINES.replace("five", "5")})
    clone.git("push", "--quiet", "origin", "ours", "theirs")

    assert tree_merging.merge_commits(remote.folder, ours, theirs) == tree_merging.merge_commits(
        clone.folder, ours, theirs
    )


def test_files_are_replaced_in_a_tree_with_their_modes(clone):
    id = commit(clone, "Base", {"a/f": "1\n", "g": "g\n"})
    tree = tree_merging.replace_files(clone.folder, f"{id}^{{tree}}", {"a/f": ("100755", b"\xff\r\n2")})

    assert tree_merging.read_blobs(clone.folder, [f"{tree}:a/f", f"{tree}:g"]) == [b"\xff\r\n2", b"g\n"]
    assert clone.git("ls-tree", tree, "a/f").split()[0] == "100755"


def test_contents_are_told_to_the_byte(clone):
    texts = [b"", b"\n\n a \n\n", b"\x00\xff\n", b"a"]
    id = commit(clone, "Base", {str(number): text for number, text in enumerate(texts)})

    assert tree_merging.read_blobs(clone.folder, [f"{id}:{number}" for number in range(4)]) == texts


def test_a_blob_that_is_not_there_is_an_error(clone):
    with pytest.raises(SourceError, match="0001 to succeed, found exit code 1"):
        tree_merging.read_blobs(clone.folder, ["0" * 39 + "1"])


def test_commits_without_a_history_in_common_cannot_be_merged(clone, sides):
    _, ours, _ = sides({"f": "1\n"}, {"f": "2\n"}, {"f": "3\n"})
    clone.git("checkout", "--quiet", "--orphan", "other")

    with pytest.raises(SourceError, match="unrelated histories"):
        tree_merging.merge_commits(clone.folder, ours, commit(clone, "Other", {"f": "4\n"}))
