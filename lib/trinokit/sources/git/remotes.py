"""What does a remote say? It is asked without a keyboard, for a bounded time, and no password of its URL is told."""

import os
import re
from pathlib import Path

from trinokit.errors import SourceError
from trinokit.sources.git import calls

_ANSWER_S, _TRANSFER_S = 60, 600
_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")


def shown(text: str) -> str:
    """*text* without the user and the password of any URL in it."""
    return _USERINFO.sub("", text)


def asked(
    folder: Path, *argv: str, codes: tuple[int, ...] = (0,), transfer: bool = False, **environment: str
) -> tuple[int, str]:
    """The exit code of git in *folder*, which talks to a remote, and what it prints.

    Objects may take longer to *transfer* than an answer does. Raises SourceError for another code than one of *codes*.
    """
    seconds = _TRANSFER_S if transfer else _ANSWER_S
    try:
        return calls.told(folder, *argv, codes=codes, seconds=seconds, **_batch(folder) | environment)
    except SourceError as error:
        raise SourceError(
            f"Expected an answer of the remote, found {shown(reason(error))}",
            remedy=f"log in as git needs it, then run by hand: git -C {folder} {shown(' '.join(argv))}",
        ) from error


def reason(error: SourceError) -> str:
    """What was found in place of what git should have done."""
    return error.message.partition(", found ")[2] or error.message


def _batch(folder: Path) -> dict[str, str]:
    """The variables with which neither ssh nor git asks for anything, unless somebody told them otherwise."""
    own = calls.told(folder, "config", "--name-only", "--get-regexp", r"^core\.(sshcommand|askpass)$")[1]
    batch = {}
    if "core.sshcommand" not in own and not {"GIT_SSH", "GIT_SSH_COMMAND"} & set(os.environ):
        batch["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    if "core.askpass" not in own and "GIT_ASKPASS" not in os.environ:
        batch["GIT_ASKPASS"] = ""
    return batch
