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
from trinokit.sources.secrets.secret_reference_resolution import ReadSecret, resolve_secret_bytes
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
    access = cluster.trino
    if access is None or access.kerberos is None:
        return LoginAttempt(problem="clusters.yaml has no trino.kerberos in its entry")
    began = time.monotonic()
    absent = [program for program in _PROGRAMS if not shutil.which(program)]
    if absent:
        return LoginAttempt(problem=f"{', '.join(absent)} is not installed: apt-get install krb5-user")
    with TemporaryDirectory(prefix="trinokit-kerberos-") as folder:
        programs = _MitPrograms(Path(folder), access.kerberos)
        server = _server_keytab(programs, keytab, read_secret)
        attempt = programs.ticket(_begin_attempt(programs, access, server))
        if not attempt.ticket.failure:
            attempt = programs.issued(attempt)
            if not attempt.issued.failure:
                attempt = replace(attempt, login=_try_login(Coordinator(name, cluster, read_secret)))
    steps = {"ticket": attempt.ticket, "service": attempt.issued, "login": attempt.login}
    came = ", ".join(f"{step}: {each.failure or 'well'}" for step, each in steps.items() if each)
    _log.info("%s: login by Kerberos: %s in %.2f s", name, came, time.monotonic() - began)
    return replace(attempt, coordinator_ahead_s=_clock_ahead_s(access), server=server and replace(server, where=keytab))


class _MitPrograms:
    """MIT's programs with the krb5.conf of *where*, their tickets in *folder* unless they are the user's own."""

    def __init__(self, folder: Path, login: KerberosLogin) -> None:
        self.folder, self.where = folder, login
        environment = {"LC_ALL": "C", "TZ": "UTC"} | (
            {"KRB5_CONFIG": _absolute_path(login.config)} if login.config else {}
        )
        own = {"KRB5CCNAME": f"FILE:{folder}/tickets"} if login.keytab else {}
        self._environment = {**os.environ, **environment, **own}

    def run(self, *argv: str) -> tuple[bool, str]:
        """Whether *argv* succeeded, and what it said."""
        try:
            output = shell.check_output(
                *argv, folder=self.folder, environment=self._environment, seconds=_PROGRAM_TIMEOUT_S
            )
        except SourceError as error:
            _, output_text, words = error.message.partition("found exit code 1: ")
            return False, words if output_text else error.message
        return True, output.decode(errors="replace")

    def keytab(self, path: str, shown_path: str) -> Keytab:
        """The keytab at *path*, called *shown_path*, with its mode."""
        succeeded, output = self.run("klist", "-k", "-t", "-e", path)
        if not succeeded:
            return Keytab(shown_path, problem=_plain_message(output).replace(path, shown_path))
        key_fields = [match.groups() for match in map(_KEYTAB_LINE.fullmatch, output.splitlines()) if match]
        keys = [KeytabKey(who, int(kvno), cipher, _parse_klist_time(at)) for kvno, at, who, cipher in key_fields]
        return Keytab(shown_path, tuple(keys), stat.S_IMODE(Path(path).stat().st_mode))

    def ticket(self, login: LoginAttempt) -> LoginAttempt:
        """*login* with the first ticket and the clock of the KDC that gave it."""
        if self.where.keytab:
            asked_at = datetime.now(UTC)
            succeeded, output = self.run(
                "kinit", "-k", "-t", _absolute_path(self.where.keytab), *filter(None, [login.principal])
            )
            if not succeeded:
                return replace(
                    login, ticket=LoginStep(failure=kerberos_failure(output) or "other", said=_plain_message(output))
                )
        succeeded, output = self.run("klist")
        first = next((match for match in _TICKET_LINE.finditer(output) if match[3].startswith("krbtgt/")), None)
        if not succeeded or first is None:
            return replace(login, ticket=LoginStep(failure="no ticket", said=_plain_message(output)))
        since, until = map(_parse_klist_time, first.groups()[:2])
        if until < datetime.now(UTC):
            return replace(login, ticket=LoginStep(failure="no ticket", said=f"it ended at {until:%Y-%m-%d %H:%M} UTC"))
        ahead = round((since - asked_at).total_seconds()) if self.where.keytab else None
        attempt = LoginStep(f"until {until:%Y-%m-%d %H:%M} UTC")
        return replace(login, ticket=attempt, principal=_DEFAULT_PRINCIPAL.search(output)[1], kdc_ahead_s=ahead)

    def issued(self, login: LoginAttempt) -> LoginAttempt:
        """*login* with the ticket for the service and whether the server's keytab opens it."""
        opened = ["-k", login.server.where] if login.server and not login.server.problem else []
        succeeded, output = self.run("kvno", *opened, "-S", *login.service.split("/", 1))
        number = _KVNO_LINE.search(output)
        if number is None and kerberos_failure(output) == "other realm":
            # Of a service that the KDC does not know the library asks once more in a realm named like its domain.
            is_known, second_output = self.run("kvno", f"{login.service}@{login.principal.rpartition('@')[2]}")
            output = output if is_known else second_output
        if number is None:
            return replace(
                login, issued=LoginStep(failure=kerberos_failure(output) or "other", said=_plain_message(output))
            )
        service, kvno, opening = number.groups()
        cipher = re.search(_ENCRYPTION_PATTERN.format(re.escape(service)), self.run("klist", "-e")[1])
        fits = opening == "valid" if opened else None
        issued = LoginStep(f"for {service}")
        return replace(login, issued=issued, kvno=int(kvno), encryption=cipher[1] if cipher else "", fits=fits)


def _begin_attempt(programs: _MitPrograms, access: TrinoAccess, server: Keytab | None) -> LoginAttempt:
    kerberos = access.kerberos
    config = krb5_conf.read_krb5_conf(kerberos.config)
    client = programs.keytab(_absolute_path(kerberos.keytab), kerberos.keytab) if kerberos.keytab else None
    principal = kerberos.principal or (client.keys[0].principal if client and client.keys else "")
    if principal and "@" not in principal and config.default_realm:
        principal = f"{principal}@{config.default_realm}"
    service = f"{kerberos.service}/{kerberos.hostname or urlsplit(access.url).hostname}"
    return LoginAttempt(
        service=service,
        url=http_sessions.url_without_credentials(access.url),
        principal=principal,
        config=config,
        client=client,
        server=server,
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
        failure = "refused" if "error 401" in error.message else "other"
        return LoginStep(failure=failure, said=f"{error.message} {error.remedy}")
    return LoginStep(user)


def _clock_ahead_s(access: TrinoAccess) -> float | None:
    try:
        with http_sessions.isolated_session(access.url, access.ca or True) as session:
            before = datetime.now(UTC)
            answer = session.get(f"{access.url.rstrip('/')}/v1/info", timeout=10, allow_redirects=False)
            server_time = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (requests.RequestException, ValueError):
        return None
    return round((server_time - before).total_seconds())


def _absolute_path(path: str) -> str:
    return str(Path(path.removeprefix("file:").removeprefix("FILE:")).expanduser().absolute())


def _parse_klist_time(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)


def _plain_message(message: str) -> str:
    return " ".join(message.split()).removeprefix("kinit: ").removeprefix("klist: ").removeprefix("kvno: ")
