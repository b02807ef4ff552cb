"""What was released? Who did it, which ids it had, and what proves that it is what was tested."""

from collections.abc import Iterator, Sequence

import pandas as pd

from trinokit.evidence import Deployed, Presence
from trinokit.plan import Outcome
from trinokit.release import carrying, deploying, standing
from trinokit.release.standing import PRODUCTION, STAGING, Facts
from trinokit.release.wishes import Wish

_COLUMNS = ("what", "value", "evidence")
_VERDICTS = ("pass", "fail", "inconclusive")


def table(before: Facts, after: Facts, wish: Wish, outcomes: Sequence[Outcome], who: str) -> pd.DataFrame:
    """A row for each thing that is to be known of a release later, always in the same order and without times.

    The facts *before* the *outcomes* tell the ids of branches as they were, and those *after* them what is deployed.
    """
    rows = [*_names(before, wish, who), *_ids(before, wish, outcomes), *_proofs(after, wish, outcomes)]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str")


def _names(facts: Facts, wish: Wish, who: str) -> Iterator[tuple[str, str, str]]:
    names, repository = wish.names, facts.repository
    yield "who", who or "nobody that git knows", "user of the clone"
    yield "repository", repository.url, f"remote {repository.remote}"
    yield "release", names.release, f"of the old version {names.version}"
    yield "feature", names.feature, f"brought in by {wish.how}"
    for commit in facts.feature.commits:
        yield "commit of the feature", commit.id, f"{commit.subject}, by {commit.author}"


def _ids(facts: Facts, wish: Wish, outcomes: Sequence[Outcome]) -> Iterator[tuple[str, str, str]]:
    found, names = standing.standing(facts, wish), wish.names
    for branch, move in found.moves.items():
        if move.new in ("", move.old):
            yield branch, move.old or "–", "as it is on the remote" if move.new else "in conflict"
        else:
            yield branch, f"{move.old or 'new'} → {move.new}", _became(outcomes, f"{move.new}:refs/heads/{branch}")
    tag = facts.repository.tags.get(names.tag, "")
    pushed = "as it is on the remote" if tag else _became(outcomes, f"refs/tags/{names.tag}:refs/tags/{names.tag}")
    yield names.tag, tag or found.commit or "–", pushed


def _proofs(facts: Facts, wish: Wish, outcomes: Sequence[Outcome]) -> Iterator[tuple[str, str, str]]:
    commit = standing.standing(facts, wish).commit
    for name in (STAGING, PRODUCTION):
        if held := facts.target(name):
            yield name, *_deployed(held[1], commit)
    for outcome in outcomes:
        argv = outcome.step.command.argv
        if argv[:2] == ("trinokit", "gate"):
            yield outcome.step.title.partition(":")[0], _verdict(outcome), outcome.status
        elif argv[:1] == ("env",):
            yield "tests", argv[-1], outcome.status
    back = facts.now(wish.names.master)
    if back and facts.feature.commits:
        yield f"feature in {back.branch}", *_presence(back)


def _deployed(deployed: Deployed, commit: str) -> tuple[str, str]:
    now = deploying.current(deployed)
    if now is None:
        return "–", deployed.problem or "nothing is deployed as a whole"
    same = "the released commit" if commit and now.commit == commit else "not the released commit"
    return f"revision {now.number}: {now.commit or 'not told'}", f"{same}; {now.said or 'no description'}"


def _presence(presence: Presence) -> tuple[str, str]:
    how = "in its history" if presence.ancestor else "by equal commits" if not presence.lacking else "not there"
    return how, "proved" if carrying.proved(presence) else f"content {presence.content}"


def _verdict(outcome: Outcome) -> str:
    """The last line that is a verdict; the proof and the fallback may have said more after it."""
    lines = [each for each in outcome.said.splitlines() if each.partition(":")[0] in _VERDICTS]
    return lines[-1] if lines else outcome.reason or "–"


def _became(outcomes: Sequence[Outcome], spec: str) -> str:
    """What became of the push of *spec*."""
    found = [each.status for each in outcomes if spec in each.step.command.argv]
    return {"done": "pushed, and proved on the remote"}.get(found[0], f"push {found[0]}") if found else "not planned"
