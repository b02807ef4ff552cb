"""Which branches have the feature? The version branch it goes back to, and those of newer versions."""

import re
import shlex
from collections.abc import Iterable, Sequence

import pandas as pd

from trinokit.architecture.wording import listed
from trinokit.evidence import Commit, Feature, Presence, Repository
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.release import versions
from trinokit.release.versions import Version
from trinokit.release.wishes import Names

_COLUMNS = ("branch", "tip", "commits", "lacking", "content", "taken back by")


def newer(repository: Repository, names: Names) -> dict[str, str]:
    """The branches on the remote that a feature for an old version is wanted on too, and their tips.

    These are the branches of newer versions, lowest first, and the default branch where it is that of no version.
    """
    of = {name: version for name in repository.heads if (version := _version(name, names))}
    found = sorted((name for name in of if _is_newer(name, names)), key=lambda name: (of[name], name))
    if repository.default in repository.heads and repository.default not in (*of, *_own(names)):
        found.append(repository.default)
    return {name: repository.heads[name] for name in found}


def proved(presence: Presence) -> bool:
    """Whether a branch surely has all of the feature: its commits, or equal ones, and what they changed."""
    return _has_commits(presence) and presence.content == "there"


def merged_back(presence: Presence, *, due: bool = True) -> list[Finding]:
    """Whether the version branch has the feature; that it lacks it is CRITICAL where it is *due* there."""
    subject = presence.branch
    if _has_commits(presence):
        how = "in its history" if presence.ancestor else "by equal ones, of the same patch or picked with -x"
        told = f"has the commits of the feature {how}"
        if presence.content == "there":
            return [Finding(OK, subject, f"{told}, and what they changed")]
        if presence.reverted or presence.content == "lacking":
            return [Finding(CRITICAL, subject, f"{told}, yet not what they changed: {_taken_back(presence)}")]
        return [Finding(WARNING, subject, f"{told}, and what they changed has changed since: look at it")]
    if presence.content == "there":
        told = f"has what the feature changes, yet not its commits: lacking by patch too are {_told(presence.lacking)}"
        return [Finding(WARNING if due else INFO, subject, told)]
    told = f"lacks {_told(presence.lacking)}"
    return [Finding(CRITICAL if due else INFO, subject, told if due else f"{told}; they are not due there yet")]


def forward(presences: Iterable[Presence], names: Names, feature: Feature | None = None) -> list[Finding]:
    """Which newer branches among *presences* lack the feature, and the commands that bring it there.

    A branch that is named as that of no version, such as the default branch, is taken for a newer one.
    """
    if not re.fullmatch(names.masters, names.master)["version"]:
        told = "are not known: write {version} into the pattern of version branches, and they are looked at"
        return [Finding(WARNING, "newer versions", told)]
    if feature is not None and not feature.commits:
        return [Finding(INFO, "newer versions", "have nothing to get yet, since the feature has no commits")]
    chosen = [each for each in presences if _is_newer(each.branch, names)]
    lacking = [Finding(WARNING, each.branch, _wanted(each, names)) for each in chosen if _lacks(each)]
    having = [each.branch for each in chosen if not _lacks(each)]
    if having:
        return [*lacking, Finding(OK, "newer versions", f"have the feature: {listed(having)}")]
    none = Finding(OK, "newer versions", f"there are none: no branch is of a version above {names.version}")
    return lacking or [none]


def table(presences: Iterable[Presence]) -> pd.DataFrame:
    """A row for each branch: how it has the commits, which it lacks, whether the content is there, who took it back."""
    return pd.DataFrame([_row(each) for each in presences], columns=list(_COLUMNS), dtype="str")


def _row(presence: Presence) -> tuple[str, ...]:
    equal = "lacking" if presence.lacking else "equal ones"
    commits = "in its history" if presence.ancestor else equal
    lacking = listed(map(str, presence.lacking)) or "–"
    return presence.branch, f"{presence.tip:.8}", commits, lacking, presence.content, f"{presence.reverted:.8}" or "–"


def _version(branch: str, names: Names) -> Version | None:
    found = re.fullmatch(names.masters, branch)
    return versions.parsed(found["version"]) if found else None


def _own(names: Names) -> tuple[str, ...]:
    return names.master, names.feature, names.release_branch, names.tag


def _is_newer(branch: str, names: Names) -> bool:
    if branch in _own(names):
        return False
    own, version = versions.parsed(names.version), _version(branch, names)
    return version is None or own is None or version > own


def _has_commits(presence: Presence) -> bool:
    return presence.ancestor or not presence.lacking


def _lacks(presence: Presence) -> bool:
    """Whether something is to be brought; what was changed since it came is there as far as anybody wants it."""
    return presence.content == "lacking" or bool(
        presence.reverted or (presence.lacking and presence.content != "there")
    )


def _taken_back(presence: Presence) -> str:
    if not presence.reverted:
        return "no revert tells who took it back, so look for what changed these files last"
    return f"{presence.reverted:.8} took it back, and to deliver it again that one is to be reverted"


def _wanted(presence: Presence, names: Names) -> str:
    branch, tip = f"port_{names.release}_to_{presence.branch}", f"{presence.tip:.12}"
    switch = shlex.join(("git", "switch", "-c", branch, tip))
    if not presence.lacking:
        back = shlex.join(("git", "revert", f"{presence.reverted:.12}")) if presence.reverted else ""
        return f"has not what the feature changes: {_taken_back(presence)}" + (f": {switch} && {back}" if back else "")
    pick = shlex.join(("git", "cherry-pick", "-x", *(f"{each.id:.12}" for each in presence.lacking)))
    same = ", and the same lines were changed there" if presence.content == "changed since" else ""
    return f"lacks {_told(presence.lacking)}{same}; to bring it there: {switch} && {pick}"


def _told(commits: Sequence[Commit]) -> str:
    return f"{counted(len(commits), 'commit')} of the feature ({listed(map(str, commits))})"
