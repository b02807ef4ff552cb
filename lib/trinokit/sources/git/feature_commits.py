"""Which commits are a feature? Its branch tells, or what earlier runs kept, or the merge that brought it in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trinokit.observations import Feature
from trinokit.sources.git import commit_history, git_command, refs

# What is kept of a feature, below the name of its release.
_FEATURE_REF_PARTS = ("feature", "base")


@dataclass(frozen=True)
class _ReleaseLine:
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


class _FeatureTip(NamedTuple):
    """The last commit of a feature, and where it is known from."""

    id: str
    found: str
    diverged: bool = False


def find_feature(folder: Path, branch: str, release_branch: str, master: str, release: str) -> Feature:
    """The feature on *branch*, which comes into *release_branch* and *master*; it may have gone from there again.

    What is found on a branch is kept under the name of *release*, so that it is known when the branch is gone.
    """
    fetched_refs = refs.last_fetched_refs(folder)
    line = _read_release_line(folder, fetched_refs, (release_branch, master), release, branch)
    remote, local = fetched_refs.heads.get(branch, ""), fetched_refs.local_heads.get(branch, "")
    tip = _tip_on_branch(folder, remote, local) or _tip_in_own_refs(line) or _tip_of_merge(line, branch)
    if not tip:
        return Feature()
    base = _feature_base(line, tip)
    # A branch that goes on after an earlier release had it, and may have been taken back, is one feature.
    base = base if base == line.master else line.earlier.get(base, base)
    feature_refs = _store_feature_refs(line, tip.id, base) if tip.found in ("remote", "local") else line.kept
    span = f"{base}..{tip.id}"
    return Feature(
        tip=tip.id,
        base=base,
        commits=commit_history.list_commits(folder, span) if base else (),
        found=tip.found,
        local=local,
        remote=remote,
        diverged=tip.diverged,
        changed=_changed_paths(folder, base, tip.id) if base else (),
        kept=feature_refs,
    )


def is_feature_ref(name: str) -> bool:
    """Whether the ref of a release that is called *name* keeps a feature."""
    return name.split("/")[1] in _FEATURE_REF_PARTS


def _read_release_line(
    folder: Path, fetched_refs: refs.Refs, into: tuple[str, str], release: str, branch: str
) -> _ReleaseLine:
    heads = {**fetched_refs.local_heads, **fetched_refs.heads}
    tags = {**fetched_refs.local_tags, **fetched_refs.tags}
    release_branch, master = into
    # 11.1.0 is not 1.1.0.
    ends = re.compile(rf"(^|[^0-9.]){re.escape(release)}$")
    names = tuple(f"{refs.RELEASE_REFS}/{release}/{ref_part}/{branch}" for ref_part in _FEATURE_REF_PARTS)
    return _ReleaseLine(
        folder=folder,
        master=heads.get(master, ""),
        release_branch=heads.get(release_branch, ""),
        released=tuple(id for name, id in tags.items() if ends.search(name)),
        older=tuple(id for name, id in tags.items() if not ends.search(name)),
        names=names,
        kept=refs.commits_at_refs(folder, *names),
        earlier=dict(_earlier_feature_refs(fetched_refs.release_refs, branch)),
    )


def _earlier_feature_refs(noted: Mapping[str, str], branch: str) -> Iterator[tuple[str, str]]:
    """The tip and the base that earlier releases kept of a feature on *branch*."""
    for name, tip in noted.items():
        release, _, ref_part = name.partition("/")
        base = noted.get(f"{release}/{_FEATURE_REF_PARTS[1]}/{branch}")
        if ref_part == f"{_FEATURE_REF_PARTS[0]}/{branch}" and base:
            yield tip, base


def _tip_on_branch(folder: Path, remote: str, local: str) -> _FeatureTip | None:
    if not remote or not local or remote == local:
        return _FeatureTip(remote or local, "remote" if remote else "local") if remote or local else None
    if commit_history.contains_commit(folder, local, remote):
        return _FeatureTip(local, "local")
    return _FeatureTip(remote, "remote", diverged=not commit_history.contains_commit(folder, remote, local))


def _tip_in_own_refs(line: _ReleaseLine) -> _FeatureTip | None:
    return _FeatureTip(line.kept_tip, "kept") if line.kept_tip else None


def _tip_of_merge(line: _ReleaseLine, branch: str) -> _FeatureTip | None:
    """The last commit that a merge with git's usual subject, or that of a pull request, brought in from *branch*."""
    tips = [id for id in (line.release_branch, line.master, *line.released) if id]
    if not tips:
        return None
    # An older release may have had a feature of the same name.
    older = _older_tag_commits(line, line.released or tips)
    names = re.escape(branch)
    usual = re.compile(
        rf"Merge (branch '|remote-tracking branch '[^/']+/){names}'|Merge pull request \S+ from [^/\s]+/{names}$"
    )
    argv = ("rev-list", "--no-commit-header", "--merges", "--topo-order", "--format=%P%x00%s", "-F", f"--grep={branch}")
    for each in git_command.git_output(line.folder, *argv, *tips, "--not", *older, "--").split("\n"):
        parents, _, subject = each.partition("\0")
        if usual.match(subject):
            return _FeatureTip(parents.split()[1], "merged")
    return None


def _older_tag_commits(line: _ReleaseLine, tips: list[str] | tuple[str, ...]) -> list[str]:
    """The commits of tags that are in the history of *tips* and are not among them."""
    if not line.older:
        return []
    beyond = set(git_command.git_output_lines(line.folder, "rev-list", "--no-walk", *line.older, "--not", *tips, "--"))
    return [id for id in line.older if id not in beyond and id not in tips]


def _feature_base(line: _ReleaseLine, tip: _FeatureTip) -> str:
    """The commit that the feature was begun from, with what it has merged from the version branch since."""
    kept_base = line.kept_base
    if tip.found == "kept" and kept_base:
        return kept_base
    if not line.master:
        return kept_base
    if not commit_history.contains_commit(line.folder, line.master, tip.id):
        return commit_history.merge_base(line.folder, tip.id, line.master)
    before = _version_branch_before(line, tip.id)
    if before:
        return commit_history.merge_base(line.folder, tip.id, before)
    # The version branch was moved onto the feature, as a fast-forward does, or the feature has not begun.
    if kept_base and commit_history.contains_commit(line.folder, tip.id, kept_base):
        return kept_base
    return _latest_tagged_ancestor(line, tip.id) if _is_in_release_tag(line, tip.id) else tip.id


def _version_branch_before(line: _ReleaseLine, tip: str) -> str:
    """The version branch as it was before it had *tip*; empty where it was moved onto it."""
    span = f"{tip}..{line.master}"
    later = set(git_command.git_output_lines(line.folder, "rev-list", "--ancestry-path", span, "--"))
    first = ""
    for each in git_command.git_output_lines(line.folder, "rev-list", "--first-parent", "--parents", span, "--"):
        commit, *parents = each.split()
        if commit in later:
            first = parents[0]
    return first if first != tip else ""


def _is_in_release_tag(line: _ReleaseLine, tip: str) -> bool:
    return any(commit_history.contains_commit(line.folder, id, tip) for id in line.released)


def _latest_tagged_ancestor(line: _ReleaseLine, tip: str) -> str:
    tagged = set(line.older) - {tip}
    commits = git_command.git_output_lines(line.folder, "rev-list", "--topo-order", tip, "--")
    return next((id for id in commits if id in tagged), "")


def _store_feature_refs(line: _ReleaseLine, tip: str, base: str) -> dict[str, str]:
    """The refs of our own that keep the feature from now on."""
    refs_to_store = {name: id for name, id in zip(line.names, (tip, base), strict=True) if id}
    changes = [f"update {name} {id}\n" for name, id in refs_to_store.items() if line.kept.get(name) != id]
    if changes:
        git_command.git_output(line.folder, "update-ref", "--stdin", stdin="".join(changes))
    return {**line.kept, **refs_to_store}


def _changed_paths(folder: Path, base: str, tip: str) -> tuple[str, ...]:
    output = git_command.git_output(folder, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base, tip)
    return tuple(path for path in output.split("\0") if path)
