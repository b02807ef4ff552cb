"""A Prometheus is asked patiently, and what it does not answer is told in words."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from tests.servers import prometheus as server

from trinokit.clusters_file import PrometheusAccess
from trinokit.errors import SourceError
from trinokit.observations import PrometheusState
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.prometheus_configuration import dump_prometheus, load_prometheus, read_prometheus

YAML = """
global: {scrape_interval: 1m, external_labels: {on: yes, number: 010}}
remote_write:
- url: http://u:xxxxx@h/w
  headers: {X-Api-Key: opensesame}
  basic_auth:
    username: a
    password: <secret>
"""
RULE = {"type": "alerting", "name": "A", "query": 'up{token="opensesame"}', "duration": 60, "health": "ok"}
GROUP = {"name": "g", "file": "g.yaml", "interval": 30, "limit": 0, "evaluationTime": 0.1}
VOLATILE = {"alerts": [{"labels": {"user": "somebody"}}], "lastEvaluation": "2026-01-01T00:00:00Z", "state": "firing"}
ANSWERS = {
    "/api/v1/status/config": {"yaml": YAML},
    "/api/v1/rules": {"groups": [GROUP | {"rules": [RULE | VOLATILE]}]},
    "/api/v1/status/buildinfo": {"version": "3.1.0"},
}
LOADED = PrometheusState(
    {
        "global": {"scrape_interval": "1m", "external_labels": {"on": "yes", "number": "010"}},
        "remote_write": [
            {
                "url": "http://u:<secret>@h/w",
                "headers": {"X-Api-Key": "<secret>"},
                "basic_auth": {"username": "a", "password": "<secret>"},
            }
        ],
    },
    (
        {
            "name": "g",
            "file": "g.yaml",
            "interval": 30,
            "limit": 0,
            "rules": [RULE | {"query": 'up{token="<secret>"}'}],
        },
    ),
    "3.1.0",
)


def load(where: PrometheusAccess) -> PrometheusState:
    return read_prometheus(where, ApiServer(None).secret_data)


class Answering(BaseHTTPRequestHandler):
    """Gives the next of the server's faults, or else what a Prometheus answers."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        fault = self.server.faults.pop(0) if self.server.faults else None
        found = ANSWERS.get(self.path.removeprefix(self.server.prefix))
        if fault == "drop":
            self.close_connection = True
        elif isinstance(fault, bytes):
            self.answer(200, fault, "text/html")
        else:
            self.answer(fault or 200 if found else 404, msgspec.json.encode({"status": "success", "data": found}))

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Say nothing."""


@contextmanager
def serving(*faults: object, prefix: str = "", context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as answering:
        answering.faults, answering.seen, answering.prefix = list(faults), [], prefix
        answering.url = f"{'https' if context else 'http'}://127.0.0.1:{answering.server_address[1]}"
        if context:
            answering.socket = context.wrap_socket(answering.socket, server_side=True)
        thread = threading.Thread(target=answering.serve_forever, daemon=True)
        thread.start()
        try:
            yield answering
        finally:
            answering.shutdown()
            thread.join()


def problem(*faults: object) -> str:
    with serving(*faults) as answering:
        loaded = load(PrometheusAccess(answering.url))
        assert loaded == PrometheusState(problem=loaded.problem)
        return loaded.problem.replace(answering.url, "URL")


def test_what_is_loaded_is_read_without_its_secrets_and_without_what_changes_by_itself():
    with serving() as answering:
        assert load(PrometheusAccess(answering.url)) == LOADED


def test_a_prefix_belongs_to_the_address():
    with serving(prefix="/prometheus") as answering:
        assert load(PrometheusAccess(f"{answering.url}/prometheus/")) == LOADED


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, "drop"])
def test_what_may_pass_is_tried_again(fault):
    with serving(None, fault, fault) as answering:
        assert load(PrometheusAccess(answering.url)) == LOADED
        assert [path for path, _ in answering.seen] == [
            "/api/v1/status/config",
            *["/api/v1/rules"] * 3,
            "/api/v1/status/buildinfo",
        ]


def test_a_server_that_stays_unwell_is_given_up():
    found = "503 Service Unavailable; look into the log of Prometheus"

    assert problem(*[503] * 9) == f"expected an answer from URL/api/v1/status/config, found {found}"


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (401, "401 Unauthorized; check user and password in clusters.yaml"),
        (403, "403 Forbidden; check user and password in clusters.yaml"),
        (
            404,
            "404 Not Found; check that it is the address of a Prometheus, with its prefix if it has one",
        ),
        (
            302,
            "302 Found; write the address that it leads to into clusters.yaml, unless that is a page to log in",
        ),
    ],
)
def test_what_will_not_pass_is_asked_once_and_told(status, found):
    assert problem(status) == f"expected an answer from URL/api/v1/status/config, found {found}"


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"status":"success"}', b'{"data":{"yaml":1}}', b"[]", b""])
def test_an_answer_that_is_none_is_told(body):
    begin = "expected what Prometheus answers from URL/api/v1/status/config, found something else (text/html): "

    assert problem(body).startswith(begin)


def test_a_configuration_that_is_no_yaml_is_told():
    told = problem(b'{"data":{"yaml":"a: ["}}', None, None)

    assert told.startswith("expected the configuration of URL as YAML, found: ")


def test_nobody_who_answers_is_told():
    with serving() as answering:
        url = answering.url

    told = load(PrometheusAccess(url)).problem

    assert told.startswith(f"expected an answer from {url}/api/v1/status/config, found: ")
    assert told.endswith(
        "Connection refused; check the address and the network, and the certificate authority if it says so"
    )


@pytest.fixture
def certificate(tmp_path) -> str:
    """A certificate that signs itself, and its key beside it."""
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    new += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"]
    subprocess.run(new, check=True, capture_output=True)
    return str(tmp_path / "certificate")


def trusted(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, Path(certificate).with_name("key"))
    return context


def test_user_and_password_are_told_to_whom_the_certificate_authority_knows(certificate, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_PASSWORD", "opensesame")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/dev/null")
    with serving(context=trusted(certificate)) as answering:
        where = PrometheusAccess(answering.url, user="u", password="env:PROMETHEUS_PASSWORD", ca=certificate)

        assert load(where) == LOADED
        assert {header for _, header in answering.seen} == {"Basic dTpvcGVuc2VzYW1l"}


def test_an_unknown_certificate_is_told_at_once(certificate):
    with serving(context=trusted(certificate)) as answering:
        loaded = load(PrometheusAccess(answering.url))

        assert "certificate verify failed" in loaded.problem
        assert answering.seen == []


def test_a_password_that_is_nowhere_is_told():
    where = PrometheusAccess("https://127.0.0.1:1", user="u", password="env:NO_SUCH_PASSWORD")

    assert load(where) == PrometheusState(
        problem="expected the environment variable NO_SUCH_PASSWORD, found none; export NO_SUCH_PASSWORD=..."
    )


def test_a_password_in_the_address_is_not_told():
    told = load(PrometheusAccess("https://u:opensesame@127.0.0.1:1")).problem

    assert told.startswith("expected an answer from https://127.0.0.1:1/api/v1/status/config, found: ")
    assert "opensesame" not in told


@pytest.mark.parametrize("loaded", [LOADED, PrometheusState(problem="nobody answered")])
def test_a_recording_keeps_what_was_loaded(loaded):
    assert load_prometheus(dump_prometheus(loaded)) == loaded
    assert b"opensesame" not in dump_prometheus(loaded)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"groups": 1}'])
def test_a_recording_of_something_else_is_refused(text):
    with pytest.raises(SourceError, match="Expected what a Prometheus had loaded, found: "):
        load_prometheus(text)


def test_a_real_prometheus_answers_so(prometheus):
    loaded = load(PrometheusAccess(server.URL))

    assert (loaded.problem, loaded.version[:2]) == ("", "2.")
    assert [job["job_name"] for job in loaded.configuration["scrape_configs"]][:2] == ["prometheus", "grafana"]
    assert {rule["health"] for group in loaded.groups for rule in group["rules"]} <= {"ok", "unknown"}
    assert load_prometheus(dump_prometheus(loaded)) == loaded
