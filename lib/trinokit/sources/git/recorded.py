"""What did a clone and its remote hold when they were recorded? Both are made anew, so that git answers as then."""

import atexit
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from trinokit.errors import ParameterError, PlanError
from trinokit.sources.git import calls, readiness, refs, remotes
from trinokit.sources.git.reader import Git

_SPACES = ("refs/heads/", "refs/tags/", f"{calls.OWN}/")
_URL = "recorded"


def dump(git: Git) -> bytes:
    """The commits of the clone *git* and of its remote: what git calls a bundle, and how both are told of.

    What was asked of the remote last is kept, and so are our own refs, by which plans know what they made before.
    """
    now = git.now()
    about = {"named": git.named, "remote": git.remote, "who": readiness.who(git.folder)}
    about |= {"default": now.default, "branch": now.worktrees.get(git.named, "")}
    names = calls.text(git.folder, "for-each-ref", "--format=%(refname)", *_SPACES)
    with TemporaryDirectory() as place:
        bundle = Path(place, "bundle")
        calls.text(git.folder, "bundle", "create", "--quiet", str(bundle), "--stdin", given=f"{names}\n")
        return json.dumps(about).encode() + b"\n" + bundle.read_bytes()


def load(kept: bytes, folder: Path) -> Git:
    """A clone and a remote below *folder*, which hold what `dump` *kept*; plans for them cannot be run."""
    line, _, content = kept.partition(b"\n")
    about = json.loads(line)
    bundle, remote, clone = (folder / name for name in ("bundle", "remote.git", "clone"))
    bundle.write_bytes(content)
    calls.text(folder, "init", "--quiet", "--bare", str(remote))
    # A recording that was made under the old name holds the refs of that name.
    _fetch(remote, bundle, *(f"+{space}{refs.REMOTE.removeprefix(calls.OWN)}/*:refs/*" for space in (calls.OLD, calls.OWN)))
    if about["default"]:
        calls.text(remote, "symbolic-ref", "HEAD", f"refs/heads/{about['default']}")
    calls.text(folder, "init", "--quiet", str(clone))
    calls.text(clone, "remote", "add", about["remote"], str(remote))
    _configure(clone, about["who"])
    _fetch(clone, bundle, *(f"+{space}*:{space}*" for space in _SPACES), f"+{calls.OLD}/*:{calls.OWN}/*")
    _check_out(clone, about["branch"])
    return Git(clone, about["remote"], about["named"], _URL, _refused)


def opened(kept: bytes, remote: str) -> Git:
    """The clone and its *remote* that `dump` *kept*, in a folder that is gone when this process ends.

    Raises ParameterError for another remote than was recorded.
    """
    known = json.loads(kept.partition(b"\n")[0])["remote"]
    if remote != known:
        raise ParameterError(
            f"Expected the remote that was recorded, found {remotes.shown(repr(remote))}.", remedy=f"name {known}"
        )
    place = TemporaryDirectory(prefix="trinokit-repository-")
    atexit.register(place.cleanup)
    return load(kept, Path(place.name).resolve())


def _fetch(folder: Path, bundle: Path, *specs: str) -> None:
    # A branch that does not exist yet is checked out in a new clone.
    argv = ("fetch", "--quiet", "--no-tags", "--update-head-ok", "--no-write-fetch-head")
    calls.text(folder, *argv, str(bundle), *specs)


def _configure(clone: Path, who: str) -> None:
    """Let *who* commit there, without a signature, whatever the settings of whoever reads the recording."""
    name, _, address = who.rstrip(">").rpartition(" <")
    settings = {"user.name": name, "user.email": address, "commit.gpgSign": "false", "tag.gpgSign": "false"}
    for key, value in settings.items():
        if value:
            calls.text(clone, "config", key, value)


def _check_out(clone: Path, branch: str) -> None:
    nothing = ("-c", "core.hooksPath=", "-c", "core.autocrlf=false")
    if branch:
        calls.text(clone, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    if calls.told(clone, "rev-parse", "--verify", "--quiet", "HEAD")[0] == 0:
        calls.text(clone, *nothing, "reset", "--quiet", "--hard")


def _refused(argv: tuple[str, ...], given: str, seconds: float) -> NoReturn:
    raise PlanError(
        "Expected a clone and its remote, found a recording of them.",
        remedy="run the plan for the repository itself, which has an approval of its own",
    )
