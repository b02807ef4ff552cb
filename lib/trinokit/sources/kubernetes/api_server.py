"""What does a Kubernetes API server answer? Asked with get and list alone, patiently, and never for ever."""

import logging
import os
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import tenacity
import urllib3

from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.log_formatter import remember_secret

_log = logging.getLogger(__name__)
PAGE_SIZE = 500
_TRANSIENT_STATUSES = {429, 500, 502, 503, 504}
_ATTEMPTS, _LONGEST_WAIT_S, _PATIENCE_S = 5, 20, 120
_TIMEOUT = urllib3.Timeout(connect=10, read=60)


@dataclass(frozen=True)
class ApiResponse:
    """One answer: its HTTP *status* and *body*, and how many seconds the server asks to wait before the next try."""

    status: int
    body: bytes
    retry_after_s: float = 0

    @property
    def reason(self) -> str:
        """Why there is nothing else in it, in the server's words."""
        try:
            return msgspec.json.decode(self.body, type=_Status).message or f"status {self.status}"
        except msgspec.DecodeError:
            return f"status {self.status}: {self.body[:200].decode(errors='replace').strip()}"


class _Status(msgspec.Struct):
    message: str = ""


class _SecretData(msgspec.Struct):
    # msgspec reads bytes from base64, as Kubernetes writes them.
    data: dict[str, bytes] = {}


class _ListMetadata(msgspec.Struct, rename={"next": "continue"}):
    next: str = ""


class _ListPage(msgspec.Struct):
    metadata: _ListMetadata
    items: list[msgspec.Raw] | None = None


class ApiServer:
    """The API server of *where*, or of the current context when that is None; nothing is asked before `get`."""

    def __init__(self, access: KubernetesAccess | None) -> None:
        self.where = access

    def get(self, path: str, **query: str) -> ApiResponse:
        """The answer to a GET of *path*; what may pass is tried again, up to five times in two minutes.

        Raises SourceError when no answer comes, or when the server does not know who asks (401).
        """
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(urllib3.exceptions.HTTPError)
            | tenacity.retry_if_result(lambda answer: answer.status in _TRANSIENT_STATUSES),
            stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(_PATIENCE_S),
            wait=_retry_pause,
            retry_error_callback=lambda state: state.outcome.result(),
            before_sleep=_log_retry,
        )
        try:
            answer = tries(self._get_once, path, query)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(
                f"Expected an answer from {self.address}, found in {_ATTEMPTS} tries: {_http_failure(error)}.",
                remedy="check the address and the network: kubectl cluster-info",
            ) from error
        if answer.status == 401:
            raise SourceError(
                f"Expected {self.address} to let us in, found 401: {answer.reason}.",
                remedy="the credentials are wrong or have expired: kubectl auth whoami",
            )
        return answer

    def list_items(self, path: str, **query: str) -> tuple[list[msgspec.Raw], ApiResponse]:
        """Everything listed at *path*, page by page, and the last answer, which says why when it is not all.

        A list whose continue token has expired (410) is begun anew, at most three times.
        """
        for _ in range(3):
            items, answer = self._list_pages(path, query)
            if answer.status != 410:
                break
            _log.warning("list of %s has expired and is begun anew", path)
        return (items, answer) if answer.status == 200 else ([], answer)

    def secret_data(self, namespace: str, name: str) -> dict[str, bytes]:
        """The data of the Secret *name* in *namespace*, decoded; raises SourceError when it cannot be read."""
        answer = self.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        if answer.status != 200:
            raise SourceError(
                f"Expected to read Secret {namespace}/{name}, found {answer.status}: {answer.reason}.",
                remedy=f"kubectl auth can-i get secret/{name} -n {namespace}",
            )
        return msgspec.json.decode(answer.body, type=_SecretData).data

    @property
    def address(self) -> str:
        """Where the server listens."""
        return self._client.configuration.host

    def _list_pages(self, path: str, query: dict[str, str]) -> tuple[list[msgspec.Raw], ApiResponse]:
        items: list[msgspec.Raw] = []
        following = ""
        while True:
            page_query = {"continue": following} if following else {}
            answer = self.get(path, **{"limit": str(PAGE_SIZE), **query, **page_query})
            if answer.status != 200:
                return items, answer
            page = msgspec.json.decode(answer.body, type=_ListPage)
            items += page.items or []
            following = page.metadata.next
            if not following:
                return items, answer

    def _get_once(self, path: str, query: dict[str, str]) -> ApiResponse:
        settings = self._client.configuration.auth_settings().values()
        headers = {each["key"]: each["value"] for each in settings if each["in"] == "header" and each["value"]}
        for value in headers.values():
            # With its scheme or alone: a server that refuses it may repeat it either way.
            remember_secret(value)
            remember_secret(value.partition(" ")[2])
        began = time.monotonic()
        response = self._client.rest_client.pool_manager.request(
            "GET",
            self.address + path,
            fields=query,
            headers={"Accept": "application/json", "User-Agent": "trinokit", **headers},
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
        )
        _log.debug("GET %s%s: %d in %.2f s", self.address, path, response.status, time.monotonic() - began)
        wait = response.headers.get("Retry-After", "")
        return ApiResponse(response.status, response.data, float(wait) if wait.isdigit() else 0)

    @cached_property
    def _client(self) -> "kubernetes.client.ApiClient":  # noqa: F821
        # Loading the client takes half a second, so only those who need it pay.
        from kubernetes import client, config

        configuration = client.Configuration()
        try:
            if self.where is not None and self.where.in_cluster:
                config.load_incluster_config(client_configuration=configuration)
            elif self.where is not None:
                config.load_kube_config(_kubeconfig_paths(self.where), self.where.context, configuration)
            else:
                config.load_config(client_configuration=configuration)
        except config.ConfigException as error:
            raise SourceError(
                f"Expected access to Kubernetes, found: {error}",
                remedy="see which contexts there are: kubectl config get-contexts",
            ) from error
        return client.ApiClient(configuration)


def _kubeconfig_paths(access: KubernetesAccess) -> str:
    path = access.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    return os.pathsep.join(str(Path(part).expanduser()) for part in path.split(os.pathsep))


def _retry_pause(state: tenacity.RetryCallState) -> float:
    retry_after_s = 0 if state.outcome.failed else state.outcome.result().retry_after_s
    return min(max(retry_after_s, tenacity.wait_random_exponential(0.5, max=8)(state)), _LONGEST_WAIT_S)


def _log_retry(state: tenacity.RetryCallState) -> None:
    failed, path = state.outcome.failed, state.args[0]
    failure = _http_failure(state.outcome.exception()) if failed else f"status {state.outcome.result().status}"
    _log.warning(
        "GET %s: %s; tried again in %.1f s, for the %d. time", path, failure, state.upcoming_sleep, state.attempt_number
    )


def _http_failure(error: urllib3.exceptions.HTTPError) -> str:
    return str(getattr(error, "reason", None) or error)
