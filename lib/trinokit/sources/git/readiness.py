"""Is a clone ready for a release? What is under way in it, who commits and signs there, and may push from it."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from trinokit.errors import SourceError
from trinokit.evidence import Readiness
from trinokit.sources.git import calls, refs, remotes, submodules

# What git leaves lying about while it is in the middle of something; what is moving ends by moving a branch.
_MERGING = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}
_MOVING = {"rebase-merge": "rebase", "rebase-apply": "rebase or am", "BISECT_LOG": "bisect"}
_TRIED = "refs/heads/trinokit-access"
_SIGNED = {"commit.gpgsign": "commits", "tag.gpgsign": "tags", "tag.forcesignannotated": "tags"}
_SIGNING_S = 30


def readiness(folder: Path, remote: str, branches: Sequence[str]) -> Readiness:
    """Whether the clone *folder* is ready to change *branches* of *remote*; nothing of either is changed by asking."""
    known = refs.kept(folder)
    heads = {name: known.heads[name] for name in branches if name in known.heads}
    local = {name: known.local_heads[name] for name in branches if name in known.local_heads}
    tips = sorted({*heads.values(), *local.values()})
    places = _places(folder)
    bare = calls.text(folder, "rev-parse", "--is-bare-repository") == "true"
    return Readiness(
        shallow=calls.text(folder, "rev-parse", "--is-shallow-repository") == "true",
        under_way=tuple(_under_way(folder, places)),
        locked="; ".join(_locked(places.values())),
        who=who(folder),
        signing=_signing(folder),
        push=_push(folder, remote, heads, next(iter({**known.heads, **heads}.values()), "")),
        submodules=tuple(submodules.unpushed(folder, remote, tips)),
        lfs=submodules.lfs(folder, tips),
        unpushed=_unpushed(folder, heads, local),
        detached=calls.told(folder, "symbolic-ref", "--quiet", "HEAD")[0] != 0,
        changed=0 if bare else _changed(folder),
    )


def who(folder: Path) -> str:
    """Who commits in the clone *folder*, as `Name <address>`; empty where git does not know."""
    told = [calls.told(folder, "var", f"GIT_{role}_IDENT", codes=(0, 128)) for role in ("AUTHOR", "COMMITTER")]
    return told[1][1].rpartition(">")[0] + ">" if all(code == 0 for code, _ in told) else ""


def _places(folder: Path) -> dict[str, Path]:
    """The folder in which git keeps the state of each worktree, by the path of the worktree; the clone's own first."""
    common = (folder / calls.text(folder, "rev-parse", "--git-common-dir")).resolve()
    places = {_top(common): common}
    for admin in sorted(common.glob("worktrees/*/gitdir")):
        gitdir = (admin.parent / admin.read_text(errors="surrogateescape").strip()).parent
        places[str(gitdir)] = admin.parent
    return places


def _top(common: Path) -> str:
    return str(common.parent if common.name == ".git" else common)


def _under_way(folder: Path, places: Mapping[str, Path]) -> list[str]:
    worktrees, first = refs.worktrees(folder), next(iter(places))
    found = []
    for path, place in places.items():
        # A merge elsewhere on no branch changes none: a plan's own conflicts are worked on like that.
        harmless = path != first and not worktrees.get(path, "")
        told = _MOVING if harmless else _MERGING | _MOVING
        names = {what for name, what in told.items() if (place / name).exists()}
        if not names and not harmless and (place / "sequencer").exists():
            names = {"cherry-pick or revert of several commits"}
        found += [f"{what} in {path}" for what in sorted(names)]
    return found


def _locked(places: Iterable[Path]) -> Iterator[str]:
    for lock in (each / "index.lock" for each in places):
        # It may go while it is looked at.
        with suppress(FileNotFoundError):
            age = max(0, time.time() - lock.stat().st_mtime)
            holders = [process for process in Path("/proc").glob("[0-9]*") if _holds(process, lock)]
            held = ", ".join(f"process {each.name} ({_name(each)})" for each in holders)
            yield f"{lock}, {age:.0f} s old, held open by {held or 'no process that can be seen'}"


def _holds(process: Path, file: Path) -> bool:
    try:
        return any(os.readlink(each) == str(file) for each in (process / "fd").iterdir())
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "ended"


def _signing(folder: Path) -> str:
    """Why what is to be signed cannot be: tried on a commit that goes nowhere, since tags are signed with its key."""
    wanted = sorted({what for key, what in _SIGNED.items() if _is_set(folder, key)})
    if not wanted:
        return ""
    with TemporaryDirectory() as objects:
        nowhere = {"GIT_OBJECT_DIRECTORY": objects}
        tree = calls.text(folder, "mktree", **nowhere)
        argv = ("commit-tree", "--gpg-sign", "-m", "tried", tree)
        try:
            calls.told(folder, *argv, codes=(0,), seconds=_SIGNING_S, **nowhere)
        except SourceError as error:
            return f"{' and '.join(wanted)} are to be signed: {remotes.reason(error)}"
    return ""


def _is_set(folder: Path, key: str) -> bool:
    return calls.told(folder, "config", "--type=bool", "--get", key)[1] == "true"


def _push(folder: Path, remote: str, heads: Mapping[str, str], any_commit: str) -> str:
    """What the remote says to pushing each of *heads* to where it is, and a commit to a new name, without doing it."""
    if not any_commit:
        return "the remote has no branch to try a push with"
    wanted = {f"refs/heads/{name}": id for name, id in heads.items()}
    leases = [f"--force-with-lease={ref}:{id}" for ref, id in wanted.items()]
    specs = [f"{id}:{ref}" for ref, id in {**wanted, _TRIED: any_commit}.items()]
    quiet = ("--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
    argv = ("push", "--dry-run", "--porcelain", *quiet, *leases, remote, *specs)
    try:
        said = remotes.asked(folder, *argv, codes=(0, 1))[1]
    except SourceError as error:
        return remotes.reason(error)
    told = [line.split("\t") for line in said.splitlines() if line.count("\t") == 2]
    problems = [f"{spec.partition(':')[2]}: {what}" for flag, spec, what in told if _is_refused(flag, spec)]
    return remotes.shown("; ".join(problems))


def _is_refused(flag: str, spec: str) -> bool:
    # A branch that is to stay where it is and would move is another one than was fetched: it is pushed elsewhere.
    return flag == "!" or (flag != "=" and not spec.endswith(f":{_TRIED}"))


def _unpushed(folder: Path, heads: Mapping[str, str], local: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for name in heads.keys() & local.keys():
        number = int(calls.text(folder, "rev-list", "--count", f"{heads[name]}..{local[name]}", "--"))
        if number:
            found[name] = number
    return dict(sorted(found.items()))


def _changed(folder: Path) -> int:
    status = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none")
    return len([each for each in calls.text(folder, *status).split("\0") if each])
