"""Does each flag open a package that the JDKs of the nodes have, and what does a JDK at hand say to it?"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos import jdk_modules, module_export_checks
from trinokit.kerberos.node_jvm_configs import TrinoNode
from trinokit.observations import LocalJava


class _OpenedPackageRow(NamedTuple):
    """A row of `opened_packages_table`."""

    flag: str
    java: int | None
    module: str
    package: str
    exported_to: str
    note: str


def opened_packages_table(flags: Sequence[str], nodes: Iterable[TrinoNode]) -> pd.DataFrame:
    """What each of *flags* opens on each JDK of *nodes*: the package, and to whom that JDK exports it by itself.

    The columns are flag, java (the major; empty where no node tells its own), module, package, exported_to (modules,
    `everybody`, `nobody`, or – where that is not told) and note; in this order they sort the rows.
    """
    rows = [_opened_package_row(flag, java) for flag in flags for java in _java_majors(nodes) or [None]]
    return table_of_rows(_OpenedPackageRow, rows)


def jdk_compatibility_findings(
    flags: Sequence[str], nodes: Iterable[TrinoNode], local_java: LocalJava | None
) -> list[Finding]:
    """Which of *flags* are void on a JDK of *nodes* wherever they stand, and what the JDK of *local_java* said."""
    majors = _java_majors(nodes)
    findings = [each for flag in flags for each in _findings_of_flag(flag, majors)]
    if not findings:
        on = f"JDK {join_names(map(str, majors))}" if majors else "any JDK that was measured"
        findings = [Finding(OK, "flags", f"each names what {on} has, spelt as it is there")]
    return findings + (_local_jdk_findings(local_java) if local_java else [])


def _java_majors(nodes: Iterable[TrinoNode]) -> list[int]:
    return sorted({node.java for node in nodes if node.java})


def _opened_package_row(flag: str, java: int | None) -> _OpenedPackageRow:
    export = module_export_checks.parse_module_export(flag)
    note = (
        module_export_checks.void_reason(flag, java)
        or module_export_checks.redundancy_reason(flag, java)
        or module_export_checks.undetermined_reason(flag, java)
    )
    return _OpenedPackageRow(
        flag=flag,
        java=java,
        module=export.module if export else "–",
        package=export.package if export else "–",
        exported_to=module_export_checks.exported_to(flag, java) or "–",
        note=note,
    )


def _findings_of_flag(flag: str, majors: Sequence[int]) -> Iterator[Finding]:
    for java in majors or [None]:
        if reason := module_export_checks.void_reason(flag, java):
            yield Finding(CRITICAL, flag, f"is void on JDK {java} wherever it stands: it {reason}")
        elif reason := module_export_checks.redundancy_reason(flag, java):
            yield Finding(INFO, flag, f"changes nothing: it {reason}")
        elif reason := module_export_checks.undetermined_reason(flag, java):
            yield Finding(WARNING, flag, reason)


def _local_jdk_findings(local_java: LocalJava) -> list[Finding]:
    findings = [Finding(WARNING, f"JDK {local_java.version} at hand", f"says: {line}") for line in local_java.said]
    if not findings:
        findings = [Finding(OK, f"JDK {local_java.version} at hand", "takes the flags and complains of none")]
    return [*findings, *jdk_modules.jdk_difference_findings(local_java.major, local_java.modules)]
