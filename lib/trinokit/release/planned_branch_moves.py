"""Which commits are brought together for a release, and which branches move by that?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_in_order
from trinokit.observations import BranchPresence, Commit, Feature, Join, JoinResult, RepositoryState
from trinokit.release import feature_presence, pull_requests
from trinokit.release.release_request import ReleaseRequest

# What a join is there for: it brings the version branch or the feature into the release branch, or the release back;
# it takes a revert of the feature back, or the feature; or it only tells what a branch got since the tag.
BASE_JOIN, REDELIVERY_JOIN, FEATURE_JOIN, MERGE_BACK_JOIN, REVERT_JOIN, SINCE_TAG_JOIN = (
    "base",
    "again",
    "feature",
    "back",
    "revert",
    "since",
)


@dataclass(frozen=True)
class BranchMove:
    """A *branch* that goes from the commit *old*, empty where there is none, to *new*, by commits *entering*.

    *new* is empty as long as conflicts are in the way.
    """

    branch: str
    old: str
    new: str
    entering: tuple[Commit, ...] = ()


def candidate_refs(repository: RepositoryState, request: ReleaseRequest) -> dict[str, str]:
    """The branches, and the tag, that may have the feature already, with their commits on the remote."""
    names, heads = request.names, repository.heads
    own = {name: heads[name] for name in (names.version_branch, names.release_branch) if name in heads}
    tagged = {names.tag: repository.tags[names.tag]} if names.tag in repository.tags else {}
    return own | tagged | feature_presence.newer_branches(repository, names)


def required_joins(
    repository: RepositoryState, request: ReleaseRequest, feature: Feature, presence: Sequence[BranchPresence]
) -> tuple[Join, ...]:
    """What is to be brought together for the release, in order; for a rollback, what is to be taken back.

    Once the tag is on the remote, its commit is what was released, whatever the branches say.
    """
    names, presence_by_branch = request.names, {each.branch: each for each in presence}
    master, release = (repository.heads.get(name, "") for name in (names.version_branch, names.release_branch))
    tag = repository.tags.get(names.tag, "")
    if not master:
        return ()
    if request.rollback:
        return tuple(_rollback_joins(repository, request, presence_by_branch))
    if tag:
        since = (
            [Join(name=SINCE_TAG_JOIN, into=names.release_branch, onto=tag, what=release, how="fast-forward")]
            if release not in ("", tag)
            else []
        )
        return *since, _merge_back_join(request, master, tag)
    if not feature.commits:
        return ()
    message = pull_requests.merge_message(names.version_branch, names.release_branch)
    base = Join(
        name=BASE_JOIN,
        into=names.release_branch,
        onto=release or master,
        what=master,
        how="fast-forward",
        message=message,
    )
    forwards = tuple(_delivery_joins(request, feature, presence_by_branch))
    return base, *forwards, _merge_back_join(request, master, forwards[-1].name if forwards else BASE_JOIN)


def planned_moves(
    repository: RepositoryState, request: ReleaseRequest, joined: Sequence[JoinResult]
) -> tuple[BranchMove, ...]:
    """How the branches move, each with all that enters it, in the order in which they are pushed."""
    into: dict[str, list[JoinResult]] = {}
    for each in joined:
        if each.join.name != SINCE_TAG_JOIN:
            into.setdefault(each.join.into, []).append(each)
    return tuple(_branch_move(branch, every, repository) for branch, every in into.items())


def release_commit(repository: RepositoryState, request: ReleaseRequest, joined: Sequence[JoinResult]) -> str:
    """The commit that is released: that of the tag, or else the release branch as planned; empty while it is open."""
    tip = {each.branch: each.new for each in planned_moves(repository, request, joined)}
    return repository.tags.get(request.names.tag, "") or tip.get(request.names.release_branch, "")


def planned_tips(repository: RepositoryState, request: ReleaseRequest, joined: Sequence[JoinResult]) -> dict[str, str]:
    """The branches as planned, where that is known."""
    return {each.branch: each.new for each in planned_moves(repository, request, joined) if each.new}


class _MoveRow(NamedTuple):
    """A row of `branch_moves_table`."""

    branch: str
    old_id: str
    new_id: str
    commits: int
    entering: str


def branch_moves_table(moves: Sequence[BranchMove]) -> pd.DataFrame:
    """A row for each branch: its old id and new id, how many commits enter it, and which are entering."""
    return table_in_order(_MoveRow, [_move_row(each) for each in moves], spaced=True)


def _move_row(move: BranchMove) -> _MoveRow:
    new = (f"{move.new:.8}" if move.new != move.old else "–") if move.new else "in conflict"
    return _MoveRow(
        branch=move.branch,
        old_id=f"{move.old:.8}" or "–",
        new_id=new,
        commits=len(move.entering),
        entering=join_names(map(str, move.entering)) or "–",
    )


def _branch_move(branch: str, joined: Sequence[JoinResult], repository: RepositoryState) -> BranchMove:
    entering = dict.fromkeys(commit for each in joined for commit in each.entering)
    new = "" if any(not each.commit for each in joined) else joined[-1].commit
    return BranchMove(branch, repository.heads.get(branch, ""), new, tuple(entering))


def _delivery_joins(
    request: ReleaseRequest, feature: Feature, presence_by_branch: Mapping[str, BranchPresence]
) -> Iterator[Join]:
    names, onto = request.names, BASE_JOIN
    there = presence_by_branch.get(names.release_branch, presence_by_branch.get(names.version_branch))
    if there and feature_presence.has_whole_feature(there):
        # Whoever squashed it has brought it in already, and a merge would bring it in once more.
        return
    for number, revert in enumerate(_reverting_commits(request, presence_by_branch)):
        join_name = f"{REDELIVERY_JOIN}-{number + 1}" if number else REDELIVERY_JOIN
        yield Join(name=join_name, into=names.release_branch, onto=onto, what=revert, how="revert")
        onto = join_name
    message = pull_requests.merge_message(names.feature_branch, names.release_branch)
    yield Join(
        name=FEATURE_JOIN,
        into=names.release_branch,
        onto=onto,
        what=feature.tip,
        how=request.join_method,
        message=message,
    )


def _reverting_commits(request: ReleaseRequest, presence_by_branch: Mapping[str, BranchPresence]) -> list[str]:
    """The commits that took the feature back, newest first, as the release branch is going to have them."""
    own, master = (
        presence_by_branch.get(request.names.release_branch),
        presence_by_branch.get(request.names.version_branch),
    )
    if own and own.content == "there":
        return []
    reverts = [each for presence in (own, master) if presence for each in presence.reverts or (presence.reverted,)]
    return [each for each in dict.fromkeys(reverts) if each]


def _merge_back_join(request: ReleaseRequest, master: str, merged: str) -> Join:
    method = "fast-forward" if request.join_method == "fast-forward" else "merge"
    message = pull_requests.merge_message(request.names.release_branch, request.names.version_branch)
    return Join(
        name=MERGE_BACK_JOIN, into=request.names.version_branch, onto=master, what=merged, how=method, message=message
    )


def _rollback_joins(
    repository: RepositoryState, request: ReleaseRequest, presence_by_branch: Mapping[str, BranchPresence]
) -> Iterator[Join]:
    names, last = request.names, ""
    for branch in (names.release_branch, names.version_branch):
        presence = presence_by_branch.get(branch)
        if presence is None or not _has_feature(presence):
            last = last or repository.heads.get(branch, "")
            continue
        # What came to the version branch by a merge of the release branch is taken back by another one.
        if branch == names.version_branch and last and (presence.ancestor or not presence.brought):
            yield Join(
                name=MERGE_BACK_JOIN,
                into=branch,
                onto=presence.tip,
                what=last,
                how="merge",
                message=pull_requests.merge_message(names.release_branch, branch),
            )
            continue
        onto = presence.tip
        for number, commit in enumerate(presence.brought):
            last = f"{REVERT_JOIN}-{branch}" + (f"-{number + 1}" if number else "")
            yield Join(name=last, into=branch, onto=onto, what=commit, how="revert")
            onto = last


def _has_feature(presence: BranchPresence) -> bool:
    return presence.content != "lacking" and (presence.ancestor or not presence.lacking or bool(presence.brought))
