"""What was released? Who did it, which ids it had, and what proves that it is what was tested."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_in_order
from trinokit.observations import BranchPresence, DeploymentHistory
from trinokit.plan import Outcome
from trinokit.release import feature_presence, release_state, running_and_good_revisions
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest

_VERDICT_VALUES = ("pass", "fail", "inconclusive")


class _RecordRow(NamedTuple):
    """A row of `release_record_table`."""

    what: str
    value: str
    evidence: str


def release_record_table(
    before: ReleaseFacts, after: ReleaseFacts, request: ReleaseRequest, outcomes: Sequence[Outcome], who: str
) -> pd.DataFrame:
    """A row for each thing that is to be known of a release later, always in the same order and without times.

    The facts *before* the *outcomes* tell the ids of branches as they were, and those *after* them what is deployed.
    """
    rows = [
        *_name_rows(before, request, who),
        *_ref_rows(before, request, outcomes),
        *_proof_rows(after, request, outcomes),
    ]
    return table_in_order(_RecordRow, rows)


def _name_rows(facts: ReleaseFacts, request: ReleaseRequest, who: str) -> Iterator[_RecordRow]:
    names, repository = request.names, facts.repository
    yield _RecordRow("who", who or "nobody that git knows", "user of the clone")
    yield _RecordRow("repository", repository.url, f"remote {repository.remote}")
    yield _RecordRow("release", names.release, f"of the old version {names.version}")
    yield _RecordRow("feature", names.feature_branch, f"brought in by {request.join_method}")
    for commit in facts.feature.commits:
        yield _RecordRow("commit of the feature", commit.id, f"{commit.subject}, by {commit.author}")


def _ref_rows(facts: ReleaseFacts, request: ReleaseRequest, outcomes: Sequence[Outcome]) -> Iterator[_RecordRow]:
    state, names = release_state.current_state(facts, request), request.names
    for branch, move in state.moves.items():
        if move.new in ("", move.old):
            yield _RecordRow(branch, move.old or "–", "as it is on the remote" if move.new else "in conflict")
        else:
            pushed = _push_outcome(outcomes, f"{move.new}:refs/heads/{branch}")
            yield _RecordRow(branch, f"{move.old or 'new'} → {move.new}", pushed)
    tag = facts.repository.tags.get(names.tag, "")
    pushed = (
        "as it is on the remote" if tag else _push_outcome(outcomes, f"refs/tags/{names.tag}:refs/tags/{names.tag}")
    )
    yield _RecordRow(names.tag, tag or state.commit or "–", pushed)


def _proof_rows(facts: ReleaseFacts, request: ReleaseRequest, outcomes: Sequence[Outcome]) -> Iterator[_RecordRow]:
    commit = release_state.current_state(facts, request).commit
    for name in (STAGING, PRODUCTION):
        if deployed := facts.deployed_target(name):
            yield _RecordRow(name, *_deployed_cells(deployed.history, commit))
    for outcome in outcomes:
        argv = outcome.step.command.argv
        if argv[:2] == ("trinokit", "gate"):
            yield _RecordRow(outcome.step.title.partition(":")[0], _gate_verdict_line(outcome), outcome.status)
        elif argv[:1] == ("env",):
            yield _RecordRow("tests", argv[-1], outcome.status)
    presence = facts.current_presence(request.names.version_branch)
    if presence and facts.feature.commits:
        yield _RecordRow(f"feature in {presence.branch}", *_presence_cells(presence))


def _deployed_cells(deployed: DeploymentHistory, commit: str) -> tuple[str, str]:
    now = running_and_good_revisions.current_revision(deployed)
    if now is None:
        return "–", deployed.problem or "nothing is deployed as a whole"
    same = "the released commit" if commit and now.commit == commit else "not the released commit"
    return f"revision {now.number}: {now.commit or 'not told'}", f"{same}; {now.said or 'no description'}"


def _presence_cells(presence: BranchPresence) -> tuple[str, str]:
    presence_text = (
        "in its history" if presence.ancestor else "by equal commits" if not presence.lacking else "not there"
    )
    return presence_text, "proved" if feature_presence.has_whole_feature(presence) else f"content {presence.content}"


def _gate_verdict_line(outcome: Outcome) -> str:
    """The last line that is a verdict; the proof and the fallback may have said more after it."""
    lines = [each for each in outcome.said.splitlines() if each.partition(":")[0] in _VERDICT_VALUES]
    return lines[-1] if lines else outcome.reason or "–"


def _push_outcome(outcomes: Sequence[Outcome], spec: str) -> str:
    """What became of the push of *spec*."""
    statuses = [each.status for each in outcomes if spec in each.step.command.argv]
    return (
        {"done": "pushed, and proved on the remote"}.get(statuses[0], f"push {statuses[0]}")
        if statuses
        else "not planned"
    )
