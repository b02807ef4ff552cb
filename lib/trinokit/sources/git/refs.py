"""Which refs do a remote and its clone have? The remote's are fetched into refs of our own, and nowhere else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from trinokit.errors import SourceError
from trinokit.sources.git import calls, remotes

REMOTE, RELEASES = f"{calls.OWN}/remote", f"{calls.OWN}/releases"
_FORMAT = "%(refname) %(objectname) %(objecttype) %(*objectname) %(*objecttype)"
_FETCH = ("--no-tags", "--no-write-fetch-head", "--refmap=", "--prune", "--no-auto-maintenance")
_ATTEMPTS = 3


class Refs(NamedTuple):
    """The *default* branch of a remote, and the commits of branches and tags there and in the clone, by short names.

    *noted* are those that earlier runs noted of releases, in refs of our own.
    """

    default: str
    heads: dict[str, str]
    tags: dict[str, str]
    local_heads: dict[str, str]
    local_tags: dict[str, str]
    noted: dict[str, str]


def fetched(folder: Path, remote: str) -> Refs:
    """The refs that *remote* has now, with their objects in the clone *folder*, and those of the clone.

    Raises SourceError when the remote cannot be asked, or has moved again each time that it was fetched.
    """
    for _ in range(_ATTEMPTS):
        default, said = _said(folder, remote)
        if said == _fetched_ids(folder):
            return kept(folder, default)
        _fetch(folder, remote)
        if said == _fetched_ids(folder):
            return kept(folder, default)
    raise SourceError(
        f"Expected {remote} to rest for a moment, found that it moved {_ATTEMPTS} times while it was read.",
        remedy="run it again",
    )


def kept(folder: Path, default: str = "") -> Refs:
    """The refs of the remote as they were fetched last, and those of the clone *folder*."""
    commits = dict(_commits(folder, f"{REMOTE}/", "refs/heads/", "refs/tags/", f"{RELEASES}/"))
    spaces = (f"{REMOTE}/heads/", f"{REMOTE}/tags/", "refs/heads/", "refs/tags/", f"{RELEASES}/")
    return Refs(default, *(_below(commits, space) for space in spaces))


def rename_old(folder: Path) -> None:
    """Bring the refs that were made in the clone *folder* under the kit's old name below the new one.

    Both happen in one transaction of git; a ref that has the new name already is the newer one, and stays.
    """
    old = _below(_ids(folder, calls.OLD), f"{calls.OLD}/")
    if old:
        new = _below(_ids(folder, calls.OWN), f"{calls.OWN}/")
        changes = [f"create {calls.OWN}/{name} {id}\n" for name, id in old.items() if name not in new]
        changes += [f"delete {calls.OLD}/{name} {id}\n" for name, id in old.items()]
        calls.text(folder, "update-ref", "--no-deref", "--stdin", given="".join(changes))


def named(folder: Path, *names: str) -> dict[str, str]:
    """The commits of those of the refs with full *names* that there are."""
    return {name: id for name, id in _commits(folder, *names) if name in names}


def worktrees(folder: Path) -> dict[str, str]:
    """The branch that is checked out in each worktree of the clone *folder*, by its path; empty without one."""
    found = {}
    for entry in calls.text(folder, "worktree", "list", "--porcelain", "-z").split("\0\0"):
        told = dict(line.partition(" ")[::2] for line in entry.split("\0"))
        if "worktree" in told and "bare" not in told:
            found[told["worktree"]] = told.get("branch", "").removeprefix("refs/heads/")
    return found


def _said(folder: Path, remote: str) -> tuple[str, dict[str, str]]:
    """The branch that the remote's HEAD names, and the ids of its branches and tags as they are, not peeled."""
    default, ids = "", {}
    for line in remotes.asked(folder, "ls-remote", "--symref", remote)[1].splitlines():
        told, name = line.split("\t")
        if told.startswith("ref: "):
            default = told.removeprefix("ref: refs/heads/") if name == "HEAD" else default
        elif name.startswith(("refs/heads/", "refs/tags/")) and not name.endswith("^{}"):
            ids[name.removeprefix("refs/")] = told
    return default, ids


def _fetch(folder: Path, remote: str) -> None:
    specs = [f"+refs/{kind}/*:{REMOTE}/{kind}/*" for kind in ("heads", "tags")]
    argv = ("fetch", "--quiet", *_FETCH, "--no-recurse-submodules", remote, *specs)
    remotes.asked(folder, *argv, transfer=True)


def _fetched_ids(folder: Path) -> dict[str, str]:
    return _below(_ids(folder, REMOTE), f"{REMOTE}/")


def _ids(folder: Path, space: str) -> dict[str, str]:
    lines = calls.lines(folder, "for-each-ref", "--format=%(refname) %(objectname)", f"{space}/")
    return dict(line.split(" ") for line in lines)


def _commits(folder: Path, *spaces: str) -> Iterator[tuple[str, str]]:
    """Each ref that leads to a commit, and the id of that commit."""
    for line in calls.lines(folder, "for-each-ref", f"--format={_FORMAT}", *spaces):
        name, id, kind, *peeled = line.split(" ")
        if kind == "tag":
            id, kind = peeled
        if kind == "tag":
            # A tag of a tag of a commit: for-each-ref peels only once.
            code, id = calls.told(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", codes=(0, 1, 128))
            kind = "commit" if code == 0 else ""
        if kind == "commit":
            yield name, id


def _below(refs: Mapping[str, str], space: str) -> dict[str, str]:
    return {name.removeprefix(space): id for name, id in refs.items() if name.startswith(space)}
