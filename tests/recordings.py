"""How does a test make a recording? Out of rows written as literals."""

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LISTENER = {
    "query_id": "20260701_120000_00000_aaaaa",
    "query": "SELECT ?",
    "prepared_query": None,
    "query_state": "FINISHED",
    "user": "alice",
    "source": "jupyter",
    "query_type": "SELECT",
    "error_type": None,
    "error_code": None,
    "execution_time_millis": 100,
    "wall_time_millis": 110,
    "queued_time_millis": 5,
    "waiting_time_millis": 5,
    "analysis_time_millis": 2,
    "planning_time_millis": 20,
    "cpu_time_millis": 50,
    "input_blocked_time_millis": 10,
    "output_blocked_time_millis": 1,
}
TEXTS = ("prepared_query", "error_type", "error_code", "query_type")
RUNNING = {"query_id": "", "state": "RUNNING", "user": "alice", "source": "jupyter", "create_time": None}
WINDOW = {"since": "2026-07-01T12:00", "until": "2026-07-01T13:00"}


def query(second: str, number: int, **columns: object) -> dict:
    """A row of the event listener's table: the query *number*, created at *second* (HHMMSS) on 2026-07-01."""
    return LISTENER | {"query_id": f"20260701_{second}_{number:05}_aaaaa"} | columns


def write_recording(folder: Path, rows: list[dict], *, running: list[dict] | None = (), **manifest: object) -> Path:
    """*folder*, filled with a recording of *rows* and of what was *running*, or nothing recorded of it when None."""
    folder.mkdir(parents=True)
    _write(folder / "trino_queries.parquet", rows or [LISTENER], len(rows))
    if running is not None:
        _write(folder / "runtime_queries.parquet", [RUNNING | row for row in running] or [RUNNING], len(running))
    described = {
        name: "bigint" if isinstance(value, int) else "varchar" for name, value in (rows or [LISTENER])[0].items()
    }
    written = {
        "format": 1,
        "cluster": "made by a test",
        "trino_version": "476",
        "table": "mysql.trino_events.trino_queries",
        "recorded_at": "2026-07-01T13:00:00+00:00",
        "described": described,
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")},
    }
    (folder / "recording.json").write_text(json.dumps(written | manifest))
    return folder


def _write(path: Path, rows: list[dict], kept: int) -> None:
    kinds = {"create_time": pa.timestamp("ms")} | dict.fromkeys(TEXTS, pa.string())
    columns = {name: pa.array([row[name] for row in rows], kinds.get(name)) for name in rows[0]}
    pq.write_table(pa.table(columns).slice(0, kept), path)
