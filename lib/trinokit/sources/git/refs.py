"""Which refs do a remote and its clone have? The remote's are fetched into refs of our own, and nowhere else."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from trinokit.errors import SourceError
from trinokit.sources.git import git_command, remote_command

REMOTE_REFS, RELEASE_REFS = f"{git_command.OWN_REFS}/remote", f"{git_command.OWN_REFS}/releases"
_REF_FORMAT = "%(refname) %(objectname) %(objecttype) %(*objectname) %(*objecttype)"
_SPACES = (f"{REMOTE_REFS}/", "refs/heads/", "refs/tags/", f"{RELEASE_REFS}/")
_FETCH_OPTIONS = ("--no-tags", "--no-write-fetch-head", "--refmap=", "--prune", "--no-auto-maintenance")
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
    release_refs: dict[str, str]


def fetch_refs(folder: Path, remote: str) -> Refs:
    """The refs that *remote* has now, with their objects in the clone *folder*, and those of the clone.

    Raises SourceError when the remote cannot be asked, or has moved again each time that it was fetched.
    """
    for _ in range(_ATTEMPTS):
        default, ids = _remote_refs(folder, remote)
        lines = _ref_lines(folder, *_SPACES)
        if _fetched_ref_ids(lines) != ids:
            _fetch_remote(folder, remote)
            lines = _ref_lines(folder, *_SPACES)
        if _fetched_ref_ids(lines) == ids:
            return _to_refs(dict(_peel_commits(folder, lines)), default)
    raise SourceError(
        f"Expected {remote} to rest for a moment, found that it moved {_ATTEMPTS} times while it was read.",
        remedy="run it again",
    )


def last_fetched_refs(folder: Path) -> Refs:
    """The refs of the remote as they were fetched last, without its default branch, and those of the clone *folder*."""
    return _to_refs(dict(_peel_commits(folder, _ref_lines(folder, *_SPACES))))


def _to_refs(commits: Mapping[str, str], default: str = "") -> Refs:
    return Refs(
        default=default,
        heads=_names_below(commits, f"{REMOTE_REFS}/heads/"),
        tags=_names_below(commits, f"{REMOTE_REFS}/tags/"),
        local_heads=_names_below(commits, "refs/heads/"),
        local_tags=_names_below(commits, "refs/tags/"),
        release_refs=_names_below(commits, f"{RELEASE_REFS}/"),
    )


def rename_old_refs(folder: Path) -> None:
    """Bring the refs that were made in the clone *folder* under the kit's old name below the new one.

    Both happen in one transaction of git; a ref that has the new name already is the newer one, and stays.
    """
    old = _names_below(_ref_ids(folder, git_command.OLD_REFS), f"{git_command.OLD_REFS}/")
    if old:
        new = _names_below(_ref_ids(folder, git_command.OWN_REFS), f"{git_command.OWN_REFS}/")
        changes = [f"create {git_command.OWN_REFS}/{name} {id}\n" for name, id in old.items() if name not in new]
        changes += [f"delete {git_command.OLD_REFS}/{name} {id}\n" for name, id in old.items()]
        git_command.git_output(folder, "update-ref", "--no-deref", "--stdin", stdin="".join(changes))


def commits_at_refs(folder: Path, *names: str) -> dict[str, str]:
    """The commits of those of the refs with full *names* that there are."""
    return {name: id for name, id in _peel_commits(folder, _ref_lines(folder, *names)) if name in names}


def list_worktrees(folder: Path) -> dict[str, str]:
    """The branch that is checked out in each worktree of the clone *folder*, by its path; empty without one."""
    worktrees = {}
    for entry in git_command.git_output(folder, "worktree", "list", "--porcelain", "-z").split("\0\0"):
        fields = dict(line.partition(" ")[::2] for line in entry.split("\0"))
        if "worktree" in fields and "bare" not in fields:
            worktrees[fields["worktree"]] = fields.get("branch", "").removeprefix("refs/heads/")
    return worktrees


def _remote_refs(folder: Path, remote: str) -> tuple[str, dict[str, str]]:
    """The branch that the remote's HEAD names, and the ids of its branches and tags as they are, not peeled."""
    default, ids = "", {}
    for line in remote_command.run_remote_git(folder, "ls-remote", "--symref", remote)[1].splitlines():
        id_or_target, name = line.split("\t")
        if id_or_target.startswith("ref: "):
            default = id_or_target.removeprefix("ref: refs/heads/") if name == "HEAD" else default
        elif name.startswith(("refs/heads/", "refs/tags/")) and not name.endswith("^{}"):
            ids[name.removeprefix("refs/")] = id_or_target
    return default, ids


def _fetch_remote(folder: Path, remote: str) -> None:
    specs = [f"+refs/{kind}/*:{REMOTE_REFS}/{kind}/*" for kind in ("heads", "tags")]
    argv = ("fetch", "--quiet", *_FETCH_OPTIONS, "--no-recurse-submodules", remote, *specs)
    remote_command.run_remote_git(folder, *argv, transfer=True)


def _fetched_ref_ids(lines: Iterable[str]) -> dict[str, str]:
    return _names_below(dict(line.split(" ")[:2] for line in lines), f"{REMOTE_REFS}/")


def _ref_ids(folder: Path, space: str) -> dict[str, str]:
    lines = git_command.git_output_lines(folder, "for-each-ref", "--format=%(refname) %(objectname)", f"{space}/")
    return dict(line.split(" ") for line in lines)


def _ref_lines(folder: Path, *spaces: str) -> list[str]:
    return git_command.git_output_lines(folder, "for-each-ref", f"--format={_REF_FORMAT}", *spaces)


def _peel_commits(folder: Path, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each ref of *lines* that leads to a commit, and the id of that commit."""
    for line in lines:
        name, id, kind, *peeled = line.split(" ")
        if kind == "tag":
            id, kind = peeled
        if kind == "tag":
            # A tag of a tag of a commit: for-each-ref peels only once.
            code, id = git_command.run_git(
                folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", codes=(0, 1, 128)
            )
            kind = "commit" if code == 0 else ""
        if kind == "commit":
            yield name, id


def _names_below(refs: Mapping[str, str], space: str) -> dict[str, str]:
    return {name.removeprefix(space): id for name, id in refs.items() if name.startswith(space)}
