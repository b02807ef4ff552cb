"""What is wrong with an argument is named, and a real JVM agrees on which arguments it heeds."""

import subprocess

import pytest
from tests.conftest import REQUIRED
from tests.kerberos.samples import INTERNAL, KRB5
from tests.servers import trino

from trinokit.kerberos.argument_faults import argument_fault, escape_invisible
from trinokit.kerberos.flag_in_arguments import (
    is_flag_given,
    is_in_force,
    join_two_word_flags,
    override_key,
    reported_arguments,
)

OPENED = KRB5.replace("exports", "opens")
VALUE = KRB5.removeprefix("--add-exports=")
_JAVA = """\
public class Exported {
    public static void main(String[] arguments) {
        Module module = ModuleLayer.boot().findModule("java.security.jgss").get();
        System.out.println(module.isExported("sun.security.krb5", Exported.class.getModule()));
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().forEach(System.out::println);
    }
}
"""

FAULTS = {
    f"{KRB5} ": "ends in a blank",
    f"{KRB5}\t": "ends in a tab",
    f"{KRB5}\r": "ends in a carriage return",
    f"{KRB5}\u00a0": "ends in a no-break space",
    f"{KRB5}\u200b": "ends in an invisible character (U+200B)",
    f"{KRB5}\\": "ends in a backslash",
    f"{KRB5} \\": "ends in a backslash",
    f"{KRB5} {INTERNAL}": "two flags in one argument",
    f"{KRB5}{INTERNAL}": "two flags in one argument",
    f"{KRB5} {INTERNAL} -Xmx1G": "three flags in one argument",
    f"{KRB5} -Da=1 -Db=2 -Dc=3 -ea -Xmx1G": "6 flags in one argument",
    f"{KRB5} # kerberos": "has a comment behind the flag, which is part of it",
    f'"{KRB5}"': "stands in quotes, which the launcher does not take off",
    f"“{KRB5}”": "stands in quotes, which the launcher does not take off",
    f" {KRB5}": "begins with a blank",
    f"\ufeff{KRB5}": "begins with an invisible character (U+FEFF)",
    KRB5.replace("--", "–"): "begins with – (U+2013) in place of -",
    KRB5.replace("--add-exports", "-add-exports"): "is no option of the JVM: --add-exports is meant",
    KRB5.replace("--add-exports", "--add-export"): "is no option of the JVM: --add-exports is meant",
    KRB5.replace("=", " ", 1): "has a blank where = belongs",
    KRB5.replace("=ALL", "= ALL"): "has a blank in it",
    KRB5.replace("krb5", "krb5.*"): "has a wildcard, which the JVM takes for a name",
    KRB5.replace("krb5", "krb5,sun.security.krb5.internal"): "names several packages: each needs a flag of its own",
    KRB5.replace("ALL-UNNAMED", "all-unnamed"): "has all-unnamed in place of ALL-UNNAMED",
    KRB5.replace("ALL-UNNAMED", "ALL_UNNAMED"): "has ALL_UNNAMED in place of ALL-UNNAMED",
    KRB5.replace("ALL-UNNAMED", '"ALL-UNNAMED"'): 'is for "ALL-UNNAMED", which is no module: ALL-UNNAMED is meant',
    f"{KRB5};": "is for ALL-UNNAMED;, which is no module: ALL-UNNAMED is meant",
    KRB5.replace("krb5", "krb-5"): "has sun.security.krb-5, which is no name in Java",
    KRB5.replace("=ALL-UNNAMED", ""): "lacks a target such as =ALL-UNNAMED",
    KRB5.replace("ALL-UNNAMED", ""): "lacks a target such as =ALL-UNNAMED",
    KRB5.replace("/sun.security.krb5", ""): "lacks a package",
    "--add-exports=": "lacks its value",
    "--add-exports": "lacks its value",
    "\\": "is a lone backslash: the JVM takes it for the class to run",
    "": "is empty: the JVM takes it for the class to run",
    "krb5": "does not begin with -: the JVM takes it for the class to run",
    "-Xmx64m ": "ends in a blank",
    "-Xmx64m\\": "ends in a backslash",
    "-Djdk.module.addexports.0=x": "is ignored by the JVM: -Djdk.module.* is reserved",
    "--illegal-access=permit": "was removed in Java 17",
}
SOUND = [
    KRB5,
    OPENED,
    f"{KRB5},",
    f"{KRB5},java.logging",
    "--add-reads=java.base=ALL-UNNAMED",
    "-Xmx64m",
    "-XX:+UseG1GC",
    "-XX:OnOutOfMemoryError=kill -9 %p",
    "-Da=b c",
    "-Da=C:\\",
    "-Da=\u00a0x",
    "-Da",
]
# The JVM takes these for what they are; that a person meant them is not likely.
DOUBTFUL = {
    "-Da=1 ": "ends in a blank",
    "-Da=1 \\": "ends in a backslash",
    "-Da=1 -Xmx1G": "two flags in one argument",
    "-Da=1 # note": "has a comment behind the flag, which is part of it",
}


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    """Runs a real JVM with arguments: whether it complains, whether it exports the package, what it reports."""
    home = trino.java_home()
    if home is None:
        (pytest.fail if REQUIRED else pytest.skip)("no JDK; install Temurin 25 and set JAVA_HOME to its folder")
    folder = tmp_path_factory.mktemp("java")
    (folder / "Exported.java").write_text(_JAVA)
    subprocess.run([home / "bin" / "javac", "-d", folder, folder / "Exported.java"], check=True)

    def run(*arguments: str) -> tuple[bool, bool, tuple[str, ...]]:
        argv = [home / "bin" / "java", "-cp", folder, *arguments, "Exported"]
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        said = ended.stdout.splitlines() or [""]
        complains = ended.returncode != 0 or "arning" in ended.stderr or "WARNING" in ended.stderr
        return complains, said[0] == "true", tuple(said[1:])

    return run


@pytest.mark.parametrize(("argument", "why"), [*FAULTS.items(), *DOUBTFUL.items()])
def test_a_fault_is_named(argument, why):
    assert argument_fault(argument) == why


@pytest.mark.parametrize("argument", SOUND)
def test_nothing_is_wrong_with_a_sound_argument(argument):
    assert argument_fault(argument) == ""


def test_a_real_jvm_complains_of_exactly_the_faulty_arguments(java):
    unlike = [each for each in [*FAULTS, *SOUND, *DOUBTFUL] if java(each)[0] != (each in FAULTS)]

    assert unlike == []


@pytest.mark.parametrize(
    "given",
    [
        [KRB5],
        [OPENED],
        [f"{KRB5},"],
        ["--add-exports", VALUE],
        [INTERNAL],
        *map(lambda each: [each], list(FAULTS)[:12]),
        [f"{KRB5} ", KRB5],
        [KRB5.replace("ALL", "java.logging,ALL")],
    ],
)
def test_a_real_jvm_exports_what_is_in_force(given, java):
    assert java(*given)[1] == is_flag_given(KRB5, given)


def test_a_real_jvm_reports_its_arguments_joined_and_without_some(java):
    given = ["-server", "-Xmx64m", "--add-exports", VALUE, "-splash:x", "--add-modules", "java.sql", "-Da=1", "-Da=2"]

    assert java(*given)[2] == reported_arguments(given)
    assert join_two_word_flags(given)[2] == KRB5


@pytest.mark.parametrize(
    ("flag", "given", "held"),
    [
        ("-Da=1", ["-Da=2", "-Da=1"], True),
        ("-Da=1", ["-Da=1", "-Da=2"], False),
        ("-Da=1", ["-Daa=2", "-Da=1", "-Da.b=3"], True),
        ("-XX:+UseG1GC", ["-XX:-UseG1GC", "-XX:+UseG1GC"], True),
        ("-XX:+UseG1GC", ["-XX:+UseG1GC", "-XX:-UseG1GC"], False),
        ("-XX:MaxRAM=1", ["-XX:MaxRAM=1", "-XX:MaxRAM=2"], False),
        ("-Xmx1G", ["-Xmx1G", "-Xmx2G"], False),
        ("-ea", ["-ea"], True),
        ("-ea", ["-ea:x"], False),
        (KRB5, [f"--add-exports=x/y=z {KRB5}"], False),
        (KRB5, [KRB5.replace("ALL-UNNAMED", "java.logging")], False),
        (f"{KRB5},java.logging", [KRB5], False),
        (OPENED, [KRB5], False),
        ("--add-modules=java.sql", ["--add-modules", "java.sql"], True),
    ],
)
def test_a_flag_is_in_force_by_whole_arguments_and_by_the_last_that_counts(flag, given, held):
    assert is_in_force(flag, given, None) == held


def test_a_flag_for_a_package_that_the_jdk_lacks_is_not_in_force():
    wrong = KRB5.replace("krb5", "krb9")

    assert is_in_force(wrong, [wrong], None)
    assert not is_in_force(wrong, [wrong], 25)


def test_what_a_setting_is_called():
    assert [override_key(each) for each in ("-Da.b=c=d", "-XX:-A", "-XX:A=1", "-Xss1m", "-Xint", KRB5)] == [
        *("-Da.b", "-XX:A", "-XX:A", "-Xss", "", "")
    ]


def test_what_the_eye_does_not_see_is_made_visible():
    hashed = "-Da.password=hmac-sha256:" + "0123456789abcdef" * 4

    assert escape_invisible("-Da=1 \t \r") == "-Da=1␠␉␠␍"
    assert escape_invisible("\ufeff-Da=\u00a0b\u200b") == "⟨U+FEFF⟩-Da=⍽b⟨U+200B⟩"
    assert escape_invisible(hashed) == "-Da.password=hmac-sha256:01234567…"
