"""What becomes of commits that are brought together? It is computed as git does, and nobody's worktree is touched."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trinokit.errors import PlanError, SourceError
from trinokit.observations import Commit, ConflictPolicy, Join, JoinResult, ResolvedVersion
from trinokit.sources.git import (
    commit_creation,
    commit_history,
    conflict_hunks,
    conflict_worktrees,
    git_command,
    merge_conflicts,
    tree_merging,
    version_conflicts,
)
from trinokit.sources.git.commit_creation import NewCommit
from trinokit.sources.git.tree_merging import MergedTree


def compute_joins(folder: Path, joins: Sequence[Join], rule: ConflictPolicy) -> tuple[JoinResult, ...]:
    """What becomes of each of *joins*, in order; one that needs what is in conflict has no commit, and no conflict.

    New commits lie in the clone *folder* and nowhere else. Raises PlanError for what cannot be merged, picked or
    reverted at all.
    """
    done: dict[str, JoinResult] = {}
    for join in joins:
        ours, theirs = (
            done[each].commit if each in done else _commit_id(folder, each) for each in (join.onto, join.what)
        )
        if ours and theirs:
            label = done[join.what].join.into if join.what in done else ""
            done[join.name] = _JOIN_FUNCTIONS[join.how](folder, JoinResult(join, ours, theirs), rule, label)
        else:
            done[join.name] = JoinResult(join, ours, theirs)
    return tuple(done.values())


def _merge_result(folder: Path, found: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    ours, theirs, join = found.ours, found.theirs, found.join
    base = commit_history.merge_base(folder, ours, theirs)
    if not base:
        raise PlanError(
            f"Expected {theirs:.8} to have a history in common with {join.into}, found none.",
            remedy="see whether it is a branch of this repository; what is unrelated is not merged",
        )
    if base == theirs:
        return replace(found, commit=ours)
    found = replace(found, entering=commit_history.list_commits(folder, theirs, f"^{ours}"))
    if base == ours and join.how == "fast-forward":
        return replace(found, commit=theirs)
    usual = f"Merge branch '{label}' into {join.into}" if label else f"Merge commit '{theirs}' into {join.into}"
    words = ("merge", "--no-ff", "--no-commit", theirs)
    new = NewCommit(how="merge", at=ours, what=theirs, theirs=theirs, message=join.message or usual, words=words)
    return _join_result(folder, found, new, tree_merging.merge_commits(folder, ours, theirs), rule)


def _cherry_pick_result(folder: Path, found: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    picks, skipped = _commits_to_pick(folder, found)
    found = replace(found, commit=found.ours, entering=picks, skipped=skipped)
    for number, pick in enumerate(picks):
        words = ("cherry-pick", "-x", *(each.id for each in picks[number:]))
        text = commit_creation.cherry_pick_message(folder, pick.id)
        new = NewCommit(
            how="cherry-pick",
            at=found.commit,
            what=pick.id,
            theirs=pick.id,
            message=text,
            words=words,
            author_commit=pick.id,
        )
        made = tree_merging.merge_trees(folder, f"{pick.id}^", new.at, pick.id)
        if not made.conflicts and made.tree == commit_history.tree_id(folder, new.at):
            found = replace(found, skipped=(*found.skipped, pick))
            continue
        found = _join_result(folder, found, new, made, rule)
        if not found.commit:
            return found
    return replace(found, entering=commit_history.list_commits(folder, found.commit, f"^{found.ours}"))


def _commits_to_pick(folder: Path, found: JoinResult) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
    """The commits that are picked, oldest first, and those whose patch is there or that a trailer names."""
    ours, theirs = found.ours, found.theirs
    merges = commit_history.list_commits(folder, "--merges", theirs, f"^{ours}")
    if merges:
        raise PlanError(
            f"Expected commits that can be picked one by one, found the merge {merges[0].id:.8} "
            f"({merges[0].subject}) among them.",
            remedy=f"bring it in by a merge, or make the branch anew without merges: git rebase {ours:.8} BRANCH",
        )
    every = commit_history.list_commits(folder, theirs, f"^{ours}")
    left = {
        each.id for each in commit_history.list_commits(folder, "--cherry-pick", "--right-only", f"{ours}...{theirs}")
    }
    left -= merge_conflicts.cherry_pick_origins(folder, ours, (theirs,))
    return tuple(each for each in every if each.id in left), tuple(each for each in every if each.id not in left)


def _revert_result(folder: Path, found: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    what = found.theirs
    parents = tuple(git_command.git_output(folder, "rev-parse", f"{what}^@").split())
    if len(parents) not in (1, 2):
        raise PlanError(
            f"Expected a commit with one parent or two to take back, found {len(parents)} of {what:.8}.",
            remedy="take back by hand what it changed, on a branch of its own",
        )
    mainline = ("-m", "1") if len(parents) > 1 else ()
    text = found.join.message or commit_creation.revert_message(folder, what, parents)
    new = NewCommit(
        how="revert",
        at=found.ours,
        what=what,
        theirs=parents[0],
        message=text,
        words=("revert", "--no-edit", *mainline, what),
    )
    made = tree_merging.merge_trees(folder, what, found.ours, parents[0])
    if not made.conflicts and made.tree == commit_history.tree_id(folder, found.ours):
        return replace(found, commit=found.ours)
    found = _join_result(folder, found, new, made, rule)
    entering = commit_history.list_commits(folder, found.commit, f"^{found.ours}") if found.commit else ()
    return replace(found, entering=entering)


def _join_result(folder: Path, found: JoinResult, new: NewCommit, made: MergedTree, rule: ConflictPolicy) -> JoinResult:
    """*found* with the commit that is made of *new*, or else with the conflicts of *made* and what is left of them."""
    settled = _resolve_version_conflicts(folder, made, rule)
    if settled:
        tree, versions = settled
        return _with_commit(folder, replace(found, versions=(*found.versions, *versions)), new, tree)
    labels = (found.join.into, f"{new.what:.8}" if new.how != "revert" else f"the commit before {new.what:.8}")
    told = merge_conflicts.describe_conflicts(folder, made, (new.at, new.theirs), rule.newer, labels)
    return _worktree_result(folder, replace(found, commit="", conflicts=(*found.conflicts, *told)), new, rule)


def _worktree_result(folder: Path, found: JoinResult, new: NewCommit, rule: ConflictPolicy) -> JoinResult:
    """*found* with the commit in which somebody settled the conflicts of *new*, or else with what is left of them."""
    path, kept = (
        conflict_worktrees.conflict_worktree_path(found.join, rule.worktree, rule.version),
        commit_creation.resolved_commit(folder, new),
    )
    work = conflict_worktrees.ConflictWork(is_unrelated=True)
    if rule.worktree and conflict_worktrees.is_worktree(folder, path):
        found = replace(found, worktree=path)
        work = conflict_worktrees.read_conflict_work(new, found.join.into, found.ours, path)
    if kept and work.is_unrelated:
        return replace(found, commit=kept)
    if work.is_unrelated or work.problem:
        return replace(found, problem=work.problem, at=new.at, words=new.words)
    if work.commit and new.how != "cherry-pick":
        done = replace(found, commit=work.commit)
    else:
        done = _with_commit(folder, found, new, work.tree)
    if done.commit:
        commit_creation.store_resolution(folder, new, done.commit)
    return done


def _with_commit(folder: Path, found: JoinResult, new: NewCommit, tree: str) -> JoinResult:
    try:
        return replace(found, commit=commit_creation.create_commit(folder, new, tree))
    except SourceError as error:
        return replace(found, commit="", problem=f"{error.message} ({error.remedy})")


def _resolve_version_conflicts(
    folder: Path, made: MergedTree, rule: ConflictPolicy
) -> tuple[str, list[ResolvedVersion]] | None:
    """The tree whose only conflicts were about versions, and these; None where others are left."""
    files, told = {}, []
    for path, _ in made.conflicts:
        stages = made.stages.get(path, {})
        sections = conflict_hunks.merge_sections(folder, stages) if rule.version_files else ()
        settled = version_conflicts.resolve_version_conflict(path, sections, rule.version_files, rule.version)
        if settled is None:
            return None
        files[path] = (stages[2].mode, settled[0])
        told += settled[1]
    return tree_merging.replace_files(folder, made.tree, files) if files else made.tree, told


def _commit_id(folder: Path, name: str) -> str:
    return git_command.git_output(folder, "rev-parse", "--verify", f"{name}^{{commit}}")


_JOIN_FUNCTIONS = {
    "merge": _merge_result,
    "fast-forward": _merge_result,
    "cherry-pick": _cherry_pick_result,
    "revert": _revert_result,
}
