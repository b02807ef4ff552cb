"""How is a commit made that a plan pushes? Once: whoever plans the same again gets the same, whatever the time."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from trinokit.sources.git import git_command

_CREATED_REFS, _RESOLVED_REFS = f"{git_command.OWN_REFS}/joins", f"{git_command.OWN_REFS}/settled"
_PROBE_TRAILER = "Trinokit-Probe"


@dataclass(frozen=True)
class NewCommit:
    """A commit that is to be made of bringing *what* onto the commit *at*, as `git *words*` does it.

    It gets the *message*, and is by the author and of the date of the commit *like*, if there is one. *theirs* is the
    commit whose files are brought in: *what*, or for a revert the one before it.
    """

    how: Literal["merge", "cherry-pick", "revert"]
    at: str
    what: str
    theirs: str
    message: str
    words: tuple[str, ...]
    author_commit: str = ""

    @property
    def parents(self) -> tuple[str, ...]:
        """The commits that it comes after."""
        return (self.at, self.what) if self.how == "merge" else (self.at,)


def create_commit(folder: Path, new: NewCommit, tree: str) -> str:
    """The commit *new* of *tree*, made now or when it was planned first.

    It is signed where commit.gpgSign says so. The hooks of the operator do not run, since no branch moves. Raises
    SourceError where git does not know who commits, or cannot sign.
    """
    environment = _author_environment(folder, new.author_commit) if new.author_commit else {}
    author = environment or git_command.git_output(folder, "var", "GIT_AUTHOR_IDENT").rpartition("> ")[0]
    signed = git_command.run_git(folder, "config", "--type=bool", "commit.gpgSign")[1] == "true"
    about = [new.how, new.parents, tree, new.message, author, signed]
    ref = f"{_CREATED_REFS}/{sha256(json.dumps(about).encode()).hexdigest()[:40]}"
    if existing := _commit_at_ref(folder, ref):
        return existing
    argv = ["-c", "i18n.commitEncoding=UTF-8", "commit-tree", *["-S"] * signed]
    argv += [word for parent in new.parents for word in ("-p", parent)]
    commit = git_command.git_output(folder, *argv, tree, stdin=f"{new.message}\n", **environment)
    git_command.git_output(folder, "update-ref", ref, commit)
    return commit


def resolved_commit(folder: Path, new: NewCommit) -> str:
    """The commit in which somebody resolved the conflicts of *new*; empty where nobody has."""
    return _commit_at_ref(folder, f"{_RESOLVED_REFS}/{new.how}/{new.at}-{new.what}")


def store_resolution(folder: Path, new: NewCommit, commit: str) -> None:
    """Keep *commit* as the one in which the conflicts of *new* are resolved, also when its worktree is gone."""
    git_command.git_output(folder, "update-ref", f"{_RESOLVED_REFS}/{new.how}/{new.at}-{new.what}", commit)


def commit_message(folder: Path, commit: str) -> str:
    """The message of *commit*."""
    return git_command.git_output(folder, "log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%B", commit)


def cherry_pick_message(folder: Path, commit: str) -> str:
    """The message of the commit that `git cherry-pick -x` makes of *commit*."""
    text = commit_message(folder, commit)
    # Only git knows whether a message ends in trailers, which what it adds is then one of.
    options = ("-c", "trailer.where=end", "interpret-trailers", "--no-divider", "--trailer", f"{_PROBE_TRAILER}: 1")
    before = git_command.git_output(folder, *options, stdin=f"{text}\n").splitlines()[-2:-1]
    return text + ("\n" if before != [""] else "\n\n") + f"(cherry picked from commit {commit})"


def revert_message(folder: Path, commit: str, parents: tuple[str, ...]) -> str:
    """The message of the commit that `git revert` makes of *commit*, whose *parents* are told for a merge."""
    subject = commit_message(folder, commit).partition("\n")[0]
    title = f'Revert "{subject}"'
    # Since git 2.43; before, one reverted a Revert "Revert "…"".
    if subject.startswith('Revert "') and not subject.startswith('Revert "Revert "'):
        title = f"Reapply {subject.removeprefix('Revert ')}"
    changes = f", reversing\nchanges made to {parents[0]}" if len(parents) > 1 else ""
    return f"{title}\n\nThis reverts commit {commit}{changes}."


def _commit_at_ref(folder: Path, ref: str) -> str:
    return git_command.run_git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")[1]


def _author_environment(folder: Path, commit: str) -> dict[str, str]:
    options = ("--no-show-signature", "--encoding=UTF-8", "--format=%an%x00%ae%x00%ad", "--date=raw")
    name, email, date = git_command.git_output(folder, "log", "-1", *options, commit).split("\0")
    return {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": f"@{date}"}
