"""Does a client get into the coordinator by Kerberos, and if not, at which step does it fail and why?"""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos.login.acceptor import Acceptor, coordinator_acceptors
from trinokit.kerberos.login.keytab_checks import client_keytab_findings, server_keytab_findings
from trinokit.objects import Objects
from trinokit.observations import Keytab, LoginAttempt

CLOCK_LIMIT_S = 300
# Why the client gets no ticket.
_TICKET_FAILURES = {
    "no krb5.conf": "{files} is no krb5.conf: {said}",
    "clock": "the KDC's clock and that of this machine are more than {limit} s apart (kinit: {said}): set both by NTP",
    "no answer": "no KDC of {realm} answers ({kdcs}): check the addresses in {files}, and the network on port 88",
    "other realm": "the KDC of {realm} knows no way into the realm that was asked for: {said}",
    "no default realm": "neither it nor {files} names a realm: write it as principal: name@REALM into clusters.yaml",
    "no realm": "{files} has no KDC of its realm {realm}, but of {known}: correct the principal, or add the realm",
    "unknown client": "the KDC of {realm} does not know it: correct the principal, or add it there",
    "wrong key": "its keytab holds number {kvno} of its keys, and the KDC of {realm} has another one: "
    "somebody ran ktadd or changed its password; export the keytab anew",
    "not in keytab": "its keytab holds no key of it, but of {held}: "
    "correct the principal, or the default realm of {files}",
    "no keytab": "its keytab could not be used: {said}",
    "expired": "the KDC of {realm} refuses it: {said}; ask the administrator of the realm to renew it",
    "locked": "the KDC of {realm} has locked it: {said}; ask the administrator of the realm",
    "no ticket": "it has no valid ticket ({said}): get one with kinit, or name a keytab in clusters.yaml",
}


class _LoginFact(NamedTuple):
    """A row of `login_table`."""

    step: str
    fact: str
    value: object


def login_table(realm: LoginAttempt | None, live: Objects | None = None) -> pd.DataFrame:
    """What was found on the way into the coordinator, step by step, and what the *live* coordinator is set up for.

    The columns are step, fact and value; what is not known has no row.
    """
    rows = [*(_login_rows(realm) if realm else ()), *(_acceptor_rows(live) if realm and live else ())]
    return pd.DataFrame([row for row in rows if row.value not in ("", None)], columns=_LoginFact._fields).astype("str")


def login_findings(realm: LoginAttempt | None, live: Objects | None = None) -> list[Finding]:
    """Which step of the way into the coordinator fails, and why; without a *realm* nobody asked for it."""
    if realm is None:
        return [Finding(INFO, "Kerberos", "was not checked, since nobody asked for it")]
    if realm.problem:
        return [Finding(CRITICAL, "Kerberos", f"could not be checked: {realm.problem}")]
    findings = [
        *_krb5_config_findings(realm),
        *client_keytab_findings(realm),
        *_client_ticket_findings(realm),
        *_clock_findings(realm),
        *_service_ticket_findings(realm),
    ]
    there = [*server_keytab_findings(realm), *(_acceptor_findings(realm, live) if live else ())]
    causes = [each.subject for each in (*_clock_findings(realm), *there) if each.severity == CRITICAL]
    return [*findings, *there, *_login_attempt_findings(realm, causes)]


def _krb5_config_findings(realm: LoginAttempt) -> Iterator[Finding]:
    config, files = realm.config, ", ".join(realm.config.files)
    if config.problem:
        works = realm.ticket and not realm.ticket.failure
        yield Finding(WARNING if works else CRITICAL, files, config.problem)
    elif config.kdcs or config.settings.get("dns_lookup_kdc", "true") == "true":
        place_text = (
            "; ".join(f"{name} at {', '.join(hosts)}" for name, hosts in config.kdcs.items()) or "those that DNS tells"
        )
        yield Finding(OK, files, f"names the default realm {config.default_realm or '(none)'} and KDCs: {place_text}")
    else:
        yield Finding(CRITICAL, files, "names no KDC, and forbids to ask DNS for one: add the realm with its kdc")


def _client_ticket_findings(realm: LoginAttempt) -> Iterator[Finding]:
    attempt, subject = realm.ticket, realm.principal or "the client"
    if attempt is None or (realm.config.problem and attempt.failure == "no krb5.conf"):
        return
    if not attempt.failure:
        yield Finding(OK, subject, f"has a ticket {attempt.found}")
        return
    sentence = _TICKET_FAILURES.get(attempt.failure, "{said}").format(
        said=attempt.said, limit=CLOCK_LIMIT_S, **_failure_details(realm)
    )
    yield Finding(
        CRITICAL, subject, f"gets no ticket: {sentence}. The ticket for {realm.service} and the login were not tried"
    )


def _failure_details(realm: LoginAttempt) -> dict[str, str]:
    """What krb5.conf and the keytab say to a client that gets no ticket."""
    keys = realm.client.keys if realm.client else ()
    name = realm.principal.rpartition("@")[2] or realm.config.default_realm
    numbers = sorted({str(key.kvno) for key in keys if key.principal == realm.principal})
    return {
        "realm": name,
        "files": ", ".join(realm.config.files),
        "kdcs": ", ".join(realm.config.kdcs.get(name, ())) or "found by DNS",
        "known": ", ".join(realm.config.kdcs) or "none",
        "held": ", ".join(dict.fromkeys(key.principal for key in keys)) or "nobody",
        "kvno": ", ".join(numbers) or "none",
    }


def _clock_findings(realm: LoginAttempt) -> Iterator[Finding]:
    kdc, coordinator = realm.kdc_ahead_s, realm.coordinator_ahead_s
    if coordinator is None:
        yield Finding(CRITICAL, "clocks", f"could not be compared: {realm.url} does not tell its own")
        return
    between = coordinator if kdc is None else kdc - coordinator
    ahead, behind = ("coordinator", "this machine") if kdc is None else ("KDC", "the coordinator")
    apart = f"the {ahead}'s clock is {abs(between)} s {'ahead of' if between > 0 else 'behind'} that of {behind}"
    if abs(between) > CLOCK_LIMIT_S:
        yield Finding(
            CRITICAL, "clocks", f"{apart} (limit {CLOCK_LIMIT_S} s), so it refuses every ticket: set both by NTP"
        )
    elif kdc is not None and abs(kdc) > CLOCK_LIMIT_S:
        yield Finding(
            WARNING,
            "clocks",
            f"this machine's clock is {abs(kdc)} s {'behind' if kdc > 0 else 'ahead of'} that of the KDC (limit "
            f"{CLOCK_LIMIT_S} s), which the programs of MIT put right and Java does not: set it by NTP",
        )
    else:
        yield Finding(OK, "clocks", f"{apart} (limit {CLOCK_LIMIT_S} s)")


def _service_ticket_findings(realm: LoginAttempt) -> Iterator[Finding]:
    attempt = realm.issued
    if attempt is None:
        return
    if not attempt.failure:
        yield Finding(
            OK, realm.service, f"is known to the KDC, which issues tickets with number {realm.kvno} of its key"
        )
        return
    yield Finding(
        CRITICAL, realm.service, f"has no ticket issued: {_service_ticket_failure(realm)}. The login was not tried"
    )


def _service_ticket_failure(realm: LoginAttempt) -> str:
    message, settings = realm.issued.said, realm.config.settings
    if realm.issued.failure == "unknown service":
        name = message.partition("Server ")[2].partition("@")[0]
        if name and name != realm.service:
            return (
                f"DNS made {name} of its name, which the KDC does not know: write dns_canonicalize_hostname = false "
                f"and rdns = false into {', '.join(realm.config.files)}"
            )
        keytab_principals = sorted({key.principal for key in realm.server.keys}) if realm.server else []
        hint = f" (the coordinator's keytab is of {', '.join(keytab_principals)})" if keytab_principals else ""
        return (
            f"the KDC does not know it: correct service and hostname in clusters.yaml{hint}, or add the principal there"
        )
    if realm.issued.failure in ("other realm", "no realm", "no default realm"):
        return (
            f"the realm that {', '.join(realm.config.files)} takes it to be in is another one than "
            f"{realm.principal.rpartition('@')[2]}, where the ticket is from ({message}): correct default_realm "
            f"({settings.get('default_realm', 'none')}) or [domain_realm]"
        )
    return message


def _acceptor_findings(realm: LoginAttempt, live: Objects) -> Iterator[Finding]:
    acceptors = coordinator_acceptors(live)
    if not acceptors:
        yield Finding(CRITICAL, "coordinator", "could not be compared: no live ConfigMap with its config.properties")
    for each in acceptors:
        yield from _principal_findings(realm, each)


def _principal_findings(realm: LoginAttempt, each: Acceptor) -> Iterator[Finding]:
    service, hostname = realm.service.split("/", 1)
    if "KERBEROS" not in each.types:
        types = ",".join(each.types) or "not set"
        yield Finding(
            CRITICAL, each.config_map, f"lets nobody in by Kerberos: http-server.authentication.type is {types}"
        )
    elif "${" in each.principal:
        yield Finding(
            CRITICAL, each.config_map, f"could not be compared: its principal is {each.principal}, in variables"
        )
    elif not each.hostname:
        sentence = "has no http-server.authentication.krb5.principal-hostname, so its principal has the name of its pod"
        yield Finding(CRITICAL, each.config_map, f"{sentence}, which no client asks for: set it to {hostname}")
    elif (service, hostname.lower()) != (each.service, each.hostname.lower()):
        sentence = f"accepts tickets for {each.principal}, and clients ask for {realm.service}"
        remedy = f"write service: {each.service} and hostname: {each.hostname} into clusters.yaml, or change it there"
        yield Finding(CRITICAL, each.config_map, f"{sentence}: {remedy}")
    else:
        yield Finding(OK, each.config_map, f"accepts tickets for {each.principal}, which clients ask for")
        if each.names and hostname.lower() not in map(str.lower, each.names):
            sentence = f"is reached as {', '.join(each.names)}, and its principal has the host {each.hostname}"
            yield Finding(INFO, each.workload, f"{sentence}: clients must give it, as hostname_override in Python")


def _login_attempt_findings(realm: LoginAttempt, causes: list[str]) -> Iterator[Finding]:
    attempt = realm.login
    if attempt is None:
        return
    if not attempt.failure:
        yield Finding(OK, realm.url, f"lets {realm.principal} in, as the user {attempt.found}")
    elif attempt.failure != "refused":
        yield Finding(CRITICAL, realm.url, f"{realm.principal} does not get in: {attempt.said}")
    elif causes:
        yield Finding(
            CRITICAL, realm.url, f"refuses the ticket of {realm.principal}, as was to be expected: see {causes[0]}"
        )
    else:
        unseen = "" if realm.server else "; name its keytab, to compare that with the KDC"
        sentence = f"refuses the ticket of {realm.principal}, which the KDC issued: it has another keytab or principal"
        yield Finding(CRITICAL, realm.url, f"{sentence}{unseen}")


def _login_rows(realm: LoginAttempt) -> Iterator[_LoginFact]:
    config = realm.config
    yield _LoginFact("krb5.conf", "files", ", ".join(config.files))
    yield _LoginFact("krb5.conf", "default realm", config.default_realm)
    yield from (_LoginFact("krb5.conf", f"KDC of {name}", ", ".join(hosts)) for name, hosts in config.kdcs.items())
    for name in ("dns_canonicalize_hostname", "rdns", "kdc_timesync", "clockskew"):
        yield _LoginFact("krb5.conf", name, config.settings.get(name, ""))
    yield _LoginFact("client", "principal", realm.principal)
    yield from _keytab_rows("client", realm.client)
    for name, attempt in (("client", realm.ticket), ("service", realm.issued), ("login", realm.login)):
        yield _LoginFact(
            name, "user" if name == "login" else "ticket", attempt and (attempt.found or f"none: {attempt.said}")
        )
    yield _LoginFact("clocks", "KDC ahead of this machine in s", realm.kdc_ahead_s)
    yield _LoginFact("clocks", "coordinator ahead of this machine in s", realm.coordinator_ahead_s)
    yield _LoginFact("service", "asked for", realm.service)
    yield _LoginFact("service", "number of its key", realm.kvno)
    yield _LoginFact("service", "encryption", realm.encryption)
    yield from _keytab_rows("coordinator", realm.server)


def _keytab_rows(step: str, keytab: Keytab | None) -> Iterator[_LoginFact]:
    if keytab is None:
        return
    yield _LoginFact(step, "keytab", keytab.where)
    yield _LoginFact(step, "mode", "" if keytab.mode is None else f"{keytab.mode:o}")
    for key in keytab.keys:
        written = f", written {key.written:%Y-%m-%d}" if key.written else ""
        yield _LoginFact(step, f"key of {key.principal}", f"number {key.kvno}, {key.encryption}{written}")


def _acceptor_rows(live: Objects) -> Iterator[_LoginFact]:
    for each in coordinator_acceptors(live):
        yield _LoginFact(each.config_map, "authentication", ",".join(each.types))
        yield _LoginFact(each.config_map, "principal", each.principal)
        yield _LoginFact(each.config_map, "keytab", each.keytab)
        yield _LoginFact(each.workload, "reached as", ", ".join(each.names))
