"""The discovery of Prometheus finds what the real one would find."""

import pytest
from tests.architecture.objects import config_map, mounting, objects, service, workload

from trinokit.architecture import prometheus_scraping, workloads

PORTS = {"ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9000}]}
WEB = workload("web", container=PORTS, annotations={"prometheus.io/scrape": "true", "prometheus.io/port": "9404"})
API = workload("api", namespace="other", container=PORTS)
KEEP = "__meta_kubernetes_pod_annotation_prometheus_io_scrape"
PORT_NAME = "__meta_kubernetes_pod_container_port_name"
TOGETHER = "__meta_kubernetes_namespace, __meta_kubernetes_pod_label_app"
ENDPOINT = "__meta_kubernetes_service_name, __meta_kubernetes_endpoint_port_name"


def found(*rules: str, role: str = "pod", more: str = "", others: tuple = ()) -> list[tuple]:
    text = f"scrape_configs:\n- job_name: j\n  kubernetes_sd_configs: [{{role: {role}{more}}}]\n  relabel_configs:\n"
    written = text + "".join(f"  - {{{rule}}}\n" for rule in rules)
    prometheus = workload("prometheus", namespace="watch", **mounting("p", "/etc/prometheus"))
    everything = objects(prometheus, WEB, API, *others, config_map("p", {"prometheus.yml": written}, namespace="watch"))
    return [
        (each.target.object.name, each.port)
        for each in prometheus_scraping.discovered_targets(workloads.find_workloads(everything), everything)
    ]


EVERY_PORT = [("api", 8080), ("api", 9000), ("prometheus", None), ("web", 8080), ("web", 9000)]


def test_without_rules_every_port_is_a_target():
    assert sorted(found(), key=str) == EVERY_PORT


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"source_labels: [{KEEP}], action: keep, regex: 'true'", [("web", 8080), ("web", 9000)]),
        (f"source_labels: [{KEEP}], action: drop, regex: 'true'", EVERY_PORT[:3]),
        (f"source_labels: [{PORT_NAME}], action: keep, regex: met.*", [EVERY_PORT[1], EVERY_PORT[4]]),
        (f"source_labels: [{TOGETHER}], action: keep, regex: other;api", EVERY_PORT[:2]),
        ("source_labels: [__meta_kubernetes_pod_labelpresent_gone], action: keep, regex: 'true'", []),
        ("source_labels: [__meta_kubernetes_pod_label_app], action: replace, target_label: app", EVERY_PORT),
        ("source_labels: [__meta_kubernetes_pod_label_app], action: keep, regex: '(?P<x'", EVERY_PORT),
    ],
)  # fmt: skip
def test_rules_keep_and_drop(rule, expected):
    assert sorted(found(rule), key=str) == expected


def test_an_annotation_can_give_the_port():
    keep = f"source_labels: [{KEEP}], action: keep, regex: 'true'"
    port = "__meta_kubernetes_pod_annotation_prometheus_io_port"

    assert found(keep, f"source_labels: [__address__, {port}], target_label: __address__") == [("web", 9404)]


@pytest.mark.parametrize(
    ("more", "names"),
    [(", namespaces: {names: [other]}", {"api"}), (", namespaces: {own_namespace: true}", {"prometheus"})],
)
def test_a_discovery_can_be_bound_to_namespaces(more, names):
    assert {name for name, _ in found(more=more)} == names


def test_endpoints_are_found_behind_services():
    behind = service("web", {"name": "m", "port": 80, "targetPort": "metrics"}, {"port": 8080})
    rule = f"source_labels: [{ENDPOINT}], action: keep, regex: web;m"

    assert found(rule, role="endpoints", others=(behind,)) == [("web", 9000)]
    assert found(rule, role="endpointslice", others=(behind,)) == [("web", 9000)]


def test_nodes_are_not_workloads():
    assert found(role="node") == []


def test_jobs_know_their_targets_and_where_they_are_written():
    text = "scrape_configs:\n- {job_name: a, static_configs: [{targets: [x:1, y:2]}, {}]}\n- {job_name: b}\n"
    prometheus = workload("prometheus", **mounting("p", "/etc/prometheus"))
    found = prometheus_scraping.scrape_configs(objects(prometheus, config_map("p", {"prometheus.yml": text})))

    assert [(job.name, job.targets, job.discoveries, job.evidence, job.key) for job in found] == [
        ("a", ["x:1", "y:2"], [], "ConfigMap/p", "prometheus.yml"),
        ("b", [], [], "ConfigMap/p", "prometheus.yml"),
    ]


@pytest.mark.parametrize("text", ["scrape_configs: [", "scrape_configs:", "- scrape_configs: 1", "scrape_configs: [1]"])
def test_what_cannot_be_read_has_no_jobs(text):
    prometheus = workload("prometheus", **mounting("p", "/etc/prometheus"))

    assert prometheus_scraping.scrape_configs(objects(prometheus, config_map("p", {"prometheus.yml": text}))) == []
