"""Which files does a commit hold? Read from a clone that stays as it is, whatever its settings."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trinokit import shell
from trinokit.errors import SourceError

_SYMLINK_MODE, _SUBMODULE_MODE = "120000", "160000"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class TreeEntry:
    """One entry of a commit's tree: its mode and the object that has its content."""

    mode: str
    blob: str


@dataclass(frozen=True)
class CommitFiles:
    """A commit of the clone *repository* by its full *id*, and the *files* in it by path."""

    repository: Path
    id: str
    files: Mapping[str, TreeEntry]

    @property
    def folders(self) -> set[str]:
        """The folders that its files lie in, with the one above all: '.'."""
        return {parent.as_posix() for path in self.files for parent in PurePosixPath(path).parents}

    @property
    def has_links(self) -> bool:
        """Whether a file of it is a link."""
        return any(file.mode == _SYMLINK_MODE for file in self.files.values())


def is_path_within(path: str, folder: str) -> bool:
    """Whether *path* is *folder* or lies below it; everything lies below the folder '.'."""
    return folder == "." or path == folder or path.startswith(f"{folder}/")


def read_commit_files(repository: Path, name: str) -> CommitFiles:
    """The commit that *name* stands for: an id, a tag, a branch.

    Raises SourceError when *repository* is no clone or has no such commit.
    """
    if not repository.is_dir():
        raise SourceError(f"Expected a clone in {repository}, found no folder.", remedy="clone it, or correct the path")
    try:
        _run_plumbing(repository, "rev-parse", "--git-dir")
    except SourceError as error:
        raise SourceError(
            f"Expected a clone in {repository}, found: {error.message}", remedy="name the top folder of a clone"
        ) from error
    try:
        full = (
            _run_plumbing(repository, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
            .decode()
            .strip()
        )
    except SourceError as error:
        raise SourceError(
            f"Expected a commit {name} in {repository}, found: {error.message}", remedy=f"git -C {repository} fetch"
        ) from error
    return CommitFiles(
        repository, full, dict(_parse_tree_entries(_run_plumbing(repository, "ls-tree", "-r", "-z", full)))
    )


def export_files(commit: CommitFiles, folder: Path) -> dict[str, str]:
    """Write the files of *commit* into *folder*; what git does not hold, by path, and why.

    Contents are the very bytes that were committed: no filter, line end or attribute changes them.
    """
    contents = dict(_read_contents(commit, "."))
    symbolic_links, gaps = {}, _missing_contents(commit, contents)
    for path, content in contents.items():
        if path in gaps:
            continue
        if commit.files[path].mode == _SYMLINK_MODE:
            symbolic_links[folder / path] = content
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    # Links come last, so that no file is written through one.
    for path, target in symbolic_links.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.fsdecode(target))
    for path in symbolic_links:
        if not Path(os.path.realpath(path)).is_relative_to(folder.resolve()):
            gaps[path.relative_to(folder).as_posix()] = "a link that leads out of the repository"
    for path in gaps:
        (folder / path).unlink(missing_ok=True)
    return gaps


def file_contents(commit: CommitFiles, folder: str) -> tuple[dict[str, bytes], dict[str, str]]:
    """The contents of the files in *folder* of *commit*, by path, and what git does not hold, and why.

    They are the very bytes that were committed, and of a link its target.
    """
    contents = dict(_read_contents(commit, folder))
    gaps = _missing_contents(commit, contents)
    return {path: content for path, content in contents.items() if path not in gaps}, gaps


def _missing_contents(commit: CommitFiles, contents: Mapping[str, bytes]) -> dict[str, str]:
    gaps = {path: "a submodule" for path, file in commit.files.items() if file.mode == _SUBMODULE_MODE}
    return gaps | {
        path: "a pointer to Git LFS" for path, content in contents.items() if content.startswith(_LFS_POINTER)
    }


def _parse_tree_entries(listing: bytes) -> Iterator[tuple[str, TreeEntry]]:
    for line in listing.split(b"\0")[:-1]:
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.decode().split()
        path = os.fsdecode(name)
        if path != PurePosixPath(path).as_posix() or path.startswith("/") or ".." in path.split("/"):
            raise SourceError(f"Expected paths within the commit, found {path}.", remedy="check it: git fsck")
        yield path, TreeEntry(mode, blob)


def _read_contents(commit: CommitFiles, folder: str) -> Iterator[tuple[str, bytes]]:
    files = [(path, file) for path, file in commit.files.items() if is_path_within(path, folder)]
    files_with_blobs = [(path, file.blob) for path, file in files if file.mode != _SUBMODULE_MODE]
    stdin = "".join(f"{blob}\n" for _, blob in files_with_blobs).encode()
    output, begin = _run_plumbing(commit.repository, "cat-file", "--batch", stdin=stdin), 0
    for path, blob in files_with_blobs:
        end = output.index(b"\n", begin)
        _, kind, *size = output[begin:end].decode().split()
        if kind != "blob":
            raise SourceError(
                f"Expected the content of {path} in {commit.repository}, found {blob} {kind}.",
                remedy=f"git -C {commit.repository} fetch --refetch",
            )
        begin = end + 1 + int(size[0]) + 1
        yield path, output[end + 1 : begin - 1]


def _run_plumbing(repository: Path, *argv: str, stdin: bytes = b"") -> bytes:
    return shell.check_output("git", *argv, folder=repository, stdin=stdin, environment=_git_environment(repository))


def _git_environment(repository: Path) -> dict[str, str]:
    # Variables such as GIT_DIR, which a hook has, would lead to another repository.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "GIT_CONFIG_" in name
    }
    return environment | {
        "GIT_CEILING_DIRECTORIES": str(repository.parent),
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
