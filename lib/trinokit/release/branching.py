"""How do the feature branch and the release branch come about?"""

from collections.abc import Iterator

from trinokit.evidence import Repository
from trinokit.plan import Command, Step
from trinokit.release import pulls, pushing
from trinokit.release.route import Move
from trinokit.release.standing import Facts, Standing
from trinokit.release.wishes import Wish


def begun(facts: Facts, wish: Wish) -> Iterator[Step]:
    """Make the feature branch of the version branch, here and on the remote; or push what is only here."""
    repository, name = facts.repository, wish.names.feature
    there = repository.heads.get(name, "")
    tip = facts.feature.tip or repository.heads[wish.names.master]
    if not facts.feature.tip:
        git = ("git", "-C", repository.folder)
        # A branch that follows the version branch would be pushed there.
        made = Command((*git, "branch", "--no-track", name, tip))
        yield Step(f"Make {name} from {wish.names.master}", made, undo=(Command((*git, "branch", "-D", name)),))
    elif not is_ahead(facts, wish):
        return
    yield pushing.pushed(repository, [Move(name, there, tip)], f"Push {name}")


def is_ahead(facts: Facts, wish: Wish) -> bool:
    """Whether the feature branch of this clone has commits that the remote lacks, all of whose it has."""
    here, there = (each.get(wish.names.feature, "") for each in (facts.repository.local_heads, facts.repository.heads))
    return here == facts.feature.tip != there


def released(facts: Facts, wish: Wish, found: Standing) -> Iterator[Step]:
    """Push the release branch as planned; one that is protected is not pushed, but what is to be merged into it."""
    if found.released:
        return
    move = found.moves[wish.names.release_branch]
    yield from moved(facts.repository, wish, move, f"Bring {wish.names.feature} into {move.branch}")


def moved(repository: Repository, wish: Wish, move: Move, title: str, unmoved: tuple[Move, ...] = ()) -> Iterator[Step]:
    """Push a branch as its *move* says, or what is to be merged into it by a pull request."""
    if move.new in (move.old, ""):
        return
    if not pulls.protected(move.branch, wish):
        yield pushing.pushed(repository, [move], title, unmoved)
        return
    helper = pulls.helper(move.branch, wish.names)
    held = repository.heads.get(helper, "")
    if held != move.new:
        told = f"{title}: push {helper} for a pull request"
        yield pushing.pushed(repository, [Move(helper, held, move.new)], told, unmoved)
