"""A night can be followed afterwards: what was asked, how long it took, what was tried again; and never a secret."""

import json
import logging
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from tests.recordings import WINDOW, query

from trinokit import shell
from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.sources.kubernetes import api_server
from trinokit.sources.live import Live


def lines(caplog, level: int = logging.INFO) -> list[str]:
    """What was logged from *level* on, with every time as N."""
    found = [each for each in caplog.records if each.levelno >= level and each.name.startswith("trinokit.")]
    return [f"{each.levelname} " + re.sub(r"\d+\.\d+ s", "N s", each.getMessage()) for each in found]


def test_a_question_is_told_by_its_name_and_an_own_one_by_a_digest(recorded, caplog):
    caplog.set_level(logging.DEBUG, "trinokit")
    source = recorded([query("120001", 1) | {"query": "SELECT 'hunter2'"}], running=None)

    source.ask("longest_queries", **WINDOW, rows=5)
    source.ask("query_states", **WINDOW)
    source.sql("SELECT user FROM completed_queries WHERE query LIKE '%hunter2%'", **WINDOW)

    assert lines(caplog) == [
        "INFO recorded/made: question longest_queries: 1 rows in N s",
        "WARNING recorded/made: question query_states is not answered: what ran at that moment was not recorded",
        "INFO recorded/made: own question e5853d5b: 1 rows in N s",
    ]
    assert "hunter2" not in caplog.text


def test_a_command_is_told_without_passwords_and_without_what_it_is_given(caplog, tmp_path):
    caplog.set_level(logging.DEBUG, "trinokit")

    shell.exit_code_and_output("sh", "-c", "exit 3 # hunter2", "--token", "hunter2", folder=tmp_path, codes=(3,))
    shell.run_command(("echo", "--set=db.password=hunter2", "https://u:hunter2@host/x"), "hunter2", 10)

    assert lines(caplog, logging.DEBUG) == [
        "DEBUG sh -c <16 characters> --token ...: exit code 3 in N s",
        "INFO echo --set=db.password=... https://host/x: exit code 0 in N s",
    ]


class Failing(BaseHTTPRequestHandler):
    """An API server that is overloaded once, and forbids what is not /version."""

    def do_GET(self):
        self.server.seen.append(self.path)
        status = 503 if len(self.server.seen) == 1 else 200 if self.path == "/version" else 403
        body = json.dumps({"gitVersion": "v1.36.3", "message": "nobody may"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def failing(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), Failing)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    access = {"server": f"http://127.0.0.1:{server.server_port}"}
    config = {
        "clusters": [{"name": "a", "cluster": access}],
        "users": [{"name": "a", "user": {"token": "hunter2"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config | {"current-context": "a"}))
    yield KubernetesAccess({"trino": "trino"}, context="a", kubeconfig=str(tmp_path / "kubeconfig"))
    server.shutdown()
    server.server_close()


def test_a_request_that_is_tried_again_and_what_is_skipped_are_warnings(failing, caplog, monkeypatch):
    monkeypatch.setattr(api_server, "_LONGEST_WAIT_S", 0)
    caplog.set_level(logging.DEBUG, "trinokit")

    found = Live("here", Cluster(kubernetes=failing), "").objects.live()

    warnings = lines(caplog, logging.WARNING)
    assert warnings[0] == "WARNING GET /version: status 503; tried again in N s, for the 1. time"
    assert "WARNING not read: Pod: nobody may" in warnings
    assert len(warnings) == 1 + len(found.unread)
    assert lines(caplog)[-1] == "INFO here: 0 live objects in N s"
    assert any(re.fullmatch(r"DEBUG GET http://127.0.0.1:\d+/version: 200 in N s", each) for each in lines(caplog, 10))
    assert "hunter2" not in caplog.text


def test_the_package_is_quiet_unless_somebody_listens():
    program = "import logging, trinokit; logging.getLogger('trinokit.sources').warning('told')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")
