"""What did a clone and its remote hold when they were recorded? Both are made anew, so that git answers as then."""

import atexit
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from trinokit.errors import ParameterError, PlanError
from trinokit.sources.git import clone_readiness, git_command, refs, remote_command
from trinokit.sources.git.git_repository import GitRepository

_RECORDED_REFS = ("refs/heads/", "refs/tags/", f"{git_command.OWN_REFS}/")
_RECORDED_URL = "recorded"


def dump_repository(git: GitRepository) -> bytes:
    """The commits of the clone *git* and of its remote: what git calls a bundle, and how both are told of.

    What was asked of the remote last is kept, and so are our own refs, by which plans know what they made before.
    """
    now = git.now()
    about = {"named": git.named, "remote": git.remote, "who": clone_readiness.committer_identity(git.folder)}
    about |= {"default": now.default, "branch": now.worktrees.get(git.named, "")}
    names = git_command.git_output(git.folder, "for-each-ref", "--format=%(refname)", *_RECORDED_REFS)
    with TemporaryDirectory() as temporary:
        bundle = Path(temporary, "bundle")
        git_command.git_output(git.folder, "bundle", "create", "--quiet", str(bundle), "--stdin", stdin=f"{names}\n")
        return json.dumps(about).encode() + b"\n" + bundle.read_bytes()


def restore_repository(recorded: bytes, folder: Path) -> GitRepository:
    """A clone and a remote below *folder* with what `dump_repository` *recorded*; plans for them cannot be run."""
    line, _, content = recorded.partition(b"\n")
    about = json.loads(line)
    bundle, remote, clone = (folder / name for name in ("bundle", "remote.git", "clone"))
    bundle.write_bytes(content)
    git_command.git_output(folder, "init", "--quiet", "--bare", str(remote))
    # A recording that was made under the old name holds the refs of that name.
    _fetch_bundle(
        remote,
        bundle,
        *(
            f"+{space}{refs.REMOTE_REFS.removeprefix(git_command.OWN_REFS)}/*:refs/*"
            for space in (git_command.OLD_REFS, git_command.OWN_REFS)
        ),
    )
    if about["default"]:
        git_command.git_output(remote, "symbolic-ref", "HEAD", f"refs/heads/{about['default']}")
    git_command.git_output(folder, "init", "--quiet", str(clone))
    git_command.git_output(clone, "remote", "add", about["remote"], str(remote))
    _configure_identity(clone, about["who"])
    _fetch_bundle(
        clone,
        bundle,
        *(f"+{space}*:{space}*" for space in _RECORDED_REFS),
        f"+{git_command.OLD_REFS}/*:{git_command.OWN_REFS}/*",
    )
    _check_out_branch(clone, about["branch"])
    return GitRepository(
        folder=clone, remote=about["remote"], named=about["named"], url=_RECORDED_URL, run=_refuse_command
    )


def open_recorded_repository(recorded: bytes, remote: str) -> GitRepository:
    """The clone and its *remote*, which `dump_repository` *recorded*, in a folder that is gone when this process ends.

    Raises ParameterError for another remote than was recorded.
    """
    remotes = json.loads(recorded.partition(b"\n")[0])["remote"]
    if remote != remotes:
        raise ParameterError(
            f"Expected the remote that was recorded, found {remote_command.strip_url_credentials(repr(remote))}.",
            remedy=f"name {remotes}",
        )
    temporary = TemporaryDirectory(prefix="trinokit-repository-")
    atexit.register(temporary.cleanup)
    return restore_repository(recorded, Path(temporary.name).resolve())


def _fetch_bundle(folder: Path, bundle: Path, *specs: str) -> None:
    # A branch that does not exist yet is checked out in a new clone.
    argv = ("fetch", "--quiet", "--no-tags", "--update-head-ok", "--no-write-fetch-head")
    git_command.git_output(folder, *argv, str(bundle), *specs)


def _configure_identity(clone: Path, who: str) -> None:
    """Let *who* commit there, without a signature, whatever the settings of whoever reads the recording."""
    name, _, address = who.rstrip(">").rpartition(" <")
    settings = {"user.name": name, "user.email": address, "commit.gpgSign": "false", "tag.gpgSign": "false"}
    for key, value in settings.items():
        if value:
            git_command.git_output(clone, "config", key, value)


def _check_out_branch(clone: Path, branch: str) -> None:
    nothing = ("-c", "core.hooksPath=", "-c", "core.autocrlf=false")
    if branch:
        git_command.git_output(clone, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    if git_command.run_git(clone, "rev-parse", "--verify", "--quiet", "HEAD")[0] == 0:
        git_command.git_output(clone, *nothing, "reset", "--quiet", "--hard")


def _refuse_command(argv: tuple[str, ...], stdin: str, seconds: float) -> NoReturn:
    raise PlanError(
        "Expected a clone and its remote, found a recording of them.",
        remedy="run the plan for the repository itself, which has an approval of its own",
    )
