"""Which branches have a feature? Their history tells, the patches of their commits, and what is in their files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from trinokit.observations import BranchPresence, Feature
from trinokit.sources.git import commit_history, equivalent_commits, git_command, tree_merging
from trinokit.sources.git.ancestry import Ancestry, read_ancestry
from trinokit.sources.git.equivalent_commits import EquivalentCommits
from trinokit.sources.git.feature_reverts import track_reverts


def branch_presences(folder: Path, feature: Feature, branches: Mapping[str, str]) -> tuple[BranchPresence, ...]:
    """How far each of *branches*, tips by name, has *feature*; where no feature was found, nothing has it."""
    if not feature.tip:
        return tuple(BranchPresence(name, tip, ancestor=False, content="lacking") for name, tip in branches.items())
    if not feature.commits:
        return tuple(_presence_without_commits(folder, feature, name, tip) for name, tip in branches.items())
    tips = list(branches.values())
    ancestry = read_ancestry(folder, [*tips, feature.tip], feature.base)
    does = equivalent_commits.find_equivalent_commits(folder, feature, [*tips, feature.tip])
    # In the merges of a feature's own branch, there is nothing to pick.
    merges = {each for each, parents in ancestry.parents.items() if len(parents) > 1}
    own_feature = replace(feature, commits=tuple(each for each in feature.commits if each.id not in merges))
    return tuple(
        _presence_on_branch(folder, own_feature, (name, tip), ancestry, does) for name, tip in branches.items()
    )


def _presence_without_commits(folder: Path, feature: Feature, name: str, tip: str) -> BranchPresence:
    there = commit_history.contains_commit(folder, tip, feature.tip)
    return BranchPresence(name, tip, ancestor=there, content="there" if there else "lacking")


def _presence_on_branch(
    folder: Path, feature: Feature, branch: tuple[str, str], ancestry: Ancestry, does: EquivalentCommits
) -> BranchPresence:
    name, tip = branch
    has = ancestry.of(tip)
    carried = {own for commit, equal in does.equivalents.items() if commit in has for own in equal}
    there = has | carried | does.idle
    lacking = tuple(each for each in feature.commits if each.id not in there)
    content = _content_status(folder, feature, tip)
    stands = track_reverts({each.id for each in feature.commits}, has, ancestry, does)
    brought = tuple(each for each in ancestry.first(tip) if each in stands.brought)
    reverts = tuple(each for each in ancestry.parents if each in stands.gone.values())
    presence = BranchPresence(
        branch=name, tip=tip, ancestor=feature.tip in has, lacking=lacking, content=content, brought=brought
    )
    # What is there again was brought back after it had been taken back.
    return presence if content == "there" or not reverts else replace(presence, reverted=reverts[0], reverts=reverts)


def _content_status(folder: Path, feature: Feature, tip: str) -> str:
    """Whether bringing what the feature changed into *tip* would change anything."""
    merged_tree = tree_merging.merge_trees(folder, feature.base, tip, feature.tip)
    argv = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", f"{tip}^{{tree}}", merged_tree.tree)
    differing = {path for path in git_command.git_output(folder, *argv).split("\0") if path}
    if differing - {path for path, _ in merged_tree.conflicts}:
        return "lacking"
    return "changed since" if merged_tree.conflicts else "there"
