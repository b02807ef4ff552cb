"""What is in the way of a release, and what has happened behind its back?"""

from collections.abc import Iterator

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.observations import DeploymentHistory
from trinokit.release import (
    planned_branch_moves,
    pull_requests,
    release_state,
    running_and_good_revisions,
    step_progress_table,
)
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import ReleaseState


def out_of_band_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What somebody has moved, deleted or taken back since; what is CRITICAL among it stops the release."""
    state = release_state.current_state(facts, request)
    findings = [
        *_tag_findings(facts, request, state),
        *_branch_findings(facts, request, state),
        *_content_findings(facts, request, state),
        *(each for name in (STAGING, PRODUCTION) for each in _target_findings(facts, request, name, state)),
        *_pull_request_findings(facts, request, state),
    ]
    return findings or [Finding(OK, request.names.release, "nothing was moved behind its back")]


def _tag_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Finding]:
    repository, names = facts.repository, request.names
    here = repository.local_tags.get(names.tag, "")
    if here and not state.tagged and state.commit and here != state.commit:
        yield Finding(
            CRITICAL,
            names.tag,
            f"is {here:.8} in this clone and not on {repository.remote}, where {state.commit:.8} is to be released: "
            f"git -C {repository.folder} tag -d {names.tag}",
        )
    there = facts.current_presence(names.tag)
    if there and facts.feature.commits and there.lacking and there.content != "there":
        lacking = join_names(map(str, there.lacking))
        sentence = f"was released without {format_count(len(there.lacking), 'commit')} of the feature ({lacking})"
        yield Finding(CRITICAL, names.tag, f"{sentence}: release a higher version for them")


def _branch_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Finding]:
    repository, names = facts.repository, request.names
    release = repository.heads.get(names.release_branch, "")
    for each in (result for result in facts.joined if result.join.name == planned_branch_moves.SINCE_TAG_JOIN):
        if each.commit == release:
            sentence = f"has {format_count(len(each.entering), 'commit')} since {names.tag}, which are not released"
            yield Finding(INFO, names.release_branch, sentence)
        else:
            sentence = (
                f"is {release:.8}, which does not come after {names.tag} ({each.ours:.8}): somebody moved one of them"
            )
            yield Finding(CRITICAL, names.release_branch, f"{sentence}; find out who, and set it right")
    if state.tagged and not release:
        sentence = f"was deleted on {repository.remote}; {names.tag} keeps its commit"
        yield Finding(INFO, names.release_branch, sentence)
    if facts.feature.found == "kept" and not state.released:
        sentence = f"was deleted on {repository.remote} and here; its commits are kept, up to {facts.feature.tip:.8}"
        yield Finding(WARNING, names.feature_branch, sentence)
    noted = repository.kept.get(f"{names.release}/{STAGING}", "")
    if noted and not state.tagged and state.commit and noted != state.commit:
        sentence = f"passed with {noted:.8}, and {state.commit:.8} is to be released now: it is staged again"
        yield Finding(INFO, STAGING, sentence)


def _content_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Finding]:
    names = request.names
    own = facts.current_presence(names.release_branch)
    if state.tagged and own and own.reverted:
        sentence = f"was taken back: {own.reverted:.8} on {names.release_branch} reverts it; release a higher version"
        yield Finding(CRITICAL, names.release, sentence)
    planned = facts.planned_presence(names.release_branch)
    if planned and not state.tagged and facts.feature.commits and planned.content == "lacking":
        sentence = (
            f"would not have what the feature changes, although it has its commits, as planned ({planned.tip:.8})"
        )
        yield Finding(CRITICAL, names.release_branch, f"{sentence}: look for what took it back")


def _target_findings(facts: ReleaseFacts, request: ReleaseRequest, name: str, state: ReleaseState) -> Iterator[Finding]:
    deployed, past = facts.deployed_target(name), state.tagged if name == STAGING else state.merged_back
    if deployed is None or past or not state.commit:
        return
    target, history = deployed
    if history.problem:
        yield Finding(CRITICAL, name, f"could not be looked at: {history.problem}")
        return
    if not request.redeploy:
        yield from _rolled_back_findings(request, name, state.commit, history)
    yield from _other_commit_findings(target, request, state, history)


def _rolled_back_findings(
    request: ReleaseRequest, name: str, commit: str, deployed: DeploymentHistory
) -> Iterator[Finding]:
    if tried := running_and_good_revisions.rolled_back_revisions(deployed, commit):
        last = tried[-1]
        yield Finding(
            CRITICAL,
            name,
            f"had {commit:.8} of {request.names.release} in revision {last.number} ({last.status}), "
            "which was taken back; it is not deployed again by itself: mend it and release a higher version, "
            "or run with -p again yes",
        )


def _other_commit_findings(
    target: DeployTarget, request: ReleaseRequest, state: ReleaseState, deployed: DeploymentHistory
) -> Iterator[Finding]:
    now = running_and_good_revisions.current_revision(deployed)
    if now is None or now.commit == state.commit:
        return
    if not now.commit:
        sentence = f"runs a commit that nobody told ({now.said or 'no description'}): it is gone back to all the same"
        yield Finding(WARNING, target.name, sentence)
    elif target.name == PRODUCTION and now.said.split(" ")[0] == request.names.release:
        sentence = (
            f"runs {now.commit:.8} as {request.names.release}, which is {state.commit:.8}: find out who deployed that"
        )
        yield Finding(CRITICAL, target.name, sentence)


def _pull_request_findings(facts: ReleaseFacts, request: ReleaseRequest, state: ReleaseState) -> Iterator[Finding]:
    for move in state.moves.values():
        if pull_requests.is_protected(move.branch, request) and step_progress_table.is_awaiting_pull_request(
            facts, request, move
        ):
            yield pull_request_finding(facts, request, move.branch)


def pull_request_finding(facts: ReleaseFacts, request: ReleaseRequest, branch: str) -> Finding:
    """How the pull request to a protected *branch* is opened."""
    joined = [each for each in facts.joined if each.join.into == branch]
    subject = joined[-1].join.message or f"Revert {request.names.feature_branch}"
    helper = pull_requests.pull_request_branch(branch, request.names)
    sentence = f"is changed by pull requests only: {helper} holds what is to be merged, then run again"
    command = pull_requests.pull_request_command(branch, request, subject)
    return Finding(WARNING, branch, f"{_missing_branch_hint(facts, request, branch)}{sentence}: {command}")


def _missing_branch_hint(facts: ReleaseFacts, request: ReleaseRequest, branch: str) -> str:
    repository = facts.repository
    if branch in repository.heads:
        return ""
    begins = f"{repository.heads.get(request.names.version_branch, '')}:refs/heads/{branch}"
    make = f"git -C {repository.folder} push {repository.remote} {begins}"
    return f"is not there yet, and is made first by somebody who may ({make}); it "
