"""The API server is asked patiently, and what it will not answer is told in its own words."""

import base64
import json
import os
import signal
import subprocess
import time

import msgspec
import pytest
import requests
from kubernetes.config import incluster_config
from tests.servers import faults
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster
from tests.servers.process import alive, stop

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.sources.kubernetes import api_server
from trinokit.sources.kubernetes.api_server import ApiResponse, ApiServer

# The server's memory is compacted, and its lists are read page by page.
pytestmark = pytest.mark.xdist_group("stack")

SECOND = 16444
MAPS = "/api/v1/namespaces/{}/configmaps"


def access(tmp_path, text: str) -> ApiServer:
    (tmp_path / "kubeconfig").write_text(text)
    return ApiServer(
        KubernetesAccess({"trino": "trino"}, context=cluster.CONTEXT, kubeconfig=str(tmp_path / "kubeconfig"))
    )


def through(network: faults.Network, tmp_path) -> ApiServer:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": network.url}}],
        "contexts": [{"name": cluster.CONTEXT, "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
    }
    return access(tmp_path, json.dumps(config))


@pytest.fixture
def network(kubernetes):
    with faults.network(kubernetes, cluster.PORT) as between:
        yield between


@pytest.fixture
def maps(kubectl, namespace) -> str:
    """The path of five ConfigMaps, a sixth comes from Kubernetes itself."""
    items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"map-{n}"}} for n in range(5)]
    kubectl("apply", "-n", namespace, "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    kubectl("wait", "-n", namespace, "--for=create", "configmap/kube-root-ca.crt", "--timeout=30s")
    return MAPS.format(namespace)


def names(items: list[msgspec.Raw]) -> list[str]:
    return [json.loads(bytes(item))["metadata"]["name"] for item in items]


EVERY = ["kube-root-ca.crt", *(f"map-{number}" for number in range(5))]


def test_a_list_is_read_page_by_page(network, maps, tmp_path):
    items, answer = through(network, tmp_path).list_items(maps, limit="2")

    assert (names(items), answer.status) == (EVERY, 200)
    assert len(network.requests) == 3
    assert all("limit=2" in request for request in network.requests)


def test_a_page_has_500_objects_unless_another_number_is_asked_for(network, maps, tmp_path):
    through(network, tmp_path).list_items(maps)

    assert network.requests == [f"{maps}?limit=500"]


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, "drop", "cut"])
def test_what_may_pass_is_tried_again(network, maps, tmp_path, fault):
    network.faults = [None, fault, fault]

    items, answer = through(network, tmp_path).list_items(maps, limit="3")

    assert (names(items), answer.status) == (EVERY, 200)
    assert len(network.requests) == 4


def test_the_server_says_how_long_to_wait(network, maps, tmp_path):
    network.faults = [429]
    began = time.monotonic()

    through(network, tmp_path).get(maps)

    assert time.monotonic() - began >= 1


def test_a_server_that_stays_unwell_is_given_up_after_five_tries(network, maps, tmp_path):
    network.faults = [503] * 9

    assert through(network, tmp_path).list_items(maps) == ([], ApiResponse(503, b"told to fail"))
    assert len(network.requests) == 5


def test_a_network_that_stays_broken_is_given_up_with_a_sentence(network, maps, tmp_path):
    network.faults = ["drop"] * 9

    with pytest.raises(SourceError, match=r"Expected an answer from http://127.0.0.1:\d+, found in 5 tries: .+"):
        through(network, tmp_path).get(maps)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(network, maps, tmp_path, monkeypatch):
    monkeypatch.setattr(api_server, "_TIMEOUT", 0.2)
    network.faults = ["hang"] * 9

    with pytest.raises(SourceError, match="Read timed out"):
        through(network, tmp_path).get(maps)


def compact() -> None:
    """Make etcd forget every older revision, so that continue tokens expire."""
    etcd = f"http://127.0.0.1:{cluster.ETCD}/v3/kv"
    revision = requests.post(f"{etcd}/range", json={"key": "AA=="}, timeout=10).json()["header"]["revision"]
    requests.post(f"{etcd}/compaction", json={"revision": revision, "physical": True}, timeout=10).raise_for_status()


@pytest.fixture
def second(kubernetes):
    """The process of a second API server, which keeps nothing that etcd has forgotten."""
    process = cluster.apiserver(build.folder(CACHE), kubernetes, SECOND, "--watch-cache=false")
    yield process
    stop(process)


@pytest.fixture
def second_network(kubernetes, second):
    with faults.network(kubernetes, SECOND) as between:
        yield between


def test_a_list_whose_token_expired_is_begun_anew(kubectl, maps, second_network, tmp_path):
    def forget() -> None:
        kubectl("annotate", "-n", maps.split("/")[4], "configmap/map-0", "touched=yes")
        compact()

    second_network.faults = [None, forget]
    items, answer = through(second_network, tmp_path).list_items(maps, limit="3")

    assert (names(items), answer.status) == (EVERY, 200)
    assert ["continue=" in request for request in second_network.requests] == [False, True, False, True]


def test_a_list_whose_token_expires_each_time_is_told_after_three_beginnings(kubectl, maps, second_network, tmp_path):
    def forget() -> None:
        changed = f"touched={len(second_network.requests)}"
        kubectl("annotate", "--overwrite", "-n", maps.split("/")[4], "configmap/map-0", changed)
        compact()

    second_network.faults = [None, forget] * 3
    items, answer = through(second_network, tmp_path).list_items(maps, limit="3")

    assert (items, answer.status) == ([], 410)
    assert "The provided continue parameter is too old" in answer.reason
    assert len(second_network.requests) == 6


def test_a_server_that_dies_in_the_middle_of_a_list_is_told_and_nothing_is_taken_for_whole(
    maps, second, second_network, tmp_path
):
    second_network.faults = [None, lambda: os.kill(second["pid"], signal.SIGKILL)]

    with pytest.raises(SourceError, match=r"Expected an answer from .+, found in 5 tries"):
        through(second_network, tmp_path).list_items(maps, limit="3")

    assert len(second_network.requests) == 6
    assert not alive(second)


def token(kubernetes, **claims: object) -> str:
    """A token of the cluster's own issuer, signed with its own key."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    said = {"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:default:default"} | claims
    text = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "RS256", "typ": "JWT"}, said))
    sign = ["openssl", "dgst", "-sha256", "-sign", kubernetes / "service-accounts.key"]
    return f"{text}.{part(subprocess.run(sign, input=text.encode(), check=True, capture_output=True).stdout)}"


def test_an_expired_token_stops_with_a_sentence(kubernetes, tmp_path):
    expired = token(kubernetes, aud=["https://kubernetes.default.svc"], exp=1_700_000_000, nbf=1_600_000_000)

    with pytest.raises(SourceError, match="to let us in, found 401: Unauthorized") as refused:
        access(tmp_path, cluster.access(kubernetes, {"token": expired})).list_items("/api/v1/configmaps")

    assert expired not in str(refused.value)
    assert "the credentials are wrong or have expired: kubectl auth whoami" in str(refused.value)


def test_a_pod_asks_with_its_own_service_account(kubernetes, kubectl, namespace, tmp_path, monkeypatch):
    (tmp_path / "token").write_text(kubectl("create", "token", "default", "-n", namespace))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(kubernetes / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.PORT))
    api = ApiServer(KubernetesAccess({"trino": "trino"}, in_cluster=True))

    assert json.loads(api.get("/version").body)["gitVersion"] == f"v{build.KUBERNETES}"
    assert f"system:serviceaccount:{namespace}:default" in api.get("/api/v1/secrets").reason


def test_outside_a_cluster_there_is_no_service_account(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(SourceError, match="Expected access to Kubernetes, found: Service host/port is not set"):
        ApiServer(KubernetesAccess({"trino": "trino"}, in_cluster=True)).get("/version")


def test_a_server_with_another_authority_is_not_asked(kubernetes, tmp_path):
    config = json.loads(cluster.access(kubernetes, {"token": "none"}))
    config["clusters"][0]["cluster"].pop("certificate-authority")

    with pytest.raises(SourceError, match="certificate verify failed"):
        access(tmp_path, json.dumps(config)).get("/version")


def test_what_is_forbidden_is_an_answer_in_the_servers_words(kubernetes, kubectl, namespace, tmp_path):
    kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    nobody = kubectl("create", "token", "nobody", "-n", namespace)

    items, answer = access(tmp_path, cluster.access(kubernetes, {"token": nobody})).list_items("/api/v1/secrets")

    assert (items, answer.status) == ([], 403)
    assert answer.reason == (
        f'secrets is forbidden: User "system:serviceaccount:{namespace}:nobody" cannot list resource "secrets" '
        'in API group "" at the cluster scope'
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"message": "no"}', "no"),
        (b"{}", "status 500"),
        (b"<html>gateway</html>", "status 500: <html>gateway</html>"),
        (b"[]", "status 500: []"),
        (b"", "status 500: "),
    ],
)
def test_the_reason_is_what_the_server_says(body, reason):
    assert ApiResponse(500, body).reason == reason


def test_a_kubeconfig_without_that_context_is_refused(tmp_path):
    (tmp_path / "kubeconfig").write_text(json.dumps({"clusters": [], "contexts": [], "users": []}))
    where = KubernetesAccess({"trino": "trino"}, context="prod", kubeconfig=str(tmp_path / "kubeconfig"))

    with pytest.raises(SourceError, match="Expected access to Kubernetes, found: .*prod"):
        ApiServer(where).get("/version")
