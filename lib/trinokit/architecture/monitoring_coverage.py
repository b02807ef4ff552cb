"""What is watched? Scrape jobs, annotations, monitors, alert rules and the data sources of Grafana."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import pandas as pd
import yaml

from trinokit.architecture import cluster_dns, prometheus_scraping
from trinokit.architecture.address_parser import parse_addresses
from trinokit.architecture.allowed_traffic import Network
from trinokit.architecture.label_selectors import selector_matches
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
    scraped = _scraped_workloads(network)
    unscraped = [f"{each} in {each.namespace}" for each in lasting if (each.namespace, str(each)) not in scraped]
    if unscraped:
        findings.append(
            Finding(
                INFO,
                "monitoring",
                f"nothing scrapes {format_count(len(unscraped), 'workload')}: {join_names(unscraped)}",
            )
        )
    number = format_count(len(lasting), "workload")
    return findings or [Finding(OK, "monitoring", f"{number}, each scraped, and {format_count(alerts, 'alert rule')}")]


def _scrape_job_rows(network: Network) -> Iterator[MonitoringRow]:
    jobs_by_scraper: dict[tuple[str, str], list[str]] = {}
    for each in prometheus_scraping.discovered_targets(network.workloads, network.objects):
        jobs_by_scraper.setdefault((each.evidence, each.key), []).append(f"{each.target} in {each.target.namespace}")
    for job in prometheus_scraping.scrape_configs(network.objects):
        discovered = jobs_by_scraper.get((job.evidence, f"{job.key}: {job.name}"), [])
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
        selected_names = [f"{_object_name(selected)} in {selected.namespace}" for selected in chosen]
        yield MonitoringRow(each.namespace, each.kind, f"{each.kind}/{each.name}", watches=join_names(selected_names))


def _object_name(object: Object | Workload) -> str:
    return f"{object.kind}/{object.name}" if isinstance(object, Object) else str(object)


def _monitor_selections(network: Network) -> Iterator[tuple[Object, list[Object] | list[Workload]]]:
    """Each ServiceMonitor with the Services that it chooses, and each PodMonitor with the workloads."""
    offers = {"ServiceMonitor": network.objects.of("Service"), "PodMonitor": network.workloads}
    for each in [object for object in network.objects.items if object.kind in offers]:
        spaces = each.at("spec", "namespaceSelector") or {}
        namespaces = spaces.get("matchNames") or [each.namespace]
        selector = each.at("spec", "selector") or {}
        offered = [
            candidate for candidate in offers[each.kind] if spaces.get("any") or candidate.namespace in namespaces
        ]
        yield each, [candidate for candidate in offered if selector_matches(selector, candidate.labels)]


def _alert_rule_rows(objects: Objects) -> Iterator[MonitoringRow]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            rules = _rules_of_groups(_load_mapping(text).get("groups")) if re.search(r"^groups:", text, re.M) else []
            if rules:
                config_map_name, alerts = f"ConfigMap/{each.name}", _alert_count(rules)
                yield MonitoringRow(each.namespace, "rules", config_map_name, name=key, alert_rules=alerts)
    for each in [object for object in objects.items if object.kind == "PrometheusRule"]:
        alerts = _alert_count(_rules_of_groups(each.at("spec", "groups")))
        yield MonitoringRow(each.namespace, "rules", f"PrometheusRule/{each.name}", alert_rules=alerts)


def _rules_of_groups(groups: object) -> list[dict]:
    rule_groups = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [rule for group in rule_groups for rule in group.get("rules") or [] if isinstance(rule, dict)]


def _alert_count(rules: list[dict]) -> int:
    return sum("alert" in rule for rule in rules)


def _data_source_rows(objects: Objects) -> Iterator[MonitoringRow]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            if key.endswith((".yaml", ".yml")) and re.search(r"^datasources:", text, re.M):
                for source in _load_mapping(text).get("datasources") or []:
                    name = f"{source.get('name')} ({source.get('type')})"
                    leads = join_names(
                        address.written for address in parse_addresses("url", str(source.get("url", "")))
                    )
                    config_map_name = f"ConfigMap/{each.name}"
                    yield MonitoringRow(each.namespace, "data source", config_map_name, name=name, watches=leads)


def _load_mapping(text: str) -> dict:
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        # Whatever a workload mounts and cannot be read is a finding of its own.
        return {}
    return document if isinstance(document, dict) else {}


def _scraped_workloads(network: Network) -> set[tuple[str, str]]:
    """The namespace and Kind/name of the workloads that something scrapes."""
    scraped = {each.target for each in prometheus_scraping.discovered_targets(network.workloads, network.objects)}
    scraped |= {
        workload
        for job in prometheus_scraping.scrape_configs(network.objects)
        for workload in _static_target_workloads(job, network)
    }
    for _, chosen in _monitor_selections(network):
        for selected in chosen:
            scraped |= {selected} if isinstance(selected, Workload) else set(network.behind(selected))
    return {(each.namespace, str(each)) for each in scraped}


def _static_target_workloads(job: prometheus_scraping.ScrapeConfig, network: Network) -> Iterator[Workload]:
    """The workloads that the targets written down in *job* lead to."""
    for address in [target_text for target in job.targets for target_text in parse_addresses("targets", target)]:
        resolved = cluster_dns.resolve_host(address.host, job.scraper.namespace, network.objects)
        service = network.objects.find("Service", resolved.namespace, resolved.service)
        if resolved.state == cluster_dns.HostState.SELF:
            yield job.scraper
        elif service:
            yield from network.behind(service)
