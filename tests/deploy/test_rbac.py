"""The role that an operator gives to trinokit is enough to read everything, and gives nothing more."""

import yaml
from tests.conftest import ROOT
from tests.servers.kubernetes import cluster
from tests.sources.kubernetes.test_api_server import access

from trinokit.clusters_file import KubernetesAccess
from trinokit.sources.kubernetes import listing

MANIFEST = ROOT / "deploy" / "rbac.yaml"


def rules() -> list[dict]:
    [role] = [each for each in yaml.safe_load_all(MANIFEST.read_text()) if each["kind"] == "ClusterRole"]
    return role["rules"]


def test_the_role_names_what_is_read_and_no_more():
    known = {f"{kind.plural}.{kind.version.rpartition('/')[0]}".rstrip(".") for kind in listing.DEFAULT_RESOURCES}
    known |= {"namespaces", "customresourcedefinitions.apiextensions.k8s.io", *listing.OPTIONAL_CUSTOM_RESOURCES}
    allowed = {
        f"{name}.{group}".rstrip(".") for rule in rules() for group in rule["apiGroups"] for name in rule["resources"]
    }

    assert allowed == known


def test_the_role_gets_and_lists_and_does_nothing_else():
    assert {verb for rule in rules() for verb in rule["verbs"]} == {"get", "list"}


def test_with_the_role_everything_is_read(kubernetes, kubectl, namespace, tmp_path):
    text = MANIFEST.read_text().replace("namespace: trino", f"namespace: {namespace}")
    text = text.replace("trinokit-reader", f"trinokit-reader-{namespace}")
    kubectl("apply", "-f", "-", given=text)
    token = kubectl("create", "token", "trinokit", "-n", namespace)
    api = access(tmp_path, cluster.access(kubernetes, {"token": token}))
    try:
        objects = listing.list_live_objects(
            api, KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT), lambda each: each
        )
    finally:
        kubectl("delete", "-f", "-", "--wait=false", given=text)

    assert objects.unread == {}
    assert [each.name for each in objects.of("ServiceAccount")] == ["default", "trinokit"]
