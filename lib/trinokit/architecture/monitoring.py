"""What is watched? Scrape jobs, annotations, monitors, alert rules and the data sources of Grafana."""

import re
from collections.abc import Iterator

import pandas as pd
import yaml

from trinokit.architecture import names, scrapes
from trinokit.architecture.addresses import addresses
from trinokit.architecture.labels import selects
from trinokit.architecture.network import Network
from trinokit.architecture.wording import listed, table
from trinokit.architecture.workloads import Workload
from trinokit.findings import INFO, OK, WARNING, Finding, counted
from trinokit.objects import Object, Objects

_COLUMNS = {
    "namespace": "str",
    "how": "str",
    "object": "str",
    "name": "str",
    "watches": "str",
    "alert_rules": "Int64",
}
_ANNOTATION = "prometheus.io/scrape"


def monitoring(objects: Objects) -> pd.DataFrame:
    """Everything that watches: what it is, where it is written, and what it watches."""
    network = Network(objects)
    rows = [*_jobs(network), *_annotated(network), *_monitors(network), *_rules(objects), *_data_sources(objects)]
    return table(_COLUMNS, rows)


def unwatched(objects: Objects) -> list[Finding]:
    """Workloads that nobody scrapes, watchers that find nothing, and a cluster without an alert rule."""
    every = monitoring(objects)
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
    seen = _seen(network)
    left = [f"{each} in {each.namespace}" for each in lasting if (each.namespace, str(each)) not in seen]
    if left:
        findings.append(
            Finding(INFO, "monitoring", f"nothing scrapes {counted(len(left), 'workload')}: {listed(left)}")
        )
    number = counted(len(lasting), "workload")
    return findings or [Finding(OK, "monitoring", f"{number}, each scraped, and {counted(alerts, 'alert rule')}")]


def _jobs(network: Network) -> Iterator[tuple]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in scrapes.discovered(network.workloads, network.objects):
        found.setdefault((each.evidence, each.key), []).append(f"{each.target} in {each.target.namespace}")
    for job in scrapes.jobs(network.objects):
        discovered = found.get((job.evidence, f"{job.key}: {job.name}"), [])
        roles = [f"every {each.get('role')}" for each in job.discoveries if each.get("role") not in scrapes.ROLES]
        watches = listed([*job.targets, *discovered, *roles])
        yield job.scraper.namespace, "scrape job", job.evidence, job.name, watches, None


def _annotated(network: Network) -> Iterator[tuple]:
    for each in network.workloads:
        if each.annotations.get(_ANNOTATION) == "true":
            yield each.namespace, "annotation", str(each), "", _where(each.annotations), None
    for each in network.objects.of("Service"):
        if each.annotations.get(_ANNOTATION) == "true":
            yield each.namespace, "annotation", f"Service/{each.name}", "", _where(each.annotations), None


def _where(annotations: dict[str, str]) -> str:
    port = annotations.get("prometheus.io/port", "")
    return (f"port {port} " if port else "") + annotations.get("prometheus.io/path", "/metrics")


def _monitors(network: Network) -> Iterator[tuple]:
    for each, chosen in _chosen(network):
        found = [f"{_name(one)} in {one.namespace}" for one in chosen]
        yield each.namespace, each.kind, f"{each.kind}/{each.name}", "", listed(found), None


def _name(one: Object | Workload) -> str:
    return f"{one.kind}/{one.name}" if isinstance(one, Object) else str(one)


def _chosen(network: Network) -> Iterator[tuple[Object, list[Object] | list[Workload]]]:
    """Each ServiceMonitor with the Services that it chooses, and each PodMonitor with the workloads."""
    offers = {"ServiceMonitor": network.objects.of("Service"), "PodMonitor": network.workloads}
    for each in [found for found in network.objects.items if found.kind in offers]:
        spaces = each.at("spec", "namespaceSelector") or {}
        within = spaces.get("matchNames") or [each.namespace]
        selector = each.at("spec", "selector") or {}
        offered = [one for one in offers[each.kind] if spaces.get("any") or one.namespace in within]
        yield each, [one for one in offered if selects(selector, one.labels)]


def _rules(objects: Objects) -> Iterator[tuple]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            rules = _in_groups(_read(text).get("groups")) if re.search(r"^groups:", text, re.M) else []
            if rules:
                yield each.namespace, "rules", f"ConfigMap/{each.name}", key, "", _alerts(rules)
    for each in [found for found in objects.items if found.kind == "PrometheusRule"]:
        alerts = _alerts(_in_groups(each.at("spec", "groups")))
        yield each.namespace, "rules", f"PrometheusRule/{each.name}", "", "", alerts


def _in_groups(groups: object) -> list[dict]:
    known = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [rule for group in known for rule in group.get("rules") or [] if isinstance(rule, dict)]


def _alerts(rules: list[dict]) -> int:
    return sum("alert" in rule for rule in rules)


def _data_sources(objects: Objects) -> Iterator[tuple]:
    for each in objects.of("ConfigMap"):
        for key, text in (each.at("data") or {}).items():
            if key.endswith((".yaml", ".yml")) and re.search(r"^datasources:", text, re.M):
                for source in _read(text).get("datasources") or []:
                    name = f"{source.get('name')} ({source.get('type')})"
                    where = listed(found.written for found in addresses("url", str(source.get("url", ""))))
                    yield each.namespace, "data source", f"ConfigMap/{each.name}", name, where, None


def _read(text: str) -> dict:
    try:
        found = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        # Whatever a workload mounts and cannot be read is a finding of its own.
        return {}
    return found if isinstance(found, dict) else {}


def _seen(network: Network) -> set[tuple[str, str]]:
    """The namespace and Kind/name of the workloads that something scrapes."""
    seen = {each.target for each in scrapes.discovered(network.workloads, network.objects)}
    seen |= {workload for job in scrapes.jobs(network.objects) for workload in _written(job, network)}
    for _, chosen in _chosen(network):
        for one in chosen:
            seen |= {one} if isinstance(one, Workload) else set(network.behind(one))
    return {(each.namespace, str(each)) for each in seen}


def _written(job: scrapes.Job, network: Network) -> Iterator[Workload]:
    """The workloads that the targets written down in *job* lead to."""
    for address in [found for target in job.targets for found in addresses("targets", target)]:
        place = names.place(address.host, job.scraper.namespace, network.objects)
        service = network.objects.find("Service", place.namespace, place.service)
        if place.state == "self":
            yield job.scraper
        elif service:
            yield from network.behind(service)
