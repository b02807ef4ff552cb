"""What is watched? Scrape jobs, annotations, monitors, alert rules and the data sources of Grafana."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import pandas as pd
import yaml

from trinokit.architecture import cluster_dns, prometheus_scraping
from trinokit.architecture.address_parser import parse_addresses
from trinokit.architecture.label_selectors import selector_matches
from trinokit.architecture.reachability import Network
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import Workload
from trinokit.findings import INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects

_SCRAPE_ANNOTATION = "prometheus.io/scrape"


class MonitoringRow(NamedTuple):
    """A row of the table of what watches: *how* it does, in which *object* (Kind/name), and what it *watches*.

    *alert_rules* is how many rules have an alert, and NA for everything but rules.
    """

    namespace: str
    how: Literal["scrape job", "annotation", "ServiceMonitor", "PodMonitor", "rules", "data source"]
    object: str
    name: str = ""
    watches: str = ""
    alert_rules: int | None = None


def monitoring_table(objects: Objects) -> pd.DataFrame:
    """Everything that watches: what it is, where it is written, and what it watches; a `MonitoringRow` each."""
    network = Network(objects)
    rows = [
        *_scrape_job_rows(network),
        *_annotation_rows(network),
        *_monitor_rows(network),
        *_alert_rule_rows(objects),
        *_data_source_rows(objects),
    ]
    return table_of_rows(MonitoringRow, rows)


def monitoring_gap_findings(objects: Objects) -> list[Finding]:
    """Workloads that nobody scrapes, watchers that find nothing, and a cluster without an alert rule."""
    every = monitoring_table(objects)
    scraping = every[every["how"].isin(["scrape job", "ServiceMonitor", "PodMonitor"])]
    if scraping.empty:
        return [Finding(WARNING, "monitoring", "nothing scrapes anything: there is no scrape job and no monitor")]
    findings = [
        Finding(
            WARNING, f"{row.object} in {row.namespace}", f"finds nothing to scrape ({row.how} {row.name}".rstrip() + ")"
        )
        for row in scraping[scraping["watches"] == ""].itertuples()
    ]
    alerts = int(every["alert_rules"].sum())
    if not alerts:
        findings.append(Finding(WARNING, "monitoring", "there is no alert rule: nobody is told when something breaks"))
    network = Network(objects)
    lasting = [each for each in network.workloads if each.object.kind not in ("Job", "CronJob")]
    seen = _scraped_workloads(network)
    left = [f"{each} in {each.namespace}" for each in lasting if (each.namespace, str(each)) not in seen]
    if left:
        findings.append(
            Finding(INFO, "monitoring", f"nothing scrapes {format_count(len(left), 'workload')}: {join_names(left)}")
        )
    number = format_count(len(lasting), "workload")
    return findings or [Finding(OK, "monitoring", f"{number}, each scraped, and {format_count(alerts, 'alert rule')}")]


def _scrape_job_rows(network: Network) -> Iterator[MonitoringRow]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in prometheus_scraping.discovered_targets(network.workloads, network.objects):
        found.setdefault((each.evidence, each.key), []).append(f"{each.target} in {each.target.namespace}")
    for job in prometheus_scraping.scrape_configs(network.objects):
        discovered = found.get((job.evidence, f"{job.key}: {job.name}"), [])
        roles = [
            f"every {each.get('role')}"
            for each in job.discoveries
            if each.get("role") not in prometheus_scraping.DISCOVERY_ROLES
        ]
        watches = join_names([*job.targets, *discovered, *roles])
        yield MonitoringRow(job.scraper.namespace, "scrape job", job.evidence, name=job.name, watches=watches)


def _annotation_rows(network: Network) -> Iterator[MonitoringRow]:
    for each in network.workloads:
        if each.annotations.get(_SCRAPE_ANNOTATION) == "true":
            yield MonitoringRow(each.namespace, "annotation", str(each), watches=_scrape_path(each.annotations))
    for each in network.objects.of("Service"):
        if each.annotations.get(_SCRAPE_ANNOTATION) == "true":
            path = _scrape_path(each.annotations)
            yield MonitoringRow(each.namespace, "annotation", f"Service/{each.name}", watches=path)


def _scrape_path(annotations: dict[str, str]) -> str:
    port = annotations.get("prometheus.io/port", "")
    return (f"port {port} " if port else "") + annotations.get("prometheus.io/path", "/metrics")


def _monitor_rows(network: Network) -> Iterator[MonitoringRow]:
    for each, chosen in _monitor_selections(network):
        found = [f"{_object_name(one)} in {one.namespace}" for one in chosen]
        yield MonitoringRow(each.namespace, each.kind, f"{each.kind}/{each.name}", watches=join_names(found))


def _object_name(one: Object | Workload) -> str:
    return f"{one.kind}/{one.name}" if isinstance(one, Object) else str(one)


def _monitor_selections(network: Network) -> Iterator[tuple[Object, list[Object] | list[Workload]]]:
    """Each ServiceMonitor with the Services that it chooses, and each PodMonitor with the workloads."""
    offers = {"ServiceMonitor": network.objects.of("Service"), "PodMonitor": network.workloads}
    for each in [found for found in network.objects.items if found.kind in offers]:
        spaces = each.at("spec", "namespaceSelector") or {}
        within = spaces.get("matchNames") or [each.namespace]
        selector = each.at("spec", "selector") or {}
        offered = [one for one in offers[each.kind] if spaces.get("any") or one.namespace in within]
        yield each, [one for one in offered if selector_matches(selector, one.labels)]


def _alert_rule_rows(objects: Objects) -> Iterator[MonitoringRow]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            rules = _rules_of_groups(_load_mapping(text).get("groups")) if re.search(r"^groups:", text, re.M) else []
            if rules:
                where, alerts = f"ConfigMap/{each.name}", _alert_count(rules)
                yield MonitoringRow(each.namespace, "rules", where, name=key, alert_rules=alerts)
    for each in [found for found in objects.items if found.kind == "PrometheusRule"]:
        alerts = _alert_count(_rules_of_groups(each.at("spec", "groups")))
        yield MonitoringRow(each.namespace, "rules", f"PrometheusRule/{each.name}", alert_rules=alerts)


def _rules_of_groups(groups: object) -> list[dict]:
    known = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [rule for group in known for rule in group.get("rules") or [] if isinstance(rule, dict)]


def _alert_count(rules: list[dict]) -> int:
    return sum("alert" in rule for rule in rules)


def _data_source_rows(objects: Objects) -> Iterator[MonitoringRow]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            if key.endswith((".yaml", ".yml")) and re.search(r"^datasources:", text, re.M):
                for source in _load_mapping(text).get("datasources") or []:
                    name = f"{source.get('name')} ({source.get('type')})"
                    leads = join_names(found.written for found in parse_addresses("url", str(source.get("url", ""))))
                    where = f"ConfigMap/{each.name}"
                    yield MonitoringRow(each.namespace, "data source", where, name=name, watches=leads)


def _load_mapping(text: str) -> dict:
    try:
        found = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        # Whatever a workload mounts and cannot be read is a finding of its own.
        return {}
    return found if isinstance(found, dict) else {}


def _scraped_workloads(network: Network) -> set[tuple[str, str]]:
    """The namespace and Kind/name of the workloads that something scrapes."""
    seen = {each.target for each in prometheus_scraping.discovered_targets(network.workloads, network.objects)}
    seen |= {
        workload
        for job in prometheus_scraping.scrape_configs(network.objects)
        for workload in _static_target_workloads(job, network)
    }
    for _, chosen in _monitor_selections(network):
        for one in chosen:
            seen |= {one} if isinstance(one, Workload) else set(network.behind(one))
    return {(each.namespace, str(each)) for each in seen}


def _static_target_workloads(job: prometheus_scraping.ScrapeConfig, network: Network) -> Iterator[Workload]:
    """The workloads that the targets written down in *job* lead to."""
    for address in [found for target in job.targets for found in parse_addresses("targets", target)]:
        place = cluster_dns.resolve_host(address.host, job.scraper.namespace, network.objects)
        service = network.objects.find("Service", place.namespace, place.service)
        if place.state == cluster_dns.HostState.SELF:
            yield job.scraper
        elif service:
            yield from network.behind(service)
