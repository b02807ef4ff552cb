"""Services lead to the workloads that they select, and somebody should be there."""

import pandas as pd
import pytest
from tests.architecture.objects import objects, pod, service, workload

from trinokit.architecture import dependencies, service_backends, services, workloads
from trinokit.findings import CRITICAL, OK, Finding

NAMED = {"ports": [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]}
TRINO = workload("trino", container=NAMED)


def rows(*parts: dict | str, side: str = "live") -> list[dict]:
    return services.service_table(objects(*parts, side=side)).astype(object).to_dict("records")


def judged(*parts: dict | str, side: str = "live") -> list[Finding]:
    everything = objects(*parts, side=side)
    return services.unreachable_service_findings(
        services.service_table(everything), dependencies.dependency_table(everything)
    )


def slices(*ready: bool | None) -> dict:
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": "trino-x", "labels": {"kubernetes.io/service-name": "trino"}},
        "endpoints": [
            {"addresses": [f"10.0.0.{place}"], "conditions": {} if each is None else {"ready": each}}
            for place, each in enumerate(ready)
        ],
    }


def test_a_service_has_its_ports_and_what_is_behind_it():
    ports = {"name": "web", "port": 443, "targetPort": "http"}, {"port": 53, "protocol": "UDP"}

    [row] = rows(service("trino", *ports, type="LoadBalancer"), TRINO, pod("trino-1", owner="Deployment/trino"))

    assert row == {
        "namespace": "trino",
        "service": "trino",
        "type": "LoadBalancer",
        "ports": "web 443→http, 53/UDP",
        "selector": "app=trino",
        "leads_to": "Deployment/trino",
        "pods_ready": 1,
        "pods_total": 1,
        "unnamed_ports": "",
    }


@pytest.mark.parametrize(
    ("spec", "kind"), [({}, "ClusterIP"), ({"clusterIP": "None"}, "Headless"), ({"type": "NodePort"}, "NodePort")]
)
def test_the_type_is_told(spec, kind):
    assert rows(service("trino", 8080, **spec))[0]["type"] == kind


def test_an_external_name_leads_out():
    [row] = rows(service("db", 3306, type="ExternalName", externalName="db.example.com"))

    assert (row["leads_to"], row["selector"]) == ("db.example.com", "")
    assert pd.isna(row["pods_total"])


def test_a_service_without_a_selector_leads_to_the_addresses_that_somebody_listed():
    assert rows(service("trino", 8080, selector=None), slices(True))[0]["leads_to"] == "10.0.0.0"


def test_the_cluster_itself_says_which_endpoints_are_ready():
    [row] = rows(service("trino", 8080), TRINO, slices(True, False, None), pod("trino-1", owner="Deployment/trino"))

    assert (row["pods_ready"], row["pods_total"]) == (2, 3)


def test_a_selector_of_another_namespace_selects_nothing():
    assert rows(service("trino", 8080), workload("trino", namespace="other"))[0]["leads_to"] == ""


@pytest.mark.parametrize(("target", "port"), [("http", 8080), ("dns", None), (9000, 9000), (None, 80)])
def test_a_port_of_a_service_leads_to_one_of_the_pods(target, port):
    [found] = workloads.find_workloads(objects(TRINO))

    assert service_backends.target_port({"port": 80, "targetPort": target}, found) == port


def test_a_port_is_found_by_number_and_by_name():
    [found] = objects(service("trino", {"name": "web", "port": 80})).of("Service")

    assert [service_backends.find_service_port(found, each) for each in (80, "web", 81)] == [
        {"name": "web", "port": 80}
    ] * 2 + [None]


def test_a_selector_that_selects_nothing_is_found():
    assert judged(service("trino", 8080, app="trinno"), TRINO) == [
        Finding(CRITICAL, "Service/trino in trino", "selects nothing: no workload's pods have the labels app=trinno")
    ]


def test_a_selector_that_selects_nothing_is_found_where_it_is_declared():
    assert judged(service("trino", 8080, app="trinno"), TRINO, side="declared") == [
        Finding(CRITICAL, "Service/trino in trino", "selects nothing: no workload's pods have the labels app=trinno")
    ]


def test_a_service_without_a_ready_pod_is_found():
    assert judged(service("trino", 8080), TRINO, pod("trino-1", owner="Deployment/trino", ready=False)) == [
        Finding(CRITICAL, "Service/trino in trino", "has none of 1 pod ready behind it: Deployment/trino")
    ]


def test_a_service_whose_workload_runs_no_pod_is_found():
    assert judged(service("trino", 8080), TRINO) == [
        Finding(CRITICAL, "Service/trino in trino", "has no pod behind it: Deployment/trino runs none")
    ]


def test_whoever_depends_on_a_silent_service_is_told():
    asks = workload("superset", container={"env": [{"name": "TRINO_URL", "value": "http://trino:8080"}]})

    assert judged(service("trino", 8080), TRINO, asks) == [
        Finding(
            CRITICAL,
            "Service/trino in trino",
            "has no pod behind it: Deployment/trino runs none; who depends on it: Deployment/superset",
        )
    ]


def test_a_target_port_that_no_container_names_is_found():
    wrong = service("trino", {"port": 80, "targetPort": "htttp"})

    assert judged(wrong, TRINO, side="declared") == [
        Finding(
            CRITICAL,
            "Service/trino in trino",
            "leads to a port that no container names: htttp of Deployment/trino",
        )
    ]


def test_a_service_that_is_answered_is_fine():
    right = service("trino", {"port": 80, "targetPort": "http"})

    assert judged(right, TRINO, pod("trino-1", owner="Deployment/trino")) == [
        Finding(OK, "services", "all 1 Service that select pods have a ready pod behind them")
    ]
    assert judged(right, TRINO, side="declared") == [
        Finding(OK, "services", "all 1 Service that select pods lead to a workload")
    ]


def test_no_service_at_all_cannot_be_fine():
    assert judged(TRINO) == [Finding(CRITICAL, "services", "could not be judged: there is none")]
