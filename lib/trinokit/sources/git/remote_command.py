"""What does a remote say? It is asked without a keyboard, for a bounded time, and no password of its URL is told."""

import os
import re
from pathlib import Path

from trinokit.errors import SourceError
from trinokit.sources.git import git_command

_ANSWER_TIMEOUT_S, _TRANSFER_TIMEOUT_S = 60, 600
_URL_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")


def strip_url_credentials(text: str) -> str:
    """*text* without the user and the password of any URL in it.

    >>> strip_url_credentials("git push https://ann:hunter2@git.example/trino.git")
    'git push https://git.example/trino.git'
    """
    return _URL_USERINFO.sub("", text)


def run_remote_git(
    folder: Path, *argv: str, codes: tuple[int, ...] = (0,), transfer: bool = False, **environment: str
) -> tuple[int, str]:
    """The exit code of git in *folder*, which talks to a remote, and what it prints.

    Objects may take longer to *transfer* than an answer does. Raises SourceError for another code than one of *codes*.
    """
    seconds = _TRANSFER_TIMEOUT_S if transfer else _ANSWER_TIMEOUT_S
    try:
        return git_command.run_git(
            folder, *argv, codes=codes, seconds=seconds, **_batch_environment(folder) | environment
        )
    except SourceError as error:
        raise SourceError(
            f"Expected an answer of the remote, found {strip_url_credentials(git_failure_reason(error))}",
            remedy=f"log in as git needs it, then run by hand: git -C {folder} {strip_url_credentials(' '.join(argv))}",
        ) from error


def git_failure_reason(error: SourceError) -> str:
    """What was found in place of what git should have done."""
    return error.message.partition(", found ")[2] or error.message


def _batch_environment(folder: Path) -> dict[str, str]:
    """The variables with which neither ssh nor git asks for anything, unless somebody told them otherwise."""
    own = git_command.run_git(folder, "config", "--name-only", "--get-regexp", r"^core\.(sshcommand|askpass)$")[1]
    batch = {}
    if "core.sshcommand" not in own and not {"GIT_SSH", "GIT_SSH_COMMAND"} & set(os.environ):
        batch["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    if "core.askpass" not in own and "GIT_ASKPASS" not in os.environ:
        batch["GIT_ASKPASS"] = ""
    return batch
