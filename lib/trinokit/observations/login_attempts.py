"""How far does a client come into a coordinator by Kerberos?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, order=True)
class KeytabKey:
    """One key of a keytab: whose it is, its number (*kvno*) and *encryption*, and when it was *written* there."""

    principal: str
    kvno: int
    encryption: str
    written: datetime | None = None


@dataclass(frozen=True)
class Keytab:
    """The *keys* of a keytab, never what they are, or the *problem* that kept them from being read.

    *mode* is that of a file, and None for what comes out of a Secret.
    """

    where: str
    keys: tuple[KeytabKey, ...] = ()
    mode: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Krb5Config:
    """What a krb5.conf of these *files* says: *kdcs* has the addresses of each realm's KDCs.

    *settings* are those of [libdefaults], *problem* says why it could not be read.
    """

    files: tuple[str, ...]
    default_realm: str = ""
    kdcs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class LoginStep:
    """One step of a login: what was *found*, or in a word or two why it was a *failure*, and what was *said* then."""

    found: str = ""
    failure: str = ""
    said: str = ""


@dataclass(frozen=True)
class LoginAttempt:
    """How a client on this machine gets into a coordinator by Kerberos, as far as it came; None is what it did not ask.

    *service* is what it wants a ticket for, such as trino/host, at the coordinator *url*; *principal* is who it is.
    *client* and *server* are its own keytab and the coordinator's. *ticket* is the first one, which the KDC gives to
    the client, *issued* the one for the service with the number *kvno* of its key and the *encryption*; *fits* says
    whether the server's keytab opens it. Clocks are *ahead* of that of this machine.
    """

    service: str = ""
    url: str = ""
    principal: str = ""
    config: Krb5Config = Krb5Config(())
    client: Keytab | None = None
    server: Keytab | None = None
    ticket: LoginStep | None = None
    issued: LoginStep | None = None
    kvno: int | None = None
    encryption: str = ""
    fits: bool | None = None
    login: LoginStep | None = None
    kdc_ahead_s: int | None = None
    coordinator_ahead_s: int | None = None
    problem: str = ""
