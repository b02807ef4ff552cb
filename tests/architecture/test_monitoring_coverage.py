"""What is watched, by whom, and what nobody watches."""

import pandas as pd
import pytest
from tests.architecture.objects import config_map, mounting, objects, service, workload

from trinokit.architecture import monitoring_coverage
from trinokit.findings import INFO, OK, WARNING, Finding

RULES = """
groups:
  - name: a
    rules: [{alert: A, expr: up == 0}, {alert: B, expr: up == 0}, {record: c, expr: up}]
"""
WEB = workload("web"), service("web", 80)


def prometheus(*targets: str, more: str = "") -> list[dict]:
    """A Prometheus that scrapes itself and *targets*."""
    text = f"scrape_configs:\n- job_name: j\n  static_configs: [{{targets: {['localhost:9090', *targets]}}}]\n{more}"
    data = {"prometheus.yml": text, "rules.yml": RULES}
    return [workload("prometheus", **mounting("p", "/etc/prometheus")), config_map("p", data)]


def rows(*parts: dict | str) -> list[list]:
    found = monitoring_coverage.monitoring_table(objects(*parts)).astype(object)
    return found.where(found.notna(), None).to_numpy().tolist()


def test_jobs_and_rules_are_rows():
    assert rows(*prometheus("web:80")) == [
        ["trino", "rules", "ConfigMap/p", "rules.yml", "", 2],
        ["trino", "scrape job", "ConfigMap/p", "j", "localhost:9090, web:80", None],
    ]


def test_a_job_watches_what_it_discovers():
    found = rows(*prometheus(more="  kubernetes_sd_configs: [{role: pod}, {role: node}]\n"), *WEB)

    watched = "localhost:9090, Deployment/prometheus in trino, Deployment/web in trino, every node"
    assert found[-1][-2:] == [watched, None]


def test_annotations_are_rows():
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": "9404", "prometheus.io/path": "/m"}
    behind = service("api", 80)
    behind["metadata"]["annotations"] = {"prometheus.io/scrape": "true"}

    assert rows(workload("web", annotations=annotations), behind) == [
        ["trino", "annotation", "Deployment/web", "", "port 9404 /m", None],
        ["trino", "annotation", "Service/api", "", "/metrics", None],
    ]


MONITORS = """
kind: ServiceMonitor
metadata: {name: s}
spec: {selector: {matchLabels: {app: web}}, namespaceSelector: {%s}}
---
kind: PodMonitor
metadata: {name: p}
spec: {selector: {matchLabels: {app: web}}}
---
kind: PrometheusRule
metadata: {name: r}
spec: {groups: [{rules: [{alert: A}]}]}
---
kind: Service
metadata: {name: web, namespace: other, labels: {app: web}}
spec: {selector: {app: web}}
"""


@pytest.mark.parametrize(
    ("within", "services"),
    [("", ""), ("any: true", "Service/web in other"), ("matchNames: [other]", "Service/web in other")],
)
def test_monitors_and_rules_of_the_operator_are_rows(within, services):
    assert rows(MONITORS % within, WEB[0]) == [
        ["trino", "PodMonitor", "PodMonitor/p", "", "Deployment/web in trino", None],
        ["trino", "ServiceMonitor", "ServiceMonitor/s", "", services, None],
        ["trino", "rules", "PrometheusRule/r", "", "", 1],
    ]


def test_data_sources_are_rows_without_their_passwords():
    text = "datasources:\n- {name: P, type: prometheus, url: 'http://u:secret@prometheus:9090/x'}\n"

    assert rows(config_map("g", {"d.yaml": text, "broken.yaml": "datasources: ["})) == [
        ["trino", "data source", "ConfigMap/g", "P (prometheus)", "http://prometheus:9090", None]
    ]


def judged(*parts: dict | str) -> list[Finding]:
    return monitoring_coverage.monitoring_gap_findings(objects(*parts))


def test_a_workload_that_nothing_scrapes_is_told():
    assert judged(*prometheus(), *WEB) == [
        Finding(INFO, "monitoring", "nothing scrapes 1 workload: Deployment/web in trino")
    ]


@pytest.mark.parametrize("target", ["web:80", "web.trino.svc:80"])
def test_workloads_that_are_scraped_are_fine(target):
    assert judged(*prometheus(target), *WEB) == [
        Finding(OK, "monitoring", "2 workloads, each scraped, and 2 alert rules")
    ]


def test_monitors_scrape_too():
    assert judged(MONITORS % "any: true", WEB[0])[0].severity == OK
    behind = workload("web", namespace="other")
    assert judged(MONITORS % "any: true", behind)[-1].sentence != "nothing scrapes 1 workload: Deployment/web in other"


def test_a_monitor_that_finds_nothing_is_found():
    assert judged(MONITORS % "", WEB[0])[0] == Finding(
        WARNING, "ServiceMonitor/s in trino", "finds nothing to scrape (ServiceMonitor)"
    )


def test_a_cluster_without_alert_rules_is_found():
    written = prometheus("web:80")
    del written[1]["data"]["rules.yml"]

    assert judged(*written, *WEB) == [
        Finding(WARNING, "monitoring", "there is no alert rule: nobody is told when something breaks")
    ]


def test_a_cluster_that_nothing_scrapes_is_found():
    assert judged(*WEB) == [
        Finding(WARNING, "monitoring", "nothing scrapes anything: there is no scrape job and no monitor")
    ]


def test_jobs_need_not_be_scraped():
    assert judged(*prometheus(), workload("setup", kind="Job"))[0].severity == OK


def test_rules_are_counted_as_whole_numbers():
    assert pd.api.types.is_integer_dtype(monitoring_coverage.monitoring_table(objects())["alert_rules"])
