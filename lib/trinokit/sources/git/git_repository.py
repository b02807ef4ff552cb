"""What do a clone and its remote say of a release? One door to all that is read there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from trinokit import shell
from trinokit.errors import ParameterError, PlanError, SourceError, did_you_mean
from trinokit.observations import BranchPresence, CloneReadiness, Feature, Join, JoinResult, RepositoryState
from trinokit.sources.git import (
    clone_readiness,
    commit_history,
    commit_joining,
    feature_commits,
    feature_in_branches,
    git_command,
    refs,
    remote_command,
    tree_merging,
)
from trinokit.sources.git.commit_joining import ConflictPolicy

# The first one whose git merge-tree writes trees.
_OLDEST_GIT = (2, 38)
PlanCommandRunner = Callable[[tuple[str, ...], str, float], tuple[int | None, str]]


@dataclass(frozen=True)
class GitRepository:
    """The clone in *folder* and its *remote* at *url*, told as *named*; *run* carries out the commands of plans.

    What is asked after `now` is answered from what the remote had then.
    """

    folder: Path
    remote: str
    named: str
    url: str
    run: PlanCommandRunner = shell.run_command

    @property
    def who(self) -> str:
        """Who commits there; empty where git does not know."""
        return clone_readiness.committer_identity(self.folder)

    def now(self) -> RepositoryState:
        """Both as they are now; what the remote has is fetched into refs of our own."""
        fetched = refs.fetch_refs(self.folder, self.remote)
        return RepositoryState(
            folder=self.named,
            remote=self.remote,
            url=self.url,
            default=fetched.default,
            heads=fetched.heads,
            tags=fetched.tags,
            local_heads=fetched.local_heads,
            local_tags=fetched.local_tags,
            kept={name: id for name, id in fetched.release_refs.items() if not feature_commits.is_feature_ref(name)},
            worktrees={self._told(path): branch for path, branch in refs.list_worktrees(self.folder).items()},
        )

    def readiness(self, branches: Sequence[str]) -> CloneReadiness:
        """Whether the clone is ready for a release that changes *branches*."""
        readiness = clone_readiness.read_readiness(self.folder, self.remote, branches)
        under_way = tuple(self._told(each) for each in readiness.under_way)
        return replace(readiness, under_way=under_way, locked=self._told(readiness.locked))

    def feature(self, branch: str, release_branch: str, master: str, release: str) -> Feature:
        """The feature on *branch*; see `feature_commits.find_feature`. Raises PlanError in a shallow clone."""
        self._check_not_shallow()
        return feature_commits.find_feature(self.folder, branch, release_branch, master, release)

    def presence(self, feature: Feature, branches: Mapping[str, str]) -> tuple[BranchPresence, ...]:
        """How far each of *branches*, tips by name, has *feature*; raises PlanError in a shallow clone."""
        self._check_not_shallow()
        return feature_in_branches.branch_presences(self.folder, feature, branches)

    def contains(self, tip: str, commit: str) -> bool:
        """Whether *commit* is *tip* or an ancestor of it; raises PlanError in a shallow clone."""
        self._check_not_shallow()
        return commit_history.contains_commit(self.folder, tip, commit)

    def text(self, commit: str, path: str) -> str | None:
        """The text of the file *path* in *commit*, or None where there is no such file."""
        listed = git_command.git_output(
            self.folder, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path
        )
        about, _, content = listed.removesuffix("\0").partition("\t")
        if content != path or " blob " not in about:
            return None
        return tree_merging.read_blobs(self.folder, [about.split()[2]])[0].decode(errors="replace")

    def joined(self, joins: Sequence[Join], rule: ConflictPolicy) -> tuple[JoinResult, ...]:
        """What becomes of *joins*; raises PlanError in a shallow clone."""
        self._check_not_shallow()
        return commit_joining.compute_joins(self.folder, joins, rule)

    def _told(self, text: str) -> str:
        return text.replace(str(self.folder), self.named)

    @cached_property
    def _git_folder(self) -> Path:
        return git_command.git_folder(self.folder)

    def _check_not_shallow(self) -> None:
        # Looked at anew each time: somebody may fetch the rest meanwhile.
        if clone_readiness.is_shallow(self._git_folder):
            raise PlanError(
                f"Expected a clone with all of its history in {self.named}, found a shallow one, which does not know "
                "what is an ancestor of what.",
                remedy=f"git -C {self.named} fetch --unshallow {self.remote}",
            )


def open_clone(folder: Path, name: str, remote: str) -> GitRepository:
    """The clone in *folder*, which the operator calls *name*, and its *remote*.

    Raises ParameterError where there is no such clone or remote, and SourceError where it cannot be read as a whole.
    """
    folder = folder.resolve()
    _check_git_version(folder)
    _check_top_folder(folder, name)
    remotes = git_command.git_output_lines(folder, "remote")
    if remote not in remotes:
        raise ParameterError(
            f"Expected a remote of {name}, found {remote_command.strip_url_credentials(repr(remote))}.",
            remedy=f"{did_you_mean(remote, remotes)} it has: {', '.join(remotes) or 'none'}".strip(),
        )
    _check_not_partial(folder, name)
    push_urls = git_command.git_output_lines(folder, "remote", "get-url", "--push", "--all", remote)
    if len(push_urls) > 1:
        raise ParameterError(
            f"Expected one place that {remote} is pushed to, found {len(push_urls)}.",
            remedy=f"a push to several is not atomic: git -C {name} config --get-all remote.{remote}.pushurl",
        )
    refs.rename_old_refs(folder)
    return GitRepository(
        folder,
        remote,
        name,
        remote_command.strip_url_credentials(git_command.git_output(folder, "remote", "get-url", remote)),
    )


def _check_git_version(folder: Path) -> None:
    version = git_command.git_output(folder if folder.is_dir() else Path.cwd(), "version").split()[2]
    if tuple(map(int, version.split(".")[:2])) < _OLDEST_GIT:
        raise SourceError(
            f"Expected git {'.'.join(map(str, _OLDEST_GIT))} or newer, which merges without a worktree, "
            f"found {version}.",
            remedy="install a newer git",
        )


def _check_top_folder(folder: Path, name: str) -> None:
    if not folder.is_dir():
        raise ParameterError(f"Expected a clone in {name}, found no folder.", remedy="clone it, or correct the path")
    try:
        top = Path(_top_folder(folder))
    except SourceError as error:
        raise ParameterError(
            f"Expected a clone in {name}, found {remote_command.git_failure_reason(error)}",
            remedy="name the top folder of a clone",
        ) from error
    if top.resolve() != folder.resolve():
        raise ParameterError(f"Expected the top folder of a clone, found {name} below it.", remedy=f"name {top}")


def _top_folder(folder: Path) -> str:
    options = ("--is-bare-repository", "--show-toplevel")
    bare, _, top = git_command.run_git(folder, "rev-parse", *options, codes=(0, 128))[1].partition("\n")
    # A bare clone has no worktree; of whatever else has none, git says why.
    return top or git_command.git_output(
        folder, "rev-parse", "--absolute-git-dir" if bare == "true" else "--show-toplevel"
    )


def _check_not_partial(folder: Path, name: str) -> None:
    pattern = r"^(extensions\.partialclone|remote\..*\.promisor)$"
    if git_command.run_git(folder, "config", "--get-regexp", pattern)[0] == 0:
        raise SourceError(
            f"Expected a clone with all of its objects in {name}, found a partial one, which asks for them as needed.",
            remedy="clone it once more without --filter, and name that one",
        )
