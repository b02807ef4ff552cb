"""In which state is the clone in which one part of the declared side is changed, and what do its files say?"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import msgspec

from trinokit import shell
from trinokit.clusters_file import DeclaredPart
from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.observations import Clone
from trinokit.sources.git import files_at_commit as commits
from trinokit.sources.git.files_at_commit import CommitFiles

_YAML_SUFFIXES = (".yaml", ".yml")
_KUSTOMIZATION = "Kustomization"
# What git leaves lying about while it is in the middle of something.
_OPERATION_FILES = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}


def choose_declared_part(parts: list[DeclaredPart], path: str) -> DeclaredPart:
    """The one of *parts* that lies at *path*, which may be empty where there is only one; raises ParameterError."""
    chosen = [each for each in parts if path in ("", each.path)]
    if len(chosen) == 1:
        return chosen[0]
    paths = ", ".join(each.path for each in parts)
    raise ParameterError(
        f"Expected the path of one declared part, found {path!r}.",
        remedy=f"it is one of: {paths}" if paths else "write declared: into its entry in parameters/clusters.yaml",
    )


def read_clone(part: DeclaredPart, *, home: Path) -> Clone:
    """The clone that *part* is in, whose repository is named from *home*, as it is now.

    Raises SourceError when it cannot be read, and PlanError when no commit could be made that *part* would follow.
    """
    repository = (home / Path(part.repository).expanduser()).resolve()
    declared = commits.read_commit_files(repository, part.commit)
    head, branch = _git_line(repository, "rev-parse", "HEAD"), _git_line(repository, "branch", "--show-current")
    _check_followed(repository, part.commit, declared, head, branch)
    _check_ready(repository)
    path = PurePosixPath(part.path).as_posix()
    values = tuple(PurePosixPath(each).as_posix() for each in part.values)
    return Clone(
        repository=str(repository),
        branch=branch,
        head=head,
        path=path,
        namespace=part.namespace,
        release=part.release or "",
        values=values,
        files=_flag_files(declared, path, values),
        changed=tuple(_changed_paths(repository)),
    )


def dump_clone(clone: Clone, repository: str, redact: Callable[[Iterable[str]], Iterable[str]]) -> bytes:
    """The *clone* as JSON, under the name *repository* and with the secrets in its files as *redact* makes them."""
    files = dict(zip(clone.files, redact(clone.files.values()), strict=True))
    return msgspec.json.encode(replace(clone, repository=repository, files=files))


def load_clone(text: bytes) -> Clone:
    """The clone that `dump_clone` kept in *text*."""
    return msgspec.json.decode(text, type=Clone)


def _check_followed(repository: Path, name: str, declared: CommitFiles, head: str, branch: str) -> None:
    if declared.id != head:
        raise PlanError(
            f"Expected the declared commit {name} checked out in {repository}, found {head:.8}.",
            remedy=f"git -C {repository} switch {name}",
        )
    full = _git_line(repository, "rev-parse", "--symbolic-full-name", name)
    if full not in ("", f"refs/heads/{branch}") and full.startswith(("refs/heads/", "refs/tags/")):
        raise PlanError(
            f"Expected {name} checked out in {repository}, found {branch or 'no branch'}.",
            remedy="a commit goes to the branch that is checked out, so name that one in clusters.yaml",
        )


def _check_ready(repository: Path) -> None:
    path_options = [option for name in _OPERATION_FILES for option in ("--git-path", name)]
    paths = _git_line(repository, "rev-parse", *path_options).splitlines()
    for path, operation in zip(paths, _OPERATION_FILES.values(), strict=True):
        if (repository / path).exists():
            raise PlanError(
                f"Expected {repository} at rest, found a {operation} under way.",
                remedy=f"end it, or give it up: git -C {repository} status",
            )
    try:
        for role in ("AUTHOR", "COMMITTER"):
            _git_line(repository, "var", f"GIT_{role}_IDENT")
    except SourceError as error:
        raise PlanError(
            f"Expected git in {repository} to know who commits, found nobody.",
            remedy=f"git -C {repository} config user.name NAME, and user.email ADDRESS",
        ) from error


def _flag_files(declared: CommitFiles, path: str, values: tuple[str, ...]) -> dict[str, str]:
    """The text of every file in which a flag may be written."""
    chart = PurePosixPath(path, "Chart.yaml").as_posix()
    if chart in declared.files:
        names = {chart, PurePosixPath(path, "values.yaml").as_posix(), *values}
        chosen = {name: file for name, file in declared.files.items() if name in names}
    else:
        chosen = {name: file for name, file in declared.files.items() if _may_hold_flags(name)}
    contents, _ = commits.file_contents(CommitFiles(declared.repository, declared.id, chosen), ".")
    return dict(_decodable_texts(contents))


def _may_hold_flags(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in _YAML_SUFFIXES or path.name == _KUSTOMIZATION or "jvm" in path.name


def _decodable_texts(contents: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    for name, content in contents.items():
        try:
            yield name, content.decode()
        except UnicodeDecodeError:
            continue


def _changed_paths(repository: Path) -> Iterator[str]:
    """The paths that are not as the commit has them, and those that git does not know."""
    status = ("--no-optional-locks", "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    for each in shell.check_output("git", *status, folder=repository).split(b"\0")[:-1]:
        yield os.fsdecode(each[3:])


def _git_line(repository: Path, *argv: str) -> str:
    return shell.check_output_text("git", *argv, folder=repository)
