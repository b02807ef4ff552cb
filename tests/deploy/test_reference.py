"""The reference platform, as helm renders it: its parts find each other, and let in nobody else."""

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.conftest import ROOT
from tests.sources.programs import program

CHART = ROOT / "deploy" / "reference"
NAMESPACES = ["hive", "hive-storage", "minio", "monitoring", "mysql", "redis", "trino"]
PASSWORDS = yaml.safe_load((CHART / "values.yaml").read_text())["passwords"]
COORDINATOR, WORKER = ("trino", "trino-coordinator"), ("trino", "trino-worker")
MINIO, REDIS, MYSQL = ("minio", "minio"), ("redis", "redis"), ("mysql", "mysql")
METASTORE, METASTORE_MYSQL = ("hive", "hive-metastore"), ("hive-storage", "metastore-mysql")
PROMETHEUS, GRAFANA, SETUP = ("monitoring", "prometheus"), ("monitoring", "grafana"), ("minio", "minio-setup")
INGRESS = ("ingress-nginx", "controller")
BALANCER = ("192.0.2.0/24", "")
TALKS = {
    COORDINATOR: {(WORKER, 8080), (METASTORE, 9083), (MINIO, 9000), (MYSQL, 3306), (REDIS, 6379)},
    WORKER: {(COORDINATOR, 8080), (WORKER, 8080), (METASTORE, 9083), (MINIO, 9000), (MYSQL, 3306), (REDIS, 6379)},
    METASTORE: {(METASTORE_MYSQL, 3306), (MINIO, 9000)},
    MINIO: {(MINIO, 9000)},
    SETUP: {(MINIO, 9000)},
    PROMETHEUS: {
        (COORDINATOR, 8080),
        (WORKER, 8080),
        (MINIO, 9000),
        (REDIS, 9121),
        (MYSQL, 9104),
        (METASTORE_MYSQL, 9104),
        (GRAFANA, 3000),
    },
    GRAFANA: {(PROMETHEUS, 9090)},
    INGRESS: {(COORDINATOR, 8080), (GRAFANA, 3000)},
    BALANCER: {(COORDINATOR, 8080)},
}


def render(*options: str | Path) -> str:
    """What helm renders with *options*."""
    argv = [program("helm"), "template", "reference", CHART, "--namespace", "reference", *options]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def parsed(text: str) -> list[dict]:
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]


@pytest.fixture(scope="module")
def rendered() -> str:
    return render()


@pytest.fixture(scope="module")
def objects(rendered) -> list[dict]:
    return parsed(rendered)


def of(objects: list[dict], *kinds: str) -> dict[tuple[str, str], dict]:
    """The objects of *kinds* by namespace and name."""
    return {place(each): each for each in objects if each["kind"] in kinds}


def place(thing: dict) -> tuple[str, str]:
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def workloads(objects: list[dict]) -> dict[tuple[str, str], dict]:
    """The pod templates by namespace and name of their workload; a Job without the digest in its name."""
    found = of(objects, "Deployment", "StatefulSet", "Job")
    return {
        (namespace, re.sub(r"-[0-9a-f]{8}$", "", name)): each["spec"]["template"]
        for (namespace, name), each in found.items()
    }


def containers(template: dict) -> list[dict]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def variables(template: dict) -> dict[str, tuple[str, str]]:
    """Name and key of the Secret behind each variable of the first container that takes one."""
    return {
        each["name"]: (each["valueFrom"]["secretKeyRef"]["name"], each["valueFrom"]["secretKeyRef"]["key"])
        for container in containers(template)
        for each in container.get("env", [])
        if "valueFrom" in each
    }


def mounted(template: dict) -> Iterator[tuple[str, str, str, list[str]]]:
    """Path, kind, name and asked keys of each ConfigMap and Secret in a file system."""
    sources = {each["name"]: each for each in template["spec"].get("volumes", [])}
    for container in containers(template):
        for mount in container.get("volumeMounts", []):
            volume = sources.get(mount["name"], {})
            for kind, field, named in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
                if field in volume:
                    keys = [item["key"] for item in volume[field].get("items", [])]
                    yield mount["mountPath"], kind, volume[field][named], keys


def matches(selector: dict, labels: dict) -> bool:
    assert set(selector) <= {"matchLabels"}
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def test_rendering_twice_gives_the_same_bytes(rendered):
    assert render() == rendered


def test_the_chart_makes_its_namespaces_and_its_objects_name_them(objects):
    assert sorted(name for _, name in of(objects, "Namespace")) == NAMESPACES
    cluster_wide = {"Namespace", "StorageClass", "PersistentVolume", "ClusterRole", "ClusterRoleBinding"}
    assert {each["kind"] for each in objects if "namespace" not in each["metadata"]} == cluster_wide
    assert {each["metadata"]["namespace"] for each in objects if "namespace" in each["metadata"]} == set(NAMESPACES)


def test_no_object_is_rendered_twice(objects):
    assert len({(each["kind"], *place(each)) for each in objects}) == len(objects)


def test_every_password_stands_in_a_secret_and_nowhere_else(objects):
    secrets = of(objects, "Secret").values()
    kept = {base64.b64decode(value).decode() for each in secrets for value in each["data"].values()}
    elsewhere = yaml.safe_dump([each for each in objects if each["kind"] != "Secret"])

    assert set(PASSWORDS.values()) <= kept
    for password in PASSWORDS.values():
        assert password not in elsewhere
        assert base64.b64encode(password.encode()).decode() not in elsewhere


def test_a_password_given_replaces_every_use_of_the_example(tmp_path):
    own = {name: f"own-{name}" for name in PASSWORDS}
    (tmp_path / "passwords.yaml").write_text(yaml.safe_dump({"passwords": own}))
    tls = [f"--set=tls.{host}.{part}=own" for host in ("trino", "grafana") for part in ("certificate", "key")]
    objects = parsed(render("--values", tmp_path / "passwords.yaml", *tls))
    secrets = of(objects, "Secret").values()

    kept = {base64.b64decode(value).decode() for each in secrets for value in each["data"].values()}
    assert kept == {*own.values(), "own", "root", "warehouse"}
    assert "change-me" not in yaml.safe_dump(objects)


@pytest.mark.parametrize("misspelt", ["passwords.minioRot", "trino.worker.replicas", "storage.minio.zise", "mariadb"])
def test_a_misspelt_value_is_refused(misspelt):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render("--set", f"{misspelt}=x")

    assert f"'{misspelt.rpartition('.')[2]}' not allowed" in refused.value.stderr


def test_whatever_is_mounted_or_read_exists_and_nothing_else_does(objects):
    there = {
        (kind, *where, key) for kind in ("ConfigMap", "Secret") for where, each in of(objects, kind).items()
        for key in each["data"]
    }  # fmt: skip
    used = set()
    for (namespace, _), template in workloads(objects).items():
        used |= {("Secret", namespace, *reference) for reference in variables(template).values()}
        for _, kind, name, keys in mounted(template):
            all_keys = {key for *where, key in there if where == [kind, namespace, name]}
            used |= {(kind, namespace, name, key) for key in keys or all_keys or ["nothing"]}
    for (namespace, _), ingress in of(objects, "Ingress").items():
        names = [each["secretName"] for each in ingress["spec"]["tls"]]
        used |= {("Secret", namespace, name, key) for name in names for key in ("tls.crt", "tls.key")}

    assert used == there


def test_coordinator_and_workers_have_the_same_catalogs_and_what_these_need(objects):
    coordinator, worker = workloads(objects)[COORDINATOR], workloads(objects)[WORKER]
    catalogs = of(objects, "ConfigMap")["trino", "trino-catalog"]["data"]
    needed = set(re.findall(r"\$\{ENV:(\w+)}", "".join(catalogs.values())))
    shared = [
        {(path, name) for path, _, name, _ in mounted(template) if path in ("/etc/trino/catalog", "/etc/trino/redis")}
        for template in (coordinator, worker)
    ]

    assert sorted(catalogs) == [f"{name}.properties" for name in ("hive", "jmx", "mysql", "redis", "tpch")]
    assert shared == [{("/etc/trino/catalog", "trino-catalog"), ("/etc/trino/redis", "trino-redis-tables")}] * 2
    assert needed == {"MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "MYSQL_READER_PASSWORD", "REDIS_PASSWORD"}
    for template in (coordinator, worker):
        assert needed <= set(variables(template))


def test_every_variable_of_the_configuration_is_set(objects):
    maps = of(objects, "ConfigMap")
    for (namespace, name), template in workloads(objects).items():
        for _, kind, source, _ in mounted(template):
            if kind == "ConfigMap":
                text = "".join(maps[namespace, source]["data"].values())
                assert set(re.findall(r"\$\{(?:ENV:|env\.)(\w+)}", text)) <= set(variables(template)), name


def test_a_changed_catalog_restarts_trino_and_nothing_else(objects):
    def checksums(objects: list[dict]) -> dict:
        return {name: each["metadata"].get("annotations") for name, each in workloads(objects).items()}

    before = checksums(objects)
    after = checksums(parsed(render("--set", "trino.catalogs.memory=connector.name=memory")))

    assert {name for name, each in after.items() if each != before[name]} == {COORDINATOR, WORKER}


def test_a_line_for_the_jvm_of_one_role_changes_that_role_alone(objects):
    line = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
    before = of(objects, "ConfigMap")
    after = of(parsed(render("--set", f"trino.worker.additionalJVMConfig={{{line}}}")), "ConfigMap")

    assert [name for name, each in after.items() if each != before[name]] == [WORKER]
    assert after[WORKER]["data"]["jvm.config"] == before[WORKER]["data"]["jvm.config"] + f"{line}\n"


def test_every_selector_finds_the_pods_of_one_workload(objects):
    pods = {name: template["metadata"]["labels"] for name, template in workloads(objects).items()}

    def selected(namespace: str, selector: dict) -> list[str]:
        return [name for (where, name), labels in pods.items() if where == namespace and matches(selector, labels)]

    owned = of(objects, "Deployment", "StatefulSet", "PodDisruptionBudget")
    for (namespace, name), each in owned.items():
        assert selected(namespace, each["spec"]["selector"]) == [name]
    for (namespace, name), service in of(objects, "Service").items():
        assert len(selected(namespace, {"matchLabels": service["spec"]["selector"]})) == 1, name
    for (namespace, name), policy in of(objects, "NetworkPolicy").items():
        everybody = name in ("default-deny", "trino-egress")
        assert everybody or len(selected(namespace, policy["spec"]["podSelector"])) == 1, name
        assert everybody is (policy["spec"]["podSelector"] == {}), name


def test_every_service_leads_to_a_port_that_its_pods_have(objects):
    labelled = [(name[0], template) for name, template in workloads(objects).items()]
    for (namespace, name), service in of(objects, "Service").items():
        selector = {"matchLabels": service["spec"]["selector"]}
        [pod] = [
            each for where, each in labelled if where == namespace and matches(selector, each["metadata"]["labels"])
        ]
        ports = {port["name"] for container in containers(pod) for port in container.get("ports", [])}

        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, name


def test_every_address_in_the_configuration_is_a_port_of_a_service(rendered, objects):
    services = {
        (name, namespace, port["port"])
        for (namespace, name), each in of(objects, "Service").items()
        for port in each["spec"]["ports"]
    }
    written = re.findall(r"(?:minio-\{0\.\.\.3}\.)?([a-z-]+)\.([a-z-]+)\.svc\.cluster\.local:(\d+)", rendered)
    addresses = {(name, namespace, int(port)) for name, namespace, port in written}

    assert len(written) == rendered.count(".svc.cluster.local")
    assert addresses - services == {("kubernetes", "default", 443)}


def test_every_reference_to_another_object_leads_to_it(objects):
    for (namespace, _), ingress in of(objects, "Ingress").items():
        [rule] = ingress["spec"]["rules"]
        [path] = rule["http"]["paths"]
        service = of(objects, "Service")[namespace, path["backend"]["service"]["name"]]
        assert path["backend"]["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
    for (namespace, _), scaler in of(objects, "HorizontalPodAutoscaler").items():
        target = scaler["spec"]["scaleTargetRef"]
        assert "replicas" not in of(objects, target["kind"])[namespace, target["name"]]["spec"]
    for (namespace, _), each in of(objects, "StatefulSet").items():
        assert of(objects, "Service")[namespace, each["spec"]["serviceName"]]["spec"]["clusterIP"] == "None"
    for (namespace, _), template in workloads(objects).items():
        assert (namespace, template["spec"]["serviceAccountName"]) in of(objects, "ServiceAccount")
    for (namespace, _), binding in of(objects, "RoleBinding", "ClusterRoleBinding").items():
        role = binding["roleRef"]
        assert (namespace if role["kind"] == "Role" else "", role["name"]) in of(objects, role["kind"])
        for subject in binding["subjects"]:
            account = (subject.get("namespace"), subject["name"])
            assert subject["kind"] == "Group" or account in of(objects, "ServiceAccount")


def test_the_network_lets_through_who_talks_to_whom_and_nobody_else(objects):
    pods = workloads(objects)
    ends = [*pods, INGRESS, BALANCER]
    ports = {
        name: {port["containerPort"] for container in containers(pod) for port in container.get("ports", [])}
        for name, pod in pods.items()
    }
    allowed = {
        start: {
            (end, port)
            for end in pods
            for port in ports[end]
            if permitted(objects, end, start, port, "ingress") and permitted(objects, start, end, port, "egress")
        }
        for start in ends
    }

    assert allowed == {start: TALKS.get(start, set()) for start in ends}


def test_trino_may_ask_for_names(objects):
    rules = of(objects, "NetworkPolicy")["trino", "trino-egress"]["spec"]["egress"]

    assert {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    } in rules


def permitted(objects: list[dict], here: tuple, there: tuple, port: int, direction: str) -> bool:
    """Whether the policies of *here* let *there* through; what no policy governs is free."""
    pods = workloads(objects)
    if here not in pods:
        return True
    governing = [
        policy["spec"]
        for (namespace, _), policy in of(objects, "NetworkPolicy").items()
        if namespace == here[0]
        and direction.title() in policy["spec"]["policyTypes"]
        and matches(policy["spec"]["podSelector"], pods[here]["metadata"]["labels"])
    ]
    peers = [
        peer
        for policy in governing
        for rule in policy.get(direction, [])
        if port in [each["port"] for each in rule["ports"]]
        for peer in rule["from" if direction == "ingress" else "to"]
    ]
    return not governing or any(is_peer(peer, there, pods) for peer in peers)


def is_peer(peer: dict, there: tuple, pods: dict) -> bool:
    if "ipBlock" in peer:
        return peer["ipBlock"]["cidr"] == there[0]
    labels = pods[there]["metadata"]["labels"] if there in pods else {}
    namespace = {"kubernetes.io/metadata.name": there[0]}
    return matches(peer["namespaceSelector"], namespace) and matches(peer.get("podSelector", {}), labels)


def test_every_claim_has_a_volume_of_its_own_size_and_class(objects):
    claims = {
        (namespace, f"data-{name}-{number}"): claim["spec"]
        for (namespace, name), each in of(objects, "StatefulSet").items()
        for claim in each["spec"]["volumeClaimTemplates"]
        for number in range(each["spec"]["replicas"])
    }
    volumes = {
        (each["spec"]["claimRef"]["namespace"], each["spec"]["claimRef"]["name"]): each["spec"]
        for each in of(objects, "PersistentVolume").values()
    }
    classes = of(objects, "StorageClass")

    assert len(of(objects, "PersistentVolume")) == len(volumes)
    assert {
        name: (each["storageClassName"], each["capacity"], each["accessModes"]) for name, each in volumes.items()
    } == {
        name: (each["storageClassName"], each["resources"]["requests"], each["accessModes"])
        for name, each in claims.items()
    }
    assert {("", each["storageClassName"]) for each in volumes.values()} == set(classes)
    assert {(each["provisioner"], each["volumeBindingMode"]) for each in classes.values()} == {
        ("kubernetes.io/no-provisioner", "WaitForFirstConsumer")
    }


def test_no_volume_is_made_where_a_class_makes_them(objects):
    elsewhere = parsed(render("--set", "storage.local=false", "--set", "storage.mysql.className=fast"))

    gone = [each for each in objects if each["kind"] in ("PersistentVolume", "StorageClass")]
    assert len(elsewhere) == len(objects) - len(gone)
    [claim] = of(elsewhere, "StatefulSet")[MYSQL]["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"


def test_the_quota_has_room_for_all_workers_while_they_are_rolled(objects):
    [quota] = of(objects, "ResourceQuota").values()
    [scaler] = of(objects, "HorizontalPodAutoscaler").values()
    number = {COORDINATOR: 1, WORKER: 2 * scaler["spec"]["maxReplicas"]}
    needed = {"pods": sum(number.values()), "requests.cpu": 0, "requests.memory": 0, "limits.memory": 0}
    for name, times in number.items():
        [container] = containers(workloads(objects)[name])
        resources = container["resources"]
        needed["requests.cpu"] += times * int(resources["requests"]["cpu"])
        needed["requests.memory"] += times * int(resources["requests"]["memory"].removesuffix("Gi"))
        needed["limits.memory"] += times * int(resources["limits"]["memory"].removesuffix("Gi"))

    hard = {key: int(value.removesuffix("Gi")) for key, value in quota["spec"]["hard"].items() if key in needed}
    assert all(needed[key] <= hard[key] for key in needed)


def test_no_container_may_do_more_than_it_must(objects):
    for name, template in workloads(objects).items():
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True, name
        assert template["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert template["spec"]["automountServiceAccountToken"] is (name == PROMETHEUS), name
        for container in containers(template):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert not container["image"].endswith(":latest"), name


def test_trinokit_may_do_here_what_it_may_do_anywhere(objects):
    [anywhere] = [
        each
        for each in yaml.safe_load_all((ROOT / "deploy" / "rbac.yaml").read_text())
        if each["kind"] == "ClusterRole"
    ]
    here = of(objects, "ClusterRole")["", "trinokit-reader"]

    assert here["rules"] == anywhere["rules"]
    assert {verb for rule in here["rules"] for verb in rule["verbs"]} == {"get", "list"}


def test_the_readme_names_every_namespace_and_workload(objects):
    readme = (CHART / "README.md").read_text()

    for namespace, name in workloads(objects):
        [row] = [line for line in readme.splitlines() if line.startswith(f"| `{namespace}` |")]
        assert f"`{name}" in row
