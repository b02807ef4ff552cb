"""What a flag opens is there or not exactly as real JDKs say, and where nothing was measured nothing is claimed."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from tests import exports_of_jdk, jdks

from trinokit.findings import OK, WARNING, Finding
from trinokit.kerberos import module_export_checks
from trinokit.kerberos.jdk_modules import (
    EVERYBODY,
    JdkModule,
    MeasuredJdks,
    PackageGroup,
    jdk_difference_findings,
    measured_jdks,
)
from trinokit.kerberos.module_export_checks import ModuleExport, parse_module_export
from trinokit.sources.jvms import local_java

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5"
SEED = [
    f"{KRB5}{each}=ALL-UNNAMED" for each in ("", ".internal", ".internal.crypto", ".internal.ccache", ".internal.ktab")
]
MAJORS = pytest.mark.parametrize("major", jdks.TESTED)


def test_a_flag_is_parsed_into_what_it_opens():
    opens = "--add-opens=java.base/java.nio=ALL-UNNAMED,java.sql"

    assert parse_module_export(SEED[0]) == ModuleExport(
        "--add-exports", "java.security.jgss", "sun.security.krb5", ("ALL-UNNAMED",)
    )
    assert parse_module_export(opens) == ModuleExport(
        "--add-opens", "java.base", "java.nio", ("ALL-UNNAMED", "java.sql")
    )
    assert parse_module_export("--add-reads=java.base=ALL-UNNAMED") == ModuleExport(
        "--add-reads", "java.base", "", ("ALL-UNNAMED",)
    )
    assert parse_module_export("--add-exports=a/b=,ALL-UNNAMED,") == ModuleExport(
        "--add-exports", "a", "b", ("ALL-UNNAMED",)
    )


def test_names_are_parsed_as_they_stand_there():
    assert parse_module_export(f"{KRB5}=ALL-UNNAMED ").targets == ("ALL-UNNAMED ",)
    assert parse_module_export(f"{KRB5}=ALL-UNNAMED\n{SEED[1]}").targets == (f"ALL-UNNAMED\n{SEED[1]}",)
    assert parse_module_export("--add-exports=java.base/a.*=x").package == "a.*"


@pytest.mark.parametrize(
    "flag",
    [
        "-Dx=1",
        "-Xmx8G",
        "--add-exports",
        "--add-exports=",
        "--add-exports=java.base",
        "--add-exports=java.base/",
        "--add-exports=java.base/a",
        "--add-exports=java.base/a=",
        "--add-exports=java.base/a=,",
        "--add-exports=java.base=ALL-UNNAMED",
        "--add-exports=/a=ALL-UNNAMED",
        "--add-exports=java.base/a/b=ALL-UNNAMED",
        "--add-reads=java.base/a=ALL-UNNAMED",
        "--add-reads=java.base",
        "--add-modules=java.base",
        "--add-export=java.base/a=ALL-UNNAMED",
        f" {KRB5}=ALL-UNNAMED",
    ],
)
def test_what_lacks_a_part_or_is_another_flag_opens_nothing(flag):
    assert parse_module_export(flag) is None
    assert [
        module_export_checks.void_reason(flag, 25),
        module_export_checks.redundancy_reason(flag, 25),
        module_export_checks.undetermined_reason(flag, 25),
    ] == ["", "", ""]
    assert module_export_checks.exported_to(flag, 25) == ""


@pytest.mark.parametrize("java", range(17, 26))
@pytest.mark.parametrize("flag", SEED)
def test_the_flags_of_kerberos_name_what_each_jdk_has(flag, java):
    assert module_export_checks.has_jdk_data(java)
    assert [
        module_export_checks.void_reason(flag, java),
        module_export_checks.redundancy_reason(flag, java),
        module_export_checks.undetermined_reason(flag, java),
    ] == ["", "", ""]


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        (
            "--add-exports=java.security.jgs/sun.security.krb5=ALL-UNNAMED",
            "names the module java.security.jgs, which JDK 25 does not have; did you mean java.security.jgss?",
        ),
        ("--add-opens=org.x/a=ALL-UNNAMED", "names the module org.x, which JDK 25 does not have"),
        ("--add-reads=org.x=ALL-UNNAMED", "names the module org.x, which JDK 25 does not have"),
        (
            f"{KRB5}.internl=ALL-UNNAMED",
            "names the package sun.security.krb5.internl, which is not in the module java.security.jgss of JDK 25;"
            " did you mean sun.security.krb5.internal?",
        ),
        (
            f"{KRB5}.*=ALL-UNNAMED",
            "names the package sun.security.krb5.*, which is not in the module java.security.jgss of JDK 25;"
            " did you mean sun.security.krb5?",
        ),
        (
            "--add-exports=java.base/sun.security.krb5=ALL-UNNAMED",
            "names the package sun.security.krb5, which is not in the module java.base of JDK 25: it is in"
            " java.security.jgss",
        ),
        (
            f"{KRB5}=all-unnamed",
            "opens java.security.jgss/sun.security.krb5 to all-unnamed and not to ALL-UNNAMED, which is what Trino's"
            " plugins are; did you mean ALL-UNNAMED?",
        ),
        (
            f"{KRB5}=java.sql,java.xml",
            "opens java.security.jgss/sun.security.krb5 to java.sql, java.xml and not to ALL-UNNAMED, which is what"
            " Trino's plugins are",
        ),
        (
            "--add-reads=java.base=java.sql",
            "opens java.base to java.sql and not to ALL-UNNAMED, which is what Trino's plugins are",
        ),
        ("--add-reads=java.base=ALL-UNNAMED", ""),
        (f"{KRB5}=java.sql,ALL-UNNAMED", ""),
    ],
)
def test_a_flag_that_is_void_is_told_why(flag, why):
    assert module_export_checks.void_reason(flag, 25) == why


def test_what_is_exported_to_everybody_needs_no_flag_and_is_no_problem():
    flag = "--add-exports=java.base/java.util=ALL-UNNAMED"

    assert module_export_checks.void_reason(flag, 25) == ""
    assert (
        module_export_checks.redundancy_reason(flag, 25)
        == "exports java.util, which java.base exports to everybody in JDK 25"
    )
    assert module_export_checks.redundancy_reason(flag.replace("exports", "opens"), 25) == ""


def test_it_is_told_to_whom_a_package_is_exported():
    assert [module_export_checks.exported_to(each, 21) for each in SEED] == [
        "jdk.security.auth",
        "jdk.security.jgss",
        "nobody",
        "nobody",
        "jdk.security.auth",
    ]
    assert module_export_checks.exported_to("--add-opens=java.base/java.nio=ALL-UNNAMED", 25) == "everybody"
    assert module_export_checks.exported_to(f"{KRB5}.nope=ALL-UNNAMED", 25) == ""


@pytest.mark.parametrize(("java", "name"), [(16, "JDK 16"), (26, "JDK 26"), (None, "a JDK of unknown version")])
def test_nothing_is_claimed_of_a_jdk_that_was_not_measured(java, name):
    flag = f"{KRB5}.nope=ALL-UNNAMED"

    assert not module_export_checks.has_jdk_data(java)
    assert [
        module_export_checks.void_reason(flag, java),
        module_export_checks.redundancy_reason(flag, java),
        module_export_checks.exported_to(flag, java),
    ] == ["", "", ""]
    assert (
        module_export_checks.undetermined_reason(flag, java)
        == f"cannot be checked against {name}: the table has JDK 17 to 25"
    )


def test_between_two_jdks_that_disagree_nothing_is_claimed():
    moved = "--add-exports=java.base/sun.security.ec=ALL-UNNAMED"

    assert "it is in jdk.crypto.ec" in module_export_checks.void_reason(moved, 21)
    assert module_export_checks.void_reason(moved, 25) == ""
    assert module_export_checks.void_reason(moved, 23) == ""
    assert module_export_checks.undetermined_reason(moved, 23) == (
        "cannot be checked against JDK 23: of the JDKs around it, not each has java.base/sun.security.ec"
    )


def test_a_module_that_is_not_loaded_unasked_is_told():
    flag = "--add-exports=jdk.incubator.vector/jdk.incubator.vector=ALL-UNNAMED"

    assert module_export_checks.void_reason(flag, 25) == ""
    assert module_export_checks.undetermined_reason(flag, 25) == (
        "is void unless --add-modules=jdk.incubator.vector is there too, as JDK 25 does not load it unasked"
    )


@MAJORS
def test_a_real_java_warns_of_exactly_the_flags_that_have_a_problem(major):
    packages = [
        *measured_jdks().packages(major),
        ("java.security.jgss", "sun.security.krb5.nope"),
        ("java.jgss", "a.b"),
    ]
    packages += [("java.base", "sun.security.krb5"), ("java.sql", "java.sql.nope")]
    flags = [f"--add-exports={module}/{package}=ALL-UNNAMED" for module, package in packages]
    void = {
        each
        for each in flags
        if module_export_checks.void_reason(each, major) or module_export_checks.undetermined_reason(each, major)
    }

    said = "\n".join(local_java.java_warnings(jdks.program(major), flags))

    warned = {each for each in flags if _is_warned_of(parse_module_export(each), said)}
    assert len(flags) > 800
    assert len(void) > 50
    assert warned == void


def _is_warned_of(export: ModuleExport, said: str) -> bool:
    unknown = f"WARNING: Unknown module: {export.module} specified to --add-exports"
    return unknown in said or f"WARNING: package {export.package} not in {export.module}\n" in f"{said}\n"


@MAJORS
def test_a_real_java_agrees_with_the_table(major):
    modules = ["java.security.jgss", "java.security.sasl", "jdk.security.auth", "jdk.security.jgss", "jdk.unsupported"]
    found = local_java.describe_java(jdks.program(major), modules)

    assert list(found.modules) == modules
    assert jdk_difference_findings(major, found.modules) == [
        Finding(OK, f"JDK {major}", f"exports {sum(map(len, found.modules.values()))} packages as the table says")
    ]


def test_what_the_compiler_knows_of_the_jdks_between_agrees_with_the_table(tmp_path):
    home = Path(jdks.program(25)).parents[1]
    names = {22: "M", 23: "N", 24: "O"}
    modules = ["java.base", "java.naming", "java.security.jgss", "java.sql", "java.xml", "jdk.security.jgss"]
    with zipfile.ZipFile(home / "lib" / "ct.sym") as signatures:
        for major, letter in names.items():
            for module in modules:
                content = signatures.read(f"{letter}/{module}/module-info.sig")
                (tmp_path / f"{major}-{module}.class").write_bytes(content)

    for major in names:
        paths = [str(tmp_path / f"{major}-{module}.class") for module in modules]
        argv = [str(home / "bin" / "javap"), *paths]
        told = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout
        everybody = {each for each in re.findall(r"exports ([\w.]+);", told)}
        packages = [each for each in measured_jdks().packages(major) if each[0] in modules]
        targets = {package: measured_jdks().targets(major, module, package) for module, package in packages}
        assert len(everybody) > 90
        assert {each for each, to in targets.items() if to == EVERYBODY} <= everybody
        assert {each for each in everybody if targets.get(each) not in (EVERYBODY, None)} == set()


def test_a_real_jdk_that_disagrees_is_to_be_believed():
    real = {name: dict.fromkeys(_packages("jdk.unsupported"), EVERYBODY) for name in ("jdk.unsupported",)}
    del real["jdk.unsupported"]["sun.misc"]
    real["jdk.unsupported"]["sun.new"] = ()
    real["jdk.unsupported"]["sun.reflect"] = ("java.sql",)

    assert jdk_difference_findings(25, real) == [
        Finding(
            WARNING,
            "JDK 25",
            "exports 3 packages otherwise than the table says, so believe it: jdk.unsupported/sun.misc,"
            " jdk.unsupported/sun.new, jdk.unsupported/sun.reflect",
        )
    ]


def test_a_jdk_that_the_table_does_not_have_is_told():
    assert jdk_difference_findings(26, {}) == [
        Finding(WARNING, "JDK 26", "cannot be compared with the table, which has JDK 17 to 25")
    ]


def _packages(module: str) -> list[str]:
    return [package for name, package in measured_jdks().packages(25) if name == module]


def test_of_a_jdk_that_was_put_together_what_it_lacks_tells_nothing():
    everywhere = PackageGroup((17, 25), ("*",), ("a.b",))
    new = PackageGroup((25,), (), ("a.new",))
    table = MeasuredJdks(
        {17: "17.0.1", 21: "21.0.1", 25: "25.0.1"}, (21,), {"a": JdkModule((17, 25), (25,), (everywhere, new))}
    )

    assert [table.has(jdk, "a") for jdk in (17, 21, 25)] == [True, True, True]
    assert [table.has(jdk, "a", "a.b") for jdk in (17, 21, 25)] == [True, True, True]
    assert [table.has(jdk, "a", "a.new") for jdk in (17, 21, 25)] == [False, None, True]
    assert [table.targets(jdk, "a", "a.b") for jdk in (17, 21, 25)] == [EVERYBODY] * 3
    assert [table.targets(jdk, "a", "a.new") for jdk in (17, 21, 25)] == [None, None, ()]
    assert [table.is_loaded(jdk, "a") for jdk in (17, 21, 25)] == [False, True, True]
    assert table.has(21, "b") is False
    assert list(table.packages(21)) == [("a", "a.b")]


def test_the_table_is_as_its_program_writes_it_and_small():
    assert exports_of_jdk.text(measured_jdks()) == exports_of_jdk.PATH.read_text()
    assert exports_of_jdk.PATH.stat().st_size < 60_000
    assert set(measured_jdks().versions) == {17, 21, 25}


def test_the_program_groups_what_jdks_have_in_common():
    one = local_java.LocalJava("java", "17.0.1", 17, ("a", "b"), ("a",), {"a": {"a.b": ("*",), "a.c": ()}})
    other = local_java.LocalJava("java", "25.0.1", 25, ("a",), ("a",), {"a": {"a.b": ("*",), "a.c": ("b",)}})

    assert exports_of_jdk.module("a", [one, other]) == JdkModule(
        (17, 25),
        (17, 25),
        (
            PackageGroup((17,), (), ("a.c",)),
            PackageGroup((17, 25), ("*",), ("a.b",)),
            PackageGroup((25,), ("b",), ("a.c",)),
        ),
    )
    assert exports_of_jdk.module("b", [one, other]) == JdkModule((17,), (), ())
