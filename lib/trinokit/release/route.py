"""Which commits are brought together for a release, and which branches move by that?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from trinokit.architecture.wording import listed
from trinokit.evidence import Commit, Feature, Join, Joined, Presence, Repository
from trinokit.release import carrying, pulls
from trinokit.release.wishes import Wish

# What a join is there for: it brings the version branch or the feature into the release branch, or the release back;
# it takes a revert of the feature back, or the feature; or it only tells what a branch got since the tag.
BASE, AGAIN, FEATURE, BACK, REVERT, SINCE = "base", "again", "feature", "back", "revert", "since"
_COLUMNS = ("branch", "old id", "new id", "commits", "entering")


@dataclass(frozen=True)
class Move:
    """A *branch* that goes from the commit *old*, empty where there is none, to *new*, by commits *entering*.

    *new* is empty as long as conflicts are in the way.
    """

    branch: str
    old: str
    new: str
    entering: tuple[Commit, ...] = ()


def branches(repository: Repository, wish: Wish) -> dict[str, str]:
    """The branches, and the tag, that may have the feature already, with their commits on the remote."""
    names, heads = wish.names, repository.heads
    own = {name: heads[name] for name in (names.master, names.release_branch) if name in heads}
    tagged = {names.tag: repository.tags[names.tag]} if names.tag in repository.tags else {}
    return own | tagged | carrying.newer(repository, names)


def joins(repository: Repository, wish: Wish, feature: Feature, presence: Sequence[Presence]) -> tuple[Join, ...]:
    """What is to be brought together for the release, in order; for a rollback, what is to be taken back.

    Once the tag is on the remote, its commit is what was released, whatever the branches say.
    """
    names, found = wish.names, {each.branch: each for each in presence}
    master, release = (repository.heads.get(name, "") for name in (names.master, names.release_branch))
    tag = repository.tags.get(names.tag, "")
    if not master:
        return ()
    if wish.rollback:
        return tuple(_backwards(repository, wish, found))
    if tag:
        since = [Join(SINCE, names.release_branch, tag, release, "fast-forward")] if release not in ("", tag) else []
        return *since, _back(wish, master, tag)
    if not feature.commits:
        return ()
    message = pulls.message(names.master, names.release_branch)
    base = Join(BASE, names.release_branch, release or master, master, "fast-forward", message)
    forwards = tuple(_forwards(wish, feature, found))
    return base, *forwards, _back(wish, master, forwards[-1].name if forwards else BASE)


def moves(repository: Repository, wish: Wish, joined: Sequence[Joined]) -> tuple[Move, ...]:
    """How the branches move, each with all that enters it, in the order in which they are pushed."""
    into: dict[str, list[Joined]] = {}
    for each in joined:
        if each.join.name != SINCE:
            into.setdefault(each.join.into, []).append(each)
    return tuple(_move(branch, every, repository) for branch, every in into.items())


def released(repository: Repository, wish: Wish, joined: Sequence[Joined]) -> str:
    """The commit that is released: that of the tag, or else the release branch as planned; empty while it is open."""
    tip = {each.branch: each.new for each in moves(repository, wish, joined)}
    return repository.tags.get(wish.names.tag, "") or tip.get(wish.names.release_branch, "")


def tips(repository: Repository, wish: Wish, joined: Sequence[Joined]) -> dict[str, str]:
    """The branches as planned, where that is known."""
    return {each.branch: each.new for each in moves(repository, wish, joined) if each.new}


def table(moves: Sequence[Move]) -> pd.DataFrame:
    """A row for each branch: its old and new id, how many commits enter it, and which."""
    return pd.DataFrame([_row(each) for each in moves], columns=list(_COLUMNS)).astype({"commits": int})


def _row(move: Move) -> tuple:
    new = (f"{move.new:.8}" if move.new != move.old else "–") if move.new else "in conflict"
    entering = listed(map(str, move.entering)) or "–"
    return move.branch, f"{move.old:.8}" or "–", new, len(move.entering), entering


def _move(branch: str, joined: Sequence[Joined], repository: Repository) -> Move:
    entering = dict.fromkeys(commit for each in joined for commit in each.entering)
    new = "" if any(not each.commit for each in joined) else joined[-1].commit
    return Move(branch, repository.heads.get(branch, ""), new, tuple(entering))


def _forwards(wish: Wish, feature: Feature, found: Mapping[str, Presence]) -> Iterator[Join]:
    names, onto = wish.names, BASE
    there = found.get(names.release_branch, found.get(names.master))
    if there and carrying.proved(there):
        # Whoever squashed it has brought it in already, and a merge would bring it in once more.
        return
    for number, revert in enumerate(_reverts(wish, found)):
        again = f"{AGAIN}-{number + 1}" if number else AGAIN
        yield Join(again, names.release_branch, onto, revert, "revert")
        onto = again
    message = pulls.message(names.feature, names.release_branch)
    yield Join(FEATURE, names.release_branch, onto, feature.tip, wish.how, message)


def _reverts(wish: Wish, found: Mapping[str, Presence]) -> list[str]:
    """The commits that took the feature back, newest first, as the release branch is going to have them."""
    own, master = found.get(wish.names.release_branch), found.get(wish.names.master)
    if own and own.content == "there":
        return []
    reverts = [each for presence in (own, master) if presence for each in presence.reverts or (presence.reverted,)]
    return [each for each in dict.fromkeys(reverts) if each]


def _back(wish: Wish, master: str, what: str) -> Join:
    how = "fast-forward" if wish.how == "fast-forward" else "merge"
    message = pulls.message(wish.names.release_branch, wish.names.master)
    return Join(BACK, wish.names.master, master, what, how, message)


def _backwards(repository: Repository, wish: Wish, found: Mapping[str, Presence]) -> Iterator[Join]:
    names, last = wish.names, ""
    for branch in (names.release_branch, names.master):
        presence = found.get(branch)
        if presence is None or not _has(presence):
            last = last or repository.heads.get(branch, "")
            continue
        # What came to the version branch by a merge of the release branch is taken back by another one.
        if branch == names.master and last and (presence.ancestor or not presence.brought):
            yield Join(BACK, branch, presence.tip, last, "merge", pulls.message(names.release_branch, branch))
            continue
        onto = presence.tip
        for number, commit in enumerate(presence.brought):
            last = f"{REVERT}-{branch}" + (f"-{number + 1}" if number else "")
            yield Join(last, branch, onto, commit, "revert")
            onto = last


def _has(presence: Presence) -> bool:
    return presence.content != "lacking" and (presence.ancestor or not presence.lacking or bool(presence.brought))
