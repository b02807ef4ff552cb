"""Which JVMs of Trino run, and what were they started with? Asked through Trino, or inside their pods."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from trinokit.errors import SourceError
from trinokit.observations import Jvm, PodContainer, PodLog, RunningJvms
from trinokit.sources.secrets.redaction import RedactObject, redact_texts
from trinokit.sources.trino.coordinator import Coordinator, is_permanent_error

_log = logging.getLogger(__name__)
ALL_NODES = "every node"
_PAUSE_S = 2
_NODES_SQL = "SELECT node_id, http_uri, node_version, coordinator, state FROM system.runtime.nodes"
_JVMS = 'SELECT node, inputarguments, vmversion, starttime FROM jmx.current."java.lang:type=runtime"'
_NO_JMX_REMEDY = "add a catalog with connector.name=jmx to every node, or ask through kubectl"


class _RecordedJvms(msgspec.Struct):
    running: RunningJvms
    logs: tuple[PodLog, ...]


def read_jvms_through_trino(coordinator: Coordinator, redact: RedactObject) -> RunningJvms:
    """The JVMs that *coordinator* knows, as its connector jmx tells; raises SourceError when it cannot be asked.

    Passwords in their arguments are as *redact* makes those of a ConfigMap.
    """
    return _jvms_from_rows(coordinator.rows(_NODES_SQL), coordinator.rows(_JVMS), redact)


def wait_for_jvms(ask: Callable[[], RunningJvms], pods: Sequence[PodContainer], patience_s: float) -> RunningJvms:
    """What *ask* gives, once each of *pods* has its JVM, or once *patience_s* are over; what then lacks is unread.

    It is asked every two seconds, and no more once the answer is a refusal.
    """
    began = time.monotonic()
    deadline = began + patience_s
    while True:
        in_vain = False
        try:
            running = ask()
            running = RunningJvms(running.jvms, _pods_without_jvm(running, pods) | running.unread)
        except SourceError as error:
            running, in_vain = RunningJvms(unread={ALL_NODES: _unread_reason(error)}), is_permanent_error(error)
        if in_vain or not running.unread or time.monotonic() + _PAUSE_S > deadline:
            _log.info("%d JVMs in %.2f s", len(running.jvms), time.monotonic() - began)
            for node, reason in running.unread.items():
                _log.warning("not read: JVM of %s: %s", node, reason)
            return running
        _log.debug("%d JVMs are not there yet; asked again in %d s", len(running.unread), _PAUSE_S)
        time.sleep(_PAUSE_S)


def parse_argument_list(text: str) -> tuple[str, ...]:
    """The arguments in *text*, which Java wrote as `[a, b]`.

    A comma and a blank within an argument look like those between two of them: what goes on there with a hyphen is
    taken for the next argument, and all else for more of the same.

    >>> parse_argument_list("[-Xmx8G, -Da=b]")
    ('-Xmx8G', '-Da=b')
    """
    arguments: list[str] = []
    for piece in text[1:-1].split(", "):
        if arguments and not piece.startswith("-"):
            arguments[-1] += f", {piece}"
        else:
            arguments.append(piece)
    return tuple(arguments) if arguments != [""] else ()


def dump_jvms(running: RunningJvms, logs: Iterable[PodLog]) -> bytes:
    """What is *running* and the *logs* as JSON, as a recording keeps them."""
    recorded = _RecordedJvms(running, tuple(sorted(logs, key=lambda log: log.pod)))
    return msgspec.json.format(msgspec.json.encode(recorded, order="deterministic"), indent=1) + b"\n"


def load_jvms(text: bytes) -> tuple[RunningJvms, tuple[PodLog, ...]]:
    """What `dump_jvms` kept in *text*; raises SourceError when that is something else."""
    try:
        recorded = msgspec.json.decode(text, type=_RecordedJvms)
    except msgspec.DecodeError as error:
        raise SourceError(f"Expected recorded JVMs, found: {error}.", remedy="record the cluster again") from error
    return recorded.running, recorded.logs


def _unread_reason(error: SourceError) -> str:
    without_jmx = "CATALOG_NOT_FOUND" in error.message
    return (SourceError(error.message, remedy=_NO_JMX_REMEDY) if without_jmx else error).clause


def _jvms_from_rows(nodes: list[list], jvms: list[list], redact: RedactObject) -> RunningJvms:
    versions_by_node = {node: about for node, *about in nodes}
    rows_by_node = {node: each for node, *each in jvms if each[0] is not None}
    silent = {
        node: f"Trino has it as {about[3]}, and its connector jmx tells nothing about it"
        for node, about in sorted(versions_by_node.items())
        if node not in rows_by_node
    }
    return RunningJvms(
        tuple(
            _jvm_from_row(node, each, versions_by_node.get(node), redact) for node, each in sorted(rows_by_node.items())
        ),
        silent,
    )


def _jvm_from_row(node: str, row: Sequence, version_row: Sequence | None, redact: RedactObject) -> Jvm:
    text, java, started = row
    uri, trino, coordinator, _ = version_row or ("", "", None, "")
    return Jvm(
        node,
        redact_texts(parse_argument_list(text), redact),
        "Trino",
        address=urlsplit(uri).hostname or "",
        coordinator=coordinator,
        java=java or "",
        trino=trino,
        started=None if started is None else datetime.fromtimestamp(started / 1000, UTC),
    )


def _pods_without_jvm(found: RunningJvms, pods: Sequence[PodContainer]) -> dict[str, str]:
    """Why some of *pods* have no JVM among those *found*: by name where nodes are called like pods, else by number."""
    nodes = {jvm.node for jvm in found.jvms} | set(found.unread)
    absent = sorted({pod.name for pod in pods} - nodes)
    if len(absent) < len(pods):
        return dict.fromkeys(absent, "no node of Trino is called like this pod")
    if len(nodes) < len(pods):
        return {"nodes": f"there are {len(pods)} pods of Trino, and it knows {len(nodes)}"}
    return {}
