"""A krb5.conf is read as MIT's own library reads it, with all that it includes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.conftest import REQUIRED

from trinokit.observations import Krb5Config
from trinokit.sources.kerberos import krb5_conf

TEXT = """\
# of the company
[libdefaults]
    default_realm = EXAMPLE.COM
    rdns = false
    rdns = true
    ; not this one: default_realm = OTHER.COM
[realms]
    EXAMPLE.COM = {
        kdc = kdc1.example.com
        kdc = "kdc2.example.com:88"
        admin_server = kdc1.example.com
        auth_to_local_names = {
            kdc = none
        }
    }
    OTHER.COM =
    {
        kdc = kdc.other.com
    }
[domain_realm]
    .example.com = EXAMPLE.COM
"""


@pytest.fixture
def path(tmp_path) -> Path:
    """A krb5.conf."""
    path = tmp_path / "krb5.conf"
    path.write_text(TEXT)
    return path


def test_it_names_its_default_realm_its_kdcs_and_its_settings(path):
    assert krb5_conf.read_krb5_conf(str(path)) == Krb5Config(
        (str(path),),
        "EXAMPLE.COM",
        {"EXAMPLE.COM": ("kdc1.example.com", "kdc2.example.com:88"), "OTHER.COM": ("kdc.other.com",)},
        {"default_realm": "EXAMPLE.COM", "rdns": "false"},
    )


def test_what_it_includes_counts_too(path, tmp_path):
    folder = tmp_path / "krb5.conf.d"
    folder.mkdir()
    (folder / "new-realm").write_text("[realms]\nNEW.COM = {\n  kdc = kdc.new.com\n}\n")
    (folder / "saved~").write_text("[realms]\nSAVED.COM = {\n  kdc = kdc.saved.com\n}\n")
    (tmp_path / "more.conf").write_text("[libdefaults]\nclockskew = 60\n")
    path.write_text(f"includedir {folder}\ninclude {tmp_path}/more.conf\n{path.read_text()}")
    found = krb5_conf.read_krb5_conf(str(path))

    assert list(found.kdcs) == ["NEW.COM", "EXAMPLE.COM", "OTHER.COM"]
    assert found.settings["clockskew"] == "60"


def test_the_one_of_the_environment_is_read_and_of_several_those_that_are_there(path, tmp_path, monkeypatch):
    (tmp_path / "first").write_text("[libdefaults]\ndefault_realm = FIRST.COM\n")
    monkeypatch.setenv("KRB5_CONFIG", f"{tmp_path}/first:{tmp_path}/none:{path}")
    found = krb5_conf.read_krb5_conf(None)

    assert found.files == (f"{tmp_path}/first", f"{tmp_path}/none", str(path))
    assert (found.default_realm, list(found.kdcs)) == ("FIRST.COM", ["EXAMPLE.COM", "OTHER.COM"])


def test_without_any_other_it_is_that_of_the_system(monkeypatch):
    monkeypatch.delenv("KRB5_CONFIG", raising=False)

    assert krb5_conf.read_krb5_conf(None).files == ("/etc/krb5.conf",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[libdefaults\nfoo\n", "Expected key = value in {path}, found none in line 1."),
        ("default_realm = A\n", "Expected key = value in {path}, found none in line 1."),
        ("[realms]\nA = {\nkdc\n}\n", "Expected key = value in {path}, found none in line 3."),
        ("include {path}\n", "Expected {path} not to include itself, found that it does."),
        ("include /not/there\n", "cannot be read: [Errno 2] No such file or directory: '/not/there'"),
        ("\xff", "Expected key = value in {path}, found none in line 1."),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path, text, problem):
    path = tmp_path / "krb5.conf"
    path.write_text(text.replace("{path}", str(path)))

    assert krb5_conf.read_krb5_conf(str(path)) == Krb5Config((str(path),), problem=problem.replace("{path}", str(path)))


def test_one_that_is_not_there_is_told(tmp_path):
    found = krb5_conf.read_krb5_conf(f"{tmp_path}/none")

    assert found.problem == f"cannot be read: [Errno 2] No such file or directory: '{tmp_path}/none'"


@pytest.mark.parametrize(
    ("text", "realm"),
    [
        (TEXT, "EXAMPLE.COM"),
        ("[libdefaults]\ndefault_realm=A.COM\ndefault_realm = B.COM\n", "A.COM"),
        ("[libdefaults]\n\tdefault_realm =   A.COM  \n[other]\n[libdefaults]\nx = y\n", "A.COM"),
        ('[libdefaults]\ndefault_realm = "A.COM"\n', "A.COM"),
        ("#[libdefaults]\n[libdefaults]\n#default_realm = C.COM\ndefault_realm* = A.COM\n", "A.COM"),
        ("[libdefaults]\n a = {\n  default_realm = B.COM\n }\n default_realm = A.COM\n", "A.COM"),
    ],
)
def test_it_names_the_realm_that_mits_library_takes(tmp_path, text, realm):
    if not shutil.which("kinit"):
        (pytest.fail if REQUIRED else pytest.skip)("no kinit; install it: apt-get install krb5-user")
    path = tmp_path / "krb5.conf"
    path.write_text(text)
    argv = ["kinit", "-k", "-t", f"{tmp_path}/none", "-c", f"FILE:{tmp_path}/tickets", "-V", "somebody"]
    environment = os.environ | {"KRB5_CONFIG": str(path)}
    told = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60)

    assert f"Using principal: somebody@{realm}\n" in told.stdout + told.stderr
    assert (krb5_conf.read_krb5_conf(str(path)).default_realm, krb5_conf.read_krb5_conf(str(path)).problem) == (
        realm,
        "",
    )
