"""What do tests of joining share? Branches that differ, what git itself makes of them, and what we make of them."""

from collections.abc import Mapping

from tests.sources.conftest import Clone
from tests.sources.git.conftest import commit

from trinokit.observations import Commit, Join, JoinResult
from trinokit.sources.git import commit_joining

WHO = "An Author <author@example.com>"
LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n"
_FORMAT = "%H|%s|%an <%ae>|%ad|%T|%B"


def branch(clone: Clone, name: str, start: str, *commits: tuple[str, Mapping[str, str | bytes | None]]) -> str:
    """The tip of a new branch *name* with *commits* after *start*, subjects and files; a file that is None goes."""
    clone.git("checkout", "--quiet", "-b", name, *[start] * bool(start))
    for subject, files in commits:
        for path in [path for path, content in files.items() if content is None]:
            clone.git("rm", "--quiet", path)
        commit(clone, subject, {path: content for path, content in files.items() if content is not None})
    return clone.git("rev-parse", "HEAD")


def become(clone: Clone, *joins: Join, **rule: object) -> tuple[JoinResult, ...]:
    """What becomes of *joins*."""
    return commit_joining.compute_joins(clone.folder, joins, commit_joining.ConflictPolicy(**rule))


def merging(ours: str, theirs: str, how: str = "merge", message: str = "Merge branch 'theirs' into ours") -> Join:
    """The join of theirs into ours."""
    return Join("feature", "ours", ours, theirs, how, message)


def told(clone: Clone, *ids: str) -> tuple[Commit, ...]:
    """The commits with *ids*."""
    return tuple(Commit(*clone.git("log", "-1", "--format=%H|%s|%an <%ae>", id).split("|")) for id in ids)


def about(clone: Clone, commit: str) -> dict[str, object]:
    """What makes up *commit*, but for its moment and its id, and that of its parents that are no more than that."""
    names = ("id", "subject", "author", "date", "tree", "message")
    found = dict(
        zip(names, clone.git("log", "-1", "--date=raw", f"--format={_FORMAT}", commit).split("|"), strict=True)
    )
    return {name: found[name] for name in ("subject", "author", "tree", "message")}


def chain(clone: Clone, tip: str, root: str) -> list[dict[str, object]]:
    """The commits from *root*, which is not one of them, to *tip*."""
    return [about(clone, each) for each in clone.git("rev-list", "--reverse", "--topo-order", f"{root}..{tip}").split()]


def content(clone: Clone, commit: str) -> dict[str, str]:
    """The text of every file in *commit*."""
    names = clone.git("ls-tree", "-r", "--name-only", "-z", commit).split("\0")
    return {name: clone.git("show", f"{commit}:{name}") for name in names if name}
