"""Each way in which a login by Kerberos fails is told by its cause, on a real KDC and a real Trino, and by no other."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import REQUIRED
from tests.servers import kdc
from tests.servers import trino as server
from tests.servers.process import stop

from trinokit.clusters_file import Cluster, KerberosLogin, TrinoAccess
from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.kerberos.login import diagnosis as kerberos
from trinokit.observations import LoginAttempt
from trinokit.sources.live import Live

# There is one port for a coordinator in a pod, and one KDC of the real Trino.
pytestmark = pytest.mark.xdist_group("pods")

PORT = 18894
URL = f"https://localhost:{server.HTTPS_PORT}"
OTHER_URL = f"https://127.0.0.1:{server.HTTPS_PORT}"


@pytest.fixture(scope="session")
def folder(servers) -> Path:
    """The folder of the KDC that the real Trino asks."""
    folder = Path(servers["folder"]) / "kdc"
    if not folder.exists():
        (pytest.fail if REQUIRED else pytest.skip)("the servers run without a KDC; start them anew: make servers")
    return folder


@pytest.fixture
def changed(folder) -> Iterator[Path]:
    """The same folder, whose principals and whose coordinator's keytab are what they were again when the test ends."""
    before, keytab = kdc.dump(folder), kdc.keytab(folder, kdc.SERVICE).read_bytes()
    yield folder
    kdc.load(folder, before)
    kdc.keytab(folder, kdc.SERVICE).write_bytes(keytab)


@pytest.fixture
def looked(servers, folder) -> Callable[..., LoginAttempt]:
    """How far somebody gets in, with the usual settings or with others, and with the coordinator's own keytab."""

    def look(url: str = URL, own: Path | None = None, **settings: str | None) -> LoginAttempt:
        usual = {"principal": "trinokit", "keytab": str(kdc.keytab(folder, "trinokit")), "service": "HTTP"}
        known = KerberosLogin(**(usual | {"config": str(folder / "krb5.conf")} | settings))
        where = TrinoAccess(url, "trinokit", ca=f"{servers['folder']}/etc/server.pem", kerberos=known)
        return Live("test", Cluster(where), "a.b.c").login.attempt(str(own or kdc.keytab(folder, kdc.SERVICE)))

    return look


@pytest.fixture
def ahead(folder, tmp_path) -> Iterator[Path]:
    """A krb5.conf that leads to a KDC of the same principals, whose clock is ten minutes ahead."""
    process = kdc.serve(folder, PORT, ahead_s=600)
    yield kdc.client(tmp_path / "ahead.conf", PORT)
    stop(process)


def critical(realm: LoginAttempt) -> dict[str, str]:
    """What is CRITICAL in *realm*, by subject."""
    return {each.subject: each.sentence for each in kerberos.login_findings(realm) if each.severity == CRITICAL}


def ktutil(path: Path, *lines: str) -> Path:
    """The keytab *path* that ktutil writes after *lines*."""
    given = "\n".join([*lines, f"wkt {path}", "q", ""])
    subprocess.run(["ktutil"], input=given, text=True, capture_output=True, check=True, timeout=60)
    return path


def test_a_client_with_a_keytab_gets_in(looked, folder):
    found = looked()

    assert kerberos.login_findings(found)[3:] == [
        Finding(OK, "HTTP/localhost", "is known to the KDC, which issues tickets with number 1 of its key"),
        Finding(
            OK,
            str(kdc.keytab(folder, kdc.SERVICE)),
            "holds number 1 of the keys of HTTP/localhost@TEST.LOCAL, which opens its tickets",
        ),
        Finding(OK, URL, "lets trinokit@TEST.LOCAL in, as the user trinokit"),
    ]
    assert [each.subject for each in kerberos.login_findings(found)[:3]] == [
        str(folder / "krb5.conf"),
        "trinokit@TEST.LOCAL",
        "clocks",
    ]
    assert {each.severity for each in kerberos.login_findings(found)} == {OK}
    assert (found.kvno, found.fits, found.encryption) == (1, True, "aes256-cts-hmac-sha1-96")


def test_a_client_with_a_ticket_of_its_own_gets_in(looked, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/tickets")
    monkeypatch.setenv("KRB5_CONFIG", str(folder / "krb5.conf"))
    own = {"principal": None, "keytab": None, "config": None}
    before = looked(**own)
    subprocess.run(["kinit", "-k", "-t", kdc.keytab(folder, "trinokit"), "trinokit"], check=True, timeout=60)

    assert critical(looked(**own)) == {}
    assert critical(before) == {
        "the client": "gets no ticket: it has no valid ticket (No credentials cache found (filename: "
        f"{tmp_path}/tickets)): get one with kinit, or name a keytab in clusters.yaml. "
        "The ticket for HTTP/localhost and the login were not tried"
    }


def test_an_old_keytab_of_the_coordinator_is_told_by_its_number(looked, changed, tmp_path):
    keytab = kdc.keytab(changed, kdc.SERVICE)
    kdc.admin(changed, "ktadd", "-k", str(tmp_path / "new.keytab"), kdc.SERVICE)

    assert critical(looked()) == {
        str(keytab): "holds number 1 of the keys of HTTP/localhost@TEST.LOCAL, and the KDC issues tickets with number "
        "2: somebody ran ktadd or changed its password; export it anew, and the coordinator reads it without a restart",
        URL: f"refuses the ticket of trinokit@TEST.LOCAL, as was to be expected: see {keytab}",
    }
    assert critical(looked(own=tmp_path / "new.keytab")) == {
        URL: "refuses the ticket of trinokit@TEST.LOCAL, which the KDC issued: it has another keytab or principal"
    }


def test_a_new_keytab_is_read_without_a_restart(looked, changed):
    kdc.keytab(changed, kdc.SERVICE).unlink()
    kdc.admin(changed, "ktadd", "-k", str(kdc.keytab(changed, kdc.SERVICE)), kdc.SERVICE)
    found = looked()

    assert (found.kvno, critical(found)) == (2, {})


def test_keys_that_java_refuses_are_told_as_the_cause(looked, changed):
    keytab = kdc.keytab(changed, kdc.SERVICE)
    keytab.unlink()
    kdc.admin(changed, "ktadd", "-k", str(keytab), "-e", "arcfour-hmac:normal", kdc.SERVICE)

    assert critical(looked()) == {
        str(keytab): "holds keys of HTTP/localhost@TEST.LOCAL that Java refuses from 17 on (DEPRECATED:arcfour-hmac), "
        "and no other one: let the KDC issue aes256-cts and export it anew",
        URL: f"refuses the ticket of trinokit@TEST.LOCAL, as was to be expected: see {keytab}",
    }


def test_a_principal_that_was_added_again_is_told_although_the_number_is_the_same(looked, changed):
    kdc.admin(changed, "delprinc", "-force", kdc.SERVICE)
    kdc.add(changed, kdc.SERVICE)
    found = critical(looked())

    assert list(found) == [str(kdc.keytab(changed, kdc.SERVICE)), URL]
    assert found[str(kdc.keytab(changed, kdc.SERVICE))] == (
        "holds another key than the KDC under the same number 1 of HTTP/localhost@TEST.LOCAL: "
        "it was deleted and added again; export it anew, and the coordinator reads it without a restart"
    )


def test_a_keytab_without_the_encryption_of_the_tickets_is_told(looked, changed, tmp_path):
    keytab = kdc.keytab(changed, kdc.SERVICE)
    weaker = ktutil(tmp_path / "weaker", f"rkt {keytab}", "delent 1")

    assert critical(looked(own=weaker)) == {
        str(weaker): "holds aes128-cts-hmac-sha1-96 of HTTP/localhost@TEST.LOCAL, and the KDC encrypts its tickets "
        "with aes256-cts-hmac-sha1-96: export it anew with every key"
    }


def test_a_service_that_the_kdc_does_not_know_is_told_with_whose_the_keytab_is(looked):
    assert critical(looked(service="trino")) == {
        "trino/localhost": "has no ticket issued: the KDC does not know it: correct service and hostname in "
        "clusters.yaml (the coordinator's keytab is of HTTP/localhost@TEST.LOCAL), or add the principal there. "
        "The login was not tried"
    }


def test_a_wrong_host_name_is_told_and_the_right_one_beside_it_gets_in(looked):
    assert list(critical(looked(url=OTHER_URL))) == ["HTTP/127.0.0.1"]
    assert critical(looked(url=OTHER_URL, hostname="localhost")) == {}


def test_a_principal_of_another_realm_is_told_with_what_the_keytab_holds(looked, folder):
    assert critical(looked(principal="trinokit@OTHER.LOCAL")) == {
        "trinokit@OTHER.LOCAL": "gets no ticket: its keytab holds no key of it, but of trinokit@TEST.LOCAL: correct "
        f"the principal, or the default realm of {folder}/krb5.conf. "
        "The ticket for HTTP/localhost and the login were not tried"
    }


def test_a_realm_without_a_kdc_is_told(looked, folder, tmp_path):
    keytab = ktutil(tmp_path / "other", "addent -password -p trinokit@OTHER.LOCAL -k 1 -e aes256-cts", "s3cret")

    assert critical(looked(principal=None, keytab=str(keytab))) == {
        "trinokit@OTHER.LOCAL": f"gets no ticket: {folder}/krb5.conf has no KDC of its realm OTHER.LOCAL, but of "
        "TEST.LOCAL: correct the principal, or add the realm. "
        "The ticket for HTTP/localhost and the login were not tried"
    }


def test_a_wrong_default_realm_counts_only_for_a_principal_without_one(looked, tmp_path):
    config = kdc.client(tmp_path / "krb5.conf", default_realm="OTHER.LOCAL")

    assert critical(looked(config=str(config), principal="trinokit@TEST.LOCAL")) == {}
    assert critical(looked(config=str(config))) == {
        "trinokit@OTHER.LOCAL": "gets no ticket: its keytab holds no key of it, but of trinokit@TEST.LOCAL: correct "
        f"the principal, or the default realm of {config}. The ticket for HTTP/localhost and the login were not tried"
    }


def test_a_kdc_that_does_not_answer_is_told_with_its_address(looked, tmp_path):
    config = kdc.client(tmp_path / "krb5.conf", 1)

    assert critical(looked(config=str(config))) == {
        "trinokit@TEST.LOCAL": "gets no ticket: no KDC of TEST.LOCAL answers (127.0.0.1:1): check the addresses in "
        f"{config}, and the network on port 88. The ticket for HTTP/localhost and the login were not tried"
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["cpw", "-randkey"], "its keytab holds number 1 of its keys, and the KDC of TEST.LOCAL has another one: "),
        (["delprinc", "-force"], "the KDC of TEST.LOCAL does not know it: "),
        (["modprinc", "-pwexpire", "yesterday"], "the KDC of TEST.LOCAL refuses it: Password has expired while "),
        (["modprinc", "-expire", "yesterday"], "the KDC of TEST.LOCAL refuses it: Client's entry in database has exp"),
        (["modprinc", "-allow_tix"], "the KDC of TEST.LOCAL has locked it: Client's credentials have been revoked "),
    ],
)
def test_a_client_whom_the_kdc_refuses_is_told_why(looked, changed, change, sentence):
    kdc.admin(changed, *change, "trinokit")
    found = critical(looked())

    assert list(found) == ["trinokit@TEST.LOCAL"]
    assert found["trinokit@TEST.LOCAL"].startswith(f"gets no ticket: {sentence}")


def test_a_clock_of_the_kdc_far_from_the_coordinators_is_told(looked, ahead):
    found = looked(config=str(ahead))

    assert critical(found)[URL] == "refuses the ticket of trinokit@TEST.LOCAL, as was to be expected: see clocks"
    assert list(critical(found)) == ["clocks", URL]
    assert 590 <= found.kdc_ahead_s <= 610
    assert critical(found)["clocks"].endswith(
        "s ahead of that of the coordinator (limit 300 s), so it refuses every ticket: set both by NTP"
    )


def test_a_clock_that_kinit_does_not_put_right_is_told(looked, ahead):
    ahead.write_text(ahead.read_text().replace("rdns = false", "rdns = false\n    kdc_timesync = 0"))

    assert critical(looked(config=str(ahead))) == {
        "trinokit@TEST.LOCAL": "gets no ticket: the KDC's clock and that of this machine are more than 300 s apart "
        "(kinit: Clock skew too great in KDC reply while getting initial credentials): set both by NTP. "
        "The ticket for HTTP/localhost and the login were not tried"
    }


def test_a_keytab_that_everybody_may_read_is_told(looked, folder, tmp_path):
    keytab = tmp_path / "open.keytab"
    keytab.write_bytes(kdc.keytab(folder, kdc.SERVICE).read_bytes())
    keytab.chmod(0o644)

    assert [each for each in kerberos.login_findings(looked(own=keytab)) if each.severity != OK] == [
        Finding(WARNING, str(keytab), "is open to every user of this machine (mode 644): chmod 600")
    ]


def test_no_key_is_in_what_is_found_or_said(looked, folder):
    found = looked()
    told = subprocess.run(
        ["klist", "-k", "-K", kdc.keytab(folder, kdc.SERVICE)], capture_output=True, text=True, check=True, timeout=60
    )
    keys = [line.rpartition("(0x")[2].rstrip(") ") for line in told.stdout.splitlines() if "(0x" in line]

    assert len(keys) == 2
    assert not [
        key for key in keys if key in f"{found} {kerberos.login_findings(found)} {kerberos.login_table(found).to_csv()}"
    ]
    assert os.environ.get("KRB5_CONFIG") is None


def test_a_host_that_krb5_conf_takes_to_be_in_another_realm_is_told(looked, tmp_path):
    config = kdc.client(tmp_path / "krb5.conf")
    config.write_text(f"{config.read_text()}[domain_realm]\n    localhost = OTHER.LOCAL\n")
    found = critical(looked(config=str(config)))

    assert list(found) == ["HTTP/localhost"]
    assert found["HTTP/localhost"].startswith(
        f"has no ticket issued: the realm that {config} takes it to be in is another one than TEST.LOCAL, where the "
        "ticket is from (Server krbtgt/OTHER.LOCAL@TEST.LOCAL not found in Kerberos database while getting credentials"
    )
