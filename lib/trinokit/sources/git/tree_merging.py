"""Which tree comes of three others, or of two commits? It is made as git merges, and no worktree is touched."""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from trinokit.sources.git import git_command

# Nothing but the trees tells commits with this author and moment apart, so that the same trees give the same ones.
_FIXED_IDENTITY = {f"GIT_{role}_{what}": "trinokit" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_FIXED_DATES = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}
# Of all attributes, these change how files are merged.
_MERGE_ATTRIBUTES = r"merge|binary|conflict-marker-size|\[attr\]"


class IndexStage(NamedTuple):
    """A file as the base (stage 1), ours (2) or theirs (3) has it: its *mode* and the *id* of its blob."""

    mode: str
    id: str


@dataclass(frozen=True)
class MergedTree:
    """The *tree* that git makes of two others: complete where there are no *conflicts*, else with markers in its files.

    Of each conflict there is the path, and what git said of it, in which ours and theirs are *named* by ids; *stages*
    has the files of the conflicts.
    """

    tree: str
    conflicts: tuple[tuple[str, str], ...] = ()
    stages: Mapping[str, Mapping[int, IndexStage]] = field(default_factory=dict)
    named: tuple[str, str] = ("", "")


def merge_commits(folder: Path, ours: str, theirs: str) -> MergedTree:
    """What `git merge` makes of two commits, whatever is checked out in *folder*."""
    with _merge_folder(folder, ours) as work_folder:
        return _run_merge_tree(*work_folder, ours, theirs)


def merge_trees(folder: Path, base: str, ours: str, theirs: str) -> MergedTree:
    """What comes of bringing the changes from *base* to *theirs* into *ours*, commits or trees named by their ids."""
    root = _temporary_commit(git := _git_folder(folder), base)
    commits = (_temporary_commit(git, each, root) for each in (ours, theirs))
    with _merge_folder(folder, ours) as place:
        return _run_merge_tree(*place, *commits)


def replace_files(folder: Path, tree: str, files: Mapping[str, tuple[str, bytes]]) -> str:
    """The tree that is *tree* with each of *files*, its mode and content by its path, in place of what is there."""
    with TemporaryDirectory() as temporary:
        index = {"GIT_INDEX_FILE": f"{temporary}/index"}
        git_command.git_output(folder, "read-tree", tree, **index)
        lines = [f"{mode} {_write_blob(folder, content)} 0\t{path}\0" for path, (mode, content) in files.items()]
        git_command.git_output(folder, "update-index", "-z", "--index-info", stdin="".join(lines), **index)
        return git_command.git_output(folder, "write-tree", **index)


def read_blobs(folder: Path, names: Sequence[str]) -> list[bytes]:
    """The content of each of the blobs *names*, to the byte; raises SourceError where one is not there."""
    # What is printed is stripped, and the last line, on something that is never there, keeps the others whole.
    output = git_command.git_output(folder, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in [*names, "-"]))
    remaining = output.encode(errors="surrogateescape")
    blobs = []
    for name in names:
        header, _, remaining = remaining.partition(b"\n")
        if header.endswith(b" missing"):
            git_command.git_output(folder, "cat-file", "-e", name)
        size = int(header.split()[-1])
        blobs.append(remaining[:size])
        remaining = remaining[size + 1 :]
    return blobs


def _write_blob(folder: Path, content: bytes) -> str:
    return git_command.git_output(
        folder, "hash-object", "-w", "--stdin", stdin=content.decode(errors="surrogateescape")
    )


@contextmanager
def _merge_folder(folder: Path, ours: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A place for git to merge in with the attributes that *ours* has, in place of those that are checked out."""
    git = _git_folder(folder)
    with TemporaryDirectory() as name:
        work_folder = Path(name)
        for each, content in _merge_attributes(git, ours).items():
            path = work_folder / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield work_folder, {"GIT_DIR": git, "GIT_WORK_TREE": name}


@lru_cache
def _git_folder(folder: Path) -> str:
    return git_command.git_output(folder, "rev-parse", "--absolute-git-dir")


@lru_cache
def _merge_attributes(git: str, ours: str) -> dict[str, bytes]:
    """The files of attributes by which *ours*, named by its id, is merged."""
    with TemporaryDirectory() as name:
        environment = {"GIT_DIR": git, "GIT_WORK_TREE": name}
        grep_arguments = ("grep", "-lzE", "--no-color", "--no-recurse-submodules", _MERGE_ATTRIBUTES, ours, "--")
        output = git_command.run_git(Path(name), *grep_arguments, ":(glob)**/.gitattributes", **environment)[1]
    names = [each for each in output.split("\0") if each]
    contents = read_blobs(Path(git), names) if names else []
    return {each.removeprefix(f"{ours}:"): content for each, content in zip(names, contents, strict=True)}


@lru_cache
def _temporary_commit(git: str, tree: str, *parents: str) -> str:
    parent_options = [word for parent in parents for word in ("-p", parent)]
    environment = {"GIT_DIR": git, **_FIXED_IDENTITY, **_FIXED_DATES}
    return git_command.git_output(Path(git), "commit-tree", *parent_options, f"{tree}^{{tree}}", **environment)


def _run_merge_tree(work_folder: Path, git: dict[str, str], ours: str, theirs: str) -> MergedTree:
    code, output = git_command.run_git(
        work_folder, "merge-tree", "--write-tree", "-z", "--messages", ours, theirs, **git
    )
    tree, *records = output.split("\0")
    if code == 0:
        return MergedTree(tree)
    end = records.index("")
    stages: dict[str, dict[int, IndexStage]] = {}
    for line in records[:end]:
        entry, _, path = line.partition("\t")
        mode, blob, stage = entry.split()
        stages.setdefault(path, {})[int(stage)] = IndexStage(mode, blob)
    messages = _conflict_messages(iter(records[end + 1 :]), stages)
    # Git does not promise a sentence or a file for every kind of conflict.
    unsaid = {path: "it cannot be merged" for path in stages or (() if messages else (".",)) if path not in messages}
    return MergedTree(tree, tuple(sorted((messages | unsaid).items())), stages, (ours, theirs))


def _conflict_messages(words: Iterator[str], conflicting: Container[str]) -> dict[str, str]:
    """What git said of each path that it could not merge; a sentence about none that is *conflicting* is of its first.

    Of a file that both sides renamed, for one, git speaks once, with all its names.
    """
    messages: dict[str, list[str]] = {}
    for count in words:
        if not count.strip():
            continue
        paths = [next(words) for _ in range(int(count))]
        kind, sentence = next(words), next(words).strip()
        if kind.startswith("CONFLICT"):
            for path in [path for path in paths if path in conflicting] or paths[:1]:
                messages.setdefault(path, []).append(sentence)
    return {path: "; ".join(sentences) for path, sentences in messages.items()}
