"""How is a feature taken back? From the targets first, and then from the branches, none of which is rewritten."""

from collections.abc import Iterator

from trinokit.evidence import Deployed, Presence
from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.plan import Step
from trinokit.release import branching, deploying, judging, pulls, route, shipping, worktrees
from trinokit.release.progress import Stage
from trinokit.release.route import Move
from trinokit.release.standing import PRODUCTION, STAGING, Facts
from trinokit.release.wishes import Wish


def steps(facts: Facts, wish: Wish) -> Iterator[Step]:
    """Take the feature back from production, from staging, from the release branch, and from the version branch."""
    held = [found for name in (PRODUCTION, STAGING) if (found := facts.target(name))]
    for commit in commits(facts, wish):
        yield from shipping.taken_back(held, commit)
    for move in _moves(facts, wish):
        title = f"Take {wish.names.feature} back from {move.branch}"
        yield from branching.moved(facts.repository, wish, move, title)
    for path in worktrees.own(facts.repository, wish):
        yield worktrees.removed(path, facts.repository)


def commits(facts: Facts, wish: Wish) -> tuple[str, ...]:
    """The commits of the release that may be deployed: that of the tag, or else the release branch as it is."""
    repository, names = facts.repository, wish.names
    found = repository.tags.get(names.tag) or repository.heads.get(names.release_branch, "")
    return (found,) if found else ()


def judged(facts: Facts, wish: Wish) -> list[Finding]:
    """What is in the way of taking the feature back."""
    told = [
        Finding(CRITICAL, target.name, f"could not be looked at: {deployed.problem}")
        for target, deployed in facts.targets
        if deployed.problem
    ]
    told += [
        Finding(CRITICAL, each.branch, f"would still have what the feature changes, as planned ({each.tip:.8})")
        for each in facts.planned
        if _moved(facts, wish, each) and facts.feature.commits and each.content == "there"
    ]
    return told or [Finding(OK, wish.names.release, "nothing is in the way of taking it back")]


def told(facts: Facts, wish: Wish) -> list[Finding]:
    """What stays, and how the feature is delivered again."""
    names = wish.names
    again = "is delivered again by a higher version, which takes the reverts back, and what is new with it"
    found = [Finding(INFO, names.feature, again)]
    if names.tag in facts.repository.tags:
        found.append(Finding(INFO, names.tag, "stays: a tag that others may have is not taken back"))
    protected = [each.branch for each in _moves(facts, wish) if pulls.protected(each.branch, wish)]
    return [*found, *(judging.asking(facts, wish, branch) for branch in protected)]


def stood(facts: Facts, wish: Wish) -> tuple[Stage, ...]:
    """What the feature has been taken back from, and what is next."""
    rows = [*_targets(facts, wish), *_branches(facts, wish)]
    first = next((step for step, _, _, left in rows if left), "")
    return tuple(
        Stage(step, expected, found, ("next" if step == first else "waits") if left else "done")
        for step, expected, found, left in rows
    )


def _targets(facts: Facts, wish: Wish) -> Iterator[tuple[str, str, str, bool]]:
    for name in (PRODUCTION, STAGING):
        if found := facts.target(name):
            runs = [each for each in commits(facts, wish) if _holds(found[1], each)]
            expected = f"not {runs[0]:.8}" if runs else "–"
            yield f"take it back from {name}", expected, f"{runs[0]:.8}" if runs else _seen(facts, name), bool(runs)


def _branches(facts: Facts, wish: Wish) -> Iterator[tuple[str, str, str, bool]]:
    heads, moves = facts.repository.heads, {each.branch: each for each in _moves(facts, wish)}
    for branch in (wish.names.release_branch, wish.names.master):
        expected = f"{branch} is {moves[branch].new:.8}" if branch in moves else branch
        yield f"take it back from {branch}", expected, f"{heads.get(branch, ''):.8}", branch in moves


def _holds(deployed: Deployed, commit: str) -> bool:
    """Whether *commit* is deployed, or was to be when something went wrong."""
    now, last = deploying.current(deployed), deployed.revisions[-1:]
    return now.commit == commit if now else commit in [each.commit for each in last]


def _seen(facts: Facts, name: str) -> str:
    now = deploying.current(facts.target(name)[1])
    return f"{now.commit:.8}" if now else ""


def _moves(facts: Facts, wish: Wish) -> list[Move]:
    return [each for each in route.moves(facts.repository, wish, facts.joined) if each.new not in ("", each.old)]


def _moved(facts: Facts, wish: Wish, presence: Presence) -> bool:
    return presence.branch in [each.branch for each in _moves(facts, wish)]
