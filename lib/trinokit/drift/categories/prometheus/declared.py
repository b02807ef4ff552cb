"""What does git tell a Prometheus? In ConfigMaps that it mounts, and in objects that its operator reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import yaml

from trinokit.architecture import uses, workloads
from trinokit.architecture.workloads import Workload
from trinokit.drift.categories.prometheus import told
from trinokit.drift.categories.prometheus.settings import leaves, mapping, mappings
from trinokit.drift.categories.prometheus.told import Job, Told
from trinokit.objects import Object, Objects

_OPERATOR = "monitoring.coreos.com"
_TELLING = re.compile(
    r"""^["']?(?:scrape_configs|groups)["']?[ \t]*:|\A\s*\{(?:\s*["']groups|(?s:.)*["']scrape_configs)["']\s*:""",
    re.MULTILINE,
)
# What Prometheus calls a job that its operator makes, and where the endpoints of the object stand.
_MONITORS = {
    "ServiceMonitor": ("serviceMonitor", "endpoints"),
    "PodMonitor": ("podMonitor", "podMetricsEndpoints"),
    "Probe": ("probe", ""),
    "ScrapeConfig": ("scrapeConfig", ""),
}
_NAMES = {
    "interval": "scrape_interval",
    "scrapeInterval": "scrape_interval",
    "scrapeTimeout": "scrape_timeout",
    "path": "metrics_path",
    "metricsPath": "metrics_path",
    "scheme": "scheme",
}


@dataclass(frozen=True)
class _File:
    """The *key* of a ConfigMap that may tell Prometheus something, read as YAML, or why it could not be."""

    map: Object
    key: str
    body: Mapping[str, object]
    problem: str = ""

    @property
    def configures(self) -> bool:
        return isinstance(self.body.get("scrape_configs"), list)


class _Texts(yaml.CSafeLoader):
    """Takes every scalar for a text, as Prometheus does where it wants one."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<"))]}


def declared(objects: Objects, loaded_jobs: Collection[str]) -> Told:
    """What git tells the Prometheus that has *loaded_jobs*; of several, the one that has most of these."""
    monitors = [*_monitors(objects)]
    files, configured = _of_one(objects, set(loaded_jobs), anyway=not monitors)
    configuration = _configuration(files) if configured else {}
    groups = [*_groups(files, objects)]
    usual = {"interval": mapping(configuration.get("global")).get("evaluation_interval", "1m")} if configured else {}
    settings = told.others(configuration, [usual | group for group, _ in groups])
    if not configured:
        settings = {path: value for path, value in settings.items() if path.startswith("groups")}
    return Told(
        (*_jobs(files, configuration), *monitors),
        tuple(rule for group, written in groups for rule in told.rules(group, written)),
        settings,
        whole=configured,
        problems=tuple(_problems(files, objects.unread)),
    )


def _configuration(files: list[_File]) -> dict[str, object]:
    """What the *files* of one Prometheus say together; jobs may have files of their own."""
    return {key: value for each in files if each.configures for key, value in each.body.items()}


def _jobs(files: list[_File], configuration: Mapping[str, object]) -> Iterator[Job]:
    for each in files:
        if each.configures:
            yield from told.jobs({**configuration, **each.body}, str(each.map))


def _groups(files: list[_File], objects: Objects) -> Iterator[tuple[dict[str, object], str]]:
    for each in files:
        yield from ((dict(group), str(each.map)) for group in mappings(each.body.get("groups")))
    for each in objects.items:
        if each.group == _OPERATOR and each.kind == "PrometheusRule":
            yield from ((dict(group), str(each)) for group in mappings(each.at("spec", "groups")))


def _of_one(objects: Objects, loaded: set[str], *, anyway: bool) -> tuple[list[_File], bool]:
    """The files of one Prometheus with the rules that nobody mounts, and whether a configuration is among them.

    One that shares no job with what is *loaded* is taken only if *anyway*.
    """
    files = [*_files(objects)]
    by = {str(each.object): _mounted(each, files, objects) for each in workloads.found(objects)}
    chosen = _chosen(by, loaded, anyway=anyway)
    by_others = [each for name, own in by.items() if name != chosen for each in own]
    # What nobody mounts may be brought to Prometheus by a container beside it.
    loose = [each for each in files if each not in by_others and not each.configures]
    return [each for each in files if each in by.get(chosen, []) or each in loose], bool(chosen)


def _chosen(by: Mapping[str, list[_File]], loaded: set[str], *, anyway: bool) -> str:
    """The workload whose configuration shares most jobs with what is *loaded*; empty when there is none."""
    shared = {
        name: len(loaded & {job.name for job in _jobs(own, {})})
        for name, own in by.items()
        if any(each.configures for each in own)
    }
    best = max(shared, key=shared.__getitem__, default="")
    return best if anyway or shared.get(best) else ""


def _mounted(workload: Workload, files: list[_File], objects: Objects) -> list[_File]:
    seen = {(file.name, file.key) for file in uses.files(workload, objects) if file.kind == "ConfigMap"}
    return [each for each in files if (each.map.name, each.key) in seen and each.map.namespace == workload.namespace]


def _files(objects: Objects) -> Iterator[_File]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            if isinstance(text, str) and _TELLING.search(text):
                yield _read(each, key, text)


def _read(map: Object, key: str, text: str) -> _File:
    try:
        return _File(map, key, mapping(yaml.load(text, _Texts)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _File(map, key, {}, f"line {mark.line + 1 if mark else 1} is no YAML: {error.problem}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _File(map, key, {}, f"it is no YAML: {error}")


def _monitors(objects: Objects) -> Iterator[Job]:
    for each in objects.items:
        if each.group == _OPERATOR and each.kind in _MONITORS:
            word, endpoints = _MONITORS[each.kind]
            spec, place = mapping(each.at("spec")), f"{word}/{each.namespace}/{each.name}"
            if not endpoints:
                yield Job(place, _monitored(spec), str(each), whole=False)
            for index, endpoint in enumerate(mappings(spec.get(endpoints))):
                yield Job(f"{place}/{index}", _monitored(endpoint), str(each), whole=False)


def _monitored(spec: Mapping[str, object]) -> dict[str, str]:
    told = leaves({new: spec[old] for old, new in _NAMES.items() if old in spec})
    return told | {"scheme": told["scheme"].lower()} if "scheme" in told else told


def _problems(files: list[_File], unread: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in files:
        if each.problem:
            yield str(each.map), f"could not be compared with what is loaded: key {each.key}, {each.problem}"
    for kind, reason in unread.items():
        if kind.startswith("ConfigMap"):
            yield kind, f"could not be read, and may tell Prometheus something: {reason}"
