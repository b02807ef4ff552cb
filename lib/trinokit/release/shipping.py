"""How does a commit come to staging, get its tag and come to production?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trinokit.evidence import Deployed
from trinokit.plan import Command, Step
from trinokit.release import deploying, gate, pushing, standing, worktrees
from trinokit.release.route import Move
from trinokit.release.standing import PRODUCTION, STAGING, Facts, Standing
from trinokit.release.wishes import Limits, Target, Wish

# Below the refs of our own: what a release has passed.
NOTES = "refs/trinokit/releases"
_TESTS_S = 3600


def staged(facts: Facts, wish: Wish, found: Standing, limits: Limits) -> Iterator[Step]:
    """Deploy the commit to staging, run the tests, keep the gate, and note that all that went well."""
    held, commit = facts.target(STAGING), found.commit
    if held or wish.tests:
        yield from worktrees.checked_out(commit, facts.repository, wish)
    back = deploying.back(*held, commit) if held else ()
    if held:
        yield from _deployed(facts, wish, commit, *held)
    if wish.tests:
        path = worktrees.place(wish, f"{commit:.12}", facts.repository)
        yield replace(deploying.tested(wish.tests, path, _TESTS_S), otherwise=back)
    if held:
        yield gate.step(held[0], _beside(facts, limits), back)
    yield _noted(facts, wish, STAGING, commit)


def tagged(facts: Facts, wish: Wish, found: Standing) -> Iterator[Step]:
    """Make the tag, and push it while nobody has moved the release branch."""
    repository, names = facts.repository, wish.names
    if found.tagged:
        return
    if names.tag not in repository.local_tags:
        git = ("git", "-C", repository.folder, "tag")
        # Git signs it where tag.gpgSign says so.
        make = Command((*git, "--annotate", "--message", _told(wish), names.tag, found.commit))
        yield Step(f"Tag {found.commit:.8} as {names.tag}", make, undo=(Command((*git, "-d", names.tag)),))
    yield pushing.tagged(repository, names.tag, [Move(names.release_branch, found.commit, found.commit)])


def deployed(facts: Facts, wish: Wish, found: Standing, limits: Limits, ready: bool) -> Iterator[Step]:
    """Deploy the commit to production and keep the gate; it is checked out already where it is *ready*."""
    held, commit = facts.target(PRODUCTION), found.commit
    if held is None:
        return
    if not ready and not standing.runs(facts, PRODUCTION, commit):
        yield from worktrees.checked_out(commit, facts.repository, wish)
    yield from _deployed(facts, wish, commit, *held)
    yield gate.step(held[0], limits, deploying.back(*held, commit))
    yield _noted(facts, wish, PRODUCTION, commit)


def taken_back(held: Sequence[tuple[Target, Deployed]], commit: str) -> Iterator[Step]:
    """Go back from *commit* where it is deployed, or half deployed."""
    for target, deployed in held:
        if steps := deploying.settled(target, deployed, commit):
            yield from steps
            continue
        now = deploying.current(deployed)
        if now and now.commit == commit:
            first, *more = deploying.back(target, deployed, commit)
            title = f"Take {commit:.8} back from {target.name}"
            yield Step(title, first, seconds=_limit(target), partial=True)
            yield from (Step(f"{title}: wait", each, seconds=_limit(target)) for each in more)


def _deployed(facts: Facts, wish: Wish, commit: str, target: Target, now: Deployed) -> Iterator[Step]:
    if standing.runs(facts, target.name, commit):
        return
    path = worktrees.place(wish, f"{commit:.12}", facts.repository)
    yield from deploying.steps(target, commit, wish.names.release, path, now)


def _beside(facts: Facts, limits: Limits) -> Limits:
    """The *limits* of staging: it is compared with the stable version, which production runs at the same time."""
    (staging, _), production = facts.target(STAGING), facts.target(PRODUCTION)
    other = production[0].cluster if production else ""
    return replace(limits, baseline=other if other != staging.cluster else "")


def _noted(facts: Facts, wish: Wish, name: str, commit: str) -> Step:
    """What git keeps, so that the next run does not try again what went well."""
    ref = f"{NOTES}/{wish.names.release}/{name}"
    git = ("git", "-C", facts.repository.folder, "update-ref")
    title = f"Note in this clone that {commit:.8} passed {name}"
    return Step(title, Command((*git, ref, commit)), undo=(Command((*git, "-d", ref, commit)),))


def _told(wish: Wish) -> str:
    return f"Release {wish.names.release}"


def _limit(target: Target) -> float:
    # Helm waits for the hooks before, the workloads, and the hooks after.
    return 3 * target.seconds + 60
