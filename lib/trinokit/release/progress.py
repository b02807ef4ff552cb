"""Where does a release stand? A row for each step of the use case, and which of them is next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from trinokit.findings import format_count
from trinokit.release import deployment_steps, pull_requests, release_state
from trinokit.release.branch_moves import BranchMove
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import PRODUCTION, STAGING, ReleaseFacts, ReleaseState

_COLUMNS = ("step", "expected", "found", "status")


@dataclass(frozen=True)
class Milestone:
    """One step of the use case: which refs are *expected* where, what was *found*, and its *status*."""

    step: str
    expected: str
    found: str
    status: str


def delivery_progress(facts: ReleaseFacts, request: ReleaseRequest, *, stopped: bool = False) -> tuple[Milestone, ...]:
    """Each step of the use case; the first one that is not done is next, or *stopped*, and the others wait."""
    found = release_state.current_state(facts, request)
    rows = list(_milestone_rows(facts, request, found))
    first = next((step for step, _, _, done in rows if not done), "")
    waits = _first_open_status(facts, request, found, stopped)
    return tuple(
        Milestone(step, expected, seen, "done" if done else waits if step == first else "waits")
        for step, expected, seen, done in rows
    )


def progress_table(stages: Sequence[Milestone]) -> pd.DataFrame:
    """A row for each of *stages*."""
    rows = [(each.step, each.expected, each.found or "–", each.status) for each in stages]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str")


def _first_open_status(facts: ReleaseFacts, request: ReleaseRequest, found: ReleaseState, stopped: bool) -> str:
    if stopped:
        return "stopped"
    if found.branched and not found.developed:
        return "waits for commits"
    for branch in (request.names.release_branch, request.names.version_branch):
        move = found.moves.get(branch)
        if move and pull_requests.is_protected(branch, request) and is_awaiting_pull_request(facts, request, move):
            return "waits for a pull request"
    return "next"


def is_awaiting_pull_request(facts: ReleaseFacts, request: ReleaseRequest, move: BranchMove) -> bool:
    """Whether a protected branch waits for the pull request that makes its *move*, which is open as planned."""
    helper = facts.repository.heads.get(pull_requests.pull_request_branch(move.branch, request.names), "")
    return bool(helper) and helper == move.new != move.old


def _milestone_rows(
    facts: ReleaseFacts, request: ReleaseRequest, found: ReleaseState
) -> Iterator[tuple[str, str, str, bool]]:
    repository, names, commit = facts.repository, request.names, found.commit
    heads, feature = repository.heads, facts.feature
    release, master = heads.get(names.release_branch, ""), heads.get(names.version_branch, "")
    yield "identify the version branch", names.version_branch, _short_id(master), bool(master)
    yield "create the feature branch", names.feature_branch, _short_id(feature.tip), found.branched
    number = format_count(len(feature.commits), "commit") if feature.commits else ""
    yield "develop the feature", f"commits on {names.feature_branch}", number, found.developed
    yield (
        "create or update the release branch",
        _expected_ref(names.release_branch, commit),
        _short_id(release),
        found.released,
    )
    yield (
        "merge the feature",
        f"{names.feature_branch} in {names.release_branch}",
        _feature_content(facts, request),
        found.released,
    )
    if release_state.has_staging(facts, request):
        noted = repository.kept.get(f"{names.release}/{STAGING}", "")
        seen = _deployed_text(facts, STAGING) if facts.target(STAGING) else _short_id(noted)
        yield "test in staging", _expected_ref(STAGING, commit), seen, found.staged
    yield (
        "tag the release",
        _expected_ref(names.tag, commit),
        _short_id(repository.tags.get(names.tag, "")),
        found.tagged,
    )
    if facts.target(PRODUCTION):
        yield (
            "deploy to production",
            _expected_ref(PRODUCTION, commit),
            _deployed_text(facts, PRODUCTION),
            found.deployed,
        )
    back = found.moves.get(names.version_branch)
    yield (
        "merge back",
        _expected_ref(names.version_branch, back.new if back else ""),
        _short_id(master),
        found.merged_back,
    )
    gone = f"{names.feature_branch} is kept" if request.keep_feature else f"no {names.feature_branch}"
    yield "clean up", gone, ", ".join(release_state.remaining_refs(facts, request)), found.cleaned


def _expected_ref(name: str, commit: str) -> str:
    return f"{name} is {commit:.8}" if commit else name


def _short_id(commit: str) -> str:
    return f"{commit:.8}"


def _feature_content(facts: ReleaseFacts, request: ReleaseRequest) -> str:
    names = (request.names.release_branch, request.names.tag)
    there = next((each for each in facts.presence if each.branch in names), None)
    return there.content if there and facts.feature.commits else ""


def _deployed_text(facts: ReleaseFacts, name: str) -> str:
    _, deployed = facts.target(name)
    if deployed.problem:
        return f"not read: {deployed.problem}"
    now = deployment_steps.current_revision(deployed)
    if now is None:
        last = deployed.revisions[-1] if deployed.revisions else None
        return f"revision {last.number} {last.status}" if last else "nothing"
    runs = f"{now.commit:.8}" if now.commit else f"a commit that nobody told ({now.said or 'no description'})"
    return f"{runs}, {len(deployed.unready)} not ready" if deployed.unready else runs
