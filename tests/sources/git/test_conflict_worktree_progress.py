import shlex
import subprocess

import pytest
from tests.sources.git.conftest import commit
from tests.sources.git.joins import LINES, about, become, branch, content, merging

from trinokit.observations import Join

OURS, THEIRS = LINES.replace("five", "5"), LINES.replace("five", "V")


class Worktree:
    """The worktree in which the conflicts of a join are worked on, made by the commands that a plan has."""

    def __init__(self, clone, folder, *joins):
        self.clone, self.joins, self.rule = clone, joins, {"worktree": str(folder), "version": "v1.1.0"}
        self.path = folder / f"v1.1.0-{joins[-1].name}"

    def begin(self):
        found = self.read()
        self.clone.git("worktree", "add", "--quiet", "--detach", str(self.path), found.at)
        return self.shell(shlex.join(("git", "-C", str(self.path), *found.words)), code=1)

    def read(self):
        return become(self.clone, *self.joins, **self.rule)[-1]

    def git(self, *argv):
        done = subprocess.run(["git", *argv], cwd=self.path, capture_output=True, check=True, text=True)
        return done.stdout.strip()

    def write(self, text, path="f"):
        (self.path / path).write_text(text)

    def shell(self, command, code=0):
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout


@pytest.fixture
def base(clone):
    return branch(clone, "base", "", ("Base", {"f": LINES, "g": "g\n"}))


@pytest.fixture
def sides(clone, base):
    ours = branch(clone, "ours", base, ("Ours", {"f": OURS}))
    theirs = branch(clone, "theirs", base, ("Theirs", {"f": THEIRS, "new": "new\n"}))
    clone.git("checkout", "--quiet", "base")
    return ours, theirs


@pytest.fixture
def work(clone, sides, tmp_path):
    """A worktree in which a merge has come to its conflicts."""
    made = Worktree(clone, tmp_path / "work trees", merging(*sides))
    made.begin()
    return made


def test_without_a_worktree_there_is_none_and_nothing_is_wrong(clone, sides, tmp_path):
    found = Worktree(clone, tmp_path / "worktrees", merging(*sides)).read()

    assert (found.commit, found.worktree, found.problem) == ("", "", "")


def test_what_is_unmerged_is_told_with_the_command_that_settles_it(work):
    found = work.read()

    quoted = f"git -C '{work.path}'"
    assert (found.commit, found.worktree) == ("", str(work.path))
    assert found.problem == f"unmerged: f: settle it, then: {quoted} add -- f"
    assert [each.path for each in found.conflicts] == ["f"]


def test_what_is_settled_and_added_becomes_the_merge_commit(clone, sides, work):
    work.write(LINES.replace("five", "5 and V"))
    work.git("add", "f")
    found = work.read()

    assert found.problem == ""
    assert clone.git("rev-parse", f"{found.commit}^@").split() == list(sides)
    assert about(clone, found.commit)["subject"] == "Merge branch 'theirs' into ours"
    assert content(clone, found.commit) == {
        "f": LINES.replace("five", "5 and V").strip(),
        "g": "g",
        "new": "new",
    }


def test_the_commit_stays_when_the_worktree_has_gone(clone, work):
    work.write(LINES)
    work.git("add", "f")
    found = work.read()
    clone.git("worktree", "remove", "--force", str(work.path))
    clone.git("gc", "--quiet", "--prune=now")

    again = work.read()

    assert (again.commit, again.worktree, again.conflicts) == (found.commit, "", found.conflicts)


def test_a_merge_that_was_committed_there_is_taken_as_it_is(work):
    work.write(LINES)
    work.git("add", "f")
    work.git("commit", "--quiet", "--message", "Settled by hand")

    assert work.read().commit == work.git("rev-parse", "HEAD")


def test_what_comes_after_the_join_goes_on_from_what_was_settled(clone, base, sides, work):
    work.joins = (*work.joins, Join("back", "base", base, "feature", "fast-forward"))
    work.write(LINES)
    work.git("add", "f")
    first, back = become(clone, *work.joins, **work.rule)

    assert back.commit == first.commit != ""


def test_markers_that_were_added_with_everything_are_found(work):
    work.git("add", "--all")
    found = work.read()

    assert (found.commit, found.problem.partition(":")[0]) == ("", "conflict markers are left in f")


def test_markers_that_were_committed_are_found(work):
    work.git("add", "--all")
    work.git("commit", "--quiet", "--message", "Careless")
    found = work.read()

    assert (found.commit, found.problem.partition(":")[0]) == ("", "conflict markers are left in f")


def test_markers_in_a_file_that_had_no_conflict_are_found(work):
    work.write(LINES)
    work.write("<<<<<<< HEAD\ng\n=======\nh\n>>>>>>> theirs\n", "g")
    work.git("add", "--all")

    assert work.read().problem.startswith("conflict markers are left in g: take them out")


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> 0123", "||||||| base", "<<<<<<<", ">>>>>>>>>> theirs\r"])
def test_one_marker_is_enough(work, marker):
    work.write(f"{LINES}{marker}\n")
    work.git("add", "f")

    assert work.read().problem.startswith("conflict markers are left in f")


@pytest.mark.parametrize("line", ["=======", "<<<<<< six", "  <<<<<<< indented", "<<<<<<<x"])
def test_a_line_that_is_no_marker_is_left_alone(work, line):
    work.write(f"Heading\n{line}\n{LINES}")
    work.git("add", "f")

    assert work.read().problem == ""


def test_markers_that_a_side_has_always_had_are_no_conflict(clone, base, tmp_path):
    text = "How conflicts look:\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"
    root = branch(clone, "root", base, ("Tell of conflicts", {"docs": text}))
    sides = [
        branch(clone, name, root, (name, {"f": side, "docs": docs}))
        for name, side, docs in (("ours", OURS, text), ("theirs", THEIRS, f"{text}<<<<<<< HEAD\n"))
    ]
    clone.git("checkout", "--quiet", "base")
    work = Worktree(clone, tmp_path / "worktrees", merging(*sides))
    work.begin()
    work.write(LINES)
    work.git("add", "f")
    settled = work.read()
    work.write(f"{text}<<<<<<< HEAD\n<<<<<<< HEAD\n", "docs")
    work.git("add", "docs")

    assert (settled.problem, bool(settled.commit)) == ("", True)
    assert work.read().problem.startswith("conflict markers are left in docs")


def test_what_is_changed_and_not_added_is_told(work):
    work.write(LINES)
    work.git("add", "f")
    work.write("changed\n", "g")
    found = work.read()

    assert (found.commit, found.problem) == (
        "",
        f"changed and not added: g: git -C '{work.path}' add -- g",
    )


def test_what_was_added_after_the_commit_is_told(work):
    work.write(LINES)
    work.git("add", "f")
    work.git("commit", "--quiet", "--message", "Settled")
    work.write("changed\n", "g")
    work.git("add", "g")
    found = work.read()
    work.shell(found.problem.partition(": g: ")[2])

    assert found.problem.startswith("added and not committed: g: ")
    assert content(work.clone, work.read().commit)["g"] == "changed"


def test_what_git_does_not_know_there_is_left_alone(work):
    work.write(LINES)
    work.git("add", "f")
    work.write(OURS, "f.orig")

    assert work.read().problem == ""


def test_the_commands_that_are_told_settle_it(work):
    work.write(LINES)
    work.shell(work.read().problem.partition(", then: ")[2])

    assert work.read().commit


def test_what_somebody_pushed_meanwhile_is_told_and_the_work_can_be_saved(clone, sides, work):
    ours, theirs = sides
    work.write(LINES.replace("five", "5 and V"))
    clone.git("checkout", "--quiet", "ours")
    moved = commit(clone, "Pushed meanwhile", {"other": "x\n"})
    work.joins = (merging(moved, theirs),)
    found = work.read()

    assert (found.commit, found.worktree) == ("", str(work.path))
    assert found.problem.startswith(f"it is at {ours:.8}, and ours is at {moved:.8} now, since somebody has pushed: ")
    _, _, told = found.problem.partition("save what you need of it: ")
    save, _, rest = told.partition(", then: ")
    work.shell(save)
    work.shell(rest.removesuffix(", and run again"))
    assert work.read().worktree == ""
    assert "5 and V" in clone.git("show", "stash@{0}:f")


def test_what_somebody_pushed_to_the_feature_is_told_as_well(clone, sides, work):
    ours, theirs = sides
    clone.git("checkout", "--quiet", "theirs")
    moved = commit(clone, "More", {"other": "x\n"})
    work.joins = (merging(ours, moved),)

    assert work.read().problem.startswith(f"{theirs:.8} is brought in there, and it is {moved:.8} now: save")


def test_what_was_settled_for_these_commits_counts_although_the_worktree_is_for_others(clone, sides, work):
    ours, theirs = sides
    work.write(LINES)
    work.git("add", "f")
    settled = work.read().commit
    work.git("commit", "--quiet", "--message", "Settled")
    work.git("checkout", "--quiet", "--detach", "base")

    assert work.read().commit == settled


def test_a_merge_that_was_given_up_is_begun_again_by_the_command_that_is_told(work):
    work.git("merge", "--abort")
    found = work.read()
    command = found.problem.removeprefix("nothing is under way there: ")
    work.shell(command, code=1)

    assert (found.commit, command.startswith(f"git -C '{work.path}' merge --no-ff")) == ("", True)
    assert work.read().problem.startswith("unmerged: f")


def test_a_worktree_that_is_no_more_than_told_of_is_none(clone, work):
    subprocess.run(["rm", "-r", str(work.path)], check=True)

    assert work.read().worktree == ""


def test_reading_leaves_the_worktree_as_it_is(work):
    work.git("add", "--all")
    before = {path: path.read_bytes() for path in work.path.rglob("*") if path.is_file()}
    index = work.git("ls-files", "--stage")
    work.read()

    assert {path: path.read_bytes() for path in work.path.rglob("*") if path.is_file()} == before
    assert (work.git("ls-files", "--stage"), work.git("rev-parse", "MERGE_HEAD")) == (
        index,
        work.clone.git("rev-parse", "theirs"),
    )


@pytest.fixture
def picks(clone, base, tmp_path):
    """A worktree in which the second of four commits cannot be picked, nor the fourth."""
    ours = branch(clone, "ours", base, ("Ours", {"f": OURS.replace("one", "1")}))
    commits = [
        ("First", {"new": "x\n"}),
        ("Second", {"f": THEIRS}),
        ("Third", {"more": "x\n"}),
        ("Fourth", {"f": THEIRS.replace("one", "I")}),
    ]
    theirs = branch(clone, "theirs", base, *commits)
    clone.git("checkout", "--quiet", "base")
    made = Worktree(clone, tmp_path / "worktrees", merging(ours, theirs, "cherry-pick"))
    made.begin()
    return made


def settle(picks, text, *command):
    picks.write(text)
    picks.git("add", "f")
    if command:
        subprocess.run(["git", "-c", "core.editor=true", *command], cwd=picks.path, capture_output=True)


def subjects(clone, tip):
    return clone.git("log", "--reverse", "--format=%s", f"base..{tip}").split("\n")


def test_picks_go_on_one_conflict_after_another(clone, picks):
    second = clone.git("rev-parse", "theirs~2")
    assert picks.read().problem.startswith("unmerged: f")
    assert picks.read().words == ("cherry-pick", "-x", second, *clone.git("rev-parse", "theirs~1", "theirs").split())

    settle(picks, LINES.replace("five", "5 and V").replace("one", "1"))
    found = picks.read()
    assert [each.path for each in found.conflicts] == ["f", "f"]
    assert found.problem.endswith("cherry-pick --continue")
    assert found.words == ("cherry-pick", "-x", clone.git("rev-parse", "theirs"))

    settle(picks, LINES.replace("five", "5 and V").replace("one", "1"), "cherry-pick", "--continue")
    assert picks.read().problem.startswith("unmerged: f")
    settle(picks, LINES.replace("five", "5 and V").replace("one", "1 or I"))
    found = picks.read()
    assert (found.problem, subjects(clone, found.commit)) == ("", ["Ours", "First", "Second", "Third", "Fourth"])
    assert clone.git("log", "-1", "--format=%b", found.commit) == (
        f"(cherry picked from commit {clone.git('rev-parse', 'theirs')})"
    )
    assert [each.subject for each in found.entering] == ["First", "Second", "Third", "Fourth"]


def test_picks_that_git_has_finished_by_itself_are_taken_over(clone, picks):
    settle(picks, LINES.replace("one", "1"), "cherry-pick", "--continue")
    settle(picks, LINES.replace("one", "1 or I"), "cherry-pick", "--continue")
    found = picks.read()

    assert subjects(clone, found.commit) == ["Ours", "First", "Second", "Third", "Fourth"]
    assert content(clone, found.commit) == content(clone, picks.git("rev-parse", "HEAD"))
    clone.git("worktree", "remove", "--force", str(picks.path))
    assert picks.read().commit == found.commit


def test_markers_in_a_pick_that_is_committed_are_found_although_others_follow(picks):
    picks.git("add", "--all")
    settle(picks, (picks.path / "f").read_text(), "cherry-pick", "--continue")

    assert picks.read().problem.startswith("conflict markers are left in f")


def test_picks_by_git_from_the_branch_on_are_understood_as_well(clone, picks):
    ours, theirs = clone.git("rev-parse", "ours", "theirs").split()
    picks.git("cherry-pick", "--abort")
    picks.git("checkout", "--quiet", "--detach", ours)
    subprocess.run(["git", "cherry-pick", "-x", f"{ours}..{theirs}"], cwd=picks.path, capture_output=True)
    assert picks.read().problem.startswith("unmerged: f")

    settle(picks, LINES.replace("one", "1"))

    assert picks.read().problem.endswith("cherry-pick --continue")


@pytest.fixture
def revert(clone, base, tmp_path):
    """A worktree in which a commit cannot be reverted."""
    first = branch(clone, "ours", base, ("First", {"f": OURS}))
    tip = commit(clone, "Second", {"f": OURS.replace("5", "5 and more")})
    clone.git("checkout", "--quiet", "base")
    made = Worktree(clone, tmp_path / "worktrees", Join("revert", "ours", tip, first, "revert"))
    made.begin()
    return made


def test_a_revert_that_is_settled_becomes_its_commit(clone, revert):
    assert revert.read().problem.startswith("unmerged: f")

    settle(revert, LINES)
    found = revert.read()

    assert (about(clone, found.commit)["subject"], clone.git("rev-parse", f"{found.commit}^")) == (
        'Revert "First"',
        clone.git("rev-parse", "ours"),
    )
    assert [each.id for each in found.entering] == [found.commit]


def test_a_revert_that_was_committed_there_is_taken_as_it_is(revert):
    settle(revert, LINES, "revert", "--continue")

    assert revert.read().commit == revert.git("rev-parse", "HEAD")
