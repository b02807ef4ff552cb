"""A name leads where the DNS of the cluster would lead it."""

import pytest
from tests.architecture.objects import objects, service, workload

from trinokit.architecture.cluster_dns import ResolvedHost, is_ip_address, resolve_host

SERVICES = [
    service("trino", 8080, clusterIP="10.96.0.7", clusterIPs=["10.96.0.7", "fd00::7"]),
    service("minio", 9000, namespace="minio", clusterIP="None"),
    service("db", 3306, namespace="mysql"),
    service("alias", 80, type="ExternalName", externalName="db.mysql.svc.cluster.local"),
    service("away", 80, type="ExternalName", externalName="db.example.com"),
    service("loop", 80, type="ExternalName", externalName="loop.trino.svc"),
    workload("minio", kind="StatefulSet", namespace="minio", spec={"serviceName": "minio", "replicas": 2}),
]
ROLES = {"trino": "query engine", "minio": "object storage", "mysql": "history"}


def leads(host: str, namespace: str = "trino") -> tuple:
    found = resolve_host(host, namespace, objects(*SERVICES, roles=ROLES))
    return (found.state, found.namespace, found.service, found.pod, found.host)


@pytest.mark.parametrize(
    "host",
    ["db.mysql", "db.mysql.svc", "db.mysql.svc.cluster.local", "DB.mysql.svc.cluster.local.", "_sql._tcp.db.mysql.svc"],
)
def test_a_service_of_another_namespace_has_many_names(host):
    assert leads(host) == ("service", "mysql", "db", "", "")


def test_a_short_name_is_looked_up_in_its_own_namespace():
    assert leads("trino") == ("service", "trino", "trino", "", "")
    assert leads("trino", "mysql") == ("missing", "mysql", "trino", "", "")


@pytest.mark.parametrize(
    ("host", "namespace"),
    [
        ("minio-1.minio.minio.svc.cluster.local", "trino"),
        ("minio-1.minio.minio.svc", "trino"),
        ("minio-1.minio.minio", "trino"),
        ("minio-1.minio", "minio"),
    ],
)
def test_a_pod_of_a_headless_service_has_a_name(host, namespace):
    assert leads(host, namespace) == ("pod", "minio", "minio", "minio-1", "")


@pytest.mark.parametrize("host", ["minio-2.minio.minio.svc", "trino-0.trino.trino.svc"])
def test_a_pod_that_there_will_not_be_is_missing(host):
    assert leads(host)[0] == "missing"


def test_a_pod_with_a_hostname_and_a_subdomain_has_a_name():
    pod = {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"hostname": "h", "subdomain": "own"}}
    found = resolve_host("h.own.trino.svc", "trino", objects(service("own", 80, clusterIP="None"), pod))

    assert found == ResolvedHost("pod", "trino", "own", "h")


@pytest.mark.parametrize("host", ["gone", "gone.mysql", "gone.mysql.svc", "gone.mysql.svc.cluster.local"])
def test_a_service_that_is_not_there_is_missing(host):
    assert leads(host)[::2] == ("missing", "gone", "")


def test_a_namespace_that_was_not_read_cannot_be_judged():
    assert leads("db.other.svc") == ("not read", "other", "db", "", "")
    assert resolve_host("db.other.svc", "trino", objects(*SERVICES)) == ResolvedHost("missing", "other", "db")


@pytest.mark.parametrize("host", ["s3.example.com", "example.com", "192.0.2.1", "a.b.c.d.svc.example.com"])
def test_all_other_names_lead_out(host):
    assert leads(host) == ("external", "", "", "", host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "0.0.0.0", "::1", "::", "db.localhost"])
def test_one_self_is_nobody_else(host):
    assert leads(host)[0] == "self"


@pytest.mark.parametrize("host", ["10.96.0.7", "fd00::7"])
def test_the_address_of_a_service_leads_to_it(host):
    assert leads(host) == ("service", "trino", "trino", "", "")


def test_an_alias_is_followed():
    assert leads("alias") == ("service", "mysql", "db", "", "")
    assert leads("away") == ("external", "", "", "", "db.example.com")
    assert leads("loop")[0] == "missing"


def test_the_api_server_is_always_there():
    assert leads("kubernetes.default.svc") == ("API server", "default", "kubernetes", "", "")


def test_an_address_is_no_name():
    assert [is_ip_address(host) for host in ("10.0.0.1", "fd00::1", "db")] == [True, True, False]


def test_a_pod_has_a_name_only_behind_a_headless_service():
    replicas = workload("trino", kind="StatefulSet", spec={"serviceName": "trino", "replicas": 1})

    def state(cluster_ip: str) -> str:
        found = objects(service("trino", 8080, clusterIP=cluster_ip), replicas)
        return resolve_host("trino-0.trino.trino.svc", "trino", found).state

    assert (state("None"), state("10.96.0.7")) == ("pod", "missing")
