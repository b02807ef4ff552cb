"""A reference is resolved where it points, and no message repeats a secret."""

import pytest
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.secrets.secret_reference_resolution import resolve_secret

# That of the current context, which is asked only for what is kept in a Secret.
READ = ApiServer(None).secret_data


def test_a_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRINO_PASSWORD", "s3cret")

    assert resolve_secret("env:TRINO_PASSWORD", READ) == "s3cret"


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")

    assert resolve_secret(f"file:{tmp_path / 'password'}", READ) == "s3cret"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("env:NOT_THERE", "Expected the environment variable NOT_THERE, found none"),
        ("file:/not/there", "Expected a secret in /not/there"),
        ("k8s-secret:only-a-name", "Expected k8s-secret:NAMESPACE/NAME#KEY"),
        ("env:", "Expected a reference to a secret"),
    ],
)
def test_what_cannot_be_resolved_is_told(reference, message):
    with pytest.raises(SourceError, match=message):
        resolve_secret(reference, READ)


def test_a_password_in_place_of_a_reference_is_not_repeated():
    with pytest.raises(SourceError) as refused:
        resolve_secret("hunter2", READ)

    assert "hunter2" not in str(refused.value)


@pytest.fixture
def where(kubernetes, kubectl, namespace) -> KubernetesAccess:
    """The real API server, with a Secret."""
    kubectl("create", "secret", "generic", "trinokit", "-n", namespace, "--from-literal=password=s3cret\n")
    config = str(kubernetes / "admin.kubeconfig")
    return KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=config)


def test_a_secret_comes_from_the_api_server_of_the_same_cluster(where, namespace):
    assert resolve_secret(f"k8s-secret:{namespace}/trinokit#password", ApiServer(where).secret_data) == "s3cret"


def test_a_secret_that_is_not_there_is_told_and_its_keys_are(where, namespace):
    with pytest.raises(SourceError, match=f"Expected the key pass in Secret {namespace}/trinokit, found: password"):
        resolve_secret(f"k8s-secret:{namespace}/trinokit#pass", ApiServer(where).secret_data)
    with pytest.raises(
        SourceError, match=f'Expected to read Secret {namespace}/none, found 404: secrets "none" not found'
    ):
        resolve_secret(f"k8s-secret:{namespace}/none#password", ApiServer(where).secret_data)


def test_a_secret_that_may_not_be_read_is_told(kubernetes, kubectl, namespace, where, tmp_path):
    token = kubectl("create", "token", "default", "-n", namespace)
    (tmp_path / "kubeconfig").write_text(cluster.access(kubernetes, {"token": token}))
    nobody = KubernetesAccess({"trino": namespace}, context=cluster.CONTEXT, kubeconfig=str(tmp_path / "kubeconfig"))

    with pytest.raises(SourceError, match=f"found 403: .*\n  -> kubectl auth can-i get secret/trinokit -n {namespace}"):
        resolve_secret(f"k8s-secret:{namespace}/trinokit#password", ApiServer(nobody).secret_data)


def test_without_access_to_kubernetes_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(SourceError, match="Expected access to Kubernetes"):
        resolve_secret("k8s-secret:trino/trinokit#password", READ)
