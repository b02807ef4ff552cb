"""Access, Secrets, storage, nodes and scaling that are changed by hand on the real API server are found."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
import yaml
from tests.architecture.objects import objects
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.servers.process import wait

from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.drift.categories.checks import (
    autoscaler_drift,
    claimed_storage,
    node_requirements,
    role_permissions,
    running_image_vulnerabilities,
    secret_age,
)
from trinokit.drift.categories.checks.image_scan_reports import ImageScan
from trinokit.drift.categories.checks.node_requirements import NodePolicy, NodeRule
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.objects import Objects
from trinokit.sources.live import Live

# What belongs to no namespace is changed or looked at as a whole.
pytestmark = pytest.mark.xdist_group("stack")

MANIFEST = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: NAMESPACE, namespace: ""}
provisioner: kubernetes.io/no-provisioner
reclaimPolicy: Retain
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: NAMESPACE}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: NAMESPACE
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: /nowhere}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec:
  serviceName: redis
  selector: {matchLabels: {app: redis}}
  template:
    metadata: {labels: {app: redis}}
    spec: {terminationGracePeriodSeconds: 0, containers: [{name: main, image: "redis:8"}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        storageClassName: NAMESPACE
        resources: {requests: {storage: 1024Mi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {terminationGracePeriodSeconds: 0, containers: [{name: main, image: "trino:476"}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: worker}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
  minReplicas: 2
  maxReplicas: 4
---
apiVersion: v1
kind: Secret
metadata: {name: passwords}
stringData: {one: a, two: b}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: trino}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods, services], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: trino, namespace: NAMESPACE}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: trino, namespace: NAMESPACE}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAMESPACE, namespace: ""}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: NAMESPACE}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAMESPACE-pods, namespace: "", labels: {to: NAMESPACE}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
"""


def parts(namespace: str) -> list[dict]:
    bodies = list(yaml.safe_load_all(MANIFEST.replace("NAMESPACE", namespace)))
    for body in bodies:
        body["metadata"].setdefault("namespace", namespace)
    return bodies


@pytest.fixture(scope="module")
def namespace(kubectl) -> Iterator[str]:
    """A namespace in which what MANIFEST declares has come to rest; afterwards all of it is gone."""
    name = f"test-{token_hex(4)}"
    kubectl("create", "namespace", name)
    apply(kubectl, name)
    kubectl("rollout", "status", "statefulset/redis", "-n", name, "--timeout=90s")
    kubectl("wait", "deployment/worker", "-n", name, "--for=jsonpath={.status.readyReplicas}=2", "--timeout=90s")
    kubectl("wait", f"clusterrole/{name}", "--for=jsonpath={.rules[0].resources[0]}=pods", "--timeout=60s")
    yield name
    kubectl("delete", "statefulset,persistentvolumeclaim", "--all", "-n", name)
    kubectl("delete", "storageclass,persistentvolume,clusterrole", name)
    kubectl("delete", "clusterrole", f"{name}-pods")
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def planted(namespace, kubectl) -> Iterator[Callable[..., str]]:
    """Runs kubectl in the namespace; afterwards all is as it was."""
    yield lambda *argv, **given: kubectl(*argv, "-n", namespace, **given)
    kubectl("delete", "hpa", "other", "-n", namespace, "--ignore-not-found")
    kubectl("delete", "clusterrolebinding", namespace, "--ignore-not-found")
    kubectl("delete", "clusterrole", f"{namespace}-more", "--ignore-not-found")
    apply(kubectl, namespace)
    kubectl("scale", "deployment/worker", "--replicas=2", "-n", namespace)


def apply(kubectl: Callable[..., str], namespace: str) -> None:
    kubectl("apply", "-f", "-", given=json.dumps({"kind": "List", "apiVersion": "v1", "items": parts(namespace)}))


@pytest.fixture(scope="module")
def live(namespace) -> Callable[[], Objects]:
    """Reads the namespace and what belongs to none."""
    where = KubernetesAccess(
        {"query engine": namespace}, context=cluster.CONTEXT, kubeconfig=str(cluster.kubeconfig(CACHE))
    )
    source = Live("stack", Cluster(kubernetes=where), "")
    return lambda: source.objects.live()


@pytest.fixture(scope="module")
def declared(namespace) -> Objects:
    return objects(*parts(namespace), side="declared")


def about(findings: list[Finding], namespace: str) -> list[tuple]:
    """Severity, subject and sentence of what is told, with NS in place of the namespace."""
    told = [(each.severity, each.subject, each.sentence) for each in findings]
    return [(severity, *(text.replace(namespace, "NS") for text in texts)) for severity, *texts in told]


def test_what_was_just_applied_is_as_declared(live, declared):
    held = live()

    assert [
        each.severity
        for each in role_permissions.permission_findings(role_permissions.permission_drift_table(declared, held))
    ] == [OK]
    assert role_permissions.aggregated_role_findings(declared, held) == [
        Finding(OK, "aggregated roles", "2 aggregated roles, each with the rules of the roles with its labels")
    ]
    assert [
        each.severity for each in claimed_storage.storage_findings(claimed_storage.storage_table(declared, held))
    ] == [OK]
    assert [
        each.severity for each in autoscaler_drift.scaling_findings(autoscaler_drift.scaling_table(declared, held))
    ] == [OK]
    assert (
        secret_age.old_secret_findings(secret_age.secret_age_table(held, at=datetime.now(UTC)), days=1)[0].severity
        == OK
    )


def test_a_role_and_a_binding_that_are_changed_by_hand(planted, live, declared, namespace):
    rule = {"op": "add", "path": "/rules/-", "value": {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}}
    planted("patch", "role", "reader", "--type=json", "-p", json.dumps([rule]))
    who = f"--serviceaccount={namespace}:trino"
    planted("create", "clusterrolebinding", namespace, "--clusterrole=cluster-admin", who)
    planted("delete", "rolebinding", "viewer")
    changes = role_permissions.permission_drift_table(declared, live())

    who, role = "ServiceAccount/trino in NS", "RoleBinding/reader in NS (Role/reader)"
    admin = "ClusterRoleBinding/NS (ClusterRole/cluster-admin)"
    assert about(role_permissions.permission_findings(changes), namespace) == [
        (
            CRITICAL,
            who,
            f'gained 2 permissions everywhere through {admin}: * *.*, * URL "*" '
            "(every verb, every group, every resource)",
        ),
        (CRITICAL, who, f"gained 1 permission in NS through {role}: get secrets (reads Secrets)"),
    ]
    # What the account lost with one binding it has anyway through the other.
    assert set(changes[changes["change"] == "lost"]["note"]) == {
        f"has it anyway: * *.* via ClusterRoleBinding/{namespace} (ClusterRole/cluster-admin)"
    }
    planted("delete", "clusterrolebinding", namespace)
    _, lost = role_permissions.permission_findings(role_permissions.permission_drift_table(declared, live()))
    assert lost.severity == WARNING
    assert "permissions in NS through RoleBinding/viewer in NS (ClusterRole/view): " in about([lost], namespace)[0][2]


def test_a_role_that_an_aggregated_role_collects(planted, live, declared, namespace):
    body = {"name": f"{namespace}-more", "labels": {"to": namespace}}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": body, "rules": rules}
    planted("create", "-f", "-", given=json.dumps(role))

    told = (
        CRITICAL,
        "ClusterRole/NS",
        "holds list secrets (reads Secrets), which git gives it no role for; it comes from ClusterRole/NS-more",
    )
    assert wait(lambda: about(role_permissions.aggregated_role_findings(declared, live()), namespace) == [told], 60)


def test_a_key_of_a_secret_that_is_written_again_is_younger_than_the_others(planted, live, namespace):
    planted("patch", "secret", "passwords", "-p", json.dumps({"stringData": {"two": "c"}}))
    ages = secret_age.secret_age_table(live(), at=datetime.now(UTC) + timedelta(days=100))

    assert ages[["secret", "key", "bound", "manager"]].to_numpy().tolist() == [
        ["passwords", "one", "at least", "kubectl-client-side-apply"],
        ["passwords", "two", "at least", "kubectl-patch"],
    ]
    assert about(secret_age.old_secret_findings(ages, days=90), namespace) == [
        (
            WARNING,
            "Secret/passwords in NS",
            "2 keys (one, two): the oldest is at least 100 days old (limit 90); rotate what is in it",
        )
    ]


def test_a_claim_that_grows_and_a_volume_that_is_not_retained(planted, live, declared, namespace):
    planted("patch", "pv", namespace, "-p", json.dumps({"spec": {"persistentVolumeReclaimPolicy": "Delete"}}))
    planted("patch", "pv", namespace, "-p", json.dumps({"spec": {"capacity": {"storage": "512Mi"}}}))

    assert about(claimed_storage.storage_findings(claimed_storage.storage_table(declared, live())), namespace) == [
        (
            CRITICAL,
            "PersistentVolume/NS",
            "has capacity 512Mi, below: 1Gi is asked for (StatefulSet/redis, claim data-redis-0 in NS)",
        ),
        (
            CRITICAL,
            "PersistentVolume/NS",
            "has reclaim policy Delete and git says Retain: its data go with the claim "
            "(StatefulSet/redis, claim data-redis-0 in NS)",
        ),
    ]


def test_a_template_that_git_has_changed_since_the_claim_was_made(live, namespace):
    wanted = parts(namespace)
    [template] = wanted[2]["spec"]["volumeClaimTemplates"]
    template["spec"] |= {"storageClassName": "fast", "resources": {"requests": {"storage": "512Mi"}}}
    found = claimed_storage.storage_findings(claimed_storage.storage_table(objects(*wanted, side="declared"), live()))

    tail = "(StatefulSet/redis, claim data-redis-0 in NS)"
    claim = "PersistentVolumeClaim/data-redis-0 in NS"
    assert about(found, namespace) == [
        (INFO, claim, f"has capacity 1Gi, grown: 512Mi is asked for {tail}"),
        (WARNING, claim, f"has class NS, differs: fast is asked for {tail}"),
    ]


def test_replicas_and_bounds_that_are_changed_by_hand(planted, live, declared, namespace):
    planted("patch", "hpa", "worker", "-p", json.dumps({"spec": {"maxReplicas": 9}}))
    planted("scale", "deployment/worker", "--replicas=7")
    planted("autoscale", "deployment/worker", "--name=other", "--min=2", "--max=9", "--cpu=50%")

    assert about(autoscaler_drift.scaling_findings(autoscaler_drift.scaling_table(declared, live())), namespace) == [
        (
            WARNING,
            "Deployment/worker in NS",
            "is scaled by HorizontalPodAutoscaler/other, HorizontalPodAutoscaler/worker, which undo each other's "
            "work: keep one",
        ),
        (WARNING, "Deployment/worker in NS", "has 7 replicas, and git lets it have 2 to 4"),
    ]


def test_a_node_that_is_changed_by_hand(kubectl, live, namespace):
    # The taint keeps everybody's pods away from it.
    taint = {"key": "dedicated", "value": namespace, "effect": "NoSchedule"}
    room = {"cpu": "8", "memory": "32Gi", "pods": "10"}
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace, "labels": {"pool": "a"}}}
    body |= {"spec": {"taints": [taint]}, "status": {"allocatable": room, "capacity": room}}
    rule = NodeRule(
        namespace, labels={"pool": "a"}, taints=[f"dedicated={namespace}:NoSchedule"], allocatable={"cpu": 8}
    )
    kubectl("create", "-f", "-", given=json.dumps(body))
    try:
        assert wait(
            lambda: node_requirements.node_findings(live(), NodePolicy([rule, NodeRule("node-*")]))[0].severity == OK,
            30,
        )
        kubectl("label", "node", namespace, "pool=b", "--overwrite")
        kubectl("cordon", namespace)
        kubectl("taint", "node", namespace, "dedicated-")

        # The scheduler's taint follows the cordon.
        told = (
            WARNING,
            "Node/NS",
            "label pool b: differs (rule NS: a); taint dedicated=NS:NoSchedule: missing (rule NS); "
            "taint node.kubernetes.io/unschedulable:NoSchedule: not allowed (rule NS)",
        )
        assert wait(
            lambda: (
                about(node_requirements.node_findings(live(), NodePolicy([rule, NodeRule("node-*")])), namespace)
                == [told]
            ),
            30,
        )
    finally:
        kubectl("delete", "node", namespace)


def test_images_of_real_pods_without_a_digest_are_not_scanned(live, namespace):
    another = ImageScan("Trivy", "redis:8", frozenset({"sha256:" + "0" * 64}), ())
    told = (
        WARNING,
        "images",
        "2 of 2 were not scanned: redis:8 (no digest is known), trino:476 (no digest is known); "
        "scan what runs: trivy image IMAGE@DIGEST",
    )

    def found() -> list[tuple]:
        table = running_image_vulnerabilities.image_vulnerability_table(live(), [another])
        return about(running_image_vulnerabilities.vulnerability_findings(table, limit="HIGH"), namespace)

    # A pod of the image that was tried before may still be on its way out.
    assert wait(lambda: found() == [told], 30), found()
