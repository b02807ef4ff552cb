"""Is what a flag opens there at all? --add-exports and its kin, against the packages that a JDK has."""

import re
from dataclasses import dataclass

from trinokit.errors import did_you_mean
from trinokit.kerberos.jdk_modules import EVERYBODY, measured_jdks

ALL_UNNAMED = "ALL-UNNAMED"
_EXPORT_FLAG = re.compile(r"(--add-(?:exports|opens|reads))=([^=/]+)(?:/([^=/]+))?=(.+)", re.DOTALL)


@dataclass(frozen=True)
class ModuleExport:
    """What a flag of this *kind* opens: the *package* of a *module* to *targets*; of --add-reads, the module alone."""

    kind: str
    module: str
    package: str
    targets: tuple[str, ...]


def parse_module_export(flag: str) -> ModuleExport | None:
    """What *flag* opens, each name as it stands there; None where it is another flag or lacks a part.

    >>> parse_module_export("--add-opens=java.base/java.nio=ALL-UNNAMED").package, parse_module_export("-Xmx8G")
    ('java.nio', None)
    """
    match = _EXPORT_FLAG.fullmatch(flag)
    # The JVM passes over nothing between two commas.
    targets = tuple(filter(None, match[4].split(","))) if match else ()
    if not targets or bool(match[3]) == (match[1] == "--add-reads"):
        return None
    return ModuleExport(match[1], match[2], match[3] or "", targets)


def has_jdk_data(java: int | None) -> bool:
    """Whether the table tells of JDKs of the major *java*."""
    return measured_jdks().covers_major(java)


def void_reason(flag: str, java: int | None) -> str:
    """Why *flag* is void on a JDK of the major *java*, in words that follow it; empty where nothing says so."""
    export, table = parse_module_export(flag), measured_jdks()
    if export is None or not table.covers_major(java):
        return ""
    if table.has(java, export.module) is False:
        return f"names the module {export.module}, which {_missing_module_text(java, export.module, table.modules)}"
    if export.package and table.has(java, export.module, export.package) is False:
        return _missing_package_reason(export, java)
    return _wrong_target_reason(export, java)


def redundancy_reason(flag: str, java: int | None) -> str:
    """Why *flag* changes nothing on a JDK of the major *java*, in words that follow it; empty where it may.

    >>> redundancy_reason("--add-exports=java.base/java.nio=ALL-UNNAMED", 24)
    'exports java.nio, which java.base exports to everybody in JDK 24'
    """
    export = parse_module_export(flag)
    if export is None or export.kind != "--add-exports" or not has_jdk_data(java):
        return ""
    if measured_jdks().targets(java, export.module, export.package) != EVERYBODY:
        return ""
    return f"exports {export.package}, which {export.module} exports to everybody in JDK {java}"


def undetermined_reason(flag: str, java: int | None) -> str:
    """Why the table does not tell whether *flag* is void on a JDK of the major *java*; empty where it does."""
    export, table = parse_module_export(flag), measured_jdks()
    if export is None:
        return ""
    if not table.covers_major(java):
        of = "a JDK of unknown version" if java is None else f"JDK {java}"
        return f"cannot be checked against {of}: the table has {table.major_range}"
    has = table.has(java, export.module, export.package)
    if has is None:
        return (
            f"cannot be checked against JDK {java}: of the JDKs around it, not each has {_module_and_package(export)}"
        )
    if has and not table.is_loaded(java, export.module):
        return f"is void unless --add-modules={export.module} is there too, as JDK {java} does not load it unasked"
    return ""


def exported_to(flag: str, java: int | None) -> str:
    """To whom a JDK of the major *java* exports what *flag* opens; empty where that is not told."""
    export, table = parse_module_export(flag), measured_jdks()
    if export is None or not export.package or not table.covers_major(java):
        return ""
    targets = table.targets(java, export.module, export.package)
    if targets is None:
        return ""
    return "everybody" if targets == EVERYBODY else ", ".join(targets) or "nobody"


def _missing_package_reason(export: ModuleExport, java: int) -> str:
    packages = list(measured_jdks().packages(java))
    elsewhere = [module for module, package in packages if package == export.package]
    reason = f"names the package {export.package}, which is not in the module {export.module} of JDK {java}"
    if elsewhere:
        return f"{reason}: it is in {' and '.join(elsewhere)}"
    return _add_hint(
        reason, did_you_mean(export.package, (each for module, each in packages if module == export.module))
    )


def _wrong_target_reason(export: ModuleExport, java: int) -> str:
    if ALL_UNNAMED in export.targets:
        return ""
    targets = ", ".join(export.targets)
    return _add_hint(
        f"opens {_module_and_package(export)} to {targets} and not to {ALL_UNNAMED}, which is what Trino's plugins are",
        did_you_mean(targets.upper(), [ALL_UNNAMED]),
    )


def _missing_module_text(java: int, module: str, modules: object) -> str:
    return _add_hint(f"JDK {java} does not have", did_you_mean(module, modules))


def _add_hint(sentence: str, hint: str) -> str:
    return f"{sentence}; {hint}" if hint else sentence


def _module_and_package(export: ModuleExport) -> str:
    return f"{export.module}/{export.package}" if export.package else export.module
