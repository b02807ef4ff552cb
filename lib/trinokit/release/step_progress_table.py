"""Where does a release stand? A row for each step of the use case, and which of them is next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_in_order
from trinokit.findings import format_count
from trinokit.release import pull_requests, release_state, running_and_good_revisions
from trinokit.release.planned_branch_moves import BranchMove
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState

# The first milestone that is not reached is next, or says what it waits for or that it is stopped; later ones wait.
MilestoneStatus = Literal["done", "next", "waits", "waits for commits", "waits for a pull request", "stopped"]


@dataclass(frozen=True)
class Milestone:
    """One *step* of the use case: which refs are *expected* where, what was *found*, and whether it is *reached*."""

    step: str
    expected: str
    found: str
    reached: bool
    status: MilestoneStatus = "waits"


class _ProgressRow(NamedTuple):
    """A row of `progress_table`."""

    step: str
    expected: str
    found: str
    status: MilestoneStatus


def delivery_progress(facts: ReleaseFacts, request: ReleaseRequest, *, stopped: bool = False) -> tuple[Milestone, ...]:
    """Each step of the use case; the first one that is not done is next, or *stopped*, and the others wait."""
    state = release_state.current_state(facts, request)
    return with_statuses(_milestones(facts, request, state), _first_open_status(facts, request, state, stopped))


def with_statuses(milestones: Iterable[Milestone], first_open: MilestoneStatus = "next") -> tuple[Milestone, ...]:
    """The *milestones* with their statuses: done, *first_open* for the first one that is not reached, and waits.

    >>> rows = [Milestone("tag", "v1.1.0", "v1.1.0", True), Milestone("deploy", "v1.1.0", "v1.0.0", False)]
    >>> [each.status for each in with_statuses(rows)]
    ['done', 'next']
    """
    rows = tuple(milestones)
    first = next((each.step for each in rows if not each.reached), "")
    return tuple(
        replace(each, status="done" if each.reached else first_open if each.step == first else "waits") for each in rows
    )


def progress_table(milestones: Sequence[Milestone]) -> pd.DataFrame:
    """A row for each of *milestones*; the columns are step, expected, found and status."""
    rows = [
        _ProgressRow(step=each.step, expected=each.expected, found=each.found or "–", status=each.status)
        for each in milestones
    ]
    return table_in_order(_ProgressRow, rows)


def is_awaiting_pull_request(facts: ReleaseFacts, request: ReleaseRequest, move: BranchMove) -> bool:
    """Whether a protected branch waits for the pull request that makes its *move*, which is open as planned."""
    helper = facts.repository.heads.get(pull_requests.pull_request_branch(move.branch, request.names), "")
    return bool(helper) and helper == move.new != move.old


def _first_open_status(
    facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState, stopped: bool
) -> MilestoneStatus:
    if stopped:
        return "stopped"
    if state.branched and not state.developed:
        return "waits for commits"
    for branch in (request.names.release_branch, request.names.version_branch):
        move = state.moves.get(branch)
        if move and pull_requests.is_protected(branch, request) and is_awaiting_pull_request(facts, request, move):
            return "waits for a pull request"
    return "next"


def _milestones(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Milestone]:
    yield from _branch_milestones(facts, request, state)
    yield from _target_milestones(facts, request, state)
    names, merge_back = request.names, state.moves.get(request.names.version_branch)
    version_tip = _short_id(facts.repository.heads.get(names.version_branch, ""))
    expected = _expected_ref(names.version_branch, merge_back.new if merge_back else "")
    yield Milestone("merge back", expected, version_tip, state.merged_back)
    gone = f"{names.feature_branch} is kept" if request.keep_feature else f"no {names.feature_branch}"
    yield Milestone("clean up", gone, ", ".join(release_state.remaining_refs(facts, request)), state.cleaned)


def _branch_milestones(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Milestone]:
    names, heads, feature = request.names, facts.repository.heads, facts.feature
    version_tip, release_tip = heads.get(names.version_branch, ""), heads.get(names.release_branch, "")
    yield Milestone(
        "identify the version branch", names.version_branch, _short_id(version_tip), reached=bool(version_tip)
    )
    yield Milestone("create the feature branch", names.feature_branch, _short_id(feature.tip), state.branched)
    number = format_count(len(feature.commits), "commit") if feature.commits else ""
    yield Milestone("develop the feature", f"commits on {names.feature_branch}", number, state.developed)
    expected = _expected_ref(names.release_branch, state.commit)
    yield Milestone("create or update the release branch", expected, _short_id(release_tip), state.released)
    expected = f"{names.feature_branch} in {names.release_branch}"
    yield Milestone("merge the feature", expected, _feature_content(facts, request), state.released)


def _target_milestones(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Milestone]:
    repository, names = facts.repository, request.names
    if release_state.has_staging(facts, request):
        noted = repository.kept.get(f"{names.release}/{STAGING}", "")
        deployed = _deployed_text(facts, STAGING) if facts.deployed_target(STAGING) else _short_id(noted)
        yield Milestone("test in staging", _expected_ref(STAGING, state.commit), deployed, state.staged)
    tag = _short_id(repository.tags.get(names.tag, ""))
    yield Milestone("tag the release", _expected_ref(names.tag, state.commit), tag, state.tagged)
    if facts.deployed_target(PRODUCTION):
        expected, deployed = _expected_ref(PRODUCTION, state.commit), _deployed_text(facts, PRODUCTION)
        yield Milestone("deploy to production", expected, deployed, state.deployed)


def _expected_ref(name: str, commit: str) -> str:
    return f"{name} is {commit:.8}" if commit else name


def _short_id(commit: str) -> str:
    return f"{commit:.8}"


def _feature_content(facts: ReleaseFacts, request: ReleaseRequest) -> str:
    names = (request.names.release_branch, request.names.tag)
    there = next((each for each in facts.presence if each.branch in names), None)
    return there.content if there and facts.feature.commits else ""


def _deployed_text(facts: ReleaseFacts, name: str) -> str:
    deployed = facts.deployed_target(name).history
    if deployed.problem:
        return f"not read: {deployed.problem}"
    now = running_and_good_revisions.current_revision(deployed)
    if now is None:
        last = deployed.revisions[-1] if deployed.revisions else None
        return f"revision {last.number} {last.status}" if last else "nothing"
    runs = f"{now.commit:.8}" if now.commit else f"a commit that nobody told ({now.said or 'no description'})"
    return f"{runs}, {len(deployed.unready)} not ready" if deployed.unready else runs
