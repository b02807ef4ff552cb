"""A dependency leads somewhere, or the finding says why not and where it is written."""

import pytest
from tests.architecture.objects import config_map, mounting, objects, pod, service, workload

from trinokit.architecture import dependencies
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

COLUMNS = ["from_workload", "to_namespace", "to", "port", "protocol", "state", "leads_to"]
DENY = {"kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": "hive"}, "spec": {"podSelector": {}}}


def trino(uri: str, *names: str) -> list[dict]:
    """Workloads that mount one catalog with *uri*."""
    catalog = config_map("catalog", {"hive.properties": f"hive.metastore.uri={uri}"})
    return [catalog, *(workload(name, **mounting("catalog")) for name in names or ("worker",))]


METASTORE = (
    service("hms", 9083, namespace="hive"),
    workload("hms", namespace="hive", container={"ports": [{"name": "thrift", "containerPort": 9083}]}),
)
URI = "thrift://hms.hive:9083"


def rows(*parts: dict, **about: object) -> list[list]:
    return dependencies.dependency_table(objects(*parts, **about))[COLUMNS].to_numpy().tolist()


def judged(*parts: dict, **about: object) -> list[Finding]:
    return dependencies.broken_dependency_findings(dependencies.dependency_table(objects(*parts, **about)))


def state(*parts: dict, side: str = "declared", **about: object) -> tuple[str, str]:
    [row] = dependencies.dependency_table(objects(*parts, side=side, **about)).itertuples()
    return row.state, row.note


def test_an_address_leads_to_the_workload_behind_the_service():
    assert rows(*trino(URI), *METASTORE, side="declared") == [
        ["Deployment/worker", "hive", "Service/hms", "9083", "thrift", "ok", "Deployment/hms"]
    ]


def test_a_row_says_where_it_is_written():
    [row] = dependencies.dependency_table(objects(*trino(URI), *METASTORE)).itertuples()

    assert (row.from_namespace, row.address, row.evidence, row.evidence_key) == (
        *("trino", URI, "ConfigMap/catalog", "hive.properties: hive.metastore.uri"),
    )


def test_a_host_outside_is_a_dependency_and_one_self_is_none():
    web = workload("web", container={"args": ["--a=http://localhost:80", "--b=http://x.example.com"]})

    assert rows(web) == [["Deployment/web", "", "x.example.com", "80", "http", "external", ""]]


def test_an_endpoint_that_no_service_answers_is_found_once_for_all_who_have_it():
    assert judged(*trino("thrift://hms2.hive:9083", "coordinator", "worker"), *METASTORE) == [
        Finding(
            CRITICAL,
            "ConfigMap/catalog in trino",
            "leads Deployment/coordinator, Deployment/worker to thrift://hms2.hive:9083 "
            "(hive.properties: hive.metastore.uri), and there is no Service/hms2 in hive: "
            "correct the address, or make what it names",
        )
    ]


def test_a_port_that_the_service_does_not_have_is_found():
    assert judged(*trino("thrift://hms.hive:9084"), *METASTORE) == [
        Finding(
            CRITICAL,
            "ConfigMap/catalog in trino",
            "leads Deployment/worker to thrift://hms.hive:9084 (hive.properties: hive.metastore.uri), "
            "and Service/hms has no port 9084, it has 9083: correct the port",
        )
    ]


def test_dependencies_that_lead_somewhere_are_fine():
    ready = pod("hms-1", owner="Deployment/hms", namespace="hive")
    outside = workload("web", container={"args": ["--b=http://x.example.com"]})

    assert judged(*trino(URI), *METASTORE, ready, outside) == [
        Finding(OK, "dependencies", "2 dependencies, each to a place that is there, 1 outside")
    ]


def test_a_service_without_a_ready_pod_is_found_where_it_is_live():
    waiting = pod("hms-1", owner="Deployment/hms", namespace="hive", ready=False)

    assert state(*trino(URI), *METASTORE, waiting, side="live") == ("not ready", "Service/hms has no ready pod")


def test_a_service_that_selects_nothing_is_found():
    assert state(*trino(URI), METASTORE[0]) == ("selects nothing", "Service/hms selects no workload")


def test_a_pod_that_there_is_not_is_found():
    headless = service("hms", 9083, namespace="hive", clusterIP="None")

    found = state(*trino("thrift://hms-7.hms.hive.svc:9083"), headless)

    assert found == ("missing", "there is no pod hms-7 behind Service/hms in hive")


def test_the_ports_of_a_headless_service_do_not_matter():
    headless = service("hms", 1, namespace="hive", clusterIP="None")

    assert state(*trino(URI), headless, METASTORE[1])[0] == "ok"


def test_a_secret_is_noted_and_not_guessed():
    env = [{"name": "DB_URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]

    assert judged(workload("web", container={"env": env})) == [
        Finding(
            INFO,
            "Deployment/web in trino",
            "leads Deployment/web to $(DB_URL) (env DB_URL), and a variable or a Secret holds it: look there",
        )
    ]


def test_a_namespace_that_was_not_read_is_told():
    [finding] = judged(*trino("thrift://hms.hive.svc:9083"), roles={"trino": "query engine"})

    assert finding.severity == WARNING
    assert finding.sentence.endswith(
        "and namespace hive is not read: add it to the cluster's namespaces, or correct the address"
    )


def test_no_dependency_at_all_cannot_be_fine():
    assert judged(workload("web")) == [
        Finding(WARNING, "dependencies", "none was found in any ConfigMap, environment or argument")
    ]


def test_traffic_that_a_policy_of_the_target_forbids_is_found():
    assert judged(*trino(URI), *METASTORE, DENY) == [
        Finding(
            CRITICAL,
            "ConfigMap/catalog in trino",
            "leads Deployment/worker to thrift://hms.hive:9083 (hive.properties: hive.metastore.uri), and "
            "NetworkPolicy/deny in hive does not let it in to port 9083: add a rule, or correct the address",
        )
    ]


def letting(rule: dict, *, side: str = "ingress", namespace: str = "hive") -> dict:
    spec = {"podSelector": {}, "policyTypes": [side.capitalize()], side: [rule]}
    return {"kind": "NetworkPolicy", "metadata": {"name": "let", "namespace": namespace}, "spec": spec}


TRINO = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "trino"}}}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"from": [TRINO]}, "ok"),
        ({"from": [TRINO], "ports": [{"port": "thrift"}]}, "ok"),
        ({"from": [TRINO], "ports": [{"port": 80}]}, "forbidden"),
        ({"from": [TRINO | {"podSelector": {"matchLabels": {"app": "web"}}}]}, "forbidden"),
    ],
)
def test_a_policy_is_asked_about_the_port_of_the_pods(rule, expected):
    # The Service turns port 80 into the one that the container names.
    behind = service("hms", {"port": 80, "targetPort": "thrift"}, namespace="hive")

    assert state(*trino("thrift://hms.hive:80"), behind, METASTORE[1], letting(rule))[0] == expected


def test_traffic_that_a_policy_of_the_source_forbids_is_found():
    out = letting({"to": [{"podSelector": {}}]}, side="egress", namespace="trino")

    found = state(*trino(URI), *METASTORE, out)

    assert found == ("forbidden", "NetworkPolicy/let in trino does not let it out to port 9083")


@pytest.mark.parametrize(("cidr", "expected"), [("192.0.2.0/24", "external"), ("198.51.100.0/24", "forbidden")])
def test_a_policy_can_forbid_a_host_outside(cidr, expected):
    out = letting({"to": [{"ipBlock": {"cidr": cidr}}]}, side="egress", namespace="trino")

    assert state(*trino("thrift://192.0.2.9:9083"), out)[0] == expected


def test_a_lone_pod_can_always_reach_itself():
    own = workload("hms", namespace="hive", container={"args": ["--uri=thrift://hms:9083"]})
    several = workload("hms", namespace="hive", container={"args": ["--uri=thrift://hms:9083"]}, spec={"replicas": 2})

    assert state(METASTORE[0], own, DENY)[0] == "ok"
    assert state(METASTORE[0], several, DENY)[0] == "forbidden"


def test_what_a_prometheus_discovers_is_a_dependency_of_it():
    text = "scrape_configs:\n- {job_name: pods, kubernetes_sd_configs: [{role: pod}]}"
    prometheus = workload("prometheus", namespace="hive", **mounting("p", "/etc/prometheus"))
    written = config_map("p", {"prometheus.yml": text}, namespace="hive")

    found = dependencies.dependency_table(objects(prometheus, written, METASTORE[1], DENY, side="declared"))

    assert found[[*COLUMNS, "address", "evidence_key"]].astype(object).to_numpy().tolist()[0] == [
        *("Deployment/prometheus", "hive", "Deployment/hms", "9083", "metrics"),
        *("forbidden", "Deployment/hms", "found by pod", "prometheus.yml: pods"),
    ]


def test_rows_have_a_total_order():
    parts = [*trino(URI, "worker", "coordinator"), *METASTORE]

    assert rows(*parts) == rows(*reversed(parts))


def test_the_api_server_is_no_host_outside():
    web = workload("web", container={"args": ["--api=https://kubernetes.default.svc"]})

    assert rows(web, DENY) == [["Deployment/web", "default", "Service/kubernetes", "443", "http", "ok", ""]]
