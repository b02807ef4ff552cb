"""Is a clone ready for a release? What is under way in it, who commits and signs there, and may push from it."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from trinokit.errors import SourceError
from trinokit.observations import CloneReadiness
from trinokit.sources.git import git_command, refs, remote_command, submodule_and_lfs_availability

# What git leaves lying about while it is in the middle of something; what is moving ends by moving a branch.
_MERGE_STATE_FILES = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}
_MOVING_STATE_FILES = {"rebase-merge": "rebase", "rebase-apply": "rebase or am", "BISECT_LOG": "bisect"}
_PROBE_BRANCH = "refs/heads/trinokit-access"
_SIGNING_SETTINGS = {"commit.gpgsign": "commits", "tag.gpgsign": "tags", "tag.forcesignannotated": "tags"}
_SIGNING_KEYS = f"^({'|'.join(map(re.escape, _SIGNING_SETTINGS))})$"
_SIGNING_TIMEOUT_S = 30


def read_readiness(folder: Path, remote: str, branches: Sequence[str]) -> CloneReadiness:
    """Whether the clone *folder* is ready to change *branches* of *remote*; nothing of either is changed by asking."""
    fetched_refs = refs.last_fetched_refs(folder)
    heads = {name: fetched_refs.heads[name] for name in branches if name in fetched_refs.heads}
    local = {name: fetched_refs.local_heads[name] for name in branches if name in fetched_refs.local_heads}
    tips = sorted({*heads.values(), *local.values()})
    common_name, _, bare = git_command.git_output(
        folder, "rev-parse", "--git-common-dir", "--is-bare-repository"
    ).rpartition("\n")
    common = (folder / common_name).resolve()
    git_folders = _worktree_git_folders(common)
    return CloneReadiness(
        shallow=is_shallow(common),
        under_way=tuple(_operations_under_way(folder, git_folders)),
        locked="; ".join(_index_locks(git_folders.values())),
        who=committer_identity(folder),
        signing=_signing_problem(folder),
        push=_push_problem(folder, remote, heads, next(iter({**fetched_refs.heads, **heads}.values()), "")),
        submodules=tuple(submodule_and_lfs_availability.unpushed_submodules(folder, remote, tips)),
        lfs=submodule_and_lfs_availability.lfs_problem(folder, tips),
        unpushed=_unpushed_counts(folder, heads, local),
        detached=git_command.run_git(folder, "symbolic-ref", "--quiet", "HEAD")[0] != 0,
        changed=0 if bare == "true" else _changed_file_count(folder),
    )


def committer_identity(folder: Path) -> str:
    """Who commits in the clone *folder*, as `Name <address>`; empty where git does not know."""
    identities = [
        git_command.run_git(folder, "var", f"GIT_{role}_IDENT", codes=(0, 128)) for role in ("AUTHOR", "COMMITTER")
    ]
    return identities[1][1].rpartition(">")[0] + ">" if all(code == 0 for code, _ in identities) else ""


def is_shallow(common: Path) -> bool:
    """Whether a clone that git keeps in the folder *common* lacks some of its history (gitrepository-layout)."""
    return (common / "shallow").exists()


def _worktree_git_folders(common: Path) -> dict[str, Path]:
    """The folder in which git keeps the state of each worktree, by the path of the worktree; the clone's own first."""
    git_folders = {_top_folder(common): common}
    for admin in sorted(common.glob("worktrees/*/gitdir")):
        gitdir = (admin.parent / admin.read_text(errors="surrogateescape").strip()).parent
        git_folders[str(gitdir)] = admin.parent
    return git_folders


def _top_folder(common: Path) -> str:
    return str(common.parent if common.name == ".git" else common)


def _operations_under_way(folder: Path, git_folders: Mapping[str, Path]) -> list[str]:
    worktrees, first = refs.list_worktrees(folder), next(iter(git_folders))
    under_way = []
    for path, git_folder in git_folders.items():
        # A merge elsewhere on no branch changes none: a plan's own conflicts are worked on like that.
        harmless = path != first and not worktrees.get(path, "")
        operations = _MOVING_STATE_FILES if harmless else _MERGE_STATE_FILES | _MOVING_STATE_FILES
        names = {operation for name, operation in operations.items() if (git_folder / name).exists()}
        if not names and not harmless and (git_folder / "sequencer").exists():
            names = {"cherry-pick or revert of several commits"}
        under_way += [f"{operation} in {path}" for operation in sorted(names)]
    return under_way


def _index_locks(git_folders: Iterable[Path]) -> Iterator[str]:
    for lock in (each / "index.lock" for each in git_folders):
        # It may go while it is looked at.
        with suppress(FileNotFoundError):
            age = max(0, time.time() - lock.stat().st_mtime)
            holders = [process for process in Path("/proc").glob("[0-9]*") if _has_open(process, lock)]
            holder_names = ", ".join(f"process {each.name} ({_process_name(each)})" for each in holders)
            yield f"{lock}, {age:.0f} s old, held open by {holder_names or 'no process that can be seen'}"


def _has_open(process: Path, file: Path) -> bool:
    try:
        return any(os.readlink(each) == str(file) for each in (process / "fd").iterdir())
    except OSError:
        return False


def _process_name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "ended"


def _signing_problem(folder: Path) -> str:
    """Why what is to be signed cannot be: tried on a commit that goes nowhere, since tags are signed with its key."""
    settings = git_command.run_git(folder, "config", "--type=bool", "--get-regexp", _SIGNING_KEYS)[1]
    is_set = dict(line.split(" ") for line in settings.splitlines())
    signed_kinds = sorted({kind for key, kind in _SIGNING_SETTINGS.items() if is_set.get(key) == "true"})
    if not signed_kinds:
        return ""
    with TemporaryDirectory() as objects:
        nowhere = {"GIT_OBJECT_DIRECTORY": objects}
        tree = git_command.git_output(folder, "mktree", **nowhere)
        argv = ("commit-tree", "--gpg-sign", "-m", "tried", tree)
        try:
            git_command.run_git(folder, *argv, codes=(0,), seconds=_SIGNING_TIMEOUT_S, **nowhere)
        except SourceError as error:
            return f"{' and '.join(signed_kinds)} are to be signed: {remote_command.git_failure_reason(error)}"
    return ""


def _push_problem(folder: Path, remote: str, heads: Mapping[str, str], any_commit: str) -> str:
    """What the remote says to pushing each of *heads* to where it is, and a commit to a new name, without doing it."""
    if not any_commit:
        return "the remote has no branch to try a push with"
    refs_to_push = {f"refs/heads/{name}": id for name, id in heads.items()}
    leases = [f"--force-with-lease={ref}:{id}" for ref, id in refs_to_push.items()]
    specs = [f"{id}:{ref}" for ref, id in {**refs_to_push, _PROBE_BRANCH: any_commit}.items()]
    quiet = ("--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
    argv = ("push", "--dry-run", "--porcelain", *quiet, *leases, remote, *specs)
    try:
        output = remote_command.run_remote_git(folder, *argv, codes=(0, 1))[1]
    except SourceError as error:
        return remote_command.git_failure_reason(error)
    answers = [line.split("\t") for line in output.splitlines() if line.count("\t") == 2]
    problems = [
        f"{spec.partition(':')[2]}: {summary}" for flag, spec, summary in answers if _is_push_refused(flag, spec)
    ]
    return remote_command.strip_url_credentials("; ".join(problems))


def _is_push_refused(flag: str, spec: str) -> bool:
    # A branch that is to stay where it is and would move is another one than was fetched: it is pushed elsewhere.
    return flag == "!" or (flag != "=" and not spec.endswith(f":{_PROBE_BRANCH}"))


def _unpushed_counts(folder: Path, heads: Mapping[str, str], local: Mapping[str, str]) -> dict[str, int]:
    counts = {}
    for name in sorted(heads.keys() & local.keys()):
        if heads[name] == local[name]:
            continue
        number = int(git_command.git_output(folder, "rev-list", "--count", f"{heads[name]}..{local[name]}", "--"))
        if number:
            counts[name] = number
    return counts


def _changed_file_count(folder: Path) -> int:
    status = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none")
    return len([each for each in git_command.git_output(folder, *status).split("\0") if each])
