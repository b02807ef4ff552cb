"""Is all there that commits of a repository point to? Commits of its submodules on a remote, and large files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from trinokit.errors import SourceError
from trinokit.sources.git import git_command, remote_command

_SUBMODULE_ENTRY = "160000 commit "


def unpushed_submodules(folder: Path, remote: str, tips: Sequence[str]) -> Iterator[str]:
    """Each commit of a submodule that one of *tips* points to and that no remote is known to have, and why."""
    tips_by_submodule = {submodule: tip for tip in tips for submodule in _submodule_commits(folder, tip)}
    for (path, commit), tip in tips_by_submodule.items():
        if _is_on_remote_branch(folder / path, commit):
            continue
        try:
            url = _submodule_url(folder, remote, tip, path)
            _probe_commit(folder, url, commit)
        except SourceError as error:
            reason = remote_command.strip_url_credentials(remote_command.git_failure_reason(error))
            yield f"{path} at {commit}: {reason}"


def lfs_problem(folder: Path, tips: Sequence[str]) -> str:
    """Why files of *tips* that lie in Git LFS cannot be read; empty where they can, or where there are none."""
    if not tips:
        return ""
    argv = ("grep", "--name-only", "-z", "-E", "--no-color", "--no-recurse-submodules", "-e", r"^[^#].*filter=lfs")
    output = git_command.run_git(folder, *argv, *tips, "--", ":(top,glob)**/.gitattributes")[1]
    names = sorted({name.partition(":")[2] for name in output.split("\0") if name})
    if not names:
        return ""
    if git_command.run_git(folder, "lfs", "version")[0]:
        return f"{', '.join(names)} keeps files in Git LFS, and git-lfs is not installed"
    if git_command.run_git(folder, "config", "--get-regexp", r"^filter\.lfs\.(process|smudge)$")[0]:
        return f"{', '.join(names)} keeps files in Git LFS, and git does not use it: git lfs install"
    return ""


def _submodule_commits(folder: Path, tip: str) -> Iterator[tuple[str, str]]:
    for entry in git_command.git_output(folder, "ls-tree", "-r", "-z", "--full-tree", tip).split("\0"):
        about, _, path = entry.partition("\t")
        if about.startswith(_SUBMODULE_ENTRY):
            yield path, about.removeprefix(_SUBMODULE_ENTRY)


def _is_on_remote_branch(module: Path, commit: str) -> bool:
    """Whether *commit* leads to a remote-tracking branch of the submodule that is checked out in *module*."""
    if not (module / ".git").exists():
        return False
    argv = ("rev-list", "--max-count=1", commit, "--not", "--remotes", "--")
    return git_command.run_git(module, *argv, codes=(0, 128)) == (0, "")


def _submodule_url(folder: Path, remote: str, tip: str, path: str) -> str:
    """Where the submodule at *path* comes from, as this clone says, or else as *tip* does."""
    settings = _submodule_settings(folder, f"--blob={tip}:.gitmodules")
    names = [key.removesuffix(".path") for key, value in settings.items() if key.endswith(".path") and value == path]
    if not names:
        raise SourceError(f"Expected {path} in .gitmodules, found no submodule there.", remedy="git submodule add")
    key = f"{names[0]}.url"
    url = _submodule_settings(folder).get(key) or settings.get(key, "")
    if not url.startswith(("./", "../")):
        return url
    base_url = git_command.git_output(folder, "remote", "get-url", remote).rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            base_url = base_url[: max(base_url.rfind("/"), base_url.rfind(":"))]
        url = url.partition("/")[2]
    return f"{base_url}/{url}"


def _submodule_settings(folder: Path, *location: str) -> dict[str, str]:
    argv = ("config", *location, "--null", "--get-regexp", r"^submodule\..*\.(path|url)$")
    output = git_command.run_git(folder, *argv, codes=(0, 1, 128))[1]
    return dict(entry.partition("\n")[::2] for entry in output.split("\0") if entry)


def _probe_commit(folder: Path, url: str, commit: str) -> None:
    """Ask *url* for *commit*, whose objects go nowhere; raises SourceError when it does not have it."""
    with TemporaryDirectory() as temporary:
        git_command.git_output(Path(temporary), "init", "--quiet", "--bare")
        argv = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--", url, commit)
        remote_command.run_remote_git(Path(temporary), *argv, transfer=True)
