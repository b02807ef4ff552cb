"""Has a release arrived? As the remote and the targets tell once more, and not as its steps ended."""

from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.release import feature_presence, release_planning, release_state, running_and_good_revisions
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_facts import PRODUCTION, STAGING, ReleaseFacts
from trinokit.release.release_request import ReleaseRequest


def verification_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What the branches have of the feature, what the targets run, and which newer versions lack it."""
    state, names = release_state.current_state(facts, request), request.names
    findings = [each for each in release_planning.release_findings(facts, request) if each.severity != OK]
    for name in (STAGING, PRODUCTION):
        findings += _target_findings(facts, name, state.commit)
    master = facts.current_presence(names.version_branch)
    if master and facts.feature.commits:
        findings += feature_presence.merge_back_findings(master, due=state.merged_back and not request.rollback)
    return [
        *findings,
        *([] if request.rollback else feature_presence.forward_port_findings(facts.presence, names, facts.feature)),
    ]


def _target_findings(facts: ReleaseFacts, name: str, commit: str) -> list[Finding]:
    deployed = facts.deployed_target(name)
    if deployed is None:
        return []
    target, history = deployed
    now = running_and_good_revisions.current_revision(history)
    if history.unready:
        return [Finding(CRITICAL, name, f"has not rolled out: {'; '.join(history.unready)}")]
    if now is None:
        return [
            Finding(CRITICAL, name, f"runs nothing that was deployed as a whole: {history.problem or 'look at it'}")
        ]
    sentence = (
        f"runs {now.commit[:8] or 'a commit that nobody told'} as revision {now.number} of {_target_location(target)}"
    )
    if commit and now.commit == commit:
        return [Finding(OK, name, f"{sentence}, which is what is released")]
    return [Finding(INFO, name, sentence)]


def _target_location(target: DeployTarget) -> str:
    return f"{target.release or target.workload} in {target.namespace}"
