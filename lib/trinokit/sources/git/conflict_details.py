"""What is known of paths that git cannot join? Their hunks, who wrote them, and what is missing from newer branches."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from trinokit.observations import Commit, Conflict
from trinokit.sources.git import commit_history, conflict_hunks_and_authors, equivalent_commits, git_command
from trinokit.sources.git.tree_merging import MergedTree

_MAX_PREREQUISITES = 10
# Whoever has more than these in conflict does not settle them one by one, and each takes git a moment.
_MAX_DETAILED_CONFLICTS = 25
_CHERRY_PICK_TEXT = "(cherry picked from commit "


def describe_conflicts(
    folder: Path, merged_tree: MergedTree, sides: tuple[str, str], newer: Mapping[str, str], labels: tuple[str, str]
) -> tuple[Conflict, ...]:
    """The conflicts of *merged_tree* between the commits *sides*, which are told as *labels*.

    Of each of the first ones there are the hunks, and the newest ten commits of *newer* branches, tips by name, that
    changed the path and that neither side has in any way.
    """
    tips = tuple(dict.fromkeys(newer.values()))
    picked = cherry_pick_origins(folder, sides[0], tips) if tips else set()
    conflicts = []
    for path, message in merged_tree.conflicts[:_MAX_DETAILED_CONFLICTS]:
        hunks = conflict_hunks_and_authors.find_hunks(folder, path, merged_tree.stages.get(path, {}), sides)
        missing = _prerequisite_commits(folder, path, sides, tips, picked) if tips else ()
        conflicts.append(Conflict(path, _replace_ids_by_labels(message, merged_tree.named, labels), hunks, missing))
    other_conflicts = (
        Conflict(path, _replace_ids_by_labels(message, merged_tree.named, labels))
        for path, message in merged_tree.conflicts[_MAX_DETAILED_CONFLICTS:]
    )
    return (*conflicts, *other_conflicts)


def cherry_pick_origins(folder: Path, tip: str, excluded: Iterable[str]) -> set[str]:
    """The commits that those of *tip*, as far as none of *excluded* has them, say that they were picked from."""
    chosen = (
        "--no-commit-header",
        "--format=%B",
        "-F",
        f"--grep={_CHERRY_PICK_TEXT}",
        tip,
        *(f"^{each}" for each in excluded),
    )
    return set(equivalent_commits.CHERRY_PICK_TRAILER.findall(git_command.git_output(folder, "rev-list", *chosen)))


def _prerequisite_commits(
    folder: Path, path: str, sides: tuple[str, str], tips: tuple[str, ...], picked: set[str]
) -> tuple[Commit, ...]:
    spans = (f"{sides[0]}...{tip}" for tip in tips)
    # So many may turn out to be picked, and are not counted.
    count = f"--max-count={_MAX_PREREQUISITES + len(picked)}"
    chosen = ("--cherry-pick", "--right-only", "--no-merges", "--date-order", count, *spans, f"^{sides[1]}")
    candidates = commit_history.commits_touching(folder, path, *chosen)
    return tuple(each for each in candidates if each.id not in picked)[:_MAX_PREREQUISITES]


def _replace_ids_by_labels(message: str, ids: tuple[str, str], labels: tuple[str, str]) -> str:
    """The *message* of git, with the names of branches in place of ids that nobody knows."""
    for id, label in zip(ids, labels, strict=True):
        message = message.replace(id, label)
    return message
