"""Has a release arrived? As the remote and the targets tell once more, and not as its steps ended."""

from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.release import deployment_steps, feature_presence, release_planning, release_state
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_request import ReleaseRequest
from trinokit.release.release_state import PRODUCTION, STAGING, ReleaseFacts


def verification_findings(facts: ReleaseFacts, request: ReleaseRequest) -> list[Finding]:
    """What the branches have of the feature, what the targets run, and which newer versions lack it."""
    found, names = release_state.current_state(facts, request), request.names
    told = [each for each in release_planning.release_findings(facts, request) if each.severity != OK]
    for name in (STAGING, PRODUCTION):
        told += _target_findings(facts, name, found.commit)
    master = facts.now(names.version_branch)
    if master and facts.feature.commits:
        told += feature_presence.merge_back_findings(master, due=found.merged_back and not request.rollback)
    return [
        *told,
        *([] if request.rollback else feature_presence.forward_port_findings(facts.presence, names, facts.feature)),
    ]


def _target_findings(facts: ReleaseFacts, name: str, commit: str) -> list[Finding]:
    held = facts.target(name)
    if held is None:
        return []
    target, deployed = held
    now = deployment_steps.current_revision(deployed)
    if deployed.unready:
        return [Finding(CRITICAL, name, f"has not rolled out: {'; '.join(deployed.unready)}")]
    if now is None:
        return [
            Finding(CRITICAL, name, f"runs nothing that was deployed as a whole: {deployed.problem or 'look at it'}")
        ]
    told = (
        f"runs {now.commit[:8] or 'a commit that nobody told'} as revision {now.number} of {_target_location(target)}"
    )
    if commit and now.commit == commit:
        return [Finding(OK, name, f"{told}, which is what is released")]
    return [Finding(INFO, name, told)]


def _target_location(target: DeployTarget) -> str:
    return f"{target.release or target.workload} in {target.namespace}"
