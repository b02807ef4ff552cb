"""Which branches are changed by pull requests only, and how is one opened?"""

import re
import shlex
from collections.abc import Sequence

from trinokit.release.release_request import ReleaseNames, ReleaseRequest


def merge_message(merged: str, into: str) -> str:
    """What git says of a merge of the branch *merged* into another; of one that goes into master it tells no more.

    >>> merge_message("feature_v1_x", "master_v1"), merge_message("feature_v1_x", "master")
    ("Merge branch 'feature_v1_x' into master_v1", "Merge branch 'feature_v1_x'")
    """
    return f"Merge branch '{merged}'" + ("" if into == "master" else f" into {into}")


def is_protected(branch: str, request: ReleaseRequest) -> bool:
    """Whether *branch* is changed by pull requests only."""
    return any(re.fullmatch(_glob_regex(pattern), branch) for pattern in request.pull_requests.protected)


def pull_request_branch(branch: str, names: ReleaseNames) -> str:
    """The branch that is pushed in place of a protected *branch*, for a pull request to it."""
    return f"merge_{names.release}_into_{branch}"


def pull_request_command(branch: str, request: ReleaseRequest, subject: str) -> str:
    """The command that opens a pull request for the *subject* from the helper of *branch* to it."""
    words = {"{head}": pull_request_branch(branch, request.names), "{base}": branch, "{title}": subject}
    return shlex.join(_fill_placeholders(shlex.split(request.pull_requests.command), words))


def _fill_placeholders(argv: Sequence[str], words: dict[str, str]) -> list[str]:
    pattern = re.compile("|".join(map(re.escape, words)))
    return [pattern.sub(lambda match: words[match[0]], each) for each in argv]


def _glob_regex(pattern: str) -> str:
    # In a name as in a path, one star stops at a slash.
    return "".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(each, re.escape(each)) for each in _glob_parts(pattern))


def _glob_parts(pattern: str) -> list[str]:
    return re.findall(r"\*\*|.", pattern)
