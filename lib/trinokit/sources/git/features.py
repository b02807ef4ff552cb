"""Which commits are a feature? Its branch tells, or what earlier runs kept, or the merge that brought it in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trinokit.evidence import Feature
from trinokit.sources.git import calls, history, refs

# What is kept of a feature, below the name of its release.
_KEPT = ("feature", "base")


@dataclass(frozen=True)
class _Line:
    """The clone *folder*, the tips of the branches that a feature comes into, and what is known of its *release*.

    *released* are the commits of the tags that end with its name, *older* those of all other tags. *names* are the refs
    of our own for the tip and the base of the feature, and *kept* those that earlier runs made.
    """

    folder: Path
    master: str
    release_branch: str
    released: tuple[str, ...]
    older: tuple[str, ...]
    names: tuple[str, str]
    kept: Mapping[str, str]
    earlier: Mapping[str, str]

    @property
    def kept_tip(self) -> str:
        """The tip that is kept; empty where none is."""
        return self.kept.get(self.names[0], "")

    @property
    def kept_base(self) -> str:
        """The base that is kept; empty where none is."""
        return self.kept.get(self.names[1], "")


class _Tip(NamedTuple):
    """The last commit of a feature, and where it is known from."""

    id: str
    found: str
    diverged: bool = False


def feature(folder: Path, branch: str, release_branch: str, master: str, release: str) -> Feature:
    """The feature on *branch*, which comes into *release_branch* and *master*; it may have gone from there again.

    What is found on a branch is kept under the name of *release*, so that it is known when the branch is gone.
    """
    known = refs.kept(folder)
    line = _line(folder, known, (release_branch, master), release, branch)
    remote, local = known.heads.get(branch, ""), known.local_heads.get(branch, "")
    tip = _on_branch(folder, remote, local) or _kept(line) or _merged(line, branch)
    if not tip:
        return Feature()
    base = _base(line, tip)
    # A branch that goes on after an earlier release had it, and may have been taken back, is one feature.
    base = base if base == line.master else line.earlier.get(base, base)
    kept = _keep(line, tip.id, base) if tip.found in ("remote", "local") else line.kept
    span = f"{base}..{tip.id}"
    return Feature(
        tip=tip.id,
        base=base,
        commits=history.commits(folder, span) if base else (),
        found=tip.found,
        local=local,
        remote=remote,
        diverged=tip.diverged,
        changed=_changed(folder, base, tip.id) if base else (),
        kept=kept,
    )


def keeps(name: str) -> bool:
    """Whether the ref of a release that is called *name* keeps a feature."""
    return name.split("/")[1] in _KEPT


def _line(folder: Path, known: refs.Refs, into: tuple[str, str], release: str, branch: str) -> _Line:
    heads = {**known.local_heads, **known.heads}
    tags = {**known.local_tags, **known.tags}
    release_branch, master = into
    # 11.1.0 is not 1.1.0.
    ends = re.compile(rf"(^|[^0-9.]){re.escape(release)}$")
    names = tuple(f"{refs.RELEASES}/{release}/{what}/{branch}" for what in _KEPT)
    return _Line(
        folder,
        heads.get(master, ""),
        heads.get(release_branch, ""),
        tuple(id for name, id in tags.items() if ends.search(name)),
        tuple(id for name, id in tags.items() if not ends.search(name)),
        names,
        refs.named(folder, *names),
        dict(_earlier(known.noted, branch)),
    )


def _earlier(noted: Mapping[str, str], branch: str) -> Iterator[tuple[str, str]]:
    """The tip and the base that earlier releases kept of a feature on *branch*."""
    for name, tip in noted.items():
        release, _, rest = name.partition("/")
        base = noted.get(f"{release}/{_KEPT[1]}/{branch}")
        if rest == f"{_KEPT[0]}/{branch}" and base:
            yield tip, base


def _on_branch(folder: Path, remote: str, local: str) -> _Tip | None:
    if not remote or not local or remote == local:
        return _Tip(remote or local, "remote" if remote else "local") if remote or local else None
    if history.contains(folder, local, remote):
        return _Tip(local, "local")
    return _Tip(remote, "remote", diverged=not history.contains(folder, remote, local))


def _kept(line: _Line) -> _Tip | None:
    return _Tip(line.kept_tip, "kept") if line.kept_tip else None


def _merged(line: _Line, branch: str) -> _Tip | None:
    """The last commit that a merge with git's usual subject, or that of a pull request, brought in from *branch*."""
    tips = [id for id in (line.release_branch, line.master, *line.released) if id]
    if not tips:
        return None
    # An older release may have had a feature of the same name.
    older = _older(line, line.released or tips)
    names = re.escape(branch)
    usual = re.compile(
        rf"Merge (branch '|remote-tracking branch '[^/']+/){names}'|Merge pull request \S+ from [^/\s]+/{names}$"
    )
    argv = ("rev-list", "--no-commit-header", "--merges", "--topo-order", "--format=%P%x00%s", "-F", f"--grep={branch}")
    for each in calls.text(line.folder, *argv, *tips, "--not", *older, "--").split("\n"):
        parents, _, subject = each.partition("\0")
        if usual.match(subject):
            return _Tip(parents.split()[1], "merged")
    return None


def _older(line: _Line, tips: list[str] | tuple[str, ...]) -> list[str]:
    """The commits of tags that are in the history of *tips* and are not among them."""
    if not line.older:
        return []
    beyond = set(calls.lines(line.folder, "rev-list", "--no-walk", *line.older, "--not", *tips, "--"))
    return [id for id in line.older if id not in beyond and id not in tips]


def _base(line: _Line, tip: _Tip) -> str:
    """The commit that the feature was begun from, with what it has merged from the version branch since."""
    kept = line.kept_base
    if tip.found == "kept" and kept:
        return kept
    if not line.master:
        return kept
    if not history.contains(line.folder, line.master, tip.id):
        return history.merge_base(line.folder, tip.id, line.master)
    before = _before(line, tip.id)
    if before:
        return history.merge_base(line.folder, tip.id, before)
    # The version branch was moved onto the feature, as a fast-forward does, or the feature has not begun.
    if kept and history.contains(line.folder, tip.id, kept):
        return kept
    return _last_tagged(line, tip.id) if _is_released(line, tip.id) else tip.id


def _before(line: _Line, tip: str) -> str:
    """The version branch as it was before it had *tip*; empty where it was moved onto it."""
    span = f"{tip}..{line.master}"
    later = set(calls.lines(line.folder, "rev-list", "--ancestry-path", span, "--"))
    first = ""
    for each in calls.lines(line.folder, "rev-list", "--first-parent", "--parents", span, "--"):
        commit, *parents = each.split()
        if commit in later:
            first = parents[0]
    return first if first != tip else ""


def _is_released(line: _Line, tip: str) -> bool:
    return any(history.contains(line.folder, id, tip) for id in line.released)


def _last_tagged(line: _Line, tip: str) -> str:
    tagged = set(line.older) - {tip}
    commits = calls.lines(line.folder, "rev-list", "--topo-order", tip, "--")
    return next((id for id in commits if id in tagged), "")


def _keep(line: _Line, tip: str, base: str) -> dict[str, str]:
    """The refs of our own that keep the feature from now on."""
    wanted = {name: id for name, id in zip(line.names, (tip, base), strict=True) if id}
    changes = [f"update {name} {id}\n" for name, id in wanted.items() if line.kept.get(name) != id]
    if changes:
        calls.text(line.folder, "update-ref", "--stdin", given="".join(changes))
    return {**line.kept, **wanted}


def _changed(folder: Path, base: str, tip: str) -> tuple[str, ...]:
    printed = calls.text(folder, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base, tip)
    return tuple(path for path in printed.split("\0") if path)
