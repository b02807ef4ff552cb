"""What a workload depends on is compared with git, address by address, and between the nodes of a Trino."""

import pytest
from tests.architecture.objects import config_map, mounting, objects, service, workload

from trinokit.drift.categories.checks.dependency_addresses import (
    address_drift_findings,
    address_drift_table,
    inconsistent_address_findings,
)
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.objects import Objects

HIVE = "connector.name=hive\nhive.metastore.uri={}\n"
THRIFT = "thrift://hive:9083"
SERVICES = [service("hive", 9083), service("minio", 9000, 9001), workload("hive"), workload("minio")]


def held(*parts: dict, side: str = "live", **more: object) -> Objects:
    return objects(*parts, *SERVICES, side=side, **more)


def catalog(uri: str, *workloads: str, **texts: str) -> list[dict]:
    """A hive catalog and more *texts* in a ConfigMap that *workloads* mount."""
    data = {"hive.properties": HIVE.format(uri), **texts}
    return [config_map("catalogs", data), *(workload(each, **mounting("catalogs")) for each in workloads or ["trino"])]


def judged(declared: list[dict], live: list[dict]) -> list[Finding]:
    return address_drift_findings(address_drift_table(held(*declared, side="declared"), held(*live)))


def finding(severity: int, sentence: str, declared: str, live: str, workloads: str = "Deployment/trino") -> Finding:
    details = {"key": "hive.properties: hive.metastore.uri", "declared": declared, "live": live, "workloads": workloads}
    return Finding(severity, "ConfigMap/catalogs in trino", sentence, details)


def test_every_address_is_told_from_both_sides():
    declared = catalog(THRIFT) + [
        workload("a", container={"env": [{"name": "S3_ENDPOINT", "value": "http://minio:9000"}]})
    ]
    live = catalog("thrift://other:9083") + [workload("b", container={"args": ["--url=http://minio:9000"]})]

    found = address_drift_table(held(*declared, side="declared"), held(*live))

    place = ["Deployment/trino", "ConfigMap/catalogs", "hive.properties: hive.metastore.uri"]
    assert found.to_numpy().tolist() == [
        ["trino", "Deployment/a", "Deployment/a", "env S3_ENDPOINT", "http://minio:9000", "–", "gone", ""],
        ["trino", "Deployment/b", "Deployment/b", "args --url", "–", "http://minio:9000", "new", ""],
        ["trino", *place, THRIFT, "thrift://other:9083", "moved", ""],
    ]


def test_addresses_as_declared_are_counted():
    both = catalog(f"{THRIFT},thrift://b.example.com:9083")

    assert judged(both, both) == [Finding(OK, "endpoints", "2 addresses as declared")]


def test_another_address_is_told_once_with_everybody_who_has_it():
    nodes = ["coordinator", "worker"]
    other = "thrift://10.0.0.9:9083"

    assert judged(catalog(THRIFT, *nodes), catalog(other, *nodes)) == [
        finding(
            CRITICAL,
            "leads Deployment/coordinator, Deployment/worker to thrift://10.0.0.9:9083 "
            "(hive.properties: hive.metastore.uri), and git declares thrift://hive:9083",
            *(THRIFT, other, "Deployment/coordinator, Deployment/worker"),
        )
    ]


def test_another_name_of_the_same_service_is_less_grave():
    other = "thrift://hive.trino.svc.cluster.local:9083"

    assert judged(catalog(THRIFT), catalog(other)) == [
        finding(
            WARNING,
            f"leads Deployment/trino to {other} (hive.properties: hive.metastore.uri), and git declares {THRIFT}; "
            "both lead to Service/hive in trino",
            *(THRIFT, other),
        )
    ]


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        (THRIFT, "thrift://hive:9084"),
        ("http://minio:9000", "http://minio:9001"),
        ("http://minio:9000", "https://minio:9000"),
        ("a:1", "a.trino:1"),
    ],
)
def test_another_port_another_scheme_and_a_service_that_is_not_there_are_grave(declared, live):
    assert [each.severity for each in judged(catalog(declared), catalog(live))] == [CRITICAL]


@pytest.mark.parametrize(
    ("declared", "live", "found"),
    [
        ("jdbc:mysql://a:3306/x", "jdbc:mysql://b:3306/x", ("jdbc:mysql://a:3306", "jdbc:mysql://b:3306")),
        ("jdbc:mysql://a:3306/x", "jdbc:postgresql://a:3306/x", ("jdbc:mysql://a:3306", "jdbc:postgresql://a:3306")),
    ],
)
def test_a_database_is_told_by_its_address_and_kind(declared, live, found):
    texts = [{"mysql.properties": f"connection-url={url}\nconnection-password=x"} for url in (declared, live)]
    findings = judged(*(catalog(THRIFT, **each) for each in texts))

    assert [(each.severity, each.details["declared"], each.details["live"]) for each in findings] == [
        (CRITICAL, *found)
    ]


def test_hadoop_files_and_redis_nodes_are_compared_too():
    xml = "<configuration><property><name>fs.s3a.endpoint</name><value>{}</value></property></configuration>"
    declared = {"core-site.xml": xml.format("http://minio:9000"), "redis.properties": "redis.nodes=a:6379,b:6379"}
    live = {"core-site.xml": xml.format("http://10.0.0.1:9000"), "redis.properties": "redis.nodes=a:6379"}

    assert [
        (each.severity, each.details["key"], each.details["declared"], each.details["live"])
        for each in judged(catalog(THRIFT, **declared), catalog(THRIFT, **live))
    ] == [
        (CRITICAL, "core-site.xml: fs.s3a.endpoint", "http://minio:9000", "http://10.0.0.1:9000"),
        (WARNING, "redis.properties: redis.nodes", "b:6379", "–"),
    ]


def test_a_new_address_and_one_that_is_gone_are_warnings():
    new = catalog(f"{THRIFT},thrift://b:9083")

    assert judged(catalog(THRIFT), new) == [
        finding(
            WARNING,
            "leads Deployment/trino to thrift://b:9083 (hive.properties: hive.metastore.uri), "
            "which git does not declare",
            *("–", "thrift://b:9083"),
        )
    ]
    assert judged(new, catalog(THRIFT)) == [
        finding(
            WARNING,
            "no longer leads Deployment/trino to thrift://b:9083 (hive.properties: hive.metastore.uri), "
            "as git declares",
            *("thrift://b:9083", "–"),
        )
    ]


def test_an_address_in_a_secret_is_not_told():
    source = {"secretKeyRef": {"name": "s", "key": "url"}}
    both = [*catalog(THRIFT), workload("a", container={"env": [{"name": "DB_URL", "valueFrom": source}]})]

    assert judged(both, both) == [
        Finding(OK, "endpoints", "1 address as declared, 1 not told, as a variable or a Secret holds it")
    ]


def test_pods_that_prometheus_discovers_are_no_addresses():
    text = "scrape_configs: [{job_name: x, kubernetes_sd_configs: [{role: pod}]}]"
    pods = {"container": {"ports": [{"name": "http", "containerPort": 80}], "volumeMounts": []}}
    discovers = [config_map("p", {"prometheus.yml": text}), workload("prometheus", **mounting("p", "/etc/prometheus"))]

    assert judged(catalog(THRIFT), [*catalog(THRIFT), *discovers, workload("x", **pods)])[0].severity == OK


def test_what_could_not_be_read_is_not_judged():
    declared = held(*catalog(THRIFT, **{"core-site.xml": "<"}), side="declared")
    live = held(*catalog(THRIFT), unread={"ConfigMap in hive": "403", "Node": "403"})

    assert address_drift_findings(address_drift_table(declared, live)) == [
        Finding(CRITICAL, "ConfigMap in hive", "could not be read: 403 (live); nothing can be said of it"),
        Finding(
            CRITICAL,
            "ConfigMap/catalogs in trino",
            "could not be read: core-site.xml: unclosed token: line 1, column 0 (declared); nothing can be said of it",
        ),
    ]


def test_no_address_at_all_is_suspicious():
    assert address_drift_findings(address_drift_table(held(), held())) == [
        Finding(WARNING, "endpoints", "none was found in any ConfigMap, environment or argument")
    ]


def node(name: str, uri: str, endpoint: str = "http://minio:9000", path: str = "/etc/hadoop") -> list[dict]:
    """A Trino node with ConfigMaps of its own: a catalog and a core-site.xml."""
    xml = f"<configuration><property><name>fs.s3a.endpoint</name><value>{endpoint}</value></property></configuration>"
    properties = f"coordinator={str(name == 'coordinator').lower()}\ndiscovery.uri=http://{name}:8080"
    volumes = {"catalog": f"{name}-catalog", "xml": f"{name}-xml", "etc": name}
    mounts = {"catalog": "/etc/trino/catalog", "xml": path, "etc": "/etc/trino"}
    return [
        config_map(f"{name}-catalog", {"hive.properties": HIVE.format(uri)}),
        config_map(f"{name}-xml", {"core-site.xml": xml}),
        config_map(name, {"config.properties": properties}),
        workload(
            name,
            pod={"volumes": [{"name": key, "configMap": {"name": value}} for key, value in volumes.items()]},
            container={"volumeMounts": [{"name": key, "mountPath": value} for key, value in mounts.items()]},
        ),
    ]


def test_nodes_that_agree_are_well():
    live = held(*node("coordinator", THRIFT), *node("worker", THRIFT))

    assert inconsistent_address_findings(live) == [
        Finding(OK, "catalogs", "workers see what their coordinator sees (1 comparison)"),
    ]


def test_a_catalog_with_another_address_on_workers_is_found():
    found = inconsistent_address_findings(held(*node("coordinator", THRIFT), *node("worker", "thrift://old:9083")))

    assert found == [
        Finding(
            CRITICAL,
            "catalog hive in trino",
            "differs in hive.metastore.uri: thrift://hive:9083 for Deployment/coordinator, thrift://old:9083 for "
            "Deployment/worker (ConfigMap/coordinator-catalog, ConfigMap/worker-catalog)",
        )
    ]


def test_a_hadoop_file_with_another_address_on_workers_is_found():
    live = held(*node("coordinator", THRIFT), *node("worker", THRIFT, "http://old:9000"))

    assert inconsistent_address_findings(live) == [
        Finding(
            CRITICAL,
            "/etc/hadoop/core-site.xml in trino",
            "differs between nodes in fs.s3a.endpoint: http://minio:9000 for Deployment/coordinator "
            "(ConfigMap/coordinator-xml); http://old:9000 for Deployment/worker (ConfigMap/worker-xml)",
        )
    ]


def test_files_at_other_places_and_of_other_programs_need_not_agree():
    elsewhere = node("worker", THRIFT, "http://old:9000", path="/etc/other")
    other = workload("other", **mounting("worker-xml", "/etc/hadoop"))

    assert inconsistent_address_findings(held(*node("coordinator", THRIFT), *elsewhere, other))[0].severity == OK


def test_without_trino_there_is_nothing_to_compare_and_what_is_unread_is_told():
    assert [each.severity for each in inconsistent_address_findings(held())] == [INFO]
    assert inconsistent_address_findings(held(unread={"ConfigMap": "403"})) == [
        Finding(CRITICAL, "ConfigMap", "could not be read: 403; nothing can be said of it")
    ]
