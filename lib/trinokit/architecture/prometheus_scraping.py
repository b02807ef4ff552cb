"""What does a Prometheus scrape? Jobs in its configuration, and the pods that its discovery finds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from trinokit.architecture import config_references, service_backends
from trinokit.architecture.workloads import Workload, find_workloads
from trinokit.objects import Objects

DISCOVERY_ROLES = ("pod", "endpoints", "endpointslice")


@dataclass(frozen=True)
class ScrapeConfig:
    """One entry of scrape_configs: its *name*, the *scraper* and where that is written."""

    name: str
    scraper: Workload
    evidence: str
    key: str
    body: dict

    @property
    def targets(self) -> list[str]:
        """The addresses that are written down."""
        return [target for each in self.body.get("static_configs") or [] for target in each.get("targets") or []]

    @property
    def discoveries(self) -> list[dict]:
        """Where it asks Kubernetes for targets."""
        return self.body.get("kubernetes_sd_configs") or []


@dataclass(frozen=True)
class DiscoveredTarget:
    """A *port* of the pods of *target* that the *scraper* finds by discovery."""

    scraper: Workload
    target: Workload
    port: int | None
    role: str
    evidence: str
    key: str


def scrape_configs(objects: Objects) -> list[ScrapeConfig]:
    """Every scrape job in a ConfigMap that a workload mounts."""
    configs = []
    for workload in find_workloads(objects):
        for file in config_references.mounted_files(workload, objects):
            text = (objects.find(file.kind, workload.namespace, file.name).at("data") or {}).get(file.key)
            if file.kind == "ConfigMap" and text and "scrape_configs:" in text:
                configs += [
                    ScrapeConfig(
                        name=str(each.get("job_name", "")),
                        scraper=workload,
                        evidence=f"ConfigMap/{file.name}",
                        key=file.key,
                        body=each,
                    )
                    for each in _parse_scrape_configs(text)
                ]
    return configs


def discovered_targets(workloads: list[Workload], objects: Objects) -> list[DiscoveredTarget]:
    """What the discoveries of all jobs find among *workloads*."""
    return [
        DiscoveredTarget(
            scraper=job.scraper,
            target=target,
            port=port,
            role=discovery.get("role", ""),
            evidence=job.evidence,
            key=f"{job.key}: {job.name}",
        )
        for job in scrape_configs(objects)
        for discovery in job.discoveries
        if discovery.get("role") in DISCOVERY_ROLES
        for target, port in _job_targets(job, discovery, workloads, objects)
    ]


def _parse_scrape_configs(text: str) -> list[dict]:
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        # That it cannot be read is a finding of its own.
        return []
    configs = document.get("scrape_configs") if isinstance(document, dict) else None
    return [each for each in configs or [] if isinstance(each, dict)]


def _job_targets(
    job: ScrapeConfig, discovery: dict, workloads: list[Workload], objects: Objects
) -> list[tuple[Workload, int | None]]:
    spaces = discovery.get("namespaces") or {}
    namespaces = {*(spaces.get("names") or [])} | ({job.scraper.namespace} if spaces.get("own_namespace") else set())
    rules = job.body.get("relabel_configs") or []
    offered = _pod_targets(workloads) if discovery["role"] == "pod" else _service_targets(workloads, objects)
    targets = [
        (target, _scraped_port(port, labels, rules))
        for target, port, labels in offered
        if (not namespaces or target.namespace in namespaces) and _is_kept_by_relabeling(labels, rules)
    ]
    return list(dict.fromkeys(targets))


def _pod_targets(workloads: list[Workload]) -> Iterator[tuple[Workload, int | None, dict[str, str]]]:
    """A target for each port of each workload, with the labels that a discovery gives it."""
    for workload in workloads:
        labels = {
            "__meta_kubernetes_namespace": workload.namespace,
            **_meta_labels("pod", workload.labels, workload.annotations),
        }
        ports = [port for each in workload.containers for port in each.get("ports") or []]
        for port in ports or [{}]:
            number, name = port.get("containerPort"), port.get("name") or ""
            own = {"port_number": str(number or ""), "port_name": name}
            yield workload, number, labels | {f"__meta_kubernetes_pod_container_{key}": own[key] for key in own}


def _service_targets(
    workloads: list[Workload], objects: Objects
) -> Iterator[tuple[Workload, int | None, dict[str, str]]]:
    for service in objects.of("Service"):
        labels = _meta_labels("service", service.labels, service.annotations)
        labels |= {"__meta_kubernetes_service_name": service.name, "__meta_kubernetes_namespace": service.namespace}
        for workload in service_backends.selected_workloads(service, workloads):
            pod = _meta_labels("pod", workload.labels, workload.annotations)
            for port in service.at("spec", "ports") or []:
                name = {"__meta_kubernetes_endpoint_port_name": port.get("name") or ""}
                yield workload, service_backends.target_port(port, workload), pod | labels | name


def _meta_labels(role: str, labels: dict[str, str], annotations: dict[str, str]) -> dict[str, str]:
    """*labels* and *annotations* under the names that a discovery gives them."""
    meta_labels = {}
    for part, values in (("label", labels), ("annotation", annotations)):
        for key, value in values.items():
            clean = re.sub(r"\W", "_", key)
            meta_labels[f"__meta_kubernetes_{role}_{part}_{clean}"] = str(value)
            meta_labels[f"__meta_kubernetes_{role}_{part}present_{clean}"] = "true"
    return meta_labels


def _is_kept_by_relabeling(labels: dict[str, str], rules: list[dict]) -> bool:
    """Whether the rules that keep and drop leave a target with these *labels*."""
    for rule in rules:
        value = (rule.get("separator") or ";").join(labels.get(each, "") for each in rule.get("source_labels") or [])
        action = rule.get("action", "replace").lower()
        if action in ("keep", "drop") and bool(_regex_matches(rule, value)) != (action == "keep"):
            return False
    return True


def _regex_matches(rule: dict, value: str) -> bool:
    try:
        return re.fullmatch(str(rule.get("regex", "(.*)")), value) is not None
    except re.error:
        # Prometheus speaks RE2, and the little that Python cannot read keeps everything.
        return rule.get("action", "").lower() == "keep"


def _scraped_port(port: int | None, labels: dict[str, str], rules: list[dict]) -> int | None:
    """The port that is scraped: that of an annotation, where a rule puts it into the address."""
    for rule in rules:
        if rule.get("target_label") == "__address__":
            for each in rule.get("source_labels") or []:
                if "annotation" in each and labels.get(each, "").isdecimal():
                    return int(labels[each])
    return port
