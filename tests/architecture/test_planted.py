"""Each fault, planted in the reference stack on the real API server, is found by the notebook, and nothing else is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import nbformat
import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from tests.conftest import ROOT
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.servers.process import wait

from trinokit.report import FINDINGS_MIME_TYPE

Found = tuple[str, str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong: objects that are *made*, and what kubectl is told to break and to *mend* again."""

    made: list[dict] = field(default_factory=list)
    broken: list[list[str]] = field(default_factory=list)
    mended: list[list[str]] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)


def made(kind: str, namespace: str, name: str, *, version: str = "v1", **body: object) -> dict:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}} | body


def replaced(place: list[str], key: str, old: str, new: str) -> Fault:
    """The ConfigMap at *place* with *new* in place of *old* in its *key*, and back."""
    return Fault(broken=[["replace-text", *place, key, old, new]], mended=[["replace-text", *place, key, new, old]])


def held(kubectl: Callable[..., str], kind: str, namespace: str, name: str) -> dict:
    """The object as it is, without what the server says about it."""
    place = ["-n", namespace] if namespace else []
    found = json.loads(kubectl("get", kind, name, *place, "-o", "json"))
    for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        found["metadata"].pop(key, None)
    return found


def removed(kubectl: Callable[..., str], kind: str, namespace: str, name: str) -> Fault:
    """The object is gone, and comes back."""
    object = json.dumps(held(kubectl, kind, namespace, name))
    return Fault(broken=[["delete", kind, name, "-n", namespace]], mended=[["create-from", object]])


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """A shell such as a kernel has, in this process."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def stack(reference, kubectl, tmp_path_factory) -> Iterator[object]:
    """A home whose cluster *stack* is the installed reference."""
    home = tmp_path_factory.mktemp("home")
    for name in ("notebooks", "parameters"):
        (home / name).mkdir()
    entry = yaml.safe_load((ROOT / "parameters" / "clusters.yaml").read_text())["clusters"]["test"]
    entry["kubernetes"]["kubeconfig"] = str(cluster.kubeconfig(CACHE))
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": {"stack": entry}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRINOKIT_HOME", str(home))
        yield home


def findings(shell: InteractiveShell, name: str = "stack") -> list[Found]:
    """What the notebook finds that is more than OK."""
    notebook = nbformat.read(ROOT / "notebooks" / "cluster_topology.ipynb", 4)
    rows = []
    shell.reset(new_session=False)
    for cell in [each for each in notebook.cells if each.cell_type == "code"]:
        with capture_output() as captured:
            shell.run_cell(cell.source).raise_error()
        if "parameters" in cell.metadata.get("tags", []):
            shell.user_ns["cluster"] = name
        rows += [row for output in captured.outputs for row in output.data.get(FINDINGS_MIME_TYPE, [])]
    assert rows
    return sorted((r["severity"], r["subject"], r["finding"]) for r in rows if r["severity"] != "OK")


def execute(kubectl: Callable[..., str], argv: list[str]) -> None:
    if argv[0] == "replace-text":
        _, namespace, name, key, old, new = argv
        text = held(kubectl, "configmap", namespace, name)["data"][key]
        assert old in text
        patch = json.dumps({"data": {key: text.replace(old, new)}})
        kubectl("patch", "configmap", name, "-n", namespace, "--type=merge", "-p", patch)
    elif argv[0] == "create-from":
        kubectl("create", "-f", "-", given=argv[1])
    else:
        kubectl(*argv)


@pytest.fixture(scope="module")
def healthy(shell, stack) -> list[Found]:
    """What the notebook finds before anything is broken."""
    assert wait(lambda: findings(shell) == findings(shell), 60)
    return findings(shell)


@pytest.fixture
def planted(shell, stack, healthy, kubectl) -> Iterator[Callable[[Fault], list[Found]]]:
    """Plants a fault and returns what is found more than before; afterwards all is as it was."""
    faults: list[Fault] = []

    def plant(fault: Fault) -> list[Found]:
        faults.append(fault)
        for each in fault.made:
            kubectl("create", "-f", "-", given=json.dumps(each))
        for argv in fault.broken:
            execute(kubectl, argv)
        if fault.ready:
            kubectl(*fault.ready)
        return [found for found in findings(shell) if found not in healthy]

    yield plant
    for fault in faults:
        for argv in fault.mended:
            execute(kubectl, argv)
        for each in fault.made:
            kubectl("delete", "--ignore-not-found", "-f", "-", given=json.dumps(each))
    assert wait(lambda: findings(shell) == healthy, 90)


def test_the_stack_as_it_is_has_nothing_but_what_this_cluster_lacks(healthy):
    subjects = [subject for _, subject, _ in healthy]

    # Nothing measures CPU here, and the metastore has no metrics.
    assert subjects == ["monitoring", "HorizontalPodAutoscaler/trino-worker in trino"]


CATALOG = ["trino", "trino-catalog"]
TRINO = "Deployment/trino-coordinator, Deployment/trino-worker"


def critical(subject: str, sentence: str) -> Found:
    return "CRITICAL", subject, sentence


def test_an_endpoint_that_no_service_answers(planted):
    found = planted(replaced(CATALOG, "hive.properties", "hive-metastore.hive.svc", "hive-metastor.hive.svc"))

    assert found == [
        critical(
            "ConfigMap/trino-catalog in trino",
            f"leads {TRINO} to thrift://hive-metastor.hive.svc.cluster.local:9083 (hive.properties: "
            "hive.metastore.uri), and there is no Service/hive-metastor in hive: correct the address, or make what "
            "it names",
        )
    ]


def test_a_port_that_no_service_has(planted):
    found = planted(replaced(CATALOG, "redis.properties", ":6379", ":6380"))

    assert found == [
        critical(
            "ConfigMap/trino-catalog in trino",
            f"leads {TRINO} to redis.redis.svc.cluster.local:6380 (redis.properties: redis.nodes), and Service/redis "
            "has no port 6380, it has 6379, 9121: correct the port",
        )
    ]


def test_a_service_without_ready_pods(planted):
    scale = ["scale", "deployment/hive-metastore", "-n", "hive"]
    gone = ["wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=hive-metastore", "-n", "hive", "--timeout=60s"]
    found = planted(Fault(broken=[[*scale, "--replicas=0"]], mended=[[*scale, "--replicas=1"]], ready=gone))

    assert found == [
        critical(
            "Service/hive-metastore in hive",
            f"has no pod behind it: Deployment/hive-metastore runs none; who depends on it: {TRINO}",
        )
    ]


def test_a_selector_that_matches_nothing(planted):
    spec = {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}
    found = planted(Fault([made("Service", "redis", "lost", spec=spec)]))

    assert found == [
        critical("Service/lost in redis", "selects nothing: no workload's pods have the labels app=nobody")
    ]


def test_a_config_map_that_is_mounted_and_missing(planted, kubectl):
    found = planted(removed(kubectl, "configmap", "redis", "redis"))

    assert found == [critical("ConfigMap/redis in redis", "is not there, and StatefulSet/redis (volume) needs it")]


def test_a_secret_that_is_used_and_missing(planted, kubectl):
    found = planted(removed(kubectl, "secret", "redis", "redis"))

    assert found == [critical("Secret/redis in redis", "is not there, and StatefulSet/redis (env) needs it")]


def test_a_config_map_and_a_secret_that_nothing_mounts(planted):
    orphans = [made("ConfigMap", "redis", "orphan", data={"a": "b"}), made("Secret", "redis", "orphan")]
    sentence = "is used by no workload, ServiceAccount or Ingress; delete it, or say who reads it"

    assert planted(Fault(orphans)) == [
        ("INFO", "ConfigMap/orphan in redis", sentence),
        ("INFO", "Secret/orphan in redis", sentence),
    ]


def test_coordinator_and_workers_with_different_catalogs(planted, kubectl):
    catalog = held(kubectl, "configmap", "trino", "trino-catalog")["data"]
    del catalog["redis.properties"]
    catalog["hive.properties"] = catalog["hive.properties"].replace("minio.minio.svc", "minio-headless.minio.svc")
    pods = held(kubectl, "deployment", "trino", "trino-worker")["spec"]["template"]["spec"]
    place = [each.get("configMap", {}).get("name") for each in pods["volumes"]].index("trino-catalog")

    def mounting(name: str) -> list[str]:
        path = f"/spec/template/spec/volumes/{place}/configMap/name"
        change = json.dumps([{"op": "replace", "path": path, "value": name}])
        return ["patch", "deployment", "trino-worker", "-n", "trino", "--type=json", "-p", change]

    rolled = ["rollout", "status", "deployment/trino-worker", "-n", "trino", "--timeout=90s"]
    other = made("ConfigMap", "trino", "old-catalog", data=catalog)
    fault = Fault([other], [mounting("old-catalog")], [mounting("trino-catalog"), rolled], rolled)

    assert planted(fault) == [
        critical(
            "catalog hive in trino",
            "differs in s3.endpoint: http://minio.minio.svc.cluster.local:9000 for Deployment/trino-coordinator, "
            "http://minio-headless.minio.svc.cluster.local:9000 for Deployment/trino-worker (ConfigMap/trino-catalog, "
            "ConfigMap/old-catalog)",
        ),
        critical(
            "catalog redis in trino",
            "is known to Deployment/trino-coordinator and not to Deployment/trino-worker: its queries fail",
        ),
    ]


def test_a_claim_that_is_not_bound(planted):
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "nowhere",
        "resources": {"requests": {"storage": "5Gi"}},
    }

    assert planted(Fault([made("PersistentVolumeClaim", "redis", "homeless", spec=spec)])) == [
        critical(
            "PersistentVolumeClaim/homeless in redis",
            "is Pending and not Bound (class nowhere, 5 GiB, RWO): nothing mounts it",
        )
    ]


def test_an_autoscaler_whose_target_is_missing(planted):
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "ghost"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 2}
    scaler = made("HorizontalPodAutoscaler", "redis", "ghost", version="autoscaling/v2", spec=spec)

    assert planted(Fault([scaler])) == [
        critical("HorizontalPodAutoscaler/ghost in redis", "there is no Deployment/ghost in redis to scale")
    ]


def test_traffic_that_a_network_policy_forbids(planted, kubectl):
    isolated = "and NetworkPolicy/default-deny in redis does not let it in to port"

    assert planted(removed(kubectl, "networkpolicy", "redis", "redis")) == [
        critical(
            "ConfigMap/prometheus in monitoring",
            "leads StatefulSet/prometheus to redis.redis.svc.cluster.local:9121 (prometheus.yml: "
            f"scrape_configs[redis].static_configs[0].targets), {isolated} 9121: add a rule, or correct the address",
        ),
        critical(
            "ConfigMap/trino-catalog in trino",
            f"leads {TRINO} to redis.redis.svc.cluster.local:6379 (redis.properties: redis.nodes), "
            f"{isolated} 6379: add a rule, or correct the address",
        ),
    ]


@pytest.fixture
def without_secrets(stack, kubernetes, kubectl, namespace) -> Iterator[str]:
    """The name of somebody who may read everything but Secrets, and asks for the stack."""
    role = held(kubectl, "clusterrole", "", "trinokit-reader")
    role["metadata"] = {"name": namespace}
    for rule in role["rules"]:
        rule["resources"] = [each for each in rule["resources"] if each != "secrets"]
    kubectl("create", "-f", "-", given=json.dumps(role))
    who = f"--serviceaccount={namespace}:default"
    kubectl("create", "clusterrolebinding", namespace, f"--clusterrole={namespace}", who)
    token = kubectl("create", "token", "default", "-n", namespace)
    (stack / "kubeconfig").write_text(cluster.access(kubernetes, {"token": token}))
    path = stack / "parameters" / "clusters.yaml"
    before = path.read_text()
    known = yaml.safe_load(before)
    known["clusters"]["stack"]["kubernetes"]["kubeconfig"] = str(stack / "kubeconfig")
    path.write_text(yaml.safe_dump(known))
    yield f"system:serviceaccount:{namespace}:default"
    path.write_text(before)
    kubectl("delete", "clusterrole,clusterrolebinding", namespace)


def test_a_kind_that_may_not_be_read_is_told_once_and_nothing_is_taken_for_missing(shell, healthy, without_secrets):
    assert [each for each in findings(shell) if each not in healthy] == [
        critical(
            "Secret",
            "could not be read, and every answer about it is missing: secrets is forbidden: "
            f'User "{without_secrets}" cannot list resource "secrets" in API group "" in the namespace "trino"',
        )
    ]


def test_a_kind_that_the_server_does_not_have(shell, stack, healthy):
    path = stack / "parameters" / "clusters.yaml"
    before = path.read_text()
    known = yaml.safe_load(before)
    known["clusters"]["stack"]["kubernetes"]["kinds"] = ["foos.example.com"]
    path.write_text(yaml.safe_dump(known))
    try:
        found = [each for each in findings(shell) if each not in healthy]
    finally:
        path.write_text(before)

    assert found == [
        critical(
            "foos.example.com",
            "could not be read, and every answer about it is missing: the server has no such kind",
        )
    ]
