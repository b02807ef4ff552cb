"""Every way in which a ConfigMap or Secret is used is known."""

from tests.architecture.objects import config_map, mounting, objects, workload

from trinokit.architecture import config_references, workloads
from trinokit.architecture.config_references import ConfigReference, MountedFile


def used(*parts: dict | str) -> list[tuple]:
    found = config_references.all_config_references(objects(*parts))
    return [(each.kind, each.name, each.by, each.how, each.key, each.optional, each.place) for each in found]


def files(web: dict, *others: dict) -> list[MountedFile]:
    everything = objects(web, *others)
    return config_references.mounted_files(workloads.find_workloads(everything)[0], everything)


def volumes(volume: dict, *mounts: dict) -> dict:
    mounted = [{"name": "v", **mount} for mount in mounts]
    return workload("web", pod={"volumes": [{"name": "v", **volume}]}, container={"volumeMounts": mounted})


WEB = "Deployment/web"


def test_a_volume_uses_all_keys():
    assert used(workload("web", **mounting("c", "/etc/c/"))) == [("ConfigMap", "c", WEB, "volume", "", False, "/etc/c")]


def test_a_volume_with_items_uses_some_keys_under_other_names():
    secret = {"secret": {"secretName": "s", "optional": True, "items": [{"key": "k", "path": "sub/file"}]}}

    assert used(volumes(secret, {"mountPath": "/etc"})) == [("Secret", "s", WEB, "volume", "k", True, "/etc/sub/file")]


def test_a_projected_volume_uses_several():
    sources = [{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}, {"serviceAccountToken": {"path": "t"}}]

    assert used(volumes({"projected": {"sources": sources}}, {"mountPath": "/p"})) == [
        ("ConfigMap", "c", WEB, "projected", "", False, "/p"),
        ("Secret", "s", WEB, "projected", "", False, "/p"),
    ]


def test_a_single_file_uses_one_key():
    plain = volumes({"configMap": {"name": "c"}}, {"mountPath": "/etc/my.cnf", "subPath": "my.cnf"})
    items = [{"key": "k", "path": "p"}, {"key": "other", "path": "o"}]
    renamed = volumes({"configMap": {"name": "c", "items": items}}, {"mountPath": "/etc/x", "subPath": "p"})

    assert used(plain) == [("ConfigMap", "c", WEB, "subPath", "my.cnf", False, "/etc/my.cnf")]
    assert used(renamed) == [
        ("ConfigMap", "c", WEB, "subPath", "k", False, "/etc/x"),
        ("ConfigMap", "c", WEB, "volume", "k", False, ""),
        ("ConfigMap", "c", WEB, "volume", "other", False, ""),
    ]


def test_a_volume_that_no_container_mounts_is_used_all_the_same():
    assert used(volumes({"configMap": {"name": "c"}})) == [("ConfigMap", "c", WEB, "volume", "", False, "")]


def test_the_environment_uses_keys_and_whole_objects():
    container = {
        "envFrom": [{"secretRef": {"name": "s", "optional": True}}],
        "env": [
            {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
            {"name": "B", "value": "x"},
        ],
    }

    assert used(workload("web", container=container)) == [
        ("ConfigMap", "c", WEB, "env", "k", False, "A"),
        ("Secret", "s", WEB, "envFrom", "", True, ""),
    ]


def test_accounts_pulls_and_ingresses_use_secrets():
    account = {"kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": [{"name": "t"}], "imagePullSecrets": []}
    ingress = {"kind": "Ingress", "metadata": {"name": "i"}, "spec": {"tls": [{"secretName": "tls"}, {"hosts": ["h"]}]}}

    assert used(workload("web", pod={"imagePullSecrets": [{"name": "p"}]}), account, ingress) == [
        ("Secret", "p", WEB, "imagePullSecrets", "", True, ""),
        ("Secret", "t", "ServiceAccount/a", "serviceAccount", "", False, ""),
        ("Secret", "tls", "Ingress/i", "ingress TLS", "", False, ""),
    ]


def test_a_pod_sees_the_keys_as_files():
    data = config_map("c", {"a.properties": "", "b.properties": ""})

    assert files(workload("web", **mounting("c", "/etc")), data) == [
        MountedFile("/etc/a.properties", "ConfigMap", "c", "a.properties"),
        MountedFile("/etc/b.properties", "ConfigMap", "c", "b.properties"),
    ]
    assert files(volumes({"configMap": {"name": "c"}}, {"mountPath": "/x", "subPath": "a.properties"}), data) == [
        MountedFile("/x", "ConfigMap", "c", "a.properties")
    ]
    assert files(workload("web", **mounting("gone"))) == []


def test_a_use_names_its_object_as_a_finding_does():
    assert ConfigReference("trino", "Secret", "s", WEB, "env").subject == "Secret/s in trino"
