"""Which plan brings a release all the way that is left, or why can there be none?"""

from collections.abc import Iterator

from trinokit.errors import PlanError
from trinokit.evidence import Joined
from trinokit.findings import CRITICAL, INFO, WARNING, Finding
from trinokit.plan import Plan, Step
from trinokit.release import (
    branching,
    cleaning,
    judging,
    preflight,
    progress,
    pulls,
    reverting,
    shipping,
    standing,
    worktrees,
)
from trinokit.release.preflight import Check
from trinokit.release.progress import Stage
from trinokit.release.route import Move
from trinokit.release.standing import PRODUCTION, STAGING, Facts, Standing
from trinokit.release.wishes import Limits, Wish

# What a feature has to bring along is not asked of one that is taken back.
_OF_FEATURES = ("documents", "changelog", "version", "feature branch")


def planned(facts: Facts, wish: Wish, limits: Limits) -> tuple[Plan, list[Finding]]:
    """The plan that does all that is left up to the stage that was wished, or that takes the feature back.

    The findings say what to bear in mind about it, or why there is none. Where conflicts are in the way and nobody
    works on them yet, the plan makes the worktree for that. Raises ParameterError for a stage that there is not, and
    for limits that no gate can keep.
    """
    title = f"{'Take back' if wish.rollback else 'Release'} {wish.names.feature} as {wish.names.release}"
    standing.due(standing.STAGES[0], wish)
    if refused := refusals(facts, wish):
        return Plan("No plan", ()), refused
    if open := _open(facts, wish):
        return _conflicting(open, facts, wish)
    try:
        if wish.rollback:
            return Plan(title, tuple(reverting.steps(facts, wish))), reverting.told(facts, wish)
        found = standing.standing(facts, wish)
        steps = [*_steps(facts, wish, found, limits)]
        if standing.due("clean-up", wish) and _is_last(facts, wish, found):
            steps += cleaning.cleaned(facts, wish, found, steps)
        return Plan(title, tuple(steps)), [*_told(facts, wish, found)]
    except PlanError as error:
        return Plan("No plan", ()), [_none(f"{error.message} ({error.remedy})")]


def judged(facts: Facts, wish: Wish) -> list[Finding]:
    """What has happened behind the back of the release; what is CRITICAL among it is in the way of a plan."""
    return reverting.judged(facts, wish) if wish.rollback else judging.judged(facts, wish)


def stood(facts: Facts, wish: Wish) -> tuple[Stage, ...]:
    """How far the release has come, or how far it is taken back."""
    if wish.rollback:
        return reverting.stood(facts, wish)
    return progress.stood(facts, wish, stopped=bool(refusals(facts, wish) or _open(facts, wish)))


def refusals(facts: Facts, wish: Wish) -> list[Finding]:
    """Why there can be no plan; empty where there can be one."""
    checks = [each for each in preflight.refusals(facts.checks) if not wish.rollback or _concerns(each)]
    moved = [each for each in judged(facts, wish) if each.severity == CRITICAL]
    if checks:
        names = ", ".join(dict.fromkeys(each.name for each in checks))
        moved = [Finding(CRITICAL, "checks", f"are in the way: {names}"), *moved]
    return [_none(f"{each.subject} {each.sentence}") for each in moved]


def _concerns(check: Check) -> bool:
    return check.name not in _OF_FEATURES


def _none(why: str) -> Finding:
    return Finding(CRITICAL, "plan", f"there is none: {why}")


def _open(facts: Facts, wish: Wish) -> Joined | None:
    """The first join that is not settled."""
    return next((each for each in facts.joined if not each.commit), None)


def _conflicting(open: Joined, facts: Facts, wish: Wish) -> tuple[Plan, list[Finding]]:
    into = open.join.into
    if open.worktree or not open.conflicts:
        told = f"the conflicts in {into} are to be settled in {open.worktree}" if open.worktree else open.problem
        return Plan("No plan", ()), [_none(told)]
    told = f"is not released by this plan, which only makes a worktree to settle the conflicts in {into}"
    steps = worktrees.worked_on(open, facts.repository, wish)
    return Plan(f"Work on the conflicts in {into}", steps), [Finding(WARNING, wish.names.release, told)]


def _steps(facts: Facts, wish: Wish, found: Standing, limits: Limits) -> Iterator[Step]:
    if not found.released:
        yield from branching.begun(facts, wish)
    if not found.developed:
        return
    if standing.due("release", wish):
        yield from branching.released(facts, wish, found)
    if _waits(facts, wish, found):
        return
    staging = not found.staged and standing.due(STAGING, wish)
    if staging:
        yield from shipping.staged(facts, wish, found, limits)
    production = not found.deployed and standing.due(PRODUCTION, wish)
    if production:
        yield from shipping.tagged(facts, wish, found)
        yield from shipping.deployed(facts, wish, found, limits, staging)
    if standing.due("merge-back", wish):
        yield from _merged_back(facts, wish, found)


def _waits(facts: Facts, wish: Wish, found: Standing) -> bool:
    """Whether a pull request comes before everything else, or the release branch is not due."""
    protected = pulls.protected(wish.names.release_branch, wish)
    return not found.released and (protected or not standing.due("release", wish))


def _merged_back(facts: Facts, wish: Wish, found: Standing) -> Iterator[Step]:
    if found.merged_back:
        return
    names = wish.names
    # The release branch is to be as it was seen, too; it may be one that this plan has pushed.
    release = facts.repository.heads.get(names.release_branch, "") if found.tagged else found.commit
    unmoved = (Move(names.release_branch, release, release),) if release else ()
    title = f"Bring {names.release_branch} back into {names.master}"
    yield from branching.moved(facts.repository, wish, found.moves[names.master], title, unmoved)


def _is_last(facts: Facts, wish: Wish, found: Standing) -> bool:
    """Whether the release is merged back when all steps before the last ones are done."""
    if found.merged_back:
        return True
    protected = pulls.protected(wish.names.master, wish) or _waits(facts, wish, found)
    return found.developed and not protected


def _told(facts: Facts, wish: Wish, found: Standing) -> Iterator[Finding]:
    names = wish.names
    if found.branched and not found.developed:
        yield Finding(INFO, names.feature, "waits for commits: develop the feature there, push, and run again")
    if not facts.targets and not found.tagged:
        told = "is one of branches and a tag alone, since neither staging nor production is named"
        yield Finding(INFO, names.release, told)
    for branch in (names.release_branch, names.master):
        move = found.moves.get(branch)
        waits = move and move.new != move.old and pulls.protected(branch, wish)
        if waits and not progress.asked(facts, wish, move):
            yield judging.asking(facts, wish, branch)
    yield from cleaning.judged(facts, wish, found)
