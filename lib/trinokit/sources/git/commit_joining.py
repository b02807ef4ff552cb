"""What becomes of commits that are brought together? It is computed as git does, and nobody's worktree is touched."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trinokit.errors import PlanError, SourceError
from trinokit.observations import Commit, ConflictPolicy, Join, JoinResult, ResolvedVersion
from trinokit.sources.git import (
    commit_creation,
    commit_history,
    conflict_details,
    conflict_hunks_and_authors,
    conflict_worktree_progress,
    git_command,
    tree_merging,
    version_number_conflicts,
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


def _merge_result(folder: Path, result: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    ours, theirs, join = result.ours, result.theirs, result.join
    base = commit_history.merge_base(folder, ours, theirs)
    if not base:
        raise PlanError(
            f"Expected {theirs:.8} to have a history in common with {join.into}, found none.",
            remedy="see whether it is a branch of this repository; what is unrelated is not merged",
        )
    if base == theirs:
        return replace(result, commit=ours)
    result = replace(result, entering=commit_history.list_commits(folder, theirs, f"^{ours}"))
    if base == ours and join.how == "fast-forward":
        return replace(result, commit=theirs)
    usual = f"Merge branch '{label}' into {join.into}" if label else f"Merge commit '{theirs}' into {join.into}"
    words = ("merge", "--no-ff", "--no-commit", theirs)
    new = NewCommit(how="merge", at=ours, what=theirs, theirs=theirs, message=join.message or usual, words=words)
    return _join_result(folder, result, new, tree_merging.merge_commits(folder, ours, theirs), rule)


def _cherry_pick_result(folder: Path, result: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    picks, skipped = _commits_to_pick(folder, result)
    result = replace(result, commit=result.ours, entering=picks, skipped=skipped)
    for number, pick in enumerate(picks):
        words = ("cherry-pick", "-x", *(each.id for each in picks[number:]))
        text = commit_creation.cherry_pick_message(folder, pick.id)
        new = NewCommit(
            how="cherry-pick",
            at=result.commit,
            what=pick.id,
            theirs=pick.id,
            message=text,
            words=words,
            author_commit=pick.id,
        )
        merged_tree = tree_merging.merge_trees(folder, f"{pick.id}^", new.at, pick.id)
        if not merged_tree.conflicts and merged_tree.tree == commit_history.tree_id(folder, new.at):
            result = replace(result, skipped=(*result.skipped, pick))
            continue
        result = _join_result(folder, result, new, merged_tree, rule)
        if not result.commit:
            return result
    return replace(result, entering=commit_history.list_commits(folder, result.commit, f"^{result.ours}"))


def _commits_to_pick(folder: Path, result: JoinResult) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
    """The commits that are picked, oldest first, and those whose patch is there or that a trailer names."""
    ours, theirs = result.ours, result.theirs
    merges = commit_history.list_commits(folder, "--merges", theirs, f"^{ours}")
    if merges:
        raise PlanError(
            f"Expected commits that can be picked one by one, found the merge {merges[0].id:.8} "
            f"({merges[0].subject}) among them.",
            remedy=f"bring it in by a merge, or make the branch anew without merges: git rebase {ours:.8} BRANCH",
        )
    every = commit_history.list_commits(folder, theirs, f"^{ours}")
    unpicked = {
        each.id for each in commit_history.list_commits(folder, "--cherry-pick", "--right-only", f"{ours}...{theirs}")
    }
    unpicked -= conflict_details.cherry_pick_origins(folder, ours, (theirs,))
    return tuple(each for each in every if each.id in unpicked), tuple(
        each for each in every if each.id not in unpicked
    )


def _revert_result(folder: Path, result: JoinResult, rule: ConflictPolicy, label: str) -> JoinResult:
    reverted = result.theirs
    parents = tuple(git_command.git_output(folder, "rev-parse", f"{reverted}^@").split())
    if len(parents) not in (1, 2):
        raise PlanError(
            f"Expected a commit with one parent or two to take back, found {len(parents)} of {reverted:.8}.",
            remedy="take back by hand what it changed, on a branch of its own",
        )
    mainline = ("-m", "1") if len(parents) > 1 else ()
    text = result.join.message or commit_creation.revert_message(folder, reverted, parents)
    new = NewCommit(
        how="revert",
        at=result.ours,
        what=reverted,
        theirs=parents[0],
        message=text,
        words=("revert", "--no-edit", *mainline, reverted),
    )
    merged_tree = tree_merging.merge_trees(folder, reverted, result.ours, parents[0])
    if not merged_tree.conflicts and merged_tree.tree == commit_history.tree_id(folder, result.ours):
        return replace(result, commit=result.ours)
    result = _join_result(folder, result, new, merged_tree, rule)
    entering = commit_history.list_commits(folder, result.commit, f"^{result.ours}") if result.commit else ()
    return replace(result, entering=entering)


def _join_result(
    folder: Path, result: JoinResult, new: NewCommit, merged: MergedTree, rule: ConflictPolicy
) -> JoinResult:
    """*result* with the commit that is made of *new*, or with the conflicts of *merged* and what is left of them."""
    resolution = _resolve_version_conflicts(folder, merged, rule)
    if resolution:
        tree, versions = resolution
        return _with_commit(folder, replace(result, versions=(*result.versions, *versions)), new, tree)
    labels = (result.join.into, f"{new.what:.8}" if new.how != "revert" else f"the commit before {new.what:.8}")
    conflicts = conflict_details.describe_conflicts(folder, merged, (new.at, new.theirs), rule.newer, labels)
    return _worktree_result(folder, replace(result, commit="", conflicts=(*result.conflicts, *conflicts)), new, rule)


def _worktree_result(folder: Path, result: JoinResult, new: NewCommit, rule: ConflictPolicy) -> JoinResult:
    """*result* with the commit in which somebody resolved the conflicts of *new*, or else with what is left of them."""
    path, resolved_tree = (
        conflict_worktree_progress.conflict_worktree_path(result.join, rule.worktree, rule.version),
        commit_creation.resolved_commit(folder, new),
    )
    work = conflict_worktree_progress.ConflictWork(is_unrelated=True)
    if rule.worktree and conflict_worktree_progress.is_worktree(folder, path):
        result = replace(result, worktree=path)
        work = conflict_worktree_progress.read_conflict_work(new, result.join.into, result.ours, path)
    if resolved_tree and work.is_unrelated:
        return replace(result, commit=resolved_tree)
    if work.is_unrelated or work.problem:
        return replace(result, problem=work.problem, at=new.at, words=new.words)
    if work.commit and new.how != "cherry-pick":
        done = replace(result, commit=work.commit)
    else:
        done = _with_commit(folder, result, new, work.tree)
    if done.commit:
        commit_creation.store_resolution(folder, new, done.commit)
    return done


def _with_commit(folder: Path, result: JoinResult, new: NewCommit, tree: str) -> JoinResult:
    try:
        return replace(result, commit=commit_creation.create_commit(folder, new, tree))
    except SourceError as error:
        return replace(result, commit="", problem=f"{error.message} ({error.remedy})")


def _resolve_version_conflicts(
    folder: Path, merged_tree: MergedTree, rule: ConflictPolicy
) -> tuple[str, list[ResolvedVersion]] | None:
    """The tree whose only conflicts were about versions, and these; None where others are left."""
    files, resolved_versions = {}, []
    for path, _ in merged_tree.conflicts:
        stages = merged_tree.stages.get(path, {})
        sections = conflict_hunks_and_authors.merge_sections(folder, stages) if rule.version_files else ()
        resolution = version_number_conflicts.resolve_version_conflict(path, sections, rule.version_files, rule.version)
        if resolution is None:
            return None
        files[path] = (stages[2].mode, resolution[0])
        resolved_versions += resolution[1]
    return tree_merging.replace_files(folder, merged_tree.tree, files) if files else merged_tree.tree, resolved_versions


def _commit_id(folder: Path, name: str) -> str:
    return git_command.git_output(folder, "rev-parse", "--verify", f"{name}^{{commit}}")


_JOIN_FUNCTIONS = {
    "merge": _merge_result,
    "fast-forward": _merge_result,
    "cherry-pick": _cherry_pick_result,
    "revert": _revert_result,
}
