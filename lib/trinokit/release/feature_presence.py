"""Which branches have the feature? The version branch it goes back to, and those of newer versions."""

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_in_order
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.observations import BranchPresence, Commit, Feature, RepositoryState
from trinokit.release import versions
from trinokit.release.release_request import ReleaseNames


def newer_branches(repository: RepositoryState, names: ReleaseNames) -> dict[str, str]:
    """The branches on the remote that a feature for an old version is wanted on too, and their tips.

    These are the branches of newer versions, lowest first, and the default branch where it is that of no version.
    """
    of = {name: version for name in repository.heads if (version := _branch_version(name, names))}
    branches = sorted((name for name in of if _is_newer_branch(name, names)), key=lambda name: (of[name], name))
    if repository.default in repository.heads and repository.default not in (*of, *_own_refs(names)):
        branches.append(repository.default)
    return {name: repository.heads[name] for name in branches}


def has_whole_feature(presence: BranchPresence) -> bool:
    """Whether a branch surely has all of the feature: its commits, or equal ones, and what they changed."""
    return _has_feature_commits(presence) and presence.content == "there"


def merge_back_findings(presence: BranchPresence, *, due: bool = True) -> list[Finding]:
    """Whether the version branch has the feature; that it lacks it is CRITICAL where it is *due* there."""
    subject = presence.branch
    if _has_feature_commits(presence):
        presence_text = "in its history" if presence.ancestor else "by equal ones, of the same patch or picked with -x"
        sentence = f"has the commits of the feature {presence_text}"
        if presence.content == "there":
            return [Finding(OK, subject, f"{sentence}, and what they changed")]
        if presence.reverted or presence.content == "lacking":
            return [Finding(CRITICAL, subject, f"{sentence}, yet not what they changed: {_revert_hint(presence)}")]
        return [Finding(WARNING, subject, f"{sentence}, and what they changed has changed since: look at it")]
    if presence.content == "there":
        lacking = _commits_text(presence.lacking)
        sentence = f"has what the feature changes, yet not its commits: lacking by patch too are {lacking}"
        return [Finding(WARNING if due else INFO, subject, sentence)]
    sentence = f"lacks {_commits_text(presence.lacking)}"
    return [Finding(CRITICAL if due else INFO, subject, sentence if due else f"{sentence}; they are not due there yet")]


def forward_port_findings(
    presences: Iterable[BranchPresence], names: ReleaseNames, feature: Feature | None = None
) -> list[Finding]:
    """Which newer branches among *presences* lack the feature, and the commands that bring it there.

    A branch that is named as that of no version, such as the default branch, is taken for a newer one.
    """
    if not re.fullmatch(names.version_branch_pattern, names.version_branch)["version"]:
        sentence = "are not known: write {version} into the pattern of version branches, and they are looked at"
        return [Finding(WARNING, "newer versions", sentence)]
    if feature is not None and not feature.commits:
        return [Finding(INFO, "newer versions", "have nothing to get yet, since the feature has no commits")]
    chosen = [each for each in presences if _is_newer_branch(each.branch, names)]
    lacking = [
        Finding(WARNING, each.branch, _forward_port_sentence(each, names)) for each in chosen if _lacks_feature(each)
    ]
    having = [each.branch for each in chosen if not _lacks_feature(each)]
    if having:
        return [*lacking, Finding(OK, "newer versions", f"have the feature: {join_names(having)}")]
    none = Finding(OK, "newer versions", f"there are none: no branch is of a version above {names.version}")
    return lacking or [none]


class _PresenceRow(NamedTuple):
    """A row of `feature_presence_table`."""

    branch: str
    tip: str
    commits: str
    lacking: str
    content: str
    taken_back_by: str


def feature_presence_table(presences: Iterable[BranchPresence]) -> pd.DataFrame:
    """A row for each branch: how it has the commits, which it lacks, whether the content is there, who took it back."""
    return table_in_order(_PresenceRow, [_presence_row(each) for each in presences], spaced=True)


def _presence_row(presence: BranchPresence) -> _PresenceRow:
    equal = "lacking" if presence.lacking else "equal ones"
    return _PresenceRow(
        branch=presence.branch,
        tip=f"{presence.tip:.8}",
        commits="in its history" if presence.ancestor else equal,
        lacking=join_names(map(str, presence.lacking)) or "–",
        content=presence.content,
        taken_back_by=f"{presence.reverted:.8}" or "–",
    )


def _branch_version(branch: str, names: ReleaseNames) -> versions.Version | None:
    match = re.fullmatch(names.version_branch_pattern, branch)
    return versions.parse_version(match["version"]) if match else None


def _own_refs(names: ReleaseNames) -> tuple[str, ...]:
    return names.version_branch, names.feature_branch, names.release_branch, names.tag


def _is_newer_branch(branch: str, names: ReleaseNames) -> bool:
    if branch in _own_refs(names):
        return False
    own, version = versions.parse_version(names.version), _branch_version(branch, names)
    return version is None or own is None or version > own


def _has_feature_commits(presence: BranchPresence) -> bool:
    return presence.ancestor or not presence.lacking


def _lacks_feature(presence: BranchPresence) -> bool:
    """Whether something is to be brought; what was changed since it came is there as far as anybody wants it."""
    return presence.content == "lacking" or bool(
        presence.reverted or (presence.lacking and presence.content != "there")
    )


def _revert_hint(presence: BranchPresence) -> str:
    if not presence.reverted:
        return "no revert tells who took it back, so look for what changed these files last"
    return f"{presence.reverted:.8} took it back, and to deliver it again that one is to be reverted"


def _forward_port_sentence(presence: BranchPresence, names: ReleaseNames) -> str:
    branch, tip = f"port_{names.release}_to_{presence.branch}", f"{presence.tip:.12}"
    switch = shlex.join(("git", "switch", "-c", branch, tip))
    if not presence.lacking:
        revert_command = shlex.join(("git", "revert", f"{presence.reverted:.12}")) if presence.reverted else ""
        return f"has not what the feature changes: {_revert_hint(presence)}" + (
            f": {switch} && {revert_command}" if revert_command else ""
        )
    pick = shlex.join(("git", "cherry-pick", "-x", *(f"{each.id:.12}" for each in presence.lacking)))
    same = ", and the same lines were changed there" if presence.content == "changed since" else ""
    return f"lacks {_commits_text(presence.lacking)}{same}; to bring it there: {switch} && {pick}"


def _commits_text(commits: Sequence[Commit]) -> str:
    return f"{format_count(len(commits), 'commit')} of the feature ({join_names(map(str, commits))})"
