"""A whole cluster in which all is well, and one fault at a time that only its own question finds."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from tests.architecture.objects import config_map, mounting, objects, pod, service, workload

from trinokit import figures
from trinokit.architecture import (
    address_mentions,
    autoscaling,
    catalog_consistency,
    config_maps_and_secrets,
    dependencies,
    entry_points,
    inventory,
    monitoring_coverage,
    persistent_volumes,
    policy_and_budget_coverage,
    services,
    workloads,
)
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.objects import Objects

ROLES = {"trino": "query engine", "hive": "metastore", "minio": "object storage", "watch": "monitoring"}
HIVE = "connector.name=hive\nhive.metastore.uri=thrift://hms.hive:9083\ns3.endpoint=http://minio.minio:9000\n"
SCRAPES = "scrape_configs:\n- job_name: all\n  kubernetes_sd_configs: [{role: pod}]\n"
RULES = "groups:\n- name: a\n  rules: [{alert: Down, expr: up == 0}]\n"
CLAIM = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}


def ports(**numbers: int) -> dict:
    return {"ports": [{"name": name, "containerPort": number} for name, number in numbers.items()]}


def part(
    name: str, namespace: str, *, kind: str = "Deployment", files: str = "", path: str = "", **more: object
) -> dict:
    """A workload of one ready replica with a named port 8080 that may mount *files* at *path*."""
    mounted = mounting(files, path) if files else {"pod": {}, "container": {}}
    mounted["container"] |= ports(http=more.pop("port", 8080)) | more.pop("container", {})
    spec = {"replicas": 1, **more}
    return workload(name, kind=kind, namespace=namespace, spec=spec, status={"readyReplicas": 1}, **mounted)


def ready(name: str, namespace: str, owner: str) -> dict:
    return pod(name, owner=owner, namespace=namespace)


INGRESS = {
    "kind": "Ingress",
    "metadata": {"name": "trino"},
    "spec": {"defaultBackend": {"service": {"name": "trino", "port": {"number": 8080}}}},
    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
}
SCALER = {
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "worker"},
    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}, "maxReplicas": 6},
}
BUDGET = {
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "worker"},
    "spec": {"selector": {"matchLabels": {"app": "worker"}}, "maxUnavailable": 1},
}
POLICY = {
    "kind": "NetworkPolicy",
    "metadata": {"name": "hms", "namespace": "hive"},
    "spec": {
        "podSelector": {"matchLabels": {"app": "hms"}},
        "ingress": [
            {
                "from": [
                    {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
                    for name in ("trino", "watch")
                ],
                "ports": [{"port": "http"}],
            }
        ],
    },
}


def whole() -> dict[str, dict]:
    """The bodies of a cluster in which all is well, by a name for each."""
    return {
        "coordinator": part("coordinator", "trino", files="catalog", path="/etc/trino/catalog"),
        "worker": part("worker", "trino", files="catalog", path="/etc/trino/catalog"),
        "hms": part("hms", "hive", port=9083),
        "minio": part("minio", "minio", kind="StatefulSet", volumeClaimTemplates=[CLAIM], port=9000),
        "prometheus": part("prometheus", "watch", files="prometheus", path="/etc/prometheus"),
        "trino service": service("trino", {"port": 8080, "targetPort": "http"}, app="coordinator"),
        "hms service": service("hms", {"port": 9083, "targetPort": "http"}, namespace="hive"),
        "minio service": service("minio", 9000, namespace="minio"),
        "catalog": config_map("catalog", {"hive.properties": HIVE}),
        "scrapes": config_map("prometheus", {"prometheus.yml": SCRAPES, "rules.yml": RULES}, namespace="watch"),
        "claim": {
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data-minio-0", "namespace": "minio"},
            "spec": CLAIM["spec"],
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
        },
        "coordinator pod": ready("coordinator-1", "trino", "Deployment/coordinator"),
        "worker pod": ready("worker-1", "trino", "Deployment/worker"),
        "hms pod": ready("hms-1", "hive", "Deployment/hms"),
        "minio pod": ready("minio-0", "minio", "StatefulSet/minio"),
        "ingress": INGRESS,
        "scaler": SCALER,
        "budget": BUDGET,
        "policy": POLICY,
    }


QUESTIONS: dict[str, Callable[[Objects], list[Finding]]] = {
    "unread": inventory.unread_object_findings,
    "fewer_ready": lambda everything: workloads.unready_workload_findings(workloads.workload_table(everything)),
    "closed": lambda everything: entry_points.broken_entry_findings(entry_points.entry_point_table(everything)),
    "unanswered": lambda everything: services.unreachable_service_findings(
        services.service_table(everything), dependencies.dependency_table(everything)
    ),
    "unbound": lambda everything: persistent_volumes.unbound_claim_findings(
        persistent_volumes.volume_table(everything)
    ),
    "missing": config_maps_and_secrets.missing_config_findings,
    "unused": config_maps_and_secrets.unused_config_findings,
    "unreadable": address_mentions.unreadable_config_findings,
    "differing": catalog_consistency.inconsistent_catalog_findings,
    "broken": lambda everything: dependencies.broken_dependency_findings(dependencies.dependency_table(everything)),
    "aimless": lambda everything: policy_and_budget_coverage.unmatched_policy_findings(
        policy_and_budget_coverage.policy_coverage_table(everything)
    ),
    "without_names": policy_and_budget_coverage.blocked_dns_findings,
    "stuck": lambda everything: autoscaling.autoscaler_findings(autoscaling.autoscaler_table(everything)),
    "unwatched": monitoring_coverage.monitoring_gap_findings,
}


def asked(bodies: dict[str, dict], **about: object) -> dict[str, list[tuple]]:
    """Severity and subject of the findings of each question that does not say OK."""
    everything = objects(*bodies.values(), roles=ROLES, **about)
    answers = {name: ask(everything) for name, ask in QUESTIONS.items()}
    assert all(answers.values())
    return {
        name: [(finding.severity, finding.subject) for finding in found]
        for name, found in answers.items()
        if [finding.severity for finding in found] != [OK]
    }


def test_a_cluster_in_which_all_is_well_is_fine_in_every_question():
    assert asked(whole()) == {}


def test_the_same_cluster_is_fine_where_it_is_declared():
    declared = {name: body for name, body in whole().items() if not name.endswith("pod")}
    del declared["claim"]

    assert asked(declared, side="declared") == {}


def put(name: str, *path: str | int, value: object) -> Callable[[dict], None]:
    """A fault: the *value* at *path* of the body *name*."""

    def change(bodies: dict[str, dict]) -> None:
        place = bodies[name]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def without(name: str) -> Callable[[dict], None]:
    """A fault: the body *name* is gone."""
    return lambda bodies: bodies.pop(name) and None


CATALOG = "ConfigMap/catalog in trino"
FAULTS = [
    (put("worker", "status", value={"readyReplicas": 0}), {"fewer_ready": [(CRITICAL, "Deployment/worker in trino")]}),
    (put("worker", "spec", "replicas", value=2), {"fewer_ready": [(WARNING, "Deployment/worker in trino")]}),
    (
        put("hms pod", "status", "conditions", value=[]),
        {"unanswered": [(CRITICAL, "Service/hms in hive")]},
    ),
    (
        put("hms service", "spec", "selector", value={"app": "hsm"}),
        {"unanswered": [(CRITICAL, "Service/hms in hive")]},
    ),
    (put("hms service", "spec", "ports", 0, "port", value=9084), {"broken": [(CRITICAL, CATALOG)]}),
    (
        put("hms service", "spec", "ports", 0, "targetPort", value="thrift"),
        {"unanswered": [(CRITICAL, "Service/hms in hive")]},
    ),
    (without("hms service"), {"broken": [(CRITICAL, CATALOG)]}),
    (
        put("policy", "spec", "ingress", value=[]),
        {"broken": [(CRITICAL, CATALOG), (CRITICAL, "ConfigMap/prometheus in watch")]},
    ),
    (put("policy", "spec", "ingress", 0, "ports", value=[{"port": 9083}]), {}),
    (
        put("policy", "spec", "podSelector", value={"matchLabels": {"app": "gone"}}),
        {"aimless": [(WARNING, "NetworkPolicy/hms in hive")]},
    ),
    (
        put("budget", "spec", "selector", value={"matchLabels": {"app": "gone"}}),
        {"aimless": [(WARNING, "PodDisruptionBudget/worker in trino")]},
    ),
    (without("trino service"), {"closed": [(CRITICAL, "Ingress/trino in trino")]}),
    (put("ingress", "status", value={}), {"closed": [(WARNING, "Ingress/trino in trino")]}),
    (
        put("claim", "status", "phase", value="Pending"),
        {"unbound": [(CRITICAL, "PersistentVolumeClaim/data-minio-0 in minio")]},
    ),
    (without("claim"), {"unbound": [(CRITICAL, "PersistentVolumeClaim/data-minio-0 in minio")]}),
    (
        put("scaler", "spec", "scaleTargetRef", "name", value="wroker"),
        {"stuck": [(CRITICAL, "HorizontalPodAutoscaler/worker in trino")]},
    ),
    (
        put("catalog", "data", value={"rules.json": "{"}),
        {"unreadable": [(CRITICAL, CATALOG)], "differing": [(INFO, "catalogs")]},
    ),
    (put("scrapes", "data", "rules.yml", value="groups: []"), {"unwatched": [(WARNING, "monitoring")]}),
    (
        put("scrapes", "data", "prometheus.yml", value=SCRAPES.replace("pod}", "pod, namespaces: {names: [hive]}}")),
        {"unwatched": [(INFO, "monitoring")]},
    ),
    (
        put("worker", "spec", "template", "spec", "volumes", 0, "configMap", "name", value="catalogs"),
        {"missing": [(CRITICAL, "ConfigMap/catalogs in trino")], "differing": [(INFO, "catalogs")]},
    ),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
def test_a_fault_is_found_by_its_own_question_only(fault, expected):
    # A copy, so that one fault does not reach the next.
    bodies = deepcopy(whole())
    fault(bodies)

    assert asked(bodies) == expected


def test_whatever_could_not_be_read_is_critical_and_nothing_else_is_made_up():
    without_config_maps = {name: body for name, body in whole().items() if body["kind"] != "ConfigMap"}

    found = asked(without_config_maps, unread={"ConfigMap": "forbidden"})

    assert found["unread"] == [(CRITICAL, "ConfigMap")]
    assert "missing" not in found
    assert found["broken"] == [(WARNING, "dependencies")]


@pytest.mark.parametrize("side", ["live", "declared"])
def test_the_picture_is_drawn_from_the_tables(side):
    everything = objects(*whole().values(), roles=ROLES, side=side)

    figure = figures.cluster_diagram(
        workloads.workload_table(everything),
        dependencies=dependencies.dependency_table(everything),
        entries=entry_points.entry_point_table(everything),
        volumes=persistent_volumes.volume_table(everything),
        namespaces=inventory.namespace_table(everything),
    )

    assert figure.get_label().endswith("Arrows: trino to hive, minio; ways in to trino. Broken: none.")
    assert "1 GiB" in [text.get_text() for text in figure.axes[0].texts]
