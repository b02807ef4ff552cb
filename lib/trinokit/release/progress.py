"""Where does a release stand? A row for each step of the use case, and which of them is next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from trinokit.findings import counted
from trinokit.release import deploying, pulls, standing
from trinokit.release.route import Move
from trinokit.release.standing import PRODUCTION, STAGING, Facts, Standing
from trinokit.release.wishes import Wish

_COLUMNS = ("step", "expected", "found", "status")


@dataclass(frozen=True)
class Stage:
    """One step of the use case: which refs are *expected* where, what was *found*, and its *status*."""

    step: str
    expected: str
    found: str
    status: str


def stood(facts: Facts, wish: Wish, *, stopped: bool = False) -> tuple[Stage, ...]:
    """Each step of the use case; the first one that is not done is next, or *stopped*, and the others wait."""
    found = standing.standing(facts, wish)
    rows = list(_rows(facts, wish, found))
    first = next((step for step, _, _, done in rows if not done), "")
    waits = _first(facts, wish, found, stopped)
    return tuple(
        Stage(step, expected, seen, "done" if done else waits if step == first else "waits")
        for step, expected, seen, done in rows
    )


def table(stages: Sequence[Stage]) -> pd.DataFrame:
    """A row for each of *stages*."""
    rows = [(each.step, each.expected, each.found or "–", each.status) for each in stages]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str")


def _first(facts: Facts, wish: Wish, found: Standing, stopped: bool) -> str:
    if stopped:
        return "stopped"
    if found.branched and not found.developed:
        return "waits for commits"
    for branch in (wish.names.release_branch, wish.names.master):
        move = found.moves.get(branch)
        if move and pulls.protected(branch, wish) and asked(facts, wish, move):
            return "waits for a pull request"
    return "next"


def asked(facts: Facts, wish: Wish, move: Move) -> bool:
    """Whether a protected branch waits for the pull request that makes its *move*, which is open as planned."""
    helper = facts.repository.heads.get(pulls.helper(move.branch, wish.names), "")
    return bool(helper) and helper == move.new != move.old


def _rows(facts: Facts, wish: Wish, found: Standing) -> Iterator[tuple[str, str, str, bool]]:
    repository, names, commit = facts.repository, wish.names, found.commit
    heads, feature = repository.heads, facts.feature
    release, master = heads.get(names.release_branch, ""), heads.get(names.master, "")
    yield "identify the version branch", names.master, _ref(master), bool(master)
    yield "create the feature branch", names.feature, _ref(feature.tip), found.branched
    number = counted(len(feature.commits), "commit") if feature.commits else ""
    yield "develop the feature", f"commits on {names.feature}", number, found.developed
    yield "create or update the release branch", _is(names.release_branch, commit), _ref(release), found.released
    yield "merge the feature", f"{names.feature} in {names.release_branch}", _has(facts, wish), found.released
    if standing.has_staging(facts, wish):
        noted = repository.kept.get(f"{names.release}/{STAGING}", "")
        seen = _seen(facts, STAGING) if facts.target(STAGING) else _ref(noted)
        yield "test in staging", _is(STAGING, commit), seen, found.staged
    yield "tag the release", _is(names.tag, commit), _ref(repository.tags.get(names.tag, "")), found.tagged
    if facts.target(PRODUCTION):
        yield "deploy to production", _is(PRODUCTION, commit), _seen(facts, PRODUCTION), found.deployed
    back = found.moves.get(names.master)
    yield "merge back", _is(names.master, back.new if back else ""), _ref(master), found.merged_back
    gone = f"{names.feature} is kept" if wish.kept else f"no {names.feature}"
    yield "clean up", gone, ", ".join(standing.left(facts, wish)), found.cleaned


def _is(name: str, commit: str) -> str:
    return f"{name} is {commit:.8}" if commit else name


def _ref(commit: str) -> str:
    return f"{commit:.8}"


def _has(facts: Facts, wish: Wish) -> str:
    names = (wish.names.release_branch, wish.names.tag)
    there = next((each for each in facts.presence if each.branch in names), None)
    return there.content if there and facts.feature.commits else ""


def _seen(facts: Facts, name: str) -> str:
    _, deployed = facts.target(name)
    if deployed.problem:
        return f"not read: {deployed.problem}"
    now = deploying.current(deployed)
    if now is None:
        last = deployed.revisions[-1] if deployed.revisions else None
        return f"revision {last.number} {last.status}" if last else "nothing"
    runs = f"{now.commit:.8}" if now.commit else f"a commit that nobody told ({now.said or 'no description'})"
    return f"{runs}, {len(deployed.unready)} not ready" if deployed.unready else runs
