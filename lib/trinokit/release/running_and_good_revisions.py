"""Which revision of a target runs now, which is gone back to, and which were taken back?"""

import re
from dataclasses import replace

from trinokit.observations import DeployedRevision, DeploymentHistory

# What Helm itself goes back to: https://helm.sh/docs/helm/helm_upgrade/ (--rollback-on-failure)
GOOD_STATUSES = ("superseded", "deployed")
_ROLLBACK_DESCRIPTION = re.compile(r"Rollback to (\d+)")


def current_revision(deployed: DeploymentHistory) -> DeployedRevision | None:
    """The newest revision where it was deployed as a whole, with the commit that it was rolled back to if it was.

    None where the newest one failed or is under way, since what runs then is not one revision.
    """
    if not deployed.revisions or deployed.revisions[-1].status != "deployed":
        return None
    last = deployed.revisions[-1]
    return replace(last, commit=_deployed_commit(last, deployed))


def last_good_revision(deployed: DeploymentHistory, commit: str = "") -> DeployedRevision | None:
    """The newest revision to go back to: one that was deployed as a whole, and is not *commit*."""
    good_revisions = [
        replace(each, commit=_deployed_commit(each, deployed))
        for each in deployed.revisions
        if each.status in GOOD_STATUSES
    ]
    return next((each for each in reversed(good_revisions) if not commit or each.commit != commit), None)


def rolled_back_revisions(deployed: DeploymentHistory, commit: str) -> tuple[DeployedRevision, ...]:
    """The revisions in which *commit* was deployed, or was to be, where something else is deployed now.

    It did not stay then, so that it is not to be deployed again without somebody's asking.
    """
    now = current_revision(deployed)
    if now and now.commit == commit:
        return ()
    under_way = [each for each in deployed.revisions[-1:] if each.status.startswith("pending")]
    return tuple(each for each in deployed.revisions if each.commit == commit and each not in under_way)


def _deployed_commit(revision: DeployedRevision, deployed: DeploymentHistory) -> str:
    """The commit of *revision*, or of the one that it was rolled back to."""
    by_number = {each.number: each for each in deployed.revisions}
    original = revision
    while original and (to := _ROLLBACK_DESCRIPTION.fullmatch(original.said)):
        # Whoever goes back goes to an older revision.
        original = by_number.get(int(to[1])) if int(to[1]) < original.number else None
    return original.commit if original else ""
