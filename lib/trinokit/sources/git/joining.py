"""What becomes of commits that are brought together? It is computed as git does, and nobody's worktree is touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trinokit.errors import PlanError, SourceError
from trinokit.evidence import Commit, Join, Joined, Versioned
from trinokit.sources.git import calls, conflicts, history, hunks, making, trees, versions, worktrees
from trinokit.sources.git.making import New
from trinokit.sources.git.trees import Trees


@dataclass(frozen=True)
class Rule:
    """How conflicts are dealt with: in *version_files*, those about versions are settled by taking *version*.

    The others are worked on below the folder *worktree*. *newer* are the branches, by name, that may have what a
    conflicting path lacks.
    """

    version_files: tuple[str, ...] = ()
    version: str = ""
    worktree: str = ""
    newer: Mapping[str, str] = field(default_factory=dict)


def joined(folder: Path, joins: Sequence[Join], rule: Rule) -> tuple[Joined, ...]:
    """What becomes of each of *joins*, in order; one that needs what is in conflict has no commit, and no conflict.

    New commits lie in the clone *folder* and nowhere else. Raises PlanError for what cannot be merged, picked or
    reverted at all.
    """
    done: dict[str, Joined] = {}
    for join in joins:
        ours, theirs = (done[each].commit if each in done else _id(folder, each) for each in (join.onto, join.what))
        if ours and theirs:
            label = done[join.what].join.into if join.what in done else ""
            done[join.name] = _BY[join.how](folder, Joined(join, ours, theirs), rule, label)
        else:
            done[join.name] = Joined(join, ours, theirs)
    return tuple(done.values())


def _merged(folder: Path, found: Joined, rule: Rule, label: str) -> Joined:
    ours, theirs, join = found.ours, found.theirs, found.join
    base = history.merge_base(folder, ours, theirs)
    if not base:
        raise PlanError(
            f"Expected {theirs:.8} to have a history in common with {join.into}, found none.",
            remedy="see whether it is a branch of this repository; what is unrelated is not merged",
        )
    if base == theirs:
        return replace(found, commit=ours)
    found = replace(found, entering=history.commits(folder, theirs, f"^{ours}"))
    if base == ours and join.how == "fast-forward":
        return replace(found, commit=theirs)
    usual = f"Merge branch '{label}' into {join.into}" if label else f"Merge commit '{theirs}' into {join.into}"
    words = ("merge", "--no-ff", "--no-commit", theirs)
    new = New("merge", ours, theirs, theirs, join.message or usual, words)
    return _brought(folder, found, new, trees.merged(folder, ours, theirs), rule)


def _picked(folder: Path, found: Joined, rule: Rule, label: str) -> Joined:
    picks, skipped = _picks(folder, found)
    found = replace(found, commit=found.ours, entering=picks, skipped=skipped)
    for number, pick in enumerate(picks):
        words = ("cherry-pick", "-x", *(each.id for each in picks[number:]))
        text = making.picking(folder, pick.id)
        new = New("cherry-pick", found.commit, pick.id, pick.id, text, words, pick.id)
        made = trees.joined(folder, f"{pick.id}^", new.at, pick.id)
        if not made.conflicts and made.tree == history.tree(folder, new.at):
            found = replace(found, skipped=(*found.skipped, pick))
            continue
        found = _brought(folder, found, new, made, rule)
        if not found.commit:
            return found
    return replace(found, entering=history.commits(folder, found.commit, f"^{found.ours}"))


def _picks(folder: Path, found: Joined) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
    """The commits that are picked, oldest first, and those whose patch is there or that a trailer names."""
    ours, theirs = found.ours, found.theirs
    merges = history.commits(folder, "--merges", theirs, f"^{ours}")
    if merges:
        raise PlanError(
            f"Expected commits that can be picked one by one, found the merge {merges[0].id:.8} "
            f"({merges[0].subject}) among them.",
            remedy=f"bring it in by a merge, or make the branch anew without merges: git rebase {ours:.8} BRANCH",
        )
    every = history.commits(folder, theirs, f"^{ours}")
    left = {each.id for each in history.commits(folder, "--cherry-pick", "--right-only", f"{ours}...{theirs}")}
    left -= conflicts.origins(folder, ours, (theirs,))
    return tuple(each for each in every if each.id in left), tuple(each for each in every if each.id not in left)


def _reverted(folder: Path, found: Joined, rule: Rule, label: str) -> Joined:
    what = found.theirs
    parents = tuple(calls.text(folder, "rev-parse", f"{what}^@").split())
    if len(parents) not in (1, 2):
        raise PlanError(
            f"Expected a commit with one parent or two to take back, found {len(parents)} of {what:.8}.",
            remedy="take back by hand what it changed, on a branch of its own",
        )
    mainline = ("-m", "1") if len(parents) > 1 else ()
    text = found.join.message or making.reverting(folder, what, parents)
    new = New("revert", found.ours, what, parents[0], text, ("revert", "--no-edit", *mainline, what))
    made = trees.joined(folder, what, found.ours, parents[0])
    if not made.conflicts and made.tree == history.tree(folder, found.ours):
        return replace(found, commit=found.ours)
    found = _brought(folder, found, new, made, rule)
    entering = history.commits(folder, found.commit, f"^{found.ours}") if found.commit else ()
    return replace(found, entering=entering)


def _brought(folder: Path, found: Joined, new: New, made: Trees, rule: Rule) -> Joined:
    """*found* with the commit that is made of *new*, or else with the conflicts of *made* and what is left of them."""
    settled = _settled(folder, made, rule)
    if settled:
        tree, versions = settled
        return _made(folder, replace(found, versions=(*found.versions, *versions)), new, tree)
    labels = (found.join.into, f"{new.what:.8}" if new.how != "revert" else f"the commit before {new.what:.8}")
    told = conflicts.conflicts(folder, made, (new.at, new.theirs), rule.newer, labels)
    return _worked_on(folder, replace(found, commit="", conflicts=(*found.conflicts, *told)), new, rule)


def _worked_on(folder: Path, found: Joined, new: New, rule: Rule) -> Joined:
    """*found* with the commit in which somebody settled the conflicts of *new*, or else with what is left of them."""
    path, kept = worktrees.path(found.join, rule.worktree, rule.version), making.settled(folder, new)
    work = worktrees.Work(apart=True)
    if rule.worktree and worktrees.is_there(folder, path):
        found = replace(found, worktree=path)
        work = worktrees.read(new, found.join.into, found.ours, path)
    if kept and work.apart:
        return replace(found, commit=kept)
    if work.apart or work.problem:
        return replace(found, problem=work.problem, at=new.at, words=new.words)
    if work.commit and new.how != "cherry-pick":
        done = replace(found, commit=work.commit)
    else:
        done = _made(folder, found, new, work.tree)
    if done.commit:
        making.settle(folder, new, done.commit)
    return done


def _made(folder: Path, found: Joined, new: New, tree: str) -> Joined:
    try:
        return replace(found, commit=making.made(folder, new, tree))
    except SourceError as error:
        return replace(found, commit="", problem=f"{error.message} ({error.remedy})")


def _settled(folder: Path, made: Trees, rule: Rule) -> tuple[str, list[Versioned]] | None:
    """The tree whose only conflicts were about versions, and these; None where others are left."""
    files, told = {}, []
    for path, _ in made.conflicts:
        stages = made.stages.get(path, {})
        sections = hunks.sections(folder, stages) if rule.version_files else ()
        settled = versions.settled(path, sections, rule.version_files, rule.version)
        if settled is None:
            return None
        files[path] = (stages[2].mode, settled[0])
        told += settled[1]
    return trees.replaced(folder, made.tree, files) if files else made.tree, told


def _id(folder: Path, name: str) -> str:
    return calls.text(folder, "rev-parse", "--verify", f"{name}^{{commit}}")


_BY = {"merge": _merged, "fast-forward": _merged, "cherry-pick": _picked, "revert": _reverted}
