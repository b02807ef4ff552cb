"""The KDC of the tests gives tickets by its keytabs, keeps them when it should, and stops by its pid."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REQUIRED
from tests.servers import kdc
from tests.servers.process import alive, stop

PORT = 18892


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    """The folder of a KDC of its own."""
    if kdc.missing():
        (pytest.fail if REQUIRED else pytest.skip)(str(kdc.missing()))
    folder = tmp_path_factory.mktemp("kerberos") / "kdc"
    with kdc.alone(folder, PORT, "somebody") as process:
        yield folder
    assert not alive(process)


def kinit(folder: Path, config: Path | None = None) -> str:
    """What is said when somebody asks for a ticket; empty when he gets one."""
    variables = kdc.environment(folder) | ({"KRB5_CONFIG": str(config)} if config else {})
    argv = ["kinit", "-c", f"FILE:{folder}/tickets", "-k", "-t", str(kdc.keytab(folder, "somebody")), "somebody"]
    done = subprocess.run(argv, env=os.environ | variables, capture_output=True, text=True, timeout=60)
    return done.stderr


def test_a_keytab_gives_a_ticket(folder):
    assert kinit(folder) == ""


def test_an_exported_key_stays_what_it_was(folder, tmp_path):
    kdc.export(folder, "somebody", tmp_path / "again")

    assert kinit(folder) == ""
    assert "Key: vno 1," in kdc.admin(folder, "getprinc", "somebody")


def test_a_database_is_again_what_it_was_when_it_was_dumped(folder):
    before = kdc.dump(folder)
    kdc.admin(folder, "cpw", "-randkey", "somebody")
    changed = kinit(folder)
    kdc.load(folder, before)

    assert changed == "kinit: Password incorrect while getting initial credentials\n"
    assert kdc.dump(folder) == before
    assert kinit(folder) == ""


def test_a_second_kdc_has_a_clock_of_its_own(folder, tmp_path):
    process = kdc.serve(folder, PORT + 1, ahead_s=600)
    try:
        strict = kdc.client(tmp_path / "krb5.conf", PORT + 1, more="    kdc_timesync = 0")
        said = kinit(folder, strict)
    finally:
        stop(process)

    assert said == "kinit: Clock skew too great in KDC reply while getting initial credentials\n"
    assert not alive(process)


def test_what_kadmin_could_not_do_is_told(folder):
    with pytest.raises(RuntimeError, match="Principal does not exist"):
        kdc.admin(folder, "cpw", "-randkey", "nobody")


def test_nobody_else_may_look_into_its_folder(folder):
    assert folder.stat().st_mode & 0o077 == 0
