"""Does each flag open a package that the JDKs of the nodes have, and what does a JDK at hand say to it?"""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from trinokit.architecture.wording import listed, table
from trinokit.evidence import Java
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos import exports, jdks
from trinokit.kerberos.nodes import Node

_COLUMNS = {"flag": "str", "java": "Int64", "module": "str", "package": "str", "exported_to": "str", "note": "str"}


def opened(flags: Sequence[str], nodes: Iterable[Node]) -> pd.DataFrame:
    """What each of *flags* opens on each JDK of *nodes*: the package, and to whom that JDK exports it by itself."""
    return table(_COLUMNS, [_row(flag, java) for flag in flags for java in _majors(nodes) or [None]])


def judged(flags: Sequence[str], nodes: Iterable[Node], tried: Java | None) -> list[Finding]:
    """Which of *flags* are void on a JDK of *nodes* wherever they stand, and what the JDK that was *tried* said."""
    majors = _majors(nodes)
    findings = [each for flag in flags for each in _of_flag(flag, majors)]
    if not findings:
        on = f"JDK {listed(map(str, majors))}" if majors else "any JDK that was measured"
        findings = [Finding(OK, "flags", f"each names what {on} has, spelt as it is there")]
    return findings + (_of_java(tried) if tried else [])


def _majors(nodes: Iterable[Node]) -> list[int]:
    return sorted({node.java for node in nodes if node.java})


def _row(flag: str, java: int | None) -> tuple:
    export = exports.parse(flag)
    note = exports.problem(flag, java) or exports.needless(flag, java) or exports.doubt(flag, java)
    names = (export.module, export.package) if export else ("–", "–")
    return flag, java, *names, exports.exported(flag, java) or "–", note


def _of_flag(flag: str, majors: Sequence[int]) -> Iterator[Finding]:
    for java in majors or [None]:
        if why := exports.problem(flag, java):
            yield Finding(CRITICAL, flag, f"is void on JDK {java} wherever it stands: it {why}")
        elif why := exports.needless(flag, java):
            yield Finding(INFO, flag, f"changes nothing: it {why}")
        elif why := exports.doubt(flag, java):
            yield Finding(WARNING, flag, why)


def _of_java(tried: Java) -> list[Finding]:
    findings = [Finding(WARNING, f"JDK {tried.version} at hand", f"says: {line}") for line in tried.said]
    if not findings:
        findings = [Finding(OK, f"JDK {tried.version} at hand", "takes the flags and complains of none")]
    return [*findings, *jdks.compared(tried.major, tried.modules)]
