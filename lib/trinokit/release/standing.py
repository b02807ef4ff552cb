"""How far has a release come? As git, its remote and the targets tell, and not what a file remembers."""

from collections.abc import Mapping
from dataclasses import dataclass

from trinokit.errors import ParameterError, did_you_mean
from trinokit.evidence import Deployed, Feature, Joined, Presence, Repository
from trinokit.release import carrying, deploying, pulls, route
from trinokit.release.preflight import Check
from trinokit.release.route import Move
from trinokit.release.wishes import Target, Wish

STAGES = ("branch", "release", "staging", "production", "merge-back", "clean-up")
STAGING, PRODUCTION = "staging", "production"


@dataclass(frozen=True)
class Facts:
    """What is known of a release: *presence* tells which branches have the feature now, and *planned* which will.

    *targets* are staging and production, as far as there are any, with what is deployed there.
    """

    repository: Repository
    feature: Feature
    presence: tuple[Presence, ...] = ()
    joined: tuple[Joined, ...] = ()
    planned: tuple[Presence, ...] = ()
    targets: tuple[tuple[Target, Deployed], ...] = ()
    checks: tuple[Check, ...] = ()

    def target(self, name: str) -> tuple[Target, Deployed] | None:
        """The target *name* with what is deployed there; None where there is none."""
        return next((each for each in self.targets if each[0].name == name), None)

    def now(self, branch: str) -> Presence | None:
        """Whether *branch*, or a tag, has the feature now; None where there is no such branch."""
        return next((each for each in self.presence if each.branch == branch), None)

    def then(self, branch: str) -> Presence | None:
        """Whether *branch* will have the feature as planned; None where it is not planned to move."""
        return next((each for each in self.planned if each.branch == branch), None)


@dataclass(frozen=True)
class Standing:
    """How far a release has come: the *commit* that is released, empty while that is open, and what is done of it.

    *moves* says by the name of each branch how it is to move. A stage that a release does not have is done.
    """

    commit: str
    moves: Mapping[str, Move]
    branched: bool
    developed: bool
    released: bool
    staged: bool
    tagged: bool
    deployed: bool
    merged_back: bool
    cleaned: bool


def standing(facts: Facts, wish: Wish) -> Standing:
    """How far the release has come."""
    repository, names = facts.repository, wish.names
    moves = {each.branch: each for each in route.moves(repository, wish, facts.joined)}
    commit = route.released(repository, wish, facts.joined)
    tagged = names.tag in repository.tags
    back = tagged and _is_back(facts, wish, moves.get(names.master))
    return Standing(
        commit=commit,
        moves=moves,
        branched=tagged or bool(facts.feature.tip),
        developed=tagged or bool(facts.feature.commits),
        released=tagged or bool(commit and commit == repository.heads.get(names.release_branch)),
        staged=tagged or _is_staged(facts, wish, commit),
        tagged=tagged,
        deployed=back or _is_deployed(facts, wish, commit),
        merged_back=back,
        cleaned=back and not left(facts, wish),
    )


def due(stage: str, wish: Wish) -> bool:
    """Whether the plan goes as far as *stage*; raises ParameterError where it is to end with one that is none."""
    if wish.until not in STAGES:
        raise ParameterError(
            f"Expected a stage that the plan ends with, found {wish.until!r}.",
            remedy=f"{did_you_mean(wish.until, STAGES)} they are: {', '.join(STAGES)}".strip(),
        )
    return STAGES.index(stage) <= STAGES.index(wish.until)


def has_staging(facts: Facts, wish: Wish) -> bool:
    """Whether something is to be tried before the tag is made."""
    return bool(facts.target(STAGING) or wish.tests)


def runs(facts: Facts, name: str, commit: str) -> bool:
    """Whether the target *name* runs *commit*, as a whole; a target that there is not has no say."""
    found = facts.target(name)
    if found is None:
        return True
    now = deploying.current(found[1])
    return bool(now and commit and now.commit == commit and not found[1].unready)


def left(facts: Facts, wish: Wish) -> list[str]:
    """The refs that clean-up is to delete and that are still there; a branch that is checked out is not one."""
    repository, names = facts.repository, wish.names
    helpers = [pulls.helper(branch, names) for branch in (names.release_branch, names.master)]
    remote = [name for name in helpers if name in repository.heads]
    if wish.kept:
        return remote
    there = [f"{repository.remote}/{names.feature}"] if names.feature in repository.heads else []
    here = names.feature in repository.local_heads and names.feature not in repository.worktrees.values()
    return [*there, *([names.feature] if here else []), *(f"{repository.remote}/{name}" for name in remote)]


def _passed(facts: Facts, wish: Wish, name: str, commit: str) -> bool:
    noted = facts.repository.kept.get(f"{wish.names.release}/{name}", "")
    return bool(commit) and noted == commit and runs(facts, name, commit)


def _is_staged(facts: Facts, wish: Wish, commit: str) -> bool:
    return not has_staging(facts, wish) or _passed(facts, wish, STAGING, commit)


def _is_deployed(facts: Facts, wish: Wish, commit: str) -> bool:
    if wish.names.tag not in facts.repository.tags:
        return False
    return facts.target(PRODUCTION) is None or _passed(facts, wish, PRODUCTION, commit)


def _is_back(facts: Facts, wish: Wish, move: Move | None) -> bool:
    if move is not None and move.new and move.new == move.old:
        return True
    # A pull request may have been squashed, and then the version branch never has the tag in its history.
    there = facts.now(wish.names.master)
    return bool(there and pulls.protected(there.branch, wish) and facts.feature.commits and carrying.proved(there))
