"""The gate of a real cluster: queries that are good, that fail, that are slow, that never end, or that nobody asks."""

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import trino
import yaml
from click.testing import CliRunner
from tests.release.deployed import deployment
from tests.servers import trino as server
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.__main__ import cli

# Its queries end long after they began, so that a window of the history would change afterwards.
pytestmark = pytest.mark.xdist_group("trino")

GOOD = ("SELECT 1",)
FAILING = ("SELECT 1 / (SELECT 0)", "SELECT no_such_function(1)")
SLOW = ('SELECT count(*) FROM tpch."sf0.1".lineitem',)
# More rows than anybody fetches here: it waits for its client, and takes no CPU for it.
ENDLESS = "SELECT * FROM tpch.sf1.lineitem"
WAY_OFF = "1000"


@pytest.fixture
def source() -> str:
    """The name of a client of our own: others ask the same Trino."""
    return f"gate-{secrets.token_hex(4)}"


@pytest.fixture
def gate(servers, home, source) -> Callable[..., tuple[int, list[str]]]:
    """Keeps the gate of the test cluster for the queries of our own client, for 5 of them at least."""

    def kept(cluster: str = "test", seconds: int = 12, **more: str) -> tuple[int, list[str]]:
        known = {"for": seconds, "minimum": 5, "workers": 0, "p95_ratio": WAY_OFF, "source": source} | more
        words = [word for name, value in known.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        done = CliRunner().invoke(cli, ["gate", cluster, *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output.splitlines()

    return kept


@pytest.fixture
def entry(home, namespace) -> dict:
    """What clusters.yaml says of the test cluster, with nothing in it but a namespace of our own."""
    path = home / "parameters" / "clusters.yaml"
    known = yaml.safe_load(path.read_text())["clusters"]["test"]
    where = {"kubeconfig": str(cluster.kubeconfig(CACHE)), "context": cluster.CONTEXT}
    own = {"trino": known["trino"], "kubernetes": where | {"namespaces": {"query engine": namespace}}}
    nobody = {"trino": {"url": "http://127.0.0.1:1"}}
    path.write_text(yaml.safe_dump({"clusters": {"test": own, "twin": own, "nobody": nobody}}))
    return own


def cursor(source: str) -> trino.dbapi.Cursor:
    where = {"host": "127.0.0.1", "port": server.HTTP_PORT}
    return trino.dbapi.connect(**where, user="tester", source=source).cursor()


def ask(source: str, *statements: str) -> None:
    for statement in statements:
        with contextlib.suppress(trino.exceptions.TrinoQueryError):
            cursor(source).execute(statement).fetchall()


@contextmanager
def traffic(source: str, *statements: str, before_s: float = 0, pause_s: float = 0.25) -> Iterator[None]:
    """Somebody asks *statements* again and again, from so many seconds before the block until it is left."""
    ended = threading.Event()

    def asking() -> None:
        while not ended.is_set():
            ask(source, *statements)
            ended.wait(pause_s)

    thread = threading.Thread(target=asking, daemon=True)
    thread.start()
    try:
        time.sleep(before_s)
        yield
    finally:
        ended.set()
        thread.join(30)


def test_good_queries_pass_compared_with_those_before(gate, source):
    with traffic(source, *GOOD, before_s=13):
        code, lines = gate()

    assert [line[15:27].strip() for line in lines[:3]] == ["pass"] * 3, lines
    assert (code, lines[3][:14]) == (0, "pass: 0.0% of ")
    assert "(limit 5.0%), the baseline with 0.0% of " in lines[3]


def test_failing_queries_fail_as_soon_as_there_are_enough_of_them(gate, source):
    with traffic(source, *GOOD, *FAILING):
        began = time.monotonic()
        code, lines = gate(seconds=120)
        took = time.monotonic() - began

    assert code == 1
    assert lines[-1].startswith("fail: ")
    assert "queries failed (limit 5.0%), " in lines[-1]
    assert " by USER_ERROR" in lines[-1]
    assert took < 90


def test_without_a_query_nothing_is_said(gate):
    code, lines = gate(seconds=1)

    assert (code, lines[-1]) == (75, "inconclusive: 0 completed queries (at least 5)")
    assert len(lines) == 4


def test_slow_queries_fail_where_those_before_were_fast(gate, source):
    with traffic(source, *GOOD, before_s=13):
        pass
    with traffic(source, *SLOW, pause_s=1):
        code, lines = gate(seconds=30, p95_ratio="2", minimum="3")

    assert code == 1, lines
    assert lines[-1].startswith("fail: p95 of ")
    assert " (limit " in lines[-1]


def test_queries_that_never_end_are_seen_although_no_history_has_them(gate, source):
    with traffic(source, *GOOD, before_s=13):
        pass
    endless = [cursor(source) for _ in range(3)]
    late = threading.Timer(3, lambda: [each.execute(ENDLESS) for each in endless])
    late.start()
    try:
        code, lines = gate(seconds=20, p95_ratio="4", minimum="3")
    finally:
        late.join()
        for each in endless:
            each.cancel()

    assert code == 1, lines
    assert lines[-1].startswith("fail: p95 of 0 finished queries and 3 overdue is ")


def test_another_cluster_is_compared_with_in_the_same_window(gate, source, entry):
    with traffic(source, *GOOD):
        code, lines = gate(baseline="twin")
        unread, told = gate(baseline="nobody", seconds=2, minimum="1")

    assert code == 0, lines
    assert unread == 75
    assert told[-1].startswith("inconclusive: the baseline could not be read: expected Trino to answer at http://127.")


def test_workers_that_are_missing_fail(gate, source):
    with traffic(source, *GOOD, before_s=2):
        code, lines = gate(seconds=2, minimum="1", workers="1")

    assert (code, lines[-1]) == (1, "fail: 0 active workers (at least 1)")


def test_a_rollout_is_compared_with_the_window_before_it_began_and_has_to_end(gate, source, entry, kubectl, namespace):
    rollout = f"deployment:{namespace}/gateway"

    def applied(**selector: str) -> None:
        body = json.dumps(deployment("gateway:1", selector=selector))
        kubectl("-n", namespace, "apply", "-f", "-", given=body)

    with traffic(source, *GOOD, before_s=13):
        applied()
        kubectl("-n", namespace, "rollout", "status", "deployment/gateway", "--timeout=60s")
    with traffic(source, *SLOW, before_s=13, pause_s=1):
        slow, told = gate(seconds=12, p95_ratio="2", minimum="3", rollout=rollout)
    applied(disk="none-has-it")
    unready, lines = gate(seconds=1, rollout=rollout)

    assert slow == 1, told
    assert told[-1].startswith("fail: p95 of ")
    assert told[3] == f"rollout        pass         {rollout} has rolled out"
    assert unready == 1
    assert lines[-1].startswith(f"fail: {rollout} has not rolled out: Deployment/gateway: ")


def test_a_rollout_of_what_is_not_there_fails(gate, entry, namespace):
    code, lines = gate(seconds=1, rollout=f"deployment:{namespace}/nothing")

    assert code == 1
    assert lines[-1] == (
        f"fail: deployment:{namespace}/nothing has not rolled out: nothing in {namespace} has no workload"
    )
