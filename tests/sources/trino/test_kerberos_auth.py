"""A client gets a ticket by a keytab or by its own, sends it with each request, and is told why it gets none."""

import os
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.conftest import REQUIRED
from tests.servers import kdc

from trinokit.clusters_file import KerberosLogin
from trinokit.errors import SourceError
from trinokit.sources.trino import kerberos_auth

PORT = 18896


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    """The folder of a KDC of its own."""
    if kdc.missing():
        (pytest.fail if REQUIRED else pytest.skip)(str(kdc.missing()))
    folder = tmp_path_factory.mktemp("kerberos") / "kdc"
    with kdc.alone(folder, PORT, kdc.SERVICE, "alice"):
        yield folder


def header(kerberos: dict[str, str], host: str = "localhost") -> str:
    """What is sent to *host* to show who asks."""
    request = requests.Request(
        "GET", f"https://{host}/", auth=kerberos_auth.KerberosAuth(KerberosLogin(**kerberos), host)
    ).prepare()
    return request.headers["Authorization"]


def accepted(folder: Path, sent: str) -> str:
    """As whom the service lets in who *sent* that, by its keytab."""
    program = (
        "import base64, gssapi, sys\n"
        "own = gssapi.Credentials(usage='accept')\n"
        "context = gssapi.SecurityContext(creds=own, usage='accept')\n"
        "context.step(base64.b64decode(sys.stdin.read()))\n"
        "print(context.initiator_name)\n"
    )
    environment = os.environ | kdc.environment(folder) | {"KRB5_KTNAME": str(kdc.keytab(folder, kdc.SERVICE))}
    done = subprocess.run(
        [sys.executable, "-c", program], input=sent, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_keytab_gives_a_ticket_that_the_service_accepts(kerberos, folder):
    kind, _, sent = header(kerberos).partition(" ")

    assert kind == "Negotiate"
    assert accepted(folder, sent) == "alice@TEST.LOCAL"


def test_the_first_principal_of_a_keytab_is_taken_where_none_is_named(kerberos, folder):
    assert accepted(folder, header(kerberos | {"principal": None}).partition(" ")[2]) == "alice@TEST.LOCAL"


def test_a_ticket_of_ones_own_is_taken_where_no_keytab_is_named(kerberos, folder):
    argv = ["kinit", "-k", "-t", kerberos["keytab"], "alice"]
    subprocess.run(argv, env=os.environ | kdc.environment(folder), check=True, timeout=60)

    for principal in (None, "alice"):
        sent = header(kerberos | {"keytab": None, "principal": principal}).partition(" ")[2]
        assert accepted(folder, sent) == "alice@TEST.LOCAL"


def test_a_keytab_leaves_no_ticket_behind_and_the_environment_as_it_was(kerberos, tmp_path):
    before = dict(os.environ)
    header(kerberos)

    assert dict(os.environ) == before
    assert list(tmp_path.iterdir()) == []


def test_each_request_has_a_ticket_of_its_own(kerberos):
    auth = kerberos_auth.KerberosAuth(KerberosLogin(**kerberos), "localhost")
    sent = [requests.Request("GET", "https://localhost/", auth=auth).prepare().headers["Authorization"] for _ in "12"]

    assert sent[0] != sent[1]
    assert all(b64decode(each.partition(" ")[2]).startswith(b"`") for each in sent)


def test_the_host_of_the_entry_is_asked_for_before_that_of_the_url(kerberos, folder):
    sent = header(kerberos | {"hostname": "localhost"}, host="127.0.0.1").partition(" ")[2]

    assert accepted(folder, sent) == "alice@TEST.LOCAL"


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        (
            {"service": "trino"},
            r"trino@localhost, found: Server trino/localhost@TEST.LOCAL not found in Kerberos database\.",
            "name service and hostname in clusters.yaml as the coordinator's principal has them",
        ),
        (
            {"hostname": "nobody.example.com"},
            r"HTTP@nobody.example.com, found: Server krbtgt/EXAMPLE.COM@TEST.LOCAL not found in Kerberos database\.",
            "name service and hostname in clusters.yaml as the coordinator's principal has them",
        ),
        (
            {"keytab": None},
            "found: Can't find client principal alice@TEST.LOCAL in cache collection",
            "get a ticket by hand: kinit alice",
        ),
        (
            {"keytab": None, "principal": None},
            "found: No Kerberos credentials available",
            "get a ticket by hand: kinit",
        ),
        ({"config": "/not/there"}, "found: ", "get a ticket by hand: kinit -kt "),
    ],
)
def test_who_gets_no_ticket_is_told_why(kerberos, change, message, remedy):
    with pytest.raises(SourceError, match="Expected a ticket of Kerberos for .*" + message) as refused:
        header(kerberos | change)

    assert refused.value.remedy.startswith(remedy)


def test_a_keytab_that_is_not_there_is_told(kerberos):
    with pytest.raises(SourceError, match="Expected to read the keytab /not/there, found: No such file or directory."):
        header(kerberos | {"keytab": "/not/there"})


def test_a_kdc_that_does_not_answer_is_told(kerberos, tmp_path):
    config = kdc.client(tmp_path / "krb5.conf", 1)

    with pytest.raises(SourceError, match="Cannot contact any KDC for realm 'TEST.LOCAL'.\n  -> check the addresses"):
        header(kerberos | {"config": str(config)})


def test_without_the_library_it_is_told_how_to_install_it(kerberos, monkeypatch):
    monkeypatch.setitem(sys.modules, "gssapi", None)

    with pytest.raises(SourceError, match=r"Expected Python's gssapi.*\n.*pip install -e '.\[kerberos\]'"):
        header(kerberos)


def test_the_configuration_is_that_of_the_block_and_then_again_what_it_was(monkeypatch):
    monkeypatch.setenv("KRB5_CONFIG", "/before")
    with kerberos_auth.use_krb5_conf("~/krb5.conf"):
        inside = os.environ["KRB5_CONFIG"]
    with kerberos_auth.use_krb5_conf(None):
        untouched = os.environ["KRB5_CONFIG"]

    assert inside == str(Path.home() / "krb5.conf")
    assert (untouched, os.environ["KRB5_CONFIG"]) == ("/before", "/before")


def test_two_at_once_get_their_own_configuration(kerberos, tmp_path):
    wrong = kdc.client(tmp_path / "krb5.conf", 1)
    ways = [kerberos, kerberos | {"config": str(wrong)}] * 4
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        try:
            found[number] = header(ways[number])[:9]
        except SourceError:
            found[number] = "refused"

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(ways))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert [found[number] for number in range(len(ways))] == ["Negotiate", "refused"] * 4


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("kinit: Clock skew too great in KDC reply while getting initial credentials", "clock"),
        ('Cannot find KDC for realm "OTHER.LOCAL" while getting initial credentials', "no realm"),
        ("Server krbtgt/OTHER.LOCAL@TEST.LOCAL not found in Kerberos database", "other realm"),
        ("Server not found in Kerberos database", "unknown service"),
        ("Client 'x@TEST.LOCAL' not found in Kerberos database while getting initial credentials", "unknown client"),
        ("Preauthentication failed while getting initial credentials", "wrong key"),
        ("Expected kinit x to end, found it running after 60 s.", "no answer"),
        ("Configuration file does not specify default realm when parsing name trinokit", "no default realm"),
        ("Can't find client principal alice@TEST.LOCAL in cache collection", "no ticket"),
        ("something else", ""),
    ],
)
def test_what_kerberos_says_has_a_name(said, kind):
    assert kerberos_auth.kerberos_failure(said) == kind
