"""Which branches have a feature? Their history tells, the patches of their commits, and what is in their files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from trinokit.evidence import Feature, Presence
from trinokit.sources.git import calls, history, patches, trees
from trinokit.sources.git.ancestry import Ancestry, ancestry
from trinokit.sources.git.patches import Doing
from trinokit.sources.git.reverts import standing


def presence(folder: Path, feature: Feature, branches: Mapping[str, str]) -> tuple[Presence, ...]:
    """How far each of *branches*, tips by name, has *feature*; where no feature was found, nothing has it."""
    if not feature.tip:
        return tuple(Presence(name, tip, ancestor=False, content="lacking") for name, tip in branches.items())
    if not feature.commits:
        return tuple(_begun(folder, feature, name, tip) for name, tip in branches.items())
    tips = list(branches.values())
    known = ancestry(folder, [*tips, feature.tip], feature.base)
    does = patches.doing(folder, feature, [*tips, feature.tip])
    # In the merges of a feature's own branch, there is nothing to pick.
    merges = {each for each, parents in known.parents.items() if len(parents) > 1}
    wanted = replace(feature, commits=tuple(each for each in feature.commits if each.id not in merges))
    return tuple(_present(folder, wanted, (name, tip), known, does) for name, tip in branches.items())


def _begun(folder: Path, feature: Feature, name: str, tip: str) -> Presence:
    there = history.contains(folder, tip, feature.tip)
    return Presence(name, tip, ancestor=there, content="there" if there else "lacking")


def _present(folder: Path, feature: Feature, branch: tuple[str, str], known: Ancestry, does: Doing) -> Presence:
    name, tip = branch
    has = known.of(tip)
    carried = {own for commit, equal in does.carried.items() if commit in has for own in equal}
    there = has | carried | does.idle
    lacking = tuple(each for each in feature.commits if each.id not in there)
    content = _content(folder, feature, tip)
    stands = standing({each.id for each in feature.commits}, has, known, does)
    brought = tuple(each for each in known.first(tip) if each in stands.brought)
    reverts = tuple(each for each in known.parents if each in stands.gone.values())
    found = Presence(name, tip, feature.tip in has, lacking, content, brought=brought)
    # What is there again was brought back after it had been taken back.
    return found if content == "there" or not reverts else replace(found, reverted=reverts[0], reverts=reverts)


def _content(folder: Path, feature: Feature, tip: str) -> str:
    """Whether bringing what the feature changed into *tip* would change anything."""
    made = trees.joined(folder, feature.base, tip, feature.tip)
    argv = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", f"{tip}^{{tree}}", made.tree)
    differing = {path for path in calls.text(folder, *argv).split("\0") if path}
    if differing - {path for path, _ in made.conflicts}:
        return "lacking"
    return "changed since" if made.conflicts else "there"
