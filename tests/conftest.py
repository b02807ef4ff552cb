"""What do tests share? A home of their own, recordings made of literals, the real servers and a browser."""

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import matplotlib as mpl
import pytest
import trino
import yaml
from hypothesis import settings

from tests import last_run, scheduling
from tests.last_run import PASSED, LastRun
from tests.recordings import write_recording
from tests.servers import __main__ as servers_command
from tests.servers import trino as trino_server
from tests.servers.kubernetes import cluster
from tests.servers.process import Missing, wait
from tests.servers.workload import Company
from trinokit.__main__ import main
from trinokit.sources.recorded import Recorded

ROOT = Path(__file__).parents[1]
# Servers and a browser: taken where they are there, by default; all of them "required", or "none" whatever is there.
WANTED = os.environ.get("TRINOKIT_SERVERS", "")
REQUIRED, NONE = WANTED == "required", WANTED == "none"

LAST, OWN = pytest.StashKey[LastRun](), pytest.StashKey[str]()

mpl.use("agg")
settings.register_profile("quick", derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the option with which only those tests run that have not passed before."""
    parser.addoption("--remaining", action="store_true", help="leave out the tests that passed when they last ran")


def pytest_configure(config: pytest.Config) -> None:
    """Look at the run before, and name this one."""
    config.stash[LAST] = LastRun()
    config.stash[OWN] = config.workerinput["own"] if _is_worker(config) else f"tests-{os.getpid()}"
    if not _is_worker(config):
        config.pluginmanager.register(config.stash[LAST])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> scheduling.Groups:
    """Keep together what shares something."""
    return scheduling.Groups(config, log, _groups(config))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell another process of which run it is a part."""
    node.workerinput["own"] = node.config.stash[OWN]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has passed, if that is asked for; in several processes, what takes longest goes first."""
    last = config.stash[LAST]
    if config.option.remaining:
        passed = [item for item in items if last.ends.get(item.nodeid) == PASSED]
        config.hook.pytest_deselected(items=passed)
        items[:] = [item for item in items if last.ends.get(item.nodeid) != PASSED]
    if _is_worker(config):
        # How long it took to skip a test says nothing.
        seconds = {test: last.seconds[test] for test, end in last.ends.items() if end != last_run.SKIPPED}
        scheduling.sort(items, seconds, _groups(config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where the servers are required, a test that is skipped has failed."""
    report = yield
    if REQUIRED and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Expected every test to run, found {item.nodeid} skipped: {report.longrepr}"
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Keep what became of the tests, and stop the servers that one of them started."""
    if _is_worker(config):
        return
    _groups(config).unlink(missing_ok=True)
    config.stash[LAST].write()
    state = servers_command.running()
    if state and state.get("owner") == config.stash[OWN]:
        servers_command.down()


def _groups(config: pytest.Config) -> Path:
    """Where the processes of this run write the groups of the tests."""
    return last_run.FOLDER / f"groups-{config.stash[OWN]}.json"


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A folder with the project's notebooks and clusters, and no recording."""
    return new_home(tmp_path / "home", monkeypatch)


def new_home(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """The new *folder* with the project's notebooks and clusters, taken for the project as long as *patch* lasts."""
    for name in ("notebooks", "runbooks", "parameters"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "recorded").mkdir()
    patch.setenv("TRINOKIT_HOME", str(folder))
    return folder


@pytest.fixture
def trinokit(monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process: its exit code, and what it prints on standard output and on standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["trinokit", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.fixture
def recorded(tmp_path) -> object:
    """Makes a Recorded out of rows; see `recordings.write_recording`."""

    def make(rows: list[dict], **options: object) -> Recorded:
        return Recorded("recorded/made", write_recording(tmp_path / "recorded" / "made", rows, **options))

    return make


@pytest.fixture(scope="session")
def servers(pytestconfig) -> dict:
    """The real Trino, MariaDB and Kubernetes: those that run, or new ones that end with the tests."""
    state = None if NONE else servers_command.running()
    if state is None and not REQUIRED:
        pytest.skip("no server runs; start them: make servers")
    try:
        return state or servers_command.up(pytestconfig.stash[OWN])
    except Missing as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def kubernetes(servers) -> Path:
    """The folder of the real Kubernetes: its certificates and its audit log."""
    return Path(servers["folder"]) / "kubernetes"


@pytest.fixture(scope="session")
def prometheus(servers) -> Path:
    """The folder of the real Prometheus: its configuration and its rules."""
    folder = Path(servers["folder"]) / "prometheus"
    if not folder.exists():
        (pytest.fail if REQUIRED else pytest.skip)("the servers run without Prometheus; start them anew: make servers")
    return folder


@pytest.fixture(scope="session")
def kubectl(kubernetes) -> Callable[..., str]:
    """Runs kubectl as the administrator."""
    return partial(cluster.kubectl, servers_command.CACHE)


@pytest.fixture(scope="session")
def reference(kubectl) -> str:
    """What helm says of the reference stack, which is installed and has grown to its workers when this returns."""
    chart = ["reference", str(ROOT / "deploy" / "reference"), "--namespace=reference", "--create-namespace"]
    told = cluster.helm(servers_command.CACHE, "upgrade", "--install", *chart, "--wait", "--timeout=150s")
    place = ["-n", "trino", "--timeout=90s"]
    kubectl("wait", "deployment/trino-worker", *place, "--for=jsonpath={.status.readyReplicas}=3")
    # Nothing measures CPU here, which the autoscaler finds out a moment later.
    kubectl("wait", "hpa/trino-worker", *place, "--for=condition=ScalingActive=false")
    return told


@pytest.fixture
def clusters(home, kubernetes, reference) -> dict:
    """What clusters.yaml says of the test cluster, with this machine's own paths."""
    return write_clusters(home)


def write_clusters(home: Path) -> dict:
    """What clusters.yaml of *home* says of the test cluster from now on, with this machine's own paths."""
    path = home / "parameters" / "clusters.yaml"
    text = yaml.safe_load(path.read_text())
    text["clusters"]["test"]["kubernetes"]["kubeconfig"] = str(cluster.kubeconfig(servers_command.CACHE))
    text["clusters"]["test"]["declared"][0]["repository"] = str(ROOT)
    path.write_text(yaml.safe_dump(text))
    return text["clusters"]


@pytest.fixture
def namespace(kubectl) -> Iterator[str]:
    """A namespace of its own, which goes with the test."""
    name = f"test-{secrets.token_hex(4)}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def history(servers) -> dict:
    """The window of a short workload that is over, each of its rows written."""
    since = datetime.now(UTC)
    Company(20, seed=3).work()
    cursor = trino.dbapi.connect(host="127.0.0.1", port=trino_server.HTTP_PORT, user="tester").cursor()
    cursor.execute("SELECT ? AS prepared", [1]).fetchall()
    assert wait(partial(is_written, cursor, cursor.execute("SELECT 'the last one'").query_id), 60)
    # Ids tell the moment to the second, so what is asked from here on must lie in a later second.
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    assert wait(lambda: datetime.now(UTC) > until, 5)
    # Others ask the same Trino: what they began within the window has to be over and written, too.
    running = (
        f"SELECT query_id FROM system.runtime.queries WHERE created < from_iso8601_timestamp('{until.isoformat()}')"
    )
    assert wait(lambda: not cursor.execute(f"{running} AND state NOT IN ('FINISHED', 'FAILED')").fetchall(), 60)
    assert wait(partial(is_written, cursor, cursor.execute("SELECT 'all is over'").query_id), 60)
    return {"since": since.isoformat(), "until": until.isoformat()}


def is_written(cursor: trino.dbapi.Cursor, query_id: str) -> bool:
    """Whether the row of the query *query_id* is in the history."""
    cursor.execute(f"SELECT query_id FROM mysql.trino_events.trino_queries WHERE query_id = '{query_id}'")
    return bool(cursor.fetchall())


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A headless Chromium that is told to stay off the network."""
    program = None if NONE else shutil.which("chromium")
    if program is None:
        (pytest.fail if REQUIRED else pytest.skip)("no browser; install it: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        yield browser
        browser.close()
