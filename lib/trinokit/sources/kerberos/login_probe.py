"""How far does a client on this machine come into a coordinator by Kerberos? Asked with MIT's own programs."""

import logging
import os
import re
import shutil
import stat
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests

from trinokit import shell
from trinokit.clusters_file import Cluster, KerberosLogin, TrinoAccess
from trinokit.errors import SourceError
from trinokit.observations import Keytab, KeytabKey, LoginAttempt, LoginStep
from trinokit.sources import http_sessions
from trinokit.sources.kerberos import krb5_conf
from trinokit.sources.secrets.secret_references import ReadSecret, resolve_secret_bytes
from trinokit.sources.trino.coordinator import Coordinator
from trinokit.sources.trino.kerberos_auth import kerberos_failure

_log = logging.getLogger(__name__)
_PROGRAMS = ("kinit", "klist", "kvno")
_PROGRAM_TIMEOUT_S = 60
_KEYTAB_LINE = re.compile(r"\s*(\d+) (\S+ \S+) (\S+) \((.+?)\)\s*")
_TICKET_LINE = re.compile(r"(\d\d/\d\d/\d\d \d\d:\d\d:\d\d)  (\d\d/\d\d/\d\d \d\d:\d\d:\d\d)  (\S+)")
_ENCRYPTION_PATTERN = r"{}@\S*\s+Etype \(skey, tkt\): \S+, (\S+)"
_DEFAULT_PRINCIPAL = re.compile(r"Default principal: (.+)")
_KVNO_LINE = re.compile(r"(\S+)@\S*: kvno = (\d+)(?:, keytab entry (valid|invalid))?")


def probe_login(name: str, cluster: Cluster, read_secret: ReadSecret, keytab: str = "") -> LoginAttempt:
    """How far a client comes into the Trino of the *cluster* with that *name*, as its entry says.

    *keytab* is the coordinator's own: a path, or a reference to a secret; empty when it is not to be looked at.
    *read_secret* gives what is kept in a Secret. Tickets that a keytab gives are kept in a temporary folder.
    """
    where = cluster.trino
    if where is None or where.kerberos is None:
        return LoginAttempt(problem="clusters.yaml has no trino.kerberos in its entry")
    began = time.monotonic()
    absent = [program for program in _PROGRAMS if not shutil.which(program)]
    if absent:
        return LoginAttempt(problem=f"{', '.join(absent)} is not installed: apt-get install krb5-user")
    with TemporaryDirectory(prefix="trinokit-kerberos-") as folder:
        programs = _MitPrograms(Path(folder), where.kerberos)
        server = _server_keytab(programs, keytab, read_secret)
        found = programs.ticket(_begin_attempt(programs, where, server))
        if not found.ticket.failure:
            found = programs.issued(found)
            if not found.issued.failure:
                found = replace(found, login=_try_login(Coordinator(name, cluster, read_secret)))
    steps = {"ticket": found.ticket, "service": found.issued, "login": found.login}
    came = ", ".join(f"{step}: {each.failure or 'well'}" for step, each in steps.items() if each)
    _log.info("%s: login by Kerberos: %s in %.2f s", name, came, time.monotonic() - began)
    return replace(found, coordinator_ahead_s=_clock_ahead_s(where), server=server and replace(server, where=keytab))


class _MitPrograms:
    """MIT's programs with the krb5.conf of *where*, their tickets in *folder* unless they are the user's own."""

    def __init__(self, folder: Path, where: KerberosLogin) -> None:
        self.folder, self.where = folder, where
        more = {"LC_ALL": "C", "TZ": "UTC"} | ({"KRB5_CONFIG": _absolute_path(where.config)} if where.config else {})
        own = {"KRB5CCNAME": f"FILE:{folder}/tickets"} if where.keytab else {}
        self._environment = {**os.environ, **more, **own}

    def run(self, *argv: str) -> tuple[bool, str]:
        """Whether *argv* succeeded, and what it said."""
        try:
            said = shell.check_output(
                *argv, folder=self.folder, environment=self._environment, seconds=_PROGRAM_TIMEOUT_S
            )
        except SourceError as error:
            _, told, words = error.message.partition("found exit code 1: ")
            return False, words if told else error.message
        return True, said.decode(errors="replace")

    def keytab(self, path: str, shown: str) -> Keytab:
        """The keytab at *path*, called *shown*, with its mode."""
        succeeded, said = self.run("klist", "-k", "-t", "-e", path)
        if not succeeded:
            return Keytab(shown, problem=_plain_message(said).replace(path, shown))
        found = [match.groups() for match in map(_KEYTAB_LINE.fullmatch, said.splitlines()) if match]
        keys = [KeytabKey(who, int(kvno), cipher, _parse_klist_time(at)) for kvno, at, who, cipher in found]
        return Keytab(shown, tuple(keys), stat.S_IMODE(Path(path).stat().st_mode))

    def ticket(self, found: LoginAttempt) -> LoginAttempt:
        """What is *found*, with the first ticket and the clock of the KDC that gave it."""
        if self.where.keytab:
            asked = datetime.now(UTC)
            succeeded, said = self.run(
                "kinit", "-k", "-t", _absolute_path(self.where.keytab), *filter(None, [found.principal])
            )
            if not succeeded:
                return replace(
                    found, ticket=LoginStep(failure=kerberos_failure(said) or "other", said=_plain_message(said))
                )
        succeeded, said = self.run("klist")
        first = next((match for match in _TICKET_LINE.finditer(said) if match[3].startswith("krbtgt/")), None)
        if not succeeded or first is None:
            return replace(found, ticket=LoginStep(failure="no ticket", said=_plain_message(said)))
        since, until = map(_parse_klist_time, first.groups()[:2])
        if until < datetime.now(UTC):
            return replace(found, ticket=LoginStep(failure="no ticket", said=f"it ended at {until:%Y-%m-%d %H:%M} UTC"))
        ahead = round((since - asked).total_seconds()) if self.where.keytab else None
        attempt = LoginStep(f"until {until:%Y-%m-%d %H:%M} UTC")
        return replace(found, ticket=attempt, principal=_DEFAULT_PRINCIPAL.search(said)[1], kdc_ahead_s=ahead)

    def issued(self, found: LoginAttempt) -> LoginAttempt:
        """What is *found*, with the ticket for the service and whether the server's keytab opens it."""
        opened = ["-k", found.server.where] if found.server and not found.server.problem else []
        succeeded, said = self.run("kvno", *opened, "-S", *found.service.split("/", 1))
        number = _KVNO_LINE.search(said)
        if number is None and kerberos_failure(said) == "other realm":
            # Of a service that the KDC does not know the library asks once more in a realm named like its domain.
            known, again = self.run("kvno", f"{found.service}@{found.principal.rpartition('@')[2]}")
            said = said if known else again
        if number is None:
            return replace(
                found, issued=LoginStep(failure=kerberos_failure(said) or "other", said=_plain_message(said))
            )
        service, kvno, opening = number.groups()
        cipher = re.search(_ENCRYPTION_PATTERN.format(re.escape(service)), self.run("klist", "-e")[1])
        fits = opening == "valid" if opened else None
        issued = LoginStep(f"for {service}")
        return replace(found, issued=issued, kvno=int(kvno), encryption=cipher[1] if cipher else "", fits=fits)


def _begin_attempt(programs: _MitPrograms, where: TrinoAccess, server: Keytab | None) -> LoginAttempt:
    kerberos = where.kerberos
    config = krb5_conf.read_krb5_conf(kerberos.config)
    client = programs.keytab(_absolute_path(kerberos.keytab), kerberos.keytab) if kerberos.keytab else None
    principal = kerberos.principal or (client.keys[0].principal if client and client.keys else "")
    if principal and "@" not in principal and config.default_realm:
        principal = f"{principal}@{config.default_realm}"
    service = f"{kerberos.service}/{kerberos.hostname or urlsplit(where.url).hostname}"
    return LoginAttempt(
        service=service, url=where.url, principal=principal, config=config, client=client, server=server
    )


def _server_keytab(programs: _MitPrograms, keytab: str, read_secret: ReadSecret) -> Keytab | None:
    if not keytab:
        return None
    if not keytab.startswith("k8s-secret:"):
        return replace(programs.keytab(_absolute_path(keytab), keytab), where=_absolute_path(keytab))
    path = programs.folder / "server.keytab"
    path.touch(mode=0o600)
    try:
        path.write_bytes(resolve_secret_bytes(keytab, read_secret))
    except SourceError as error:
        return Keytab(keytab, problem=f"{error.message} {error.remedy}")
    # Its own mode says nothing about how the coordinator mounts it.
    return replace(programs.keytab(str(path), keytab), where=str(path), mode=None)


def _try_login(coordinator: Coordinator) -> LoginStep:
    try:
        [[user]] = coordinator.rows("SELECT current_user")
    except SourceError as error:
        refused = "refused" if "error 401" in error.message else "other"
        return LoginStep(failure=refused, said=f"{error.message} {error.remedy}")
    return LoginStep(user)


def _clock_ahead_s(where: TrinoAccess) -> float | None:
    try:
        with http_sessions.isolated_session(where.url, where.ca or True) as session:
            before = datetime.now(UTC)
            answer = session.get(f"{where.url.rstrip('/')}/v1/info", timeout=10, allow_redirects=False)
            told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (requests.RequestException, ValueError):
        return None
    return round((told - before).total_seconds())


def _absolute_path(path: str) -> str:
    return str(Path(path.removeprefix("file:").removeprefix("FILE:")).expanduser().absolute())


def _parse_klist_time(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)


def _plain_message(said: str) -> str:
    return " ".join(said.split()).removeprefix("kinit: ").removeprefix("klist: ").removeprefix("kvno: ")
