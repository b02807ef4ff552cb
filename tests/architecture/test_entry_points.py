"""Ways into the cluster lead to a Service, or say why not."""

import pytest
from tests.architecture.objects import objects, service, workload

from trinokit.architecture import entry_points
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

INGRESS = """
kind: Ingress
metadata: {name: trino}
spec:
  ingressClassName: nginx
  rules:
    - host: trino.example.com
      http:
        paths:
          - {path: /, backend: {service: {name: trino, port: {number: 8080}}}}
          - {path: /ui, backend: {service: {name: trino, port: {name: http}}}}
status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}
"""
TRINO = service("trino", {"name": "http", "port": 8080}), workload("trino")


def rows(*parts: str | dict, side: str = "live") -> list[list]:
    return entry_points.entry_point_table(objects(*parts, side=side)).to_numpy().tolist()


def judged(*parts: str | dict, side: str = "live") -> list[Finding]:
    return entry_points.broken_entry_findings(entry_points.entry_point_table(objects(*parts, side=side)))


def test_each_path_of_an_ingress_is_a_row():
    same = ["trino", "8080", "192.0.2.1", "Deployment/trino", ""]

    assert rows(INGRESS, *TRINO) == [
        ["trino", "Ingress/trino", "nginx", "trino.example.com", "/", *same],
        ["trino", "Ingress/trino", "nginx", "trino.example.com", "/ui", "trino", "http", *same[2:]],
    ]


def test_a_default_backend_is_a_way_in_for_any_host():
    text = """
    kind: Ingress
    metadata: {name: all, annotations: {kubernetes.io/ingress.class: haproxy}}
    spec: {defaultBackend: {service: {name: trino, port: {number: 8080}}}}
    """

    assert rows(text, *TRINO, side="declared") == [
        ["trino", "Ingress/all", "haproxy", "", "/", "trino", "8080", "", "Deployment/trino", ""]
    ]


def test_a_route_of_a_gateway_is_a_way_in():
    text = """
    kind: HTTPRoute
    metadata: {name: trino}
    spec:
      hostnames: [trino.example.com]
      parentRefs: [{name: public}]
      rules:
        - {matches: [{path: {value: /v1}}], backendRefs: [{name: trino, port: 8080}]}
        - {backendRefs: [{name: gone}]}
    """

    head = ["trino", "HTTPRoute/trino", "Gateway/public", "trino.example.com"]
    assert rows(text, *TRINO) == [
        [*head, "/", "gone", "", "Gateway/public", "", "there is no Service/gone"],
        [*head, "/v1", "trino", "8080", "Gateway/public", "Deployment/trino", ""],
    ]


def test_a_load_balancer_and_a_node_port_are_ways_in():
    balancer = service("lb", 443, app="trino", type="LoadBalancer")
    balancer["status"] = {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}
    node_port = service("np", {"port": 80, "nodePort": 30080}, app="trino", type="NodePort")

    assert rows(balancer, node_port, TRINO[1]) == [
        ["trino", "Service/lb", "LoadBalancer", "", ":443", "lb", "443", "lb.example.com", "Deployment/trino", ""],
        ["trino", "Service/np", "NodePort", "", ":30080", "np", "80", "every node", "Deployment/trino", ""],
    ]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ((), "there is no Service/trino"),
        ((service("trino", 8081), workload("trino")), "Service/trino has no port 8080"),
    ],
)
def test_a_way_in_that_leads_nowhere_is_found(parts, problem):
    [finding, *_] = judged(INGRESS, *parts)

    assert finding == Finding(CRITICAL, "Ingress/trino in trino", f"trino.example.com/: {problem}")


def test_a_load_balancer_without_an_address_is_found_where_it_is_live():
    balancer = service("lb", 443, app="trino", type="LoadBalancer")

    assert judged(balancer) == [
        Finding(WARNING, "Service/lb in trino", "any host:443: no address has been assigned: ask its controller why")
    ]
    assert judged(balancer, side="declared")[0].severity == OK


def test_ways_in_that_lead_to_services_are_fine():
    assert judged(INGRESS, *TRINO) == [Finding(OK, "entry points", "2 ways into the cluster, each to a Service")]


def test_no_way_in_is_told():
    assert judged(*TRINO) == [Finding(INFO, "entry points", "there is none: nothing outside the cluster reaches it")]
