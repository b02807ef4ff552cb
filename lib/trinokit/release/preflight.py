"""Can a release begin? Each check of the clone, the remote and the names, with what was found and what to do."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_in_order
from trinokit.errors import did_you_mean
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.observations import CloneReadiness, Feature, RepositoryState
from trinokit.release import naming, versions
from trinokit.release.release_request import ReleaseNames, ReleaseRequest


class _CheckRow(NamedTuple):
    """A row of `preflight_table`."""

    check: str
    result: str
    found: str
    what_to_do: str


@dataclass(frozen=True)
class Check:
    """What was *found* about one thing that a release needs, and the *remedy* where something is to be done."""

    name: str
    severity: Severity
    found: str
    remedy: str = ""


def preflight_checks(
    repository: RepositoryState, readiness: CloneReadiness, feature: Feature, request: ReleaseRequest
) -> tuple[Check, ...]:
    """Every check before a release, one after the other; what is CRITICAL among them is in its way."""
    names, git = request.names, f"git -C {shlex.quote(repository.folder)}"
    return (
        *_clone_checks(repository, readiness, request, git),
        *_committer_checks(readiness, git),
        *_push_checks(repository, readiness, git),
        _version_branch_check(repository, readiness, names, git),
        _feature_branch_check(repository, feature, names, git),
        _release_branch_check(repository, readiness, names, git),
        _tag_check(repository, names),
        _version_order_check(repository, names),
        *_worktree_checks(repository, readiness, request),
    )


def preflight_table(checks: Iterable[Check]) -> pd.DataFrame:
    """A row for each of *checks*: its result, what was found, and what to do."""
    rows = [
        _CheckRow(check=each.name, result=each.severity.name, found=each.found, what_to_do=each.remedy or "–")
        for each in checks
    ]
    return table_in_order(_CheckRow, rows, spaced=True)


def preflight_findings(checks: Sequence[Check]) -> list[Finding]:
    """A finding for each of *checks* that tells something, and one for all the others."""
    well = [each.name for each in checks if each.severity == OK]
    findings = [
        Finding(each.severity, each.name, f"{each.found}: {each.remedy}" if each.remedy else each.found)
        for each in checks
        if each.severity != OK
    ]
    passed = f"{format_count(len(well), 'check')} found nothing in the way: {', '.join(well)}"
    return [*findings, *([Finding(OK, "pre-flight", passed)] if well else [])]


def blocking_checks(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those of *checks* that are in the way of a release."""
    return tuple(each for each in checks if each.severity == CRITICAL)


def _clone_checks(
    repository: RepositoryState, readiness: CloneReadiness, request: ReleaseRequest, git: str
) -> Iterator[Check]:
    remote = repository.remote
    yield Check("remote", OK, f"{remote} answers; its default branch is {repository.default or 'not told'}")
    shallow = "is shallow, and git cannot tell there what is merged and what is not" if readiness.shallow else ""
    yield _problem_check("history", shallow, "is complete", f"{git} fetch --unshallow {remote}")
    # What lies in a worktree of a release is a conflict that somebody works on, and not in the way.
    own = os.path.realpath(request.clone.worktree_folder) + os.sep
    other_operations = [each for each in readiness.under_way if own not in each]
    mine = [each for each in readiness.under_way if own in each]
    if mine and not other_operations:
        yield Check("operations", INFO, f"nothing is under way but work on a conflict: {join_names(mine)}")
    else:
        under_way = f"are under way: {join_names(other_operations)}" if other_operations else ""
        yield _problem_check(
            "operations", under_way, "nothing is under way", "end it, or give it up, as git status says there"
        )
    remedy = "wait until git has ended there; take the file away only if no git runs any more"
    yield _problem_check(
        "index", f"is locked by {readiness.locked}" if readiness.locked else "", "is not locked", remedy
    )


def _committer_checks(readiness: CloneReadiness, git: str) -> Iterator[Check]:
    unknown = "" if readiness.who else "is nobody that git knows"
    yield _problem_check(
        "committer", unknown, f"is {readiness.who}", f"{git} config user.name NAME, and user.email ADDRESS"
    )
    unsigned = f"is wanted and fails: {readiness.signing}" if readiness.signing else ""
    yield _problem_check(
        "signing",
        unsigned,
        "works, or is not wanted",
        f"{git} config user.signingKey KEY; whether it is wanted say commit.gpgSign and tag.gpgSign",
    )


def _push_checks(repository: RepositoryState, readiness: CloneReadiness, git: str) -> Iterator[Check]:
    problem = f"is refused: {readiness.push}" if readiness.push else ""
    allowed = f"{repository.remote} lets in a push that changes nothing; what its hooks refuse is seen with a real one"
    yield _problem_check("push access", problem, allowed, "ask who owns the repository to let you push")
    lacking = f"have commits that no remote has: {join_names(readiness.submodules)}" if readiness.submodules else ""
    yield _problem_check("submodules", lacking, "lack nothing on their remotes", "push them, each from its own folder")
    unread = f"cannot be read: {readiness.lfs}" if readiness.lfs else ""
    yield _problem_check(
        "large files", unread, "can be read, or there are none", f"install git-lfs, then: {git} lfs install"
    )


def _version_branch_check(
    repository: RepositoryState, readiness: CloneReadiness, names: ReleaseNames, git: str
) -> Check:
    name, remote = names.version_branch, repository.remote
    tip = repository.heads.get(name)
    if tip:
        return _remote_branch_check("version branch", name, repository, readiness, git)
    version_branches = [each for each in repository.heads if re.fullmatch(names.version_branch_pattern, each)]
    if name in repository.local_heads:
        return Check("version branch", CRITICAL, f"{name} is only here, not on {remote}", f"{git} push {remote} {name}")
    remedy = (
        did_you_mean(name, version_branches)
        or f"version branches there are: {join_names(sorted(version_branches)) or 'none'}"
    )
    return Check("version branch", CRITICAL, f"{name} is not on {remote}", remedy)


def _feature_branch_check(repository: RepositoryState, feature: Feature, names: ReleaseNames, git: str) -> Check:
    name, remote, label = names.feature_branch, repository.remote, "feature branch"
    if clash := _branch_clash(name, repository):
        return Check(label, CRITICAL, *clash)
    if feature.diverged:
        problem = f"{name} is {feature.local:.8} here and {feature.remote:.8} on {remote}, and neither has all commits"
        return Check(
            label, CRITICAL, problem, f"join them: {git} switch {name}, then {git} pull --rebase {remote} {name}"
        )
    if not feature.found and (name in repository.heads or name in repository.local_heads):
        return Check(
            label, CRITICAL, f"{name} is there, and was not looked at", "mend what is wrong with the clone first"
        )
    if not feature.found:
        return Check(label, INFO, f"there is no {name} yet, and it is free: it is made from {names.version_branch}")
    commits = f"{format_count(len(feature.commits), 'commit')}, last {feature.tip:.8}"
    if not feature.commits:
        return Check(label, INFO, f"{name} has no commit of its own yet, so there is nothing to release")
    places = {
        "remote": f"on {remote}",
        "local": f"here, and {remote} lacks some of them" if feature.remote else f"here and not yet on {remote}",
        "kept": "as an earlier run kept them, since the branch is gone",
        "merged": "as they were merged, since the branch is gone",
    }[feature.found]
    return Check(label, INFO if feature.found != "remote" else OK, f"{name} has {commits}, {places}")


def _release_branch_check(
    repository: RepositoryState, readiness: CloneReadiness, names: ReleaseNames, git: str
) -> Check:
    name = names.release_branch
    if clash := _branch_clash(name, repository):
        return Check("release branch", CRITICAL, *clash)
    if name in repository.heads:
        return _remote_branch_check("release branch", name, repository, readiness, git)
    return Check("release branch", OK, f"there is no {name} on {repository.remote} yet, and it is free")


def _tag_check(repository: RepositoryState, names: ReleaseNames) -> Check:
    name, remote = names.tag, repository.remote
    there, here = repository.tags.get(name, ""), repository.local_tags.get(name, "")
    if clash := _ref_clash(name, {remote: repository.tags, "this clone": repository.local_tags}):
        return Check("tag", CRITICAL, *clash)
    if there and here and there != here:
        problem = f"{name} is {there:.8} on {remote} and {here:.8} here"
        return Check("tag", CRITICAL, problem, "find out which commit was released; a tag that others have never moves")
    if there or here:
        place = f"on {remote}" if there else "here and not on the remote"
        return Check("tag", INFO, f"{name} is made already, {place}: {there or here:.8}")
    return Check("tag", OK, f"there is no {name} yet, and it is free")


def _version_order_check(repository: RepositoryState, names: ReleaseNames) -> Check:
    tags = {**repository.tags, **repository.local_tags}
    written = {text: tag for tag in tags if tag != names.tag and (text := _released_version(tag, names))}
    newest = versions.newest_version(written, versions.version_line_filter(names.version))
    if newest is None:
        return Check("version", OK, f"{names.release} is the first of the line {names.version}")
    highest = written[newest]
    if versions.parse_version(newest) < versions.parse_version(names.release):
        return Check(
            "version", OK, f"{names.release} is higher than {highest}, the highest of the line {names.version}"
        )
    if names.tag in tags:
        return Check("version", INFO, f"{names.release} was released already, and {highest} is not lower")
    problem = f"{names.release} is not higher than {highest}, the highest of the line {names.version}"
    return Check("version", CRITICAL, problem, "choose a higher version")


def _released_version(tag: str, names: ReleaseNames) -> str:
    """The version that *tag* is of, where it is called as that of the release is; else nothing."""
    before, release, after = names.tag.rpartition(names.release.removeprefix("v"))
    if not release:
        return tag
    before = before.removesuffix("v")
    if tag.startswith(before) and tag.endswith(after):
        return tag.removeprefix(before).removesuffix(after)
    return ""


def _worktree_checks(
    repository: RepositoryState, readiness: CloneReadiness, request: ReleaseRequest
) -> Iterator[Check]:
    checks = [
        *(["has no branch checked out"] if readiness.detached else []),
        *([f"has {format_count(readiness.changed, 'changed file')}"] if readiness.changed else []),
    ]
    untouched = "is not touched, since a release has a worktree of its own"
    yield Check("worktree", INFO if checks else OK, " and ".join([*checks, untouched]))
    names = request.names
    paths = [path for path, branch in sorted(repository.worktrees.items()) if branch == names.feature_branch]
    if paths and not request.keep_feature:
        remedy = "; ".join(f"git -C {shlex.quote(path)} switch {shlex.quote(names.version_branch)}" for path in paths)
        problem = (
            f"{names.feature_branch} is checked out in {join_names(paths)}, and is not deleted here as long as it is"
        )
        yield Check("checked out", INFO, problem, remedy)
    else:
        yield Check("checked out", OK, f"{names.feature_branch} is kept, or in no worktree")


def _remote_branch_check(
    label: str, name: str, repository: RepositoryState, readiness: CloneReadiness, git: str
) -> Check:
    """The check of a branch *name* that the remote has, of which only that counts."""
    remote, there, here = repository.remote, repository.heads[name], repository.local_heads.get(name, "")
    problem = f"{name} is {there:.8} on {remote}"
    if number := readiness.unpushed.get(name, 0):
        problem += (
            f", and {here:.8} here with {format_count(number, 'commit')} never pushed, which will not be released"
        )
        return Check(label, WARNING, problem, f"{git} push {remote} {name}, or leave them out")
    return Check(
        label, OK, f"{problem}; here it is {here:.8}, which does not count" if here not in ("", there) else problem
    )


def _branch_clash(name: str, repository: RepositoryState) -> tuple[str, str] | None:
    return _ref_clash(name, {repository.remote: repository.heads, "this clone": repository.local_heads})


def _ref_clash(name: str, refs_by_place: Mapping[str, Mapping[str, str]]) -> tuple[str, str] | None:
    """What is in the way of *name*, by where it is, and what to do about it."""
    for place_name, refs in refs_by_place.items():
        for other in naming.clashing_refs(name, refs):
            problem = f"{name} cannot be made in {place_name}, where {other} is: a ref is no folder of another one"
            return problem, f"choose another name, or delete {other}"
    return None


def _problem_check(name: str, problem: str, well: str, remedy: str) -> Check:
    return Check(name, CRITICAL, problem, remedy) if problem else Check(name, OK, well)
