"""Has a release arrived? As the remote and the targets tell once more, and not as its steps ended."""

from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.release import carrying, deploying, planning, standing
from trinokit.release.standing import PRODUCTION, STAGING, Facts
from trinokit.release.wishes import Target, Wish


def verified(facts: Facts, wish: Wish) -> list[Finding]:
    """What the branches have of the feature, what the targets run, and which newer versions lack it."""
    found, names = standing.standing(facts, wish), wish.names
    told = [each for each in planning.judged(facts, wish) if each.severity != OK]
    for name in (STAGING, PRODUCTION):
        told += _runs(facts, name, found.commit)
    master = facts.now(names.master)
    if master and facts.feature.commits:
        told += carrying.merged_back(master, due=found.merged_back and not wish.rollback)
    return [*told, *([] if wish.rollback else carrying.forward(facts.presence, names, facts.feature))]


def _runs(facts: Facts, name: str, commit: str) -> list[Finding]:
    held = facts.target(name)
    if held is None:
        return []
    target, deployed = held
    now = deploying.current(deployed)
    if deployed.unready:
        return [Finding(CRITICAL, name, f"has not rolled out: {'; '.join(deployed.unready)}")]
    if now is None:
        return [
            Finding(CRITICAL, name, f"runs nothing that was deployed as a whole: {deployed.problem or 'look at it'}")
        ]
    told = f"runs {now.commit[:8] or 'a commit that nobody told'} as revision {now.number} of {_where(target)}"
    if commit and now.commit == commit:
        return [Finding(OK, name, f"{told}, which is what is released")]
    return [Finding(INFO, name, told)]


def _where(target: Target) -> str:
    return f"{target.release or target.workload} in {target.namespace}"
