"""What else is told about objects than what they are? Who wrote them, which release they came with, what was loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trinokit.objects import Object


@dataclass(frozen=True)
class AuditedWrite:
    """One write that an API server carried out, as its audit log tells; no dry run is one.

    *manager* is the fieldManager of the request, or else what stands before the first slash of *agent*.
    *request* and *response* are the bodies where the log has them, with secrets hashed as in the live objects.
    """

    moment: datetime
    verb: str
    user: str
    impersonated: str
    addresses: tuple[str, ...]
    agent: str
    manager: str
    audit_id: str
    level: str
    group: str
    resource: str
    namespace: str
    name: str
    subresource: str = ""
    resource_version: str = ""
    request: object = field(default=None, repr=False)
    response: dict | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AuditLog:
    """The *writes* of an audit log in the order of their moments, and the *problems* that kept some from being read.

    *given* says whether there was a log at all; it covers the moments from *since* to *until*.
    """

    writes: tuple[AuditedWrite, ...] = ()
    problems: tuple[str, ...] = ()
    given: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class HelmRevision:
    """One revision of a Helm release: its *status* and *moment*, and the objects of its manifest, secrets hashed.

    *description* is Helm's, with secrets hashed too, and *commit* what the label says that a runbook gives an upgrade.
    """

    name: str
    namespace: str
    revision: int
    status: str
    moment: datetime
    items: tuple[Object, ...] = field(repr=False)
    description: str = ""
    commit: str = ""


@dataclass(frozen=True)
class PrometheusState:
    """What a Prometheus has loaded: its *configuration*, and its rule *groups* as its API tells them.

    *problem* says why it could not be read; then the rest is empty.
    """

    configuration: Mapping[str, object] = field(default_factory=dict)
    groups: tuple[Mapping[str, object], ...] = ()
    version: str = ""
    problem: str = ""
