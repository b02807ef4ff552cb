"""What becomes of commits that are brought together?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from trinokit.observations.repositories import Commit

JoinMethod = Literal["merge", "fast-forward", "cherry-pick", "revert"]


@dataclass(frozen=True)
class Join:
    """What one commit is to be made of: *what* is brought *into* a branch whose tip is *onto*, with a *message*.

    *onto* and *what* are ids, or the *name* of an earlier join, whose result is meant. For a revert *what* is the
    commit that is taken back; for a cherry-pick it is the last of the commits since *onto* that are picked one by one.
    """

    name: str
    into: str
    onto: str
    what: str
    how: JoinMethod
    message: str = ""


@dataclass(frozen=True)
class ConflictHunk:
    """One place where both sides of a file differ: its first *line*, the texts, and who wrote them last."""

    line: int
    ours: str
    theirs: str
    our_author: str = ""
    their_author: str = ""


@dataclass(frozen=True)
class Conflict:
    """A *path* that both sides changed in ways that git cannot join, as git *said*, with its *hunks*.

    *prerequisites* are the commits of newer branches that changed the path and that the branch lacks.
    """

    path: str
    said: str
    hunks: tuple[ConflictHunk, ...] = ()
    prerequisites: tuple[Commit, ...] = ()


@dataclass(frozen=True)
class ResolvedVersion:
    """A version in a file that both sides changed, and the one that was *taken* by rule."""

    path: str
    ours: str
    theirs: str
    taken: str


@dataclass(frozen=True)
class JoinResult:
    """What became of a *join* of the ids *ours* and *theirs*: the id of its *commit*, which is not pushed yet.

    The commit is *ours* where nothing is to be brought in. It is empty where there are *conflicts*, which may be worked
    on in *worktree*; *problem* then says what is still wrong with that work. *entering* are the commits that the branch
    gets, oldest first, and *skipped* those that are not picked since what they do is there.

    The conflicts are those that git has in a worktree at the commit *at* after the command `git *words*`.
    """

    join: Join
    ours: str
    theirs: str
    commit: str = ""
    entering: tuple[Commit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    versions: tuple[ResolvedVersion, ...] = ()
    worktree: str = ""
    problem: str = ""
    skipped: tuple[Commit, ...] = ()
    at: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConflictPolicy:
    """How conflicts are dealt with: in *version_files*, those about versions are resolved by taking *version*.

    The others are worked on below the folder *worktree*. *newer* are the branches, by name, that may have what a
    conflicting path lacks.
    """

    version_files: tuple[str, ...] = ()
    version: str = ""
    worktree: str = ""
    newer: Mapping[str, str] = field(default_factory=dict)
