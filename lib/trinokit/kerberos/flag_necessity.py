"""Are the flags needed at all? Which catalogs and plugins touch what they export, on this Trino."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import config_references
from trinokit.architecture.environment_variables import expand_variables, workload_environment
from trinokit.architecture.settings_parser import parse_settings
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.findings import CRITICAL, INFO, WARNING, Finding
from trinokit.kerberos import plugins_using_jdk_internals
from trinokit.kerberos.module_export_checks import ALL_UNNAMED, parse_module_export
from trinokit.kerberos.plugins_using_jdk_internals import KERBEROS_MODULE, KERBEROS_PACKAGE, MEASURED_TRINO, PluginUse
from trinokit.kerberos.trino_workloads import JvmConfigFile, find_jvm_config_files, trino_container
from trinokit.objects import Objects
from trinokit.observations import RunningJvms

_CATALOG_PATH = re.compile(r"/catalog/([^/]+)\.properties$")
_PLUGIN_PATH = re.compile(r"/plugins?(/|$)")
_MEASURED_ON = f"measured on Trino {MEASURED_TRINO} with JDK {plugins_using_jdk_internals.MEASURED_JAVA}"
_JDEPS_ADVICE = "ask jdeps --jdk-internals for its jars"


class _NecessityRow(NamedTuple):
    """A row of `flag_necessity_table`."""

    namespace: str
    subject: str
    plugin: str = ""
    package: str = ""
    needed: str = ""
    wanted: str = ""
    note: str = ""


@dataclass(frozen=True, order=True)
class _PropertiesFile:
    """A file of properties that nodes of Trino see; no *properties* where it could not be read, and *problem* why."""

    namespace: str
    path: str
    source: str
    properties: tuple[tuple[str, str], ...] | None
    problem: str = ""

    @property
    def subject(self) -> str:
        catalog = _CATALOG_PATH.search(self.path)
        return f"catalog {catalog[1]}" if catalog else PurePosixPath(self.path).name

    @property
    def plugin_use(self) -> PluginUse | None:
        return plugins_using_jdk_internals.plugin_use(dict(self.properties)) if self.properties is not None else None


def flag_necessity_table(live: Objects | None, running: RunningJvms, flags: Sequence[str]) -> pd.DataFrame:
    """Every catalog and every other plugin that is configured, and whether it touches what *flags* export.

    The columns are namespace, subject, plugin, package, needed (yes, perhaps, no, or not known), wanted (whether one of
    *flags* opens the package: yes or no; empty where there is none) and note; in this order they sort the rows.
    What is said of a plugin was measured on one version of Trino; `flag_necessity_findings` says where *running* is
    another one.
    """
    opened = _opened_packages(flags)
    files = _properties_files(_trino_config_files(live))
    return table_of_rows(_NecessityRow, [row for each in files if (row := _necessity_row(each, opened))])


def flag_necessity_findings(live: Objects | None, running: RunningJvms, flags: Sequence[str]) -> list[Finding]:
    """Who needs *flags*, which of them nobody does, and what of it could not be looked at."""
    trinos = _trino_config_files(live)
    if not trinos:
        sentence = "could not be looked at: no workload of Trino is known, so neither are its catalogs"
        return [Finding(CRITICAL, "need of the flags", sentence)]
    files = _properties_files(trinos)
    needed = [finding for each in files for finding in _package_user_findings(each, _opened_packages(flags))]
    unknown = [
        *_unread_file_findings(files),
        *_unmeasured_version_findings([config_file for config_file, _ in trinos], running),
        *_foreign_plugin_findings(trinos),
    ]
    return [
        *unknown,
        *needed,
        *_not_needed_findings(bool(needed), bool(unknown)),
        *_unrelated_flag_findings(flags),
        *_http_login_findings(files),
    ]


def _trino_config_files(live: Objects | None) -> list[tuple[JvmConfigFile, Objects]]:
    return [(config_file, live) for config_file in find_jvm_config_files(None, live)] if live else []


def _properties_files(trinos: list[tuple[JvmConfigFile, Objects]]) -> list[_PropertiesFile]:
    return sorted(
        {file for config_file, live in trinos for file in _read_properties_files(config_file, live)},
        key=lambda each: each.path,
    )


def _read_properties_files(config_file: JvmConfigFile, live: Objects) -> Iterator[_PropertiesFile]:
    workload = config_file.workload
    variables = workload_environment(workload, live)
    for file in config_references.mounted_files(workload, live):
        if not file.path.endswith(".properties"):
            continue
        row = partial(_PropertiesFile, namespace=workload.namespace, path=file.path, source=f"{file.kind}/{file.name}")
        text = live.find(file.kind, workload.namespace, file.name).at("data", file.key)
        if file.kind == "Secret" or not isinstance(text, str):
            problem = "has it as a hash" if file.kind == "Secret" else "has it as binary data"
            yield row(properties=None, problem=problem)
            continue
        parsed = parse_settings(file.path, text)
        pairs = tuple((each.key, expand_variables(each.value, variables)) for each in parsed.settings)
        yield row(properties=None if parsed.problem else pairs, problem=parsed.problem)


def _opened_packages(flags: Sequence[str]) -> dict[str, str]:
    """The packages of Kerberos that *flags* open to plugins, and the flag that does."""
    exports = {flag: parse_module_export(flag) for flag in flags}
    return {
        export.package: flag
        for flag, export in exports.items()
        if export
        and export.module == KERBEROS_MODULE
        and _is_kerberos_package(export.package)
        and ALL_UNNAMED in export.targets
    }


def _is_kerberos_package(package: str) -> bool:
    return package == KERBEROS_PACKAGE or package.startswith(f"{KERBEROS_PACKAGE}.")


def _necessity_row(file: _PropertiesFile, opened: dict[str, str]) -> _NecessityRow | None:
    row, use = _NecessityRow(file.namespace, file.subject), file.plugin_use
    if file.properties is None and _may_use_packages(file):
        return row._replace(needed="not known", note=f"{file.source} {file.problem}")
    if use is None:
        is_catalog = _CATALOG_PATH.search(file.path) and file.properties is not None
        return row._replace(needed="no", note="its plugin does not touch the packages") if is_catalog else None
    return row._replace(
        plugin=use.plugin,
        package=use.package,
        needed=use.needed,
        wanted=("yes" if use.package in opened else "no") if use.package else "",
        note=use.why or use.effect_without_export,
    )


def _may_use_packages(file: _PropertiesFile) -> bool:
    """Whether *file* may configure a plugin that touches the packages."""
    return bool(_CATALOG_PATH.search(file.path)) or file.path.rpartition("/")[2].startswith(
        ("access-control", "event-listener", "exchange-manager")
    )


def _package_user_findings(file: _PropertiesFile, opened: dict[str, str]) -> Iterator[Finding]:
    use = file.plugin_use
    if use is None or use.needed == "no":
        return
    use_text = "uses" if use.needed == "yes" else "may use"
    lacks = "" if use.package in opened else ", which is not among the flags"
    sentence = f"{use_text} {use.package}{lacks} ({use.why}): {use.effect_without_export}"
    yield Finding(INFO if use.package in opened else WARNING, f"{file.subject} in {file.namespace}", sentence)


def _unread_file_findings(files: list[_PropertiesFile]) -> Iterator[Finding]:
    for file in files:
        if file.properties is None and _may_use_packages(file):
            sentence = f"could not be looked at, so it may need the flags: {file.source} {file.problem}"
            yield Finding(CRITICAL, f"{file.subject} in {file.namespace}", sentence)
        elif dict(file.properties or ()).get("catalog.management", "").lower() == "dynamic":
            sentence = "could not be looked at: they are made with SQL (catalog.management=dynamic): SHOW CATALOGS"
            yield Finding(CRITICAL, f"catalogs in {file.namespace}", sentence)


def _unmeasured_version_findings(trinos: list[JvmConfigFile], running: RunningJvms) -> Iterator[Finding]:
    trino_versions = {jvm.trino for jvm in running.jvms if jvm.trino} or {config_file.trino for config_file in trinos}
    unmeasured = sorted(trino_versions - {MEASURED_TRINO})
    if unmeasured:
        names = join_names(each or "an unknown version" for each in unmeasured)
        sentence = f"runs {names}, whose plugins were not looked at: what is said of plugins was {_MEASURED_ON}"
        yield Finding(WARNING, "Trino", sentence)


def _foreign_plugin_findings(trinos: list[tuple[JvmConfigFile, Objects]]) -> Iterator[Finding]:
    """What may bring plugins that are not Trino's own."""
    for config_file, _ in trinos:
        name = trino_container(config_file.workload)
        container = next((each for each in config_file.workload.containers if each["name"] == name), {})
        image = container.get("image", "")
        if not f"/{_image_repository(image)}".endswith("/trinodb/trino"):
            sentence = f"runs the image {image or 'of no name'}, whose plugins were not looked at: {_JDEPS_ADVICE}"
            yield Finding(WARNING, config_file.subject, sentence)
        if foreign := [
            each["mountPath"] for each in container.get("volumeMounts") or [] if _PLUGIN_PATH.search(each["mountPath"])
        ]:
            sentence = f"has plugins of its own in {join_names(foreign)}, which were not looked at: {_JDEPS_ADVICE}"
            yield Finding(WARNING, config_file.subject, sentence)


def _image_repository(image: str) -> str:
    return re.sub(r":[^/:]*$", "", image.partition("@")[0])


def _not_needed_findings(needed: bool, unknown: bool) -> Iterator[Finding]:
    if not needed:
        so_far = "of what could be looked at, " if unknown else ""
        sentence = f"are not needed: {so_far}no catalog and no plugin uses what they export; they do no harm"
        yield Finding(INFO, "flags", f"{sentence} ({_MEASURED_ON})")


def _unrelated_flag_findings(flags: Sequence[str]) -> Iterator[Finding]:
    if idle := [package for package in _opened_packages(flags) if package != KERBEROS_PACKAGE]:
        sentence = f"export {join_names(idle)}, which no plugin of Trino {MEASURED_TRINO} touches; one of your own may"
        yield Finding(INFO, "flags", sentence)
    if unrelated := [flag for flag in flags if not _opened_packages([flag])]:
        # The value of a system property is shown nowhere.
        names = join_names(flag if parse_module_export(flag) else flag.partition("=")[0] for flag in unrelated)
        sentence = f"{names} {'opens' if len(unrelated) == 1 else 'open'} no package of Kerberos: not looked at"
        yield Finding(INFO, "flags", sentence)


def _http_login_findings(files: list[_PropertiesFile]) -> Iterator[Finding]:
    key = "http-server.authentication.type"
    for file in files:
        kinds = dict(file.properties or ()).get(key, "").upper().split(",")
        if "KERBEROS" in [kind.strip() for kind in kinds]:
            sentence = f"logs users in with Kerberos ({key}), which needs none of the flags"
            yield Finding(INFO, f"coordinator in {file.namespace}", sentence)
