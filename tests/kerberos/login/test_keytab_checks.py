"""What cannot be tried on a real KDC is judged from what was found: weak keys, foreign keytabs, names out of DNS."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos.login import diagnosis as kerberos
from trinokit.observations import Keytab, KeytabKey, Krb5Config, LoginAttempt, LoginStep

SERVICE = "trino/trino.example.com"
AES, RC4 = "aes256-cts-hmac-sha1-96", "DEPRECATED:arcfour-hmac"
CONFIG = Krb5Config(("/etc/krb5.conf",), "EXAMPLE.COM", {"EXAMPLE.COM": ("kdc:88",)})
WRITTEN = datetime(2026, 7, 1, tzinfo=UTC)
URL = "https://trino.example.com"


def keytab(*ciphers: str, principal: str = f"{SERVICE}@EXAMPLE.COM", kvno: int = 2) -> Keytab:
    keys = tuple(KeytabKey(principal, kvno, cipher, WRITTEN) for cipher in ciphers)
    return Keytab("k8s-secret:trino/kerberos#keytab", keys)


GOOD = LoginAttempt(
    service=SERVICE,
    url=URL,
    principal="alice@EXAMPLE.COM",
    config=CONFIG,
    server=keytab(AES),
    ticket=LoginStep("until 2026-07-02 10:00 UTC"),
    issued=LoginStep(f"for {SERVICE}"),
    kvno=2,
    encryption=AES,
    fits=True,
    login=LoginStep("alice"),
    kdc_ahead_s=0,
    coordinator_ahead_s=1,
)
REFUSED = LoginStep(failure="refused", said="Expected it to let alice in, found: error 401.")


def told(realm: LoginAttempt) -> list[Finding]:
    """What is not in order."""
    return [each for each in kerberos.login_findings(realm) if each.severity != OK]


def test_what_nobody_asked_for_is_told_as_such():
    assert kerberos.login_findings(None) == [Finding(INFO, "Kerberos", "was not checked, since nobody asked for it")]
    assert kerberos.login_table(None).empty


def test_what_could_not_be_asked_is_critical():
    absent = LoginAttempt(problem="kinit is not installed: apt-get install krb5-user")

    assert kerberos.login_findings(absent) == [
        Finding(CRITICAL, "Kerberos", "could not be checked: kinit is not installed: apt-get install krb5-user")
    ]
    assert kerberos.login_table(absent).empty


def test_what_is_in_order_is_told_with_its_numbers():
    assert kerberos.login_findings(GOOD) == [
        Finding(OK, "/etc/krb5.conf", "names the default realm EXAMPLE.COM and KDCs: EXAMPLE.COM at kdc:88"),
        Finding(OK, "alice@EXAMPLE.COM", "has a ticket until 2026-07-02 10:00 UTC"),
        Finding(OK, "clocks", "the KDC's clock is 1 s behind that of the coordinator (limit 300 s)"),
        Finding(OK, SERVICE, "is known to the KDC, which issues tickets with number 2 of its key"),
        Finding(
            OK,
            "k8s-secret:trino/kerberos#keytab",
            f"holds number 2 of the keys of {SERVICE}@EXAMPLE.COM, which opens its tickets",
        ),
        Finding(OK, URL, "lets alice@EXAMPLE.COM in, as the user alice"),
    ]


def test_the_table_has_a_line_for_each_fact_and_none_without_a_value():
    assert [tuple(row) for row in kerberos.login_table(GOOD).itertuples(index=False)] == [
        ("krb5.conf", "files", "/etc/krb5.conf"),
        ("krb5.conf", "default realm", "EXAMPLE.COM"),
        ("krb5.conf", "KDC of EXAMPLE.COM", "kdc:88"),
        ("client", "principal", "alice@EXAMPLE.COM"),
        ("client", "ticket", "until 2026-07-02 10:00 UTC"),
        ("service", "ticket", f"for {SERVICE}"),
        ("login", "user", "alice"),
        ("clocks", "KDC ahead of this machine in s", "0"),
        ("clocks", "coordinator ahead of this machine in s", "1"),
        ("service", "asked for", SERVICE),
        ("service", "number of its key", "2"),
        ("service", "encryption", AES),
        ("coordinator", "keytab", "k8s-secret:trino/kerberos#keytab"),
        ("coordinator", f"key of {SERVICE}@EXAMPLE.COM", f"number 2, {AES}, written 2026-07-01"),
    ]


@pytest.mark.parametrize(
    ("ciphers", "severity", "rest"),
    [
        ((RC4,), CRITICAL, "and no other one"),
        ((AES, RC4), WARNING, "and stronger ones beside them"),
        (("des3-cbc-sha1", AES), WARNING, "and stronger ones beside them"),
    ],
)
def test_keys_that_java_refuses_are_told(ciphers, severity, rest):
    [found] = told(replace(GOOD, server=keytab(*ciphers)))

    assert (found.severity, found.subject) == (severity, "k8s-secret:trino/kerberos#keytab")
    assert found.sentence.endswith(f"), {rest}: let the KDC issue aes256-cts and export it anew")


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (
            keytab(AES, principal=f"{SERVICE}@OLD.COM"),
            f"holds a key of {SERVICE}@OLD.COM, which is of the realm OLD.COM, and tickets are issued by EXAMPLE.COM",
        ),
        (
            keytab(AES, principal="trino/trino@EXAMPLE.COM"),
            f"holds no key of {SERVICE}@EXAMPLE.COM, but of trino/trino@EXAMPLE.COM: "
            "export that of the principal which clients ask for",
        ),
        (keytab(), "holds no key: export it anew"),
        (
            Keytab("k8s-secret:trino/kerberos#keytab", problem="Unsupported key table format version number"),
            "could not be read: Unsupported key table format version number",
        ),
    ],
)
def test_a_keytab_that_is_not_the_coordinators_is_told(server, sentence):
    assert told(replace(GOOD, server=server)) == [Finding(CRITICAL, "k8s-secret:trino/kerberos#keytab", sentence)]


def test_a_keytab_that_was_not_named_is_told_and_named_as_a_cause():
    refused = replace(GOOD, server=None, fits=None, login=REFUSED)

    assert told(refused) == [
        Finding(
            INFO,
            "keytab of the coordinator",
            "was not looked at: name it, to compare the number of its key with the KDC's",
        ),
        Finding(
            CRITICAL,
            URL,
            "refuses the ticket of alice@EXAMPLE.COM, which the KDC issued: it has another keytab or principal; "
            "name its keytab, to compare that with the KDC",
        ),
    ]


def test_a_name_that_dns_changed_is_told():
    said = "Server trino/ip-10-0-0-7.internal@EXAMPLE.COM not found in Kerberos database while getting credentials"
    unknown = LoginStep(failure="unknown service", said=said)

    assert told(replace(GOOD, issued=unknown, kvno=None, fits=None, login=None)) == [
        Finding(
            CRITICAL,
            SERVICE,
            "has no ticket issued: DNS made trino/ip-10-0-0-7.internal of its name, which the KDC does not know: write "
            "dns_canonicalize_hostname = false and rdns = false into /etc/krb5.conf. The login was not tried",
        )
    ]


@pytest.mark.parametrize(
    ("kdc", "coordinator", "severity", "sentence"),
    [
        (301, 0, CRITICAL, "the KDC's clock is 301 s ahead of that of the coordinator (limit 300 s), so it refuses "),
        (0, 301, CRITICAL, "the KDC's clock is 301 s behind that of the coordinator (limit 300 s), so it refuses "),
        (None, -400, CRITICAL, "the coordinator's clock is 400 s behind that of this machine (limit 300 s), so it "),
        (400, 399, WARNING, "this machine's clock is 400 s behind that of the KDC (limit 300 s), which the programs "),
        (-400, -399, WARNING, "this machine's clock is 400 s ahead of that of the KDC (limit 300 s), which the pro"),
        (300, 0, OK, "the KDC's clock is 300 s ahead of that of the coordinator (limit 300 s)"),
        (0, None, CRITICAL, f"could not be compared: {URL} does not tell its own"),
    ],
)
def test_clocks_are_compared_in_pairs(kdc, coordinator, severity, sentence):
    [found] = [
        each
        for each in kerberos.login_findings(replace(GOOD, kdc_ahead_s=kdc, coordinator_ahead_s=coordinator))
        if each.subject == "clocks"
    ]

    assert found.severity == severity
    assert found.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("config", "ticket", "finding"),
    [
        (
            Krb5Config(("/a", "/b"), problem="cannot be read: it is not there"),
            LoginStep(failure="no krb5.conf", said="Improper format"),
            Finding(CRITICAL, "/a, /b", "cannot be read: it is not there"),
        ),
        (
            Krb5Config(("/a",), problem="Expected key = value in /a, found none in line 3."),
            GOOD.ticket,
            Finding(WARNING, "/a", "Expected key = value in /a, found none in line 3."),
        ),
        (
            Krb5Config(("/a",), "EXAMPLE.COM", {}, {"dns_lookup_kdc": "false"}),
            GOOD.ticket,
            Finding(CRITICAL, "/a", "names no KDC, and forbids to ask DNS for one: add the realm with its kdc"),
        ),
    ],
)
def test_a_krb5_conf_that_leads_nowhere_is_told(config, ticket, finding):
    assert finding in told(replace(GOOD, config=config, ticket=ticket))


def test_one_that_leaves_the_kdc_to_dns_is_in_order():
    config = Krb5Config(("/a",), "EXAMPLE.COM")

    assert kerberos.login_findings(replace(GOOD, config=config))[0] == Finding(
        OK, "/a", "names the default realm EXAMPLE.COM and KDCs: those that DNS tells"
    )


def test_a_login_that_fails_otherwise_is_told_in_its_own_words():
    failed = LoginStep(failure="other", said="Expected Trino to answer at https://trino.example.com, found: refused.")

    assert told(replace(GOOD, login=failed)) == [
        Finding(CRITICAL, URL, f"alice@EXAMPLE.COM does not get in: {failed.said}")
    ]
