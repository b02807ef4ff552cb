import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.conftest import Clone, unsettle
from tests.sources.git.conftest import commit
from tests.sources.git.joins import chain

from trinokit.observations import Join
from trinokit.sources.git.commit_joining import ConflictPolicy, compute_joins

PATHS = ("a", "b", "dir/c")
LINES = [f"line {number}\n" for number in range(8)]
EDIT = st.one_of(
    st.tuples(st.just("line"), st.sampled_from(PATHS), st.integers(0, 7), st.sampled_from(["x\n", "y\n", ""])),
    st.tuples(st.just("delete"), st.sampled_from(PATHS)),
    st.tuples(st.just("rename"), st.sampled_from(PATHS), st.sampled_from(["d", "dir/e"])),
)
EDITS = st.lists(EDIT, max_size=4)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def nobody(monkeypatch):
    unsettle(monkeypatch)


def edited(clone: Clone, edits: list[tuple]) -> None:
    for kind, path, *rest in edits:
        file = clone.folder / path
        if not file.exists():
            continue
        if kind == "line":
            lines = file.read_text().splitlines(keepends=True)
            lines[rest[0] : rest[0] + 1] = [rest[1]] if rest[1] else []
            file.write_text("".join(lines))
        elif kind == "delete":
            file.unlink()
        else:
            (clone.folder / rest[0]).parent.mkdir(exist_ok=True)
            file.rename(clone.folder / rest[0])


def tip(clone: Clone, name: str, start: str, every: list[list[tuple]]) -> str:
    clone.git("checkout", "--quiet", "--force", "-B", name, start)
    for number, edits in enumerate(every):
        edited(clone, edits)
        commit(clone, f"{name} {number}", {})
    return clone.git("rev-parse", "HEAD")


def made(folder: str, ours: list[list[tuple]], theirs: list[list[tuple]]) -> tuple[Clone, str, str]:
    clone = Clone(Path(folder) / "clone")
    base = commit(clone, "base", {path: "".join(LINES) for path in PATHS})
    return clone, tip(clone, "ours", base, ours), tip(clone, "theirs", base, theirs)


def by_git(clone: Clone, start: str, *argv: str) -> tuple[str, list[str]]:
    """The commit that git makes after *start*, empty where it cannot, and the paths in conflict."""
    clone.git("checkout", "--quiet", "--force", "--detach", start)
    done = subprocess.run(["git", "-c", "core.editor=true", *argv], cwd=clone.folder, capture_output=True)
    unmerged = clone.git("ls-files", "-u", "-z").split("\0")
    paths = sorted({line.partition("\t")[2] for line in unmerged if line})
    return ("" if done.returncode else clone.git("rev-parse", "HEAD")), paths


def by_us(clone: Clone, how: str, onto: str, what: str) -> tuple[str, list[str]]:
    """The commit that we make, and the paths in conflict."""
    message = "Merge branch 'theirs' into ours" if how == "merge" else ""
    (found,) = compute_joins(clone.folder, [Join("one", "ours", onto, what, how, message)], ConflictPolicy())
    return found.commit, sorted(each.path for each in found.conflicts)


@QUICK
@given(ours=EDITS, theirs=EDITS)
def test_a_merge_has_the_tree_and_the_conflicts_that_git_has(nobody, ours, theirs):
    with tempfile.TemporaryDirectory() as folder:
        clone, mine, other = made(folder, [ours], [theirs])
        expected, paths = by_git(clone, mine, "merge", "--no-ff", "-m", "Merge branch 'theirs' into ours", other)

        found, conflicting = by_us(clone, "merge", mine, other)

        assert (bool(found), conflicting) == (bool(expected), paths)
        assert not found or chain(clone, found, mine) == chain(clone, expected, mine)


@QUICK
@given(ours=EDITS, theirs=st.lists(EDITS, min_size=1, max_size=3))
def test_picked_commits_are_those_of_git_and_stop_where_it_stops(nobody, ours, theirs):
    with tempfile.TemporaryDirectory() as folder:
        clone, mine, other = made(folder, [ours], theirs)
        asked = ["cherry-pick", "-x", *clone.git("rev-list", "--reverse", f"{mine}..{other}").split()]
        expected, paths = by_git(clone, mine, *asked)
        # Git stops at a commit that has nothing left to do, and we go on.
        while not expected and not paths:
            skipped = subprocess.run(["git", "cherry-pick", "--skip"], cwd=clone.folder, capture_output=True)
            unmerged = clone.git("ls-files", "-u", "-z").split("\0")
            paths = sorted({line.partition("\t")[2] for line in unmerged if line})
            expected = "" if skipped.returncode else clone.git("rev-parse", "HEAD")

        found, conflicting = by_us(clone, "cherry-pick", mine, other)

        assert (bool(found), conflicting) == (bool(expected), paths)
        assert not found or chain(clone, found, mine) == chain(clone, expected, mine)


@QUICK
@given(ours=EDITS, theirs=EDITS, after=EDITS, whole=st.booleans())
def test_what_is_taken_back_is_what_git_takes_back(nobody, ours, theirs, after, whole):
    with tempfile.TemporaryDirectory() as folder:
        clone, mine, other = made(folder, [ours], [theirs])
        merge = by_git(clone, mine, "merge", "--no-ff", "-m", "Merge", other)[0] if whole else other
        last = tip(clone, "after", merge or other, [after])
        mainline = ["-m", "1"] if merge != other and merge else []
        what = merge or other
        expected, paths = by_git(clone, last, "revert", "--no-edit", *mainline, what)

        found, conflicting = by_us(clone, "revert", last, what)

        assert conflicting == paths
        # What has nothing left to take back is an error for git.
        assert found == (expected or ("" if paths else last)) or chain(clone, found, last) == chain(
            clone, expected, last
        )
