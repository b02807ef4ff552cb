"""Are the flags needed at all? Which catalogs and plugins touch what they export, on this Trino."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd

from trinokit.architecture import uses
from trinokit.architecture.settings import settings
from trinokit.architecture.variables import every_variable, expanded
from trinokit.architecture.wording import listed
from trinokit.architecture.wording import table as tabled
from trinokit.evidence import Running
from trinokit.findings import CRITICAL, INFO, WARNING, Finding
from trinokit.kerberos import plugins
from trinokit.kerberos.exports import ALL_UNNAMED, parse
from trinokit.kerberos.places import Place, container, places
from trinokit.kerberos.plugins import MODULE, PACKAGE, TRINO, Use
from trinokit.objects import Objects

_COLUMNS = dict.fromkeys(("namespace", "subject", "plugin", "package", "needed", "wanted", "note"), "str")
_CATALOG = re.compile(r"/catalog/([^/]+)\.properties$")
_PLUGINS = re.compile(r"/plugins?(/|$)")
_MEASURED = f"measured on Trino {TRINO} with JDK {plugins.JAVA}"
_JDEPS = "ask jdeps --jdk-internals for its jars"


@dataclass(frozen=True, order=True)
class _File:
    """A file of properties that nodes of Trino see; no *properties* where it could not be read, and *problem* why."""

    namespace: str
    path: str
    source: str
    properties: tuple[tuple[str, str], ...] | None
    problem: str = ""

    @property
    def subject(self) -> str:
        catalog = _CATALOG.search(self.path)
        return f"catalog {catalog[1]}" if catalog else PurePosixPath(self.path).name

    @property
    def use(self) -> Use | None:
        return plugins.use(dict(self.properties)) if self.properties is not None else None


def table(live: Objects | None, running: Running, flags: Sequence[str]) -> pd.DataFrame:
    """Every catalog and every other plugin that is configured, and whether it touches what *flags* export.

    What is said of a plugin was measured on one version of Trino; `judged` says where *running* is another one.
    """
    opened = _opened(flags)
    return tabled(_COLUMNS, [row for each in _files(_found(live)) if (row := _row(each, opened))])


def judged(live: Objects | None, running: Running, flags: Sequence[str]) -> list[Finding]:
    """Who needs *flags*, which of them nobody does, and what of it could not be looked at."""
    trinos = _found(live)
    if not trinos:
        sentence = "could not be looked at: no workload of Trino is known, so neither are its catalogs"
        return [Finding(CRITICAL, "need of the flags", sentence)]
    files = _files(trinos)
    needed = [finding for each in files for finding in _needing(each, _opened(flags))]
    unknown = [*_unread(files), *_of_versions([place for place, _ in trinos], running), *_strangers(trinos)]
    return [*unknown, *needed, *_verdict(bool(needed), bool(unknown)), *_of_flags(flags), *_of_http(files)]


def _found(live: Objects | None) -> list[tuple[Place, Objects]]:
    return [(place, live) for place in places(None, live)] if live else []


def _files(trinos: list[tuple[Place, Objects]]) -> list[_File]:
    return sorted({file for place, live in trinos for file in _read(place, live)}, key=lambda each: each.path)


def _read(place: Place, live: Objects) -> Iterator[_File]:
    workload = place.workload
    variables = every_variable(workload, live)
    for file in uses.files(workload, live):
        if not file.path.endswith(".properties"):
            continue
        at = (workload.namespace, file.path, f"{file.kind}/{file.name}")
        text = live.find(file.kind, workload.namespace, file.name).at("data", file.key)
        if file.kind == "Secret" or not isinstance(text, str):
            yield _File(*at, None, "has it as a hash" if file.kind == "Secret" else "has it as binary data")
            continue
        read = settings(file.path, text)
        pairs = tuple((each.key, expanded(each.value, variables)) for each in read.settings)
        yield _File(*at, None if read.problem else pairs, read.problem)


def _opened(flags: Sequence[str]) -> dict[str, str]:
    """The packages of Kerberos that *flags* open to plugins, and the flag that does."""
    found = {flag: parse(flag) for flag in flags}
    return {
        export.package: flag
        for flag, export in found.items()
        if export and export.module == MODULE and _is_kerberos(export.package) and ALL_UNNAMED in export.targets
    }


def _is_kerberos(package: str) -> bool:
    return package == PACKAGE or package.startswith(f"{PACKAGE}.")


def _row(file: _File, opened: dict[str, str]) -> tuple | None:
    use = file.use
    if file.properties is None and _matters(file):
        return (file.namespace, file.subject, "", "", "not known", "", f"{file.source} {file.problem}")
    if use is None:
        nothing = (file.namespace, file.subject, "", "", "no", "", "its plugin does not touch the packages")
        return nothing if _CATALOG.search(file.path) and file.properties is not None else None
    wanted = ("yes" if use.package in opened else "no") if use.package else ""
    return (file.namespace, file.subject, use.plugin, use.package, use.needed, wanted, use.why or use.without)


def _matters(file: _File) -> bool:
    """Whether *file* may configure a plugin that touches the packages."""
    return bool(_CATALOG.search(file.path)) or file.path.rpartition("/")[2].startswith(
        ("access-control", "event-listener", "exchange-manager")
    )


def _needing(file: _File, opened: dict[str, str]) -> Iterator[Finding]:
    use = file.use
    if use is None or use.needed == "no":
        return
    how = "uses" if use.needed == "yes" else "may use"
    lacks = "" if use.package in opened else ", which is not among the flags"
    sentence = f"{how} {use.package}{lacks} ({use.why}): {use.without}"
    yield Finding(INFO if use.package in opened else WARNING, f"{file.subject} in {file.namespace}", sentence)


def _unread(files: list[_File]) -> Iterator[Finding]:
    for file in files:
        if file.properties is None and _matters(file):
            sentence = f"could not be looked at, so it may need the flags: {file.source} {file.problem}"
            yield Finding(CRITICAL, f"{file.subject} in {file.namespace}", sentence)
        elif dict(file.properties or ()).get("catalog.management", "").lower() == "dynamic":
            sentence = "could not be looked at: they are made with SQL (catalog.management=dynamic): SHOW CATALOGS"
            yield Finding(CRITICAL, f"catalogs in {file.namespace}", sentence)


def _of_versions(trinos: list[Place], running: Running) -> Iterator[Finding]:
    seen = {jvm.trino for jvm in running.jvms if jvm.trino} or {place.trino for place in trinos}
    others = sorted(seen - {TRINO})
    if others:
        names = listed(each or "an unknown version" for each in others)
        sentence = f"runs {names}, whose plugins were not looked at: what is said of plugins was {_MEASURED}"
        yield Finding(WARNING, "Trino", sentence)


def _strangers(trinos: list[tuple[Place, Objects]]) -> Iterator[Finding]:
    """What may bring plugins that are not Trino's own."""
    for place, _ in trinos:
        name = container(place.workload)
        made = next((each for each in place.workload.containers if each["name"] == name), {})
        image = made.get("image", "")
        if not f"/{_repository(image)}".endswith("/trinodb/trino"):
            sentence = f"runs the image {image or 'of no name'}, whose plugins were not looked at: {_JDEPS}"
            yield Finding(WARNING, place.subject, sentence)
        if added := [
            each["mountPath"] for each in made.get("volumeMounts") or [] if _PLUGINS.search(each["mountPath"])
        ]:
            sentence = f"has plugins of its own in {listed(added)}, which were not looked at: {_JDEPS}"
            yield Finding(WARNING, place.subject, sentence)


def _repository(image: str) -> str:
    return re.sub(r":[^/:]*$", "", image.partition("@")[0])


def _verdict(needed: bool, unknown: bool) -> Iterator[Finding]:
    if not needed:
        so_far = "of what could be looked at, " if unknown else ""
        sentence = f"are not needed: {so_far}no catalog and no plugin uses what they export; they do no harm"
        yield Finding(INFO, "flags", f"{sentence} ({_MEASURED})")


def _of_flags(flags: Sequence[str]) -> Iterator[Finding]:
    if idle := [package for package in _opened(flags) if package != PACKAGE]:
        sentence = f"export {listed(idle)}, which no plugin of Trino {TRINO} touches; one of your own may"
        yield Finding(INFO, "flags", sentence)
    if others := [flag for flag in flags if not _opened([flag])]:
        # The value of a system property is shown nowhere.
        names = listed(flag if parse(flag) else flag.partition("=")[0] for flag in others)
        sentence = f"{names} {'opens' if len(others) == 1 else 'open'} no package of Kerberos: not looked at"
        yield Finding(INFO, "flags", sentence)


def _of_http(files: list[_File]) -> Iterator[Finding]:
    key = "http-server.authentication.type"
    for file in files:
        kinds = dict(file.properties or ()).get(key, "").upper().split(",")
        if "KERBEROS" in [kind.strip() for kind in kinds]:
            sentence = f"logs users in with Kerberos ({key}), which needs none of the flags"
            yield Finding(INFO, f"coordinator in {file.namespace}", sentence)
