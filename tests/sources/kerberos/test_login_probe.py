"""What is found on the way into a coordinator is what a real KDC and real keytabs say; nothing of it stays behind."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import REQUIRED
from tests.servers import kdc
from tests.servers.kubernetes import cluster
from tests.servers.process import stop

from trinokit.clusters_file import Cluster, KerberosLogin, KubernetesAccess, TrinoAccess
from trinokit.observations import Keytab, KeytabKey, LoginAttempt, LoginStep
from trinokit.sources.kerberos import login_probe
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.recorded import Recorded

PORT = 18898
# Nobody listens there, so every way ends at the login.
URL = "https://localhost:1"
CIPHERS = ("aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    """The folder of a KDC of its own."""
    if kdc.missing():
        (pytest.fail if REQUIRED else pytest.skip)(str(kdc.missing()))
    folder = tmp_path_factory.mktemp("kerberos") / "kdc"
    with kdc.alone(folder, PORT, kdc.SERVICE, "alice"):
        yield folder


def found(kerberos: dict[str, str], keytab: str = "", kubernetes: KubernetesAccess | None = None) -> LoginAttempt:
    return login_probe.probe_login(
        "test",
        Cluster(TrinoAccess(URL, "alice", kerberos=KerberosLogin(**kerberos)), kubernetes=kubernetes),
        ApiServer(kubernetes).secret_data,
        keytab,
    )


def keys(keytab: Keytab) -> list[tuple]:
    return [(key.principal, key.kvno, key.encryption) for key in keytab.keys]


def test_each_step_is_told_as_far_as_it_comes(kerberos, folder):
    service = str(kdc.keytab(folder, kdc.SERVICE))
    told = found(kerberos, service)

    assert (told.service, told.url, told.principal) == ("HTTP/localhost", URL, "alice@TEST.LOCAL")
    assert told.config.kdcs == {"TEST.LOCAL": (f"127.0.0.1:{PORT}",)}
    assert (told.client.where, told.client.mode, told.client.problem) == (kerberos["keytab"], 0o600, "")
    assert keys(told.client) == [("alice@TEST.LOCAL", 1, cipher) for cipher in CIPHERS]
    assert (told.server.where, keys(told.server)) == (service, [("HTTP/localhost@TEST.LOCAL", 1, c) for c in CIPHERS])
    assert told.ticket.found.startswith("until 20")
    assert told.issued == LoginStep("for HTTP/localhost")
    assert (told.kvno, told.fits, told.encryption) == (1, True, CIPHERS[0])
    assert told.login.failure == "other"
    assert told.login.said.startswith(f"Expected Trino to answer at {URL}, found: ")
    assert abs(told.kdc_ahead_s) < 30
    assert told.coordinator_ahead_s is None


def test_the_moment_at_which_a_key_was_written_is_in_utc(kerberos, folder, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    [written, _] = [key.written for key in found(kerberos).client.keys]

    assert abs(written.timestamp() - kdc.keytab(folder, "alice").stat().st_mtime) < 5


def test_nothing_stays_behind(kerberos, folder, tmp_path):
    before = dict(os.environ), set(Path(tempfile.gettempdir()).glob("trinokit-kerberos-*"))
    found(kerberos, str(kdc.keytab(folder, kdc.SERVICE)))

    assert (dict(os.environ), set(Path(tempfile.gettempdir()).glob("trinokit-kerberos-*"))) == before
    assert list(tmp_path.iterdir()) == []


def test_the_coordinators_keytab_may_lie_in_a_secret(kerberos, folder, kubernetes, kubectl, namespace):
    path = kdc.keytab(folder, kdc.SERVICE)
    kubectl("create", "secret", "generic", "kerberos", "-n", namespace, f"--from-file=keytab={path}")
    config = str(kubernetes / "admin.kubeconfig")
    where = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=config)
    reference = f"k8s-secret:{namespace}/kerberos#keytab"
    told = found(kerberos, reference, where)

    assert (told.server.where, told.server.mode, told.fits) == (reference, None, True)
    assert keys(told.server) == [("HTTP/localhost@TEST.LOCAL", 1, cipher) for cipher in CIPHERS]
    assert found(kerberos, f"k8s-secret:{namespace}/none#keytab", where).server.problem.startswith(
        f'Expected to read Secret {namespace}/none, found 404: secrets "none" not found'
    )


def test_a_keytab_that_is_none_is_told_by_the_name_it_was_given(kerberos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no keytab")

    assert found(kerberos, "text").server == Keytab(
        "text", problem="Unsupported key table format version number while starting keytab scan"
    )
    assert found(kerberos, "none").server == Keytab(
        "none", problem="Key table file 'none' not found while starting keytab scan"
    )
    assert found(kerberos, "text").fits is None


def test_without_a_principal_the_first_one_of_the_keytab_is_taken(kerberos):
    told = found(kerberos | {"principal": None})

    assert (told.principal, told.issued) == ("alice@TEST.LOCAL", LoginStep("for HTTP/localhost"))


def test_a_ticket_of_ones_own_is_used_and_its_clock_is_not_known(kerberos, folder):
    argv = ["kinit", "-k", "-t", kerberos["keytab"], "alice"]
    subprocess.run(argv, env=os.environ | kdc.environment(folder), check=True, timeout=60)
    told = found(kerberos | {"keytab": None, "principal": None})

    assert (told.principal, told.client, told.kdc_ahead_s) == ("alice@TEST.LOCAL", None, None)
    assert (told.kvno, told.fits, told.issued) == (1, None, LoginStep("for HTTP/localhost"))


def test_a_ticket_of_ones_own_that_has_ended_is_none(kerberos, folder):
    argv = ["faketime", "-f", "-2d", "kinit", "-k", "-t", kerberos["keytab"], "-l", "1h", "alice"]
    config = folder / "late.conf"
    process = kdc.serve(folder, PORT + 1, ahead_s=-2 * 86400)
    try:
        environment = os.environ | {"KRB5_CONFIG": str(kdc.client(config, PORT + 1))}
        subprocess.run(argv, env=environment, check=True, timeout=60)
    finally:
        stop(process)
    told = found(kerberos | {"keytab": None, "principal": None})

    assert told.ticket.failure == "no ticket"
    assert told.ticket.said.startswith("it ended at 20")
    assert (told.issued, told.login) == (None, None)


def test_a_step_that_fails_is_the_last_one(kerberos):
    unknown = found(kerberos | {"principal": "bob"})
    elsewhere = found(kerberos | {"hostname": "nobody.example.com"})

    assert (unknown.ticket.failure, unknown.issued, unknown.login) == ("not in keytab", None, None)
    assert (elsewhere.issued.failure, elsewhere.kvno, elsewhere.login) == ("unknown service", None, None)
    assert elsewhere.issued.said.startswith("Server HTTP/nobody.example.com@TEST.LOCAL not found in Kerberos database")


def test_a_host_with_a_domain_is_found_in_the_realm_of_the_client(kerberos, folder):
    kdc.add(folder, "HTTP/trino.example.com")
    told = found(kerberos | {"hostname": "trino.example.com"})

    assert (told.issued, told.kvno) == (LoginStep("for HTTP/trino.example.com"), 1)


def test_what_this_machine_has_not_is_told(kerberos, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert found(kerberos) == LoginAttempt(problem="kinit, klist, kvno is not installed: apt-get install krb5-user")


def test_a_cluster_without_kerberos_is_told():
    for where in (None, TrinoAccess("https://localhost:1")):
        cluster = Cluster(where, kubernetes=KubernetesAccess({"a": "b"}, context="c"))
        told = login_probe.probe_login("test", cluster, ApiServer(None).secret_data)
        assert told == LoginAttempt(problem="clusters.yaml has no trino.kerberos in its entry")


def test_into_a_recording_nobody_can_log_in(recorded):
    made: Recorded = recorded([])

    assert made.login.attempt("any") == LoginAttempt(
        problem="nobody can log into a recording; name a cluster that is live"
    )


def test_a_keys_age_and_number_are_read_of_each_key(kerberos, folder, tmp_path):
    path = tmp_path / "more.keytab"
    kdc.add(folder, "HTTP/other")
    kdc.admin(folder, "ktadd", "-k", str(path), "HTTP/other")
    kdc.admin(folder, "ktadd", "-k", str(path), "-e", "arcfour-hmac:normal", "HTTP/other")

    assert [replaced(key) for key in found(kerberos, str(path)).server.keys] == [
        KeytabKey("HTTP/other@TEST.LOCAL", 2, CIPHERS[0]),
        KeytabKey("HTTP/other@TEST.LOCAL", 2, CIPHERS[1]),
        KeytabKey("HTTP/other@TEST.LOCAL", 3, "DEPRECATED:arcfour-hmac"),
    ]


def replaced(key: KeytabKey) -> KeytabKey:
    return KeytabKey(key.principal, key.kvno, key.encryption)
