"""How does a change get into git, and out of it again?"""

from collections.abc import Mapping, Sequence

from trinokit.architecture import secret_patterns
from trinokit.errors import PlanError
from trinokit.findings import format_count
from trinokit.kerberos.changes.unified_diffs import git_unified_diff
from trinokit.observations import Clone
from trinokit.plan import Command, Step

# Hooks are the repository's own, and may test what is committed.
_HOOKS_S = 300


def require_clean_files(clone: Clone) -> None:
    """Raises PlanError when something of what is deployed from *clone* is not what git has."""
    changed_files = [each for each in clone.changed if each in clone.files or _is_below(each, clone.path)]
    if changed_files:
        raise PlanError(
            f"Expected {clone.repository} as git has it, found changed: {', '.join(changed_files[:5])}"
            f"{' and more' if len(changed_files) > 5 else ''}.",
            remedy="commit it, stash it, or take it away",
        )


def commit_steps(
    changed: Mapping[str, str], flags: Sequence[str], clone: Clone, remote: str, rollback: Sequence[Command] = ()
) -> tuple[Step, ...]:
    """Make the files of *clone* as they are *changed*, commit them, and push the branch to *remote* if one is named.

    When the commit is taken back, *rollback* comes last. Raises PlanError when no commit can be made, or not be shown.
    """
    if not clone.branch:
        raise PlanError(
            f"Expected a branch checked out in {clone.repository}, found the commit {clone.head:.8}.",
            remedy=f"git -C {clone.repository} switch BRANCH",
        )
    git, files = ("git", "-C", clone.repository), sorted(changed)
    change = "".join(_diff_without_secret(file, clone.files[file], changed[file]) for file in files)
    push = [Command((*git, "push", remote, clone.branch))] if remote else []
    # Blanks at the ends of lines matter here, whatever git is set to do about them.
    apply, commit = (*git, "apply", "--index", "--whitespace=nowarn"), (*git, "commit", "-m")
    undo = (
        Command((*apply, "--reverse"), change),
        Command((*commit, _commit_message(flags, "Take back"), "--", *files)),
    )
    # Once the change is committed, this finds nothing to do.
    restore = Command((*git, "restore", "--staged", "--worktree", "--", *files))
    change_step = Step(f"Change {', '.join(files)}", Command(apply, change), undo=(restore,), change=change)
    commit_step = Step(
        f"Commit it on {clone.branch}",
        Command((*commit, _commit_message(flags, "Put in force"), "--", *files)),
        undo=(*undo, *push, *rollback),
        seconds=_HOOKS_S,
    )
    # A branch that cannot be pushed is found out before anything has changed.
    tried = [
        Step(f"See that {clone.branch} can be pushed to {remote}", Command((*each.argv, "--dry-run"))) for each in push
    ]
    pushed = [Step(f"Push {clone.branch} to {remote}", each, seconds=_HOOKS_S) for each in push]
    return (*tried, change_step, commit_step, *pushed)


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _commit_message(flags: Sequence[str], verb: str) -> str:
    return "\n".join([f"{verb} {format_count(len(flags), 'JVM flag')}", "", *flags])


def _diff_without_secret(file: str, before: str, after: str) -> str:
    """The diff of a *file*, with as many lines around the change as tell no secret."""
    for context in (3, 2, 1):
        change = git_unified_diff(file, before, after, context=context)
        if not secret_patterns.contains_secret(change):
            return change
    raise PlanError(
        f"Expected no secret in {file} beside what is to change, found one, which a plan would have to show.",
        remedy="move it into a Secret, or edit the file by hand",
    )
