"""How is one difference shown? Its values in short lines, who made it and when, what proves it, and the command."""

import shlex
from typing import NamedTuple

import msgspec

from trinokit.drift import paths
from trinokit.drift.differences import ABSENT, Author, Difference

_MAX_TEXT_LENGTH = 160
_WHOLE_OBJECT = "(all of it)"


class DifferenceRow(NamedTuple):
    """A difference in short texts: where it is, what both sides have, who made it, and when."""

    object: str
    path: str
    declared: str
    live: str
    who: str
    when: str


def difference_row(each: Difference) -> DifferenceRow:
    """The difference as a row of a table."""
    author = first_author(each)
    manager = author.manager or "–"
    declared, live = (
        format_value(value) if each.path or value is ABSENT else "(there)" for value in (each.declared, each.live)
    )
    return DifferenceRow(
        object=str(each.object),
        path=each.where or _WHOLE_OBJECT,
        declared=declared,
        live=live,
        who=f"{author.user} ({manager})" if author.user else manager,
        when=f"{author.moment:%Y-%m-%d %H:%M:%S}" if author.moment else "–",
    )


def first_author(each: Difference) -> Author:
    """Whom to ask first about the difference; nobody where nothing is told."""
    return each.authors[0] if each.authors else Author()


def evidence_text(each: Difference) -> str:
    """What is known about the difference and its authors, and since when it is there."""
    return "; ".join(filter(None, (each.reason, *(author.evidence for author in each.authors), each.since))) or "–"


def kubectl_get_command(difference: Difference) -> str:
    """The command that shows *difference* on the cluster; of a Secret only who wrote it when, and no value."""
    each = difference.object
    version = f".{each.api_version.rpartition('/')[2]}.{each.group}" if each.group else ""
    kind = each.kind.lower() + version
    object_arguments = [kind, each.name, *(["-n", each.namespace] if each.namespace else [])]
    if each.kind == "Secret" and difference.path[:1] in ((), ("data",)):
        return shlex.join(["kubectl", "get", *object_arguments, "-o", "jsonpath={.metadata.managedFields}"])
    if not difference.path or difference.live is ABSENT:
        return shlex.join(["kubectl", "get", *object_arguments, "-o", "yaml"])
    # What stands within the text of a ConfigMap has no path of its own on the cluster.
    path = difference.path[:2] if each.kind == "ConfigMap" else difference.path
    return shlex.join(["kubectl", "get", *object_arguments, "-o", f"jsonpath={paths.format_jsonpath(path)}"])


def format_value(value: object) -> str:
    """The *value* as one short line; a hash of a secret tells no more than that it is one."""
    if isinstance(value, str):
        text = "(secret)" if value.startswith("hmac-sha256") else " ".join(value.split())
    elif value is ABSENT:
        text = str(value)
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:_MAX_TEXT_LENGTH]}…"
