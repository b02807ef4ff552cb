"""How do the same questions fare through Trino and MariaDB? The synthetic history, loaded beside the real one."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import duckdb
import requests
import trino
from tests.servers import faults, mariadb
from tests.servers.__main__ import down, running, up
from tests.servers.kubernetes import cluster
from tests.servers.process import Missing
from tests.servers.trino import HTTP_PORT

from bench.measuring import Failed
from trinokit.sources.recorded.recording_files import HISTORY_STEM

CLUSTER = "test"
TABLE = f"mysql.bench.{HISTORY_STEM}"
# Through a view of another catalog the database cannot be asked directly, so Trino reads the whole table.
VIEW = f"memory.bench.{HISTORY_STEM}"


class Unavailable(Exception):
    """The servers cannot be had, or would not take the history."""


@contextmanager
def served() -> Iterator[Path]:
    """The folder of the servers, which are stopped afterwards unless they ran before."""
    started = running() is None
    try:
        with redirect_stdout(sys.stderr):
            folder = Path(up()["folder"])
    except (Missing, OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"the servers could not be started: {error}") from error
    try:
        yield folder
    finally:
        if started:
            down()


def requests_of(folder: Path, ask: Callable[[str], object]) -> int:
    """How many requests *ask*, given a kubeconfig, makes of the API server in *folder*; a network in between counts."""
    with faults.network(folder, cluster.PORT) as network:
        plain = json.loads((folder / "admin.kubeconfig").read_text())
        plain["clusters"][0]["cluster"] = {"server": network.url}
        path = folder / "bench.kubeconfig"
        path.write_text(json.dumps(plain))
        ask(str(path))
        return len(network.requests)


def kept(results: Path, sizes: Iterable[int], measure: Callable, page: Callable, within: Callable) -> int:
    """Measure each of *sizes*, print the *page* of it and keep it in *results*; 1 when one is not *within* limits."""
    try:
        with served() as servers:
            measured = {size: measure(servers / "kubernetes", size) for size in sizes}
    except (Unavailable, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    text = page(measured)
    results.write_text(text)
    print(text)
    return 0 if all(within(size, each) for size, each in measured.items()) else 1


@contextmanager
def loaded(recording: Path) -> Iterator[None]:
    """Trino and MariaDB with the history of *recording* in TABLE and VIEW; afterwards it is gone again."""
    with served() as servers:
        folder = servers / "mariadb"
        try:
            _load(folder, recording)
            yield
        finally:
            _ask_mariadb(folder, "DROP DATABASE IF EXISTS bench;")
            _ask_trino(f"DROP VIEW IF EXISTS {VIEW}", "DROP SCHEMA IF EXISTS memory.bench")


def _load(folder: Path, recording: Path) -> None:
    history = duckdb.read_parquet(str(recording / f"{HISTORY_STEM}.parquet"))
    columns = ", ".join(f"`{name}`" for name in history.columns)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        history.write_csv(file.name, header=False, na_rep="NULL", quotechar='"', escapechar='"')
        # The table is the listener's own, with its keys; columns that no question reads stay empty.
        _ask_mariadb(
            folder,
            f"""
            CREATE OR REPLACE DATABASE bench;
            GRANT ALL ON bench.* TO trino@localhost;
            GRANT ALL ON bench.* TO trino@'127.0.0.1';
            CREATE TABLE bench.{HISTORY_STEM} LIKE {mariadb.EVENTS}.{HISTORY_STEM};
            SET sql_mode = '';
            LOAD DATA INFILE '{file.name}' INTO TABLE bench.{HISTORY_STEM} CHARACTER SET utf8mb4
            FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' ({columns});
            ANALYZE TABLE bench.{HISTORY_STEM};
            """,
        )
    _ask_trino("CREATE SCHEMA IF NOT EXISTS memory.bench", f"CREATE OR REPLACE VIEW {VIEW} AS SELECT * FROM {TABLE}")


def _ask_mariadb(folder: Path, sql: str) -> None:
    try:
        mariadb.execute(folder, sql)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"MariaDB refused: {error.stderr.strip()}") from error


def _ask_trino(*statements: str) -> None:
    try:
        with trino.dbapi.connect(host="127.0.0.1", port=HTTP_PORT, user="bench", source="bench") as connection:
            for statement in statements:
                connection.cursor().execute(statement).fetchall()
    except (trino.exceptions.Error, trino.exceptions.HttpError, requests.RequestException) as error:
        raise Unavailable(f"Trino refused: {error}") from error
