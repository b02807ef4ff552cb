"""Configuration that is changed by hand on the real API server is found, with what does not run it yet."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from tests.architecture.objects import objects
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.servers.process import wait

from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.drift.categories.checks.dependency_addresses import address_drift_findings, address_drift_table
from trinokit.drift.categories.checks.outdated_pods import (
    outdated_config_findings,
    outdated_image_findings,
    running_image_table,
)
from trinokit.drift.comparing.config_texts import text_differences
from trinokit.drift.comparing.network_flows import allowed_flows
from trinokit.findings import CRITICAL, OK, WARNING
from trinokit.objects import Objects
from trinokit.sources.live import Live

# What belongs to no namespace is changed or looked at as a whole.
pytestmark = pytest.mark.xdist_group("stack")

CATALOG = "connector.name=hive\nhive.metastore.uri=thrift://metastore.example.com:9083\n"
MANIFEST = """
apiVersion: v1
kind: ConfigMap
metadata: {name: catalogs}
data: {hive.properties: CATALOG, other.properties: "a=1"}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {password: one}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: trino}
spec:
  replicas: 2
  selector: {matchLabels: {app: trino}}
  template:
    metadata: {labels: {app: trino}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: trino:476
          env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: password, key: password}}}]
          volumeMounts: [{name: files, mountPath: /etc/trino/catalog}]
      volumes: [{name: files, configMap: {name: catalogs}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: trino}
spec:
  podSelector: {}
  ingress:
    - from: [{podSelector: {matchLabels: {app: a}}}, {namespaceSelector: {}}]
      ports: [{port: 8080}, {port: http, protocol: TCP}]
"""
PARTS = list(yaml.safe_load_all(MANIFEST))
PARTS[0]["data"]["hive.properties"] = CATALOG


@pytest.fixture
def live(namespace, kubectl) -> Callable[[], Objects]:
    """Reads the namespace, in which what MANIFEST declares runs; whatever is done from here on is later."""
    kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps({"kind": "List", "apiVersion": "v1", "items": PARTS}))
    kubectl("rollout", "status", "deployment/trino", "-n", namespace, "--timeout=90s")
    where = KubernetesAccess(
        {"query engine": namespace}, context=cluster.CONTEXT, kubeconfig=str(cluster.kubeconfig(CACHE))
    )
    source = Live("stack", Cluster(kubernetes=where), "")
    began = max(pod.at("status", "startTime") for pod in source.objects.live().of("Pod"))
    # Kubernetes tells moments to the second.
    assert wait(lambda: datetime.now(UTC) > datetime.fromisoformat(began) + timedelta(seconds=1), 5)
    return lambda: source.objects.live()


def declared(namespace: str) -> Objects:
    return objects(
        *({**each, "metadata": {**each["metadata"], "namespace": namespace}} for each in PARTS), side="declared"
    )


def test_what_was_just_applied_runs_as_declared(live, namespace):
    held = live()

    found = [
        outdated_config_findings(held),
        outdated_image_findings(running_image_table(declared(namespace), held)),
        address_drift_findings(address_drift_table(declared(namespace), held)),
    ]
    assert [[each.severity for each in part] for part in found] == [[OK], [OK], [OK]]


def test_an_address_that_is_patched_is_found_at_its_key_and_does_not_run_until_the_pods_are_new(
    live, namespace, kubectl
):
    other = CATALOG.replace("metastore.example", "other.example")
    patch = json.dumps({"data": {"hive.properties": "# by hand\n" + other}})
    kubectl("patch", "configmap", "catalogs", "-n", namespace, "--type=merge", "-p", patch)
    held = live()

    text = held.find("ConfigMap", namespace, "catalogs").at("data", "hive.properties")
    addresses = [f"thrift://{name}.example.com:9083" for name in ("metastore", "other")]
    assert text_differences("hive.properties", CATALOG, text) == [(("hive.metastore.uri",), *addresses)]
    told = [
        (each.severity, each.subject) for each in address_drift_findings(address_drift_table(declared(namespace), held))
    ]
    assert told == [(CRITICAL, f"ConfigMap/catalogs in {namespace}")]
    late = outdated_config_findings(held)
    assert [(each.severity, each.subject, each.details["manager"], each.details["workloads"]) for each in late] == [
        (WARNING, f"ConfigMap/catalogs in {namespace}", "kubectl-patch", "Deployment/trino")
    ]
    kubectl(*late[0].sentence.rpartition("; kubectl ")[2].split())
    kubectl("rollout", "status", "deployment/trino", "-n", namespace, "--timeout=90s")
    assert wait(lambda: outdated_config_findings(live())[0].severity == OK, 60)


def test_a_secret_in_the_environment_that_is_changed_does_not_run_yet(live, namespace, kubectl):
    patch = json.dumps({"stringData": {"password": "two"}})
    kubectl("patch", "secret", "password", "-n", namespace, "--type=merge", "-p", patch)

    late = outdated_config_findings(live())
    assert [(each.subject, "in the environment" in each.sentence) for each in late] == [
        (f"Secret/password in {namespace}", True)
    ]


def test_a_label_on_a_config_map_is_no_configuration(live, namespace, kubectl):
    kubectl("label", "configmap", "catalogs", "-n", namespace, "team=data")

    assert [each.severity for each in outdated_config_findings(live())] == [OK]


def test_a_rollout_that_is_stuck_leaves_pods_with_the_old_image(live, namespace, kubectl):
    kubectl(
        "patch", "deployment", "trino", "-n", namespace, "-p", '{"spec": {"template": {"spec": {"nodeName": "gone"}}}}'
    )
    kubectl("set", "image", "deployment/trino", "main=trino:999", "-n", namespace)

    def found() -> list[tuple]:
        return [
            (each.severity, each.subject)
            for each in outdated_image_findings(running_image_table(declared(namespace), live()))
        ]

    assert wait(lambda: found() == [(WARNING, f"Deployment/trino in {namespace}")], 60)


def test_the_server_keeps_the_flows_of_a_policy_however_they_are_grouped(live, namespace, kubectl):
    wanted = PARTS[3]["spec"]["ingress"]
    apart = [
        {
            "from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]}}],
            "ports": [port],
        }
        for port in wanted[0]["ports"]
    ] + [{"from": wanted[0]["from"][1:], "ports": wanted[0]["ports"][::-1]}]
    policy = {**PARTS[3], "spec": {**PARTS[3]["spec"], "ingress": apart}}
    kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps(policy))

    stored = live().find("NetworkPolicy", namespace, "trino").at("spec", "ingress")
    assert len(stored) == 3
    assert allowed_flows(stored, "ingress") == allowed_flows(wanted, "ingress")
