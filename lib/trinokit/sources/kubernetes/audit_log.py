"""What does the audit log of an API server tell about writes? Files of audit.k8s.io/v1 events, a line each."""

import gzip
import logging
import re
import time
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

import msgspec

from trinokit.errors import ParameterError, SourceError
from trinokit.observations import AuditedWrite, AuditLog
from trinokit.sources.kubernetes import audit_body_redaction
from trinokit.sources.secrets.redaction import RedactObject

_log = logging.getLogger(__name__)
_VERSION = "audit.k8s.io/v1"
_WRITE_VERB = re.compile(rb'"verb":\s*"(?:create|update|patch|delete|deletecollection)"')
_COMPLETE_STAGE = re.compile(rb'"stage":\s*"ResponseComplete"')
# What is written all the time and never declared, and what only reads though it creates.
_IGNORED_RESOURCES = {"events", "leases", "endpointslices", "endpoints", "tokenreviews", "subjectaccessreviews"}
_IGNORED_RESOURCES |= {
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "selfsubjectreviews",
    "localsubjectaccessreviews",
}
# What controllers make in great number is told by who and when alone.
_WITHOUT_BODIES = {"pods", "replicasets", "controllerrevisions"}
_MAX_PROBLEMS = 10


class _EventUser(msgspec.Struct, frozen=True):
    username: str = ""


class _ObjectReference(msgspec.Struct, rename="camel"):
    resource: str = ""
    namespace: str = ""
    name: str = ""
    api_group: str = ""
    resource_version: str = ""
    subresource: str = ""


class _ResponseStatus(msgspec.Struct):
    code: int = 0


class _AuditEvent(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str
    verb: str
    stage_timestamp: datetime
    audit_id: str = msgspec.field(name="auditID")
    level: str = ""
    request_uri: str = msgspec.field(name="requestURI", default="")
    user: _EventUser = _EventUser()
    impersonated_user: _EventUser | None = None
    source_ips: list[str] = msgspec.field(name="sourceIPs", default=[])
    user_agent: str = ""
    object_ref: _ObjectReference | None = None
    response_status: _ResponseStatus | None = None
    request_object: msgspec.Raw = msgspec.Raw(b"null")
    response_object: msgspec.Raw = msgspec.Raw(b"null")


class _EventTime(msgspec.Struct, rename="camel"):
    stage_timestamp: datetime


@dataclass
class _LogState:
    """What was found so far."""

    redact: RedactObject
    writes: dict[str, AuditedWrite] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)


def read_audit_log(paths: Iterable[Path], redact: RedactObject) -> AuditLog:
    """The writes that the files *paths* tell, plain or gzipped, with the bodies that *redact* makes of theirs.

    Dry runs and refused requests are no writes. What is no event, and a file that ends early or is empty, is a problem
    and the rest goes on. Raises ParameterError for a file that cannot be opened.
    """
    began, reading = time.monotonic(), _LogState(redact)
    for path in paths:
        _read_file(path, reading)
    writes = sorted(reading.writes.values(), key=_write_order)
    _log.info("%d writes in an audit log, read in %.2f s", len(writes), time.monotonic() - began)
    for problem in reading.problems:
        _log.warning("audit log: %s", problem)
    moments = [*reading.moments, *(each.moment for each in writes)]
    since, until = (min(moments), max(moments)) if moments else (None, None)
    return AuditLog(writes=tuple(writes), problems=tuple(reading.problems), given=True, since=since, until=until)


def dump_audit_log(log: AuditLog, namespaces: Collection[str]) -> bytes:
    """*log* as lines of JSON, with the writes to *namespaces* and to what lives in none."""
    writes = [each for each in log.writes if not each.namespace or each.namespace in namespaces]
    return b"\n".join(map(msgspec.json.encode, (replace(log, writes=()), *writes))) + b"\n"


def load_audit_log(content: bytes) -> AuditLog:
    """The log that `dump_audit_log` kept; raises SourceError when it is none."""
    lines = content.splitlines()
    try:
        [log] = [msgspec.json.decode(each, type=AuditLog) for each in lines[:1]]
        return replace(log, writes=tuple(msgspec.json.decode(each, type=AuditedWrite) for each in lines[1:]))
    except (msgspec.DecodeError, ValueError) as error:
        raise SourceError(f"Expected a recorded audit log, found: {error}.", remedy="record it anew") from error


def _read_file(path: Path, reading: _LogState) -> None:
    problems: list[str] = []
    number, first, line = 0, b"", b""
    try:
        with _open_plain_or_gzip(path) as file:
            for number, line in enumerate(file, 1):
                first = first or line
                if problem := _take_line(line, reading):
                    problems.append(f"{path}, line {number}: expected an event, found {problem}")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        problems.append(f"{path}, after line {number}: expected more of a gzipped file, found: {error}")
    except OSError as error:
        raise ParameterError(
            f"Expected an audit log in {path}, found: {error.strerror or error}.",
            remedy="name the files that kube-apiserver writes under --audit-log-path",
        ) from error
    if not number and not problems:
        problems.append(f"{path}: expected events, found none")
    reading.moments += filter(None, map(_event_time, (first, line)))
    problems_left = len(problems) - _MAX_PROBLEMS
    reading.problems += problems[:_MAX_PROBLEMS] + (
        [f"{path}: {problems_left} more lines are no events"] if problems_left > 0 else []
    )


def _open_plain_or_gzip(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_gzipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if is_gzipped else path.open("rb")


def _take_line(line: bytes, reading: _LogState) -> str:
    """What is wrong with *line*; its write, if it is one, is taken over."""
    # A log has many more reads than writes, so a line is decoded only when it looks like one.
    if _COMPLETE_STAGE.search(line) and _WRITE_VERB.search(line):
        try:
            event = msgspec.json.decode(line, type=_AuditEvent)
        except msgspec.DecodeError as error:
            return str(error)
        if (event.api_version, event.kind) != (_VERSION, "Event"):
            return f"{event.kind} of {event.api_version}"
        _add_write(event, reading)
        return ""
    text = line.strip()
    if not text or (text.startswith(b"{") and text.endswith(b"}") and b'"auditID"' in text):
        return ""
    return "something else" if line.endswith(b"\n") else "a line that ends early"


def _event_time(line: bytes) -> datetime | None:
    try:
        return msgspec.json.decode(line, type=_EventTime).stage_timestamp
    except msgspec.DecodeError:
        return None


def _is_write(event: _AuditEvent) -> bool:
    about, status = event.object_ref, event.response_status
    return (
        about is not None
        and status is not None
        and 200 <= status.code < 300
        and about.resource not in _IGNORED_RESOURCES
        and about.subresource in ("", "scale")
    )


def _add_write(event: _AuditEvent, reading: _LogState) -> None:
    about, parameters = event.object_ref, parse_qs(urlsplit(event.request_uri).query)
    if not _is_write(event) or "All" in parameters.get("dryRun", ()):
        return
    request, response = _decode_bodies(event)
    if event.verb.startswith("delete") and audit_body_redaction.is_dry_run(request):
        return
    request, response = (
        audit_body_redaction.redact_body(each, about.api_group, about.resource, reading.redact)
        for each in (request, response)
    )
    reading.writes[event.audit_id] = AuditedWrite(
        moment=event.stage_timestamp,
        verb=event.verb,
        user=event.user.username,
        impersonated=event.impersonated_user.username if event.impersonated_user else "",
        addresses=tuple(event.source_ips),
        agent=event.user_agent,
        manager=parameters.get("fieldManager", [""])[0] or event.user_agent.partition("/")[0],
        audit_id=event.audit_id,
        level=event.level,
        group=about.api_group,
        resource=about.resource,
        # A namespace is said to be in itself.
        namespace="" if (about.api_group, about.resource) == ("", "namespaces") else about.namespace,
        name=about.name,
        subresource=about.subresource,
        resource_version=_resource_version(response) or about.resource_version,
        request=request,
        response=response,
    )


def _decode_bodies(event: _AuditEvent) -> list[object]:
    if event.object_ref.resource in _WITHOUT_BODIES:
        return [None, None]
    # The answer to a delete is what was deleted, of which nothing is asked.
    response = msgspec.Raw(b"null") if event.verb == "delete" else event.response_object
    return [msgspec.json.decode(each) for each in (event.request_object, response)]


def _resource_version(body: object) -> str:
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return metadata.get("resourceVersion", "") if isinstance(metadata, dict) else ""


def _write_order(write: AuditedWrite) -> tuple[datetime, str]:
    return write.moment, write.audit_id
