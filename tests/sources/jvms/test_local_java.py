"""A real Java tells its modules, their packages and what is wrong with a flag, whatever the environment adds to it."""

import pytest
from tests import jdks

from trinokit.errors import SourceError
from trinokit.sources.jvms import local_java

JGSS = {
    "javax.security.auth.kerberos": ("*",),
    "org.ietf.jgss": ("*",),
    "sun.security.jgss": ("jdk.security.jgss",),
    "sun.security.jgss.krb5": ("jdk.security.auth",),
    "sun.security.jgss.krb5.internal": ("jdk.security.jgss",),
    "sun.security.jgss.spi": (),
    "sun.security.jgss.spnego": (),
    "sun.security.jgss.wrapper": (),
    "sun.security.krb5": ("jdk.security.auth",),
    "sun.security.krb5.internal": ("jdk.security.jgss",),
    "sun.security.krb5.internal.ccache": (),
    "sun.security.krb5.internal.crypto": (),
    "sun.security.krb5.internal.crypto.dk": (),
    "sun.security.krb5.internal.ktab": ("jdk.security.auth",),
    "sun.security.krb5.internal.rcache": (),
    "sun.security.krb5.internal.util": (),
    "sun.net.www.protocol.http.spnego": (),
}
FLAG = "--add-exports=java.security.jgss/sun.security.krb5"
MAJORS = pytest.mark.parametrize("major", jdks.TESTED)


@MAJORS
def test_a_java_at_hand_tells_its_packages_and_to_whom_they_are_exported(major):
    found = local_java.describe_java(jdks.program(major), ["java.security.jgss", "no.such.module"])

    assert (found.program, found.major, found.modules) == (jdks.program(major), major, {"java.security.jgss": JGSS})
    assert found.version.split(".")[0] == str(major)
    assert {"java.base", "java.security.jgss", "jdk.incubator.vector"} <= set(found.present)
    assert {"java.base", "java.security.jgss"} <= set(found.loaded)
    assert "jdk.incubator.vector" not in found.loaded


@MAJORS
def test_a_package_that_is_opened_as_well_is_exported_all_the_same(major):
    found = local_java.describe_java(jdks.program(major), ["jdk.unsupported"]).modules["jdk.unsupported"]

    assert (found["sun.misc"], found["sun.reflect"]) == (("*",), ("*",))


@MAJORS
def test_a_flag_that_ends_the_sharing_of_classes_is_not_taken_for_a_void_one(major):
    assert local_java.java_warnings(jdks.program(major), ["--patch-module=java.sql=/no/such/folder"]) == ()


@MAJORS
def test_a_java_is_described_and_tried_without_what_the_environment_adds(major, monkeypatch):
    program = jdks.program(major)
    for name in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"):
        monkeypatch.setenv(name, f"{FLAG}.nope=ALL-UNNAMED")
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "--limit-modules=java.base")

    assert local_java.describe_java(program, ["java.security.jgss"]).modules == {"java.security.jgss": JGSS}
    assert local_java.java_warnings(program, [f"{FLAG}=ALL-UNNAMED"]) == ()


@MAJORS
def test_a_java_says_of_each_flag_that_is_void_why(major):
    flags = [
        f"{FLAG}=ALL-UNNAMED",
        f"{FLAG}.nope=ALL-UNNAMED",
        f"{FLAG}.internal=ALL-UNNAMED ",
        "--add-opens=java.bas/java.nio=ALL-UNNAMED",
    ]

    assert set(local_java.java_warnings(jdks.program(major), flags)) == {
        "WARNING: package sun.security.krb5.nope not in java.security.jgss",
        "WARNING: Unknown module: ALL-UNNAMED  specified to --add-exports",
        "WARNING: Unknown module: java.bas specified to --add-opens",
    }


@MAJORS
def test_a_java_says_why_it_would_not_start(major):
    program = jdks.program(major)

    assert local_java.java_warnings(program, ["--add-export=x"])[0] == "Unrecognized option: --add-export=x"
    assert any("Unable to parse --add-exports" in each for each in local_java.java_warnings(program, [FLAG]))


@MAJORS
def test_what_may_need_a_server_or_start_an_agent_is_not_tried(major, tmp_path):
    flags = [
        f"-Xlog:gc:file={tmp_path}/gc.log",
        "-Xmx1",
        f"-XX:Flags={tmp_path}/none",
        "-javaagent:none.jar",
        "-Djava.security.manager",
    ]

    assert local_java.java_warnings(jdks.program(major), flags) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_java_that_is_not_there_is_told():
    with pytest.raises(SourceError, match="No such file or directory"):
        local_java.describe_java("/no/such/java")


def test_a_program_that_is_no_java_is_told(tmp_path):
    other = tmp_path / "java"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)

    with pytest.raises(SourceError, match=f"Expected {other} to list modules, found none"):
        local_java.describe_java(str(other))


def test_a_java_from_before_modules_is_told_with_its_own_words(tmp_path):
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'Unrecognized option: --list-modules' >&2\nexit 1\n")
    old.chmod(0o755)

    with pytest.raises(SourceError, match="Unrecognized option: --list-modules"):
        local_java.describe_java(str(old))
