"""What each flag opens on the JDKs of the nodes, and what a JDK at hand says to it."""

from tests.kerberos.samples import KRB5, PLAIN, running, stack

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos.jdk_compatibility import jdk_compatibility_findings, opened_packages_table
from trinokit.kerberos.jdk_modules import measured_jdks
from trinokit.kerberos.node_jvm_configs import TrinoNode, find_nodes
from trinokit.kerberos.trino_workloads import find_jvm_config_files
from trinokit.observations import LocalJava

UNKNOWN = KRB5.replace("krb5=", "krb6=")
PUBLIC = "--add-exports=java.security.jgss/org.ietf.jgss=ALL-UNNAMED"


def of(java: str = "25.0.3+9-LTS") -> tuple[TrinoNode, ...]:
    live = stack(PLAIN, PLAIN)
    return find_nodes(find_jvm_config_files(None, live), live, running(java=java))


def at_hand(*said: str, version: str = "25.0.3") -> LocalJava:
    """A JDK of this version that is as the table says."""
    return LocalJava("java", version, int(version[:2]), (), (), {}, said)


def test_the_package_and_to_whom_it_is_exported_stand_beside_each_flag():
    table = opened_packages_table([KRB5, "-Da=1"], of())

    assert table.drop(columns="note").to_dict("split")["data"] == [
        [KRB5, 25, "java.security.jgss", "sun.security.krb5", "jdk.security.auth"],
        ["-Da=1", 25, "–", "–", "–"],
    ]


def test_flags_that_name_what_is_there_are_fine():
    assert jdk_compatibility_findings([KRB5, "-Da=1"], of(), None) == [
        Finding(OK, "flags", "each names what JDK 25 has, spelt as it is there")
    ]


def test_a_package_that_is_not_there_is_void_wherever_it_stands():
    [finding] = jdk_compatibility_findings([KRB5, UNKNOWN], of(), None)

    assert (finding.severity, finding.subject) == (CRITICAL, UNKNOWN)
    assert finding.sentence.startswith("is void on JDK 25 wherever it stands: it names the package sun.security.krb6")


def test_a_flag_that_opens_what_is_open_is_told():
    [finding] = jdk_compatibility_findings([PUBLIC], of(), None)

    assert (finding.severity, finding.subject) == (INFO, PUBLIC)
    assert "everybody" in finding.sentence


def test_a_jdk_that_was_not_measured_leaves_a_doubt():
    [finding] = jdk_compatibility_findings([KRB5], of("99.0.1"), None)

    assert (finding.severity, finding.subject) == (WARNING, KRB5)
    assert measured_jdks().major_range in finding.sentence


def test_without_a_jdk_that_is_known_nothing_is_taken_for_certain():
    assert {finding.severity for finding in jdk_compatibility_findings([KRB5], of(""), None)} == {WARNING}


def test_what_a_jdk_at_hand_says_is_a_finding():
    said = "WARNING: Unknown module: x specified to --add-exports"
    findings = jdk_compatibility_findings([KRB5], of(), at_hand(said))

    assert Finding(WARNING, "JDK 25.0.3 at hand", f"says: {said}") in findings


def test_a_jdk_at_hand_that_says_nothing_takes_the_flags():
    assert Finding(OK, "JDK 25.0.3 at hand", "takes the flags and complains of none") in jdk_compatibility_findings(
        [KRB5], of(), at_hand()
    )
