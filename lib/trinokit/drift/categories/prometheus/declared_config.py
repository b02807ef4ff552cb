"""What does git tell a Prometheus? In ConfigMaps that it mounts, and in objects that its operator reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import yaml

from trinokit.architecture import config_references, workloads
from trinokit.architecture.workloads import Workload
from trinokit.drift.categories.prometheus import config_model
from trinokit.drift.categories.prometheus.config_model import PrometheusConfig, PrometheusJob
from trinokit.drift.categories.prometheus.setting_differences import (
    flatten_settings,
    mapping_or_empty,
    mappings_in_list,
)
from trinokit.objects import Object, Objects

_OPERATOR_GROUP = "monitoring.coreos.com"
_CONFIG_PATTERN = re.compile(
    r"""^["']?(?:scrape_configs|groups)["']?[ \t]*:|\A\s*\{(?:\s*["']groups|(?s:.)*["']scrape_configs)["']\s*:""",
    re.MULTILINE,
)
# What Prometheus calls a job that its operator makes, and where the endpoints of the object stand.
_MONITOR_KINDS = {
    "ServiceMonitor": ("serviceMonitor", "endpoints"),
    "PodMonitor": ("podMonitor", "podMetricsEndpoints"),
    "Probe": ("probe", ""),
    "ScrapeConfig": ("scrapeConfig", ""),
}
_SETTING_NAMES = {
    "interval": "scrape_interval",
    "scrapeInterval": "scrape_interval",
    "scrapeTimeout": "scrape_timeout",
    "path": "metrics_path",
    "metricsPath": "metrics_path",
    "scheme": "scheme",
}


@dataclass(frozen=True)
class _ConfigFile:
    """The *key* of a ConfigMap that may tell Prometheus something, read as YAML, or why it could not be."""

    map: Object
    key: str
    body: Mapping[str, object]
    problem: str = ""

    @property
    def is_configuration(self) -> bool:
        return isinstance(self.body.get("scrape_configs"), list)


class _TextLoader(yaml.CSafeLoader):
    """Takes every scalar for a text, as Prometheus does where it wants one."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<"))]}


def declared_prometheus_config(objects: Objects, loaded_jobs: Collection[str]) -> PrometheusConfig:
    """What git tells the Prometheus that has *loaded_jobs*; of several, the one that has most of these."""
    monitors = [*_operator_jobs(objects)]
    files, configured = _files_of_one_prometheus(objects, set(loaded_jobs), anyway=not monitors)
    configuration = _merged_configuration(files) if configured else {}
    groups = [*_declared_rule_groups(files, objects)]
    usual = (
        {"interval": mapping_or_empty(configuration.get("global")).get("evaluation_interval", "1m")}
        if configured
        else {}
    )
    settings = config_model.other_settings(configuration, [usual | group for group, _ in groups])
    if not configured:
        settings = {path: value for path, value in settings.items() if path.startswith("groups")}
    return PrometheusConfig(
        (*_jobs_in_files(files, configuration), *monitors),
        tuple(rule for group, written in groups for rule in config_model.group_rules(group, written)),
        settings,
        whole=configured,
        problems=tuple(_unread_configs(files, objects.unread)),
    )


def _merged_configuration(files: list[_ConfigFile]) -> dict[str, object]:
    """What the *files* of one Prometheus say together; jobs may have files of their own."""
    return {key: value for each in files if each.is_configuration for key, value in each.body.items()}


def _jobs_in_files(files: list[_ConfigFile], configuration: Mapping[str, object]) -> Iterator[PrometheusJob]:
    for each in files:
        if each.is_configuration:
            yield from config_model.configured_jobs({**configuration, **each.body}, str(each.map))


def _declared_rule_groups(files: list[_ConfigFile], objects: Objects) -> Iterator[tuple[dict[str, object], str]]:
    for each in files:
        yield from ((dict(group), str(each.map)) for group in mappings_in_list(each.body.get("groups")))
    for each in objects.items:
        if each.group == _OPERATOR_GROUP and each.kind == "PrometheusRule":
            yield from ((dict(group), str(each)) for group in mappings_in_list(each.at("spec", "groups")))


def _files_of_one_prometheus(objects: Objects, loaded: set[str], *, anyway: bool) -> tuple[list[_ConfigFile], bool]:
    """The files of one Prometheus with the rules that nobody mounts, and whether a configuration is among them.

    One that shares no job with what is *loaded* is taken only if *anyway*.
    """
    files = [*_config_files(objects)]
    by = {str(each.object): _mounted_files(each, files, objects) for each in workloads.find_workloads(objects)}
    chosen = _choose_workload(by, loaded, anyway=anyway)
    by_others = [each for name, own in by.items() if name != chosen for each in own]
    # What nobody mounts may be brought to Prometheus by a container beside it.
    loose = [each for each in files if each not in by_others and not each.is_configuration]
    return [each for each in files if each in by.get(chosen, []) or each in loose], bool(chosen)


def _choose_workload(by: Mapping[str, list[_ConfigFile]], loaded: set[str], *, anyway: bool) -> str:
    """The workload whose configuration shares most jobs with what is *loaded*; empty when there is none."""
    shared = {
        name: len(loaded & {job.name for job in _jobs_in_files(own, {})})
        for name, own in by.items()
        if any(each.is_configuration for each in own)
    }
    best = max(shared, key=shared.__getitem__, default="")
    return best if anyway or shared.get(best) else ""


def _mounted_files(workload: Workload, files: list[_ConfigFile], objects: Objects) -> list[_ConfigFile]:
    mounted = {
        (file.name, file.key) for file in config_references.mounted_files(workload, objects) if file.kind == "ConfigMap"
    }
    return [each for each in files if (each.map.name, each.key) in mounted and each.map.namespace == workload.namespace]


def _config_files(objects: Objects) -> Iterator[_ConfigFile]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            if isinstance(text, str) and _CONFIG_PATTERN.search(text):
                yield _read_config_file(each, key, text)


def _read_config_file(map: Object, key: str, text: str) -> _ConfigFile:
    try:
        return _ConfigFile(map, key, mapping_or_empty(yaml.load(text, _TextLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _ConfigFile(map, key, {}, f"line {mark.line + 1 if mark else 1} is no YAML: {error.problem}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _ConfigFile(map, key, {}, f"it is no YAML: {error}")


def _operator_jobs(objects: Objects) -> Iterator[PrometheusJob]:
    for each in objects.items:
        if each.group == _OPERATOR_GROUP and each.kind in _MONITOR_KINDS:
            word, endpoints = _MONITOR_KINDS[each.kind]
            spec, monitor_name = mapping_or_empty(each.at("spec")), f"{word}/{each.namespace}/{each.name}"
            if not endpoints:
                yield PrometheusJob(monitor_name, _operator_job_settings(spec), str(each), whole=False)
            for index, endpoint in enumerate(mappings_in_list(spec.get(endpoints))):
                yield PrometheusJob(f"{monitor_name}/{index}", _operator_job_settings(endpoint), str(each), whole=False)


def _operator_job_settings(spec: Mapping[str, object]) -> dict[str, str]:
    flat_settings = flatten_settings({new: spec[old] for old, new in _SETTING_NAMES.items() if old in spec})
    return flat_settings | {"scheme": flat_settings["scheme"].lower()} if "scheme" in flat_settings else flat_settings


def _unread_configs(files: list[_ConfigFile], unread: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in files:
        if each.problem:
            yield str(each.map), f"could not be compared with what is loaded: key {each.key}, {each.problem}"
    for kind, reason in unread.items():
        if kind.startswith("ConfigMap"):
            yield kind, f"could not be read, and may tell Prometheus something: {reason}"
