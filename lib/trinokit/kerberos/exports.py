"""Is what a flag opens there at all? --add-exports and its kin, against the packages that a JDK has."""

import re
from dataclasses import dataclass

from trinokit.errors import did_you_mean
from trinokit.kerberos.jdks import EVERYBODY, measured

ALL_UNNAMED = "ALL-UNNAMED"
_FLAG = re.compile(r"(--add-(?:exports|opens|reads))=([^=/]+)(?:/([^=/]+))?=(.+)", re.DOTALL)


@dataclass(frozen=True)
class Export:
    """What a flag of this *kind* opens: the *package* of a *module* to *targets*; of --add-reads, the module alone."""

    kind: str
    module: str
    package: str
    targets: tuple[str, ...]


def parse(flag: str) -> Export | None:
    """What *flag* opens, each name as it stands there; None where it is another flag or lacks a part."""
    found = _FLAG.fullmatch(flag)
    # The JVM passes over nothing between two commas.
    targets = tuple(filter(None, found[4].split(","))) if found else ()
    if not targets or bool(found[3]) == (found[1] == "--add-reads"):
        return None
    return Export(found[1], found[2], found[3] or "", targets)


def known(java: int | None) -> bool:
    """Whether the table tells of JDKs of the major *java*."""
    return measured().tells_of(java)


def problem(flag: str, java: int | None) -> str:
    """Why *flag* is void on a JDK of the major *java*, in words that follow it; empty where nothing says so."""
    export, table = parse(flag), measured()
    if export is None or not table.tells_of(java):
        return ""
    if table.has(java, export.module) is False:
        return f"names the module {export.module}, which {_does_not_have(java, export.module, table.modules)}"
    if export.package and table.has(java, export.module, export.package) is False:
        return _no_package(export, java)
    return _no_target(export, java)


def needless(flag: str, java: int | None) -> str:
    """Why *flag* changes nothing on a JDK of the major *java*, in words that follow it; empty where it may."""
    export = parse(flag)
    if export is None or export.kind != "--add-exports" or not known(java):
        return ""
    if measured().targets(java, export.module, export.package) != EVERYBODY:
        return ""
    return f"exports {export.package}, which {export.module} exports to everybody in JDK {java}"


def doubt(flag: str, java: int | None) -> str:
    """Why the table does not tell whether *flag* is void on a JDK of the major *java*; empty where it does."""
    export, table = parse(flag), measured()
    if export is None:
        return ""
    if not table.tells_of(java):
        of = "a JDK of unknown version" if java is None else f"JDK {java}"
        return f"cannot be checked against {of}: the table has {table.span}"
    has = table.has(java, export.module, export.package)
    if has is None:
        return f"cannot be checked against JDK {java}: of the JDKs around it, not each has {_place(export)}"
    if has and not table.is_loaded(java, export.module):
        return f"is void unless --add-modules={export.module} is there too, as JDK {java} does not load it unasked"
    return ""


def exported(flag: str, java: int | None) -> str:
    """To whom a JDK of the major *java* exports what *flag* opens; empty where that is not told."""
    export, table = parse(flag), measured()
    if export is None or not export.package or not table.tells_of(java):
        return ""
    targets = table.targets(java, export.module, export.package)
    if targets is None:
        return ""
    return "everybody" if targets == EVERYBODY else ", ".join(targets) or "nobody"


def _no_package(export: Export, java: int) -> str:
    packages = list(measured().packages(java))
    elsewhere = [module for module, package in packages if package == export.package]
    said = f"names the package {export.package}, which is not in the module {export.module} of JDK {java}"
    if elsewhere:
        return f"{said}: it is in {' and '.join(elsewhere)}"
    return _hinted(said, did_you_mean(export.package, (each for module, each in packages if module == export.module)))


def _no_target(export: Export, java: int) -> str:
    if ALL_UNNAMED in export.targets:
        return ""
    others = ", ".join(export.targets)
    return _hinted(
        f"opens {_place(export)} to {others} and not to {ALL_UNNAMED}, which is what Trino's plugins are",
        did_you_mean(others.upper(), [ALL_UNNAMED]),
    )


def _does_not_have(java: int, module: str, modules: object) -> str:
    return _hinted(f"JDK {java} does not have", did_you_mean(module, modules))


def _hinted(sentence: str, hint: str) -> str:
    return f"{sentence}; {hint}" if hint else sentence


def _place(export: Export) -> str:
    return f"{export.module}/{export.package}" if export.package else export.module
