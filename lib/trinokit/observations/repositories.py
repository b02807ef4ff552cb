"""What is known of a repository and its remote?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Commit:
    """One commit: its *id*, the first line of its message, and who wrote it as `Name <address>`."""

    id: str
    subject: str
    author: str

    def __str__(self) -> str:
        """The commit as people name it: the first letters of its id, and what it is about."""
        return f"{self.id:.8} {self.subject}"


@dataclass(frozen=True)
class RepositoryState:
    """A clone in *folder* and its *remote* at *url*, as both are now.

    *heads* and *tags* are the remote's own branches and tags, by their short names, with the ids of their commits;
    *local_heads* and *local_tags* are the clone's. *default* is the branch that the remote's HEAD names. *worktrees*
    has the branch that is checked out in each worktree, by its path; empty where its HEAD is detached. *kept* are the
    commits that earlier runs noted in refs of our own, such as v1.1.0/staging.
    """

    folder: str
    remote: str
    url: str
    default: str
    heads: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    local_heads: Mapping[str, str] = field(default_factory=dict)
    local_tags: Mapping[str, str] = field(default_factory=dict)
    worktrees: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CloneReadiness:
    """Whether a clone is ready for a release; of each text that is not told otherwise, empty means that all is well.

    *shallow* clones do not know their own history. *under_way* tells each operation that is in progress, and where.
    *locked* tells the index.lock that lies about: its path, its age, and who holds it if that is known. *who* is who
    commits, empty where git does not know. *signing* says why a commit or a tag that is to be signed cannot be,
    *push* what the remote said to a push that changes nothing, *submodules* which of their commits no remote has, and
    *lfs* why large files cannot be read. *unpushed* are the branches that have commits here which those of the same
    name on the remote lack, and how many. *detached* tells that no branch is checked out, and *changed* how many files
    of the operator's own worktree are not as HEAD has them: neither is in the way, since a worktree of its own is used.
    """

    shallow: bool = False
    under_way: tuple[str, ...] = ()
    locked: str = ""
    who: str = ""
    signing: str = ""
    push: str = ""
    submodules: tuple[str, ...] = ()
    lfs: str = ""
    unpushed: Mapping[str, int] = field(default_factory=dict)
    detached: bool = False
    changed: int = 0


@dataclass(frozen=True)
class Feature:
    """The *commits* of a feature, oldest first, from *base*, which is not one of them, to *tip*.

    *found* says where the tip is known from: the branch on the remote, the local one, the refs that earlier runs kept,
    or the merge commit that brought it in; nowhere where it is empty. *local* and *remote* are the ids of the branches.
    *diverged* says that neither of them has all commits of the other. *changed* are the paths that differ from *base*.
    *kept* are the ids of the refs of our own that keep it for later runs, by their full names.
    """

    tip: str = ""
    base: str = ""
    commits: tuple[Commit, ...] = ()
    found: Literal["remote", "local", "kept", "merged", ""] = ""
    local: str = ""
    remote: str = ""
    diverged: bool = False
    changed: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BranchPresence:
    """Whether a *branch* whose tip is *tip* has the feature commits.

    It may have them as ancestors; or each by a commit with the same patch id, or by one that names it in a trailer
    of `cherry-pick -x`; *lacking* are those that it has in no way. *content* says whether what they changed is there,
    whatever the history says, and *reverted* is the commit that took them back, if one did; *reverts* are all those
    that did and that were not taken back themselves. *brought* are the commits of the branch itself that brought the
    feature there, and whose revert takes it back: merges, equal commits, or its own. Both have the newest first.
    """

    branch: str
    tip: str
    ancestor: bool
    lacking: tuple[Commit, ...] = ()
    content: Literal["there", "lacking", "changed since"] = "there"
    reverted: str = ""
    reverts: tuple[str, ...] = field(default=(), compare=False)
    brought: tuple[str, ...] = field(default=(), compare=False)
