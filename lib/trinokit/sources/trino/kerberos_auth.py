"""How does a client of Kerberos show who it is? By a ticket for the coordinator's service, sent with every request."""

import logging
import os
import re
import secrets
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import requests

from trinokit.clusters_file import KerberosLogin
from trinokit.errors import SourceError

_log = logging.getLogger(__name__)
# What MIT's library says, and in a word or two what has failed then; the first that is found counts.
_FAILURE_PATTERNS = {
    "no krb5.conf": r"Improper format of Kerberos configuration|Can't open/find Kerberos configuration",
    "clock": r"Clock skew too great|Ticket not yet valid",
    "no answer": r"Cannot contact any KDC|Cannot resolve network address for KDC|running after",
    "other realm": r"Server krbtgt/\S+ not found in Kerberos database",
    "no default realm": r"does not specify default realm",
    "no realm": r"Cannot find KDC for realm|Cannot determine realm",
    "unknown client": r"Client '.*' not found in Kerberos database|Client not found in Kerberos database",
    "unknown service": r"Server (?:\S+ )?not found in Kerberos database",
    "wrong key": r"Password incorrect|Preauthentication failed|Decrypt integrity check failed",
    "not in keytab": r"Keytab contains no suitable keys|No key table entry found",
    "no keytab": r"Key table file .* not found|Unsupported key table format|Permission denied",
    "expired": r"has expired",
    "locked": r"have been revoked",
    "no ticket": r"No credentials cache|No Kerberos credentials available|Can't find client principal"
    r"|Ticket expired|Matching credential not found",
}
_UNKNOWN_SERVICE_REMEDY = "name service and hostname in clusters.yaml as the coordinator's principal has them"
_REMEDIES = {
    "clock": "set the clocks of this machine, the KDC and the coordinator by NTP",
    "no answer": "check the addresses of the KDC in krb5.conf, and the network: ports 88 of TCP and UDP",
    "unknown service": _UNKNOWN_SERVICE_REMEDY,
    "other realm": _UNKNOWN_SERVICE_REMEDY,
    "no realm": "add the realm with its KDC to krb5.conf",
    "expired": "ask the administrator of the realm to renew it",
}
_ENVIRONMENT_LOCK = threading.Lock()


class KerberosAuth(requests.auth.AuthBase):
    """Sends a ticket for the service that *where* names, by default of the *host* of the url, with each request.

    A ticket that was got by a keytab is kept in the memory of this process alone.
    """

    def __init__(self, login: KerberosLogin, host: str) -> None:
        self._where, self._target = login, f"{login.service}@{login.hostname or host}"
        self._cache = f"MEMORY:trinokit-{secrets.token_hex(8)}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The *request* with a ticket; raises SourceError when there is none to be had."""
        # Sent unasked it saves half of the requests: Trino would refuse each one first.
        _log.debug("ticket for %s sent", self._target)
        request.headers["Authorization"] = f"Negotiate {b64encode(self._token()).decode()}"
        return request

    def _token(self) -> bytes:
        gssapi = _import_gssapi()
        store = (
            {"client_keytab": _keytab_name(self._where.keytab), "ccache": self._cache} if self._where.keytab else None
        )
        try:
            with use_krb5_conf(self._where.config):
                who = self._where.principal and gssapi.Name(self._where.principal, gssapi.NameType.user)
                own = gssapi.Credentials(name=who or None, usage="initiate", store=store)
                target = gssapi.Name(self._target, gssapi.NameType.hostbased_service)
                mechanism = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
                return gssapi.SecurityContext(name=target, creds=own, usage="initiate", mech=mechanism).step()
        except gssapi.exceptions.GSSError as error:
            message = "; ".join(error.get_all_statuses(error.min_code, False)) or error.gen_message()
            raise SourceError(
                f"Expected a ticket of Kerberos for {self._target}, found: {message}.", remedy=self._remedy(message)
            ) from error

    def _remedy(self, message: str) -> str:
        principal, keytab = self._where.principal or "", self._where.keytab
        login = f"kinit -kt {keytab} {principal}" if keytab else f"kinit {principal}"
        return _REMEDIES.get(kerberos_failure(message), f"get a ticket by hand: {login.strip()}")


def kerberos_failure(message: str) -> str:
    """What has failed, in a word or two, when Kerberos says *message*; empty when its words are not known."""
    return next((kind for kind, pattern in _FAILURE_PATTERNS.items() if re.search(pattern, message)), "")


@contextmanager
def use_krb5_conf(path: str | None) -> Iterator[None]:
    """While the block lasts, Kerberos reads the krb5.conf at *path*, or that of the system."""
    if path is None:
        yield
        return
    # The library takes its configuration from the environment and from nowhere else, anew at each call.
    with _ENVIRONMENT_LOCK:
        before = os.environ.get("KRB5_CONFIG")
        os.environ["KRB5_CONFIG"] = str(Path(path).expanduser())
        try:
            yield
        finally:
            del os.environ["KRB5_CONFIG"]
            os.environ.update({"KRB5_CONFIG": before} if before is not None else {})


def _keytab_name(keytab: str) -> str:
    # The library itself says of a keytab that is not there only that it has no credentials.
    path = Path(keytab).expanduser()
    try:
        path.open("rb").close()
    except OSError as error:
        raise SourceError(
            f"Expected to read the keytab {keytab}, found: {error.strerror}.", remedy="check its path and its mode"
        ) from error
    return f"FILE:{path}"


def _import_gssapi() -> ModuleType:
    try:
        import gssapi
    except ImportError as error:
        raise SourceError(
            f"Expected Python's gssapi, with which it logs in by Kerberos, found: {error}.",
            remedy="install it, with a compiler and libkrb5-dev at hand, in the checkout of trinokit: "
            "pip install -e '.[kerberos]'",
        ) from error
    return gssapi
