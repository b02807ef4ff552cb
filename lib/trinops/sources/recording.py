"""How is a cluster's answer kept? As Parquet, JSON and lists of objects in a folder that `Recorded` reads."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trinops.errors import ParameterError
from trinops.sources import snapshot
from trinops.sources.live import Live
from trinops.sources.masking import masked
from trinops.sources.recorded import FORMAT, HISTORY, MANIFEST, RUNTIME, digest
from trinops.window import Window

# Numbers are always kept. Of the texts only these: others, such as plans, messages and session properties,
# may hold data of the tables that were queried or say more about people than any question asks.
_TEXTS = (
    *("query_id", "query_state", "state", "query_type", "update_type", "error_code", "error_type", "failure_type"),
    *("user", "source", "client_tags_json", "resource_group_id", "resource_group", "catalog", "schema"),
    *("environment", "server_version", "retry_policy"),
)
_MASKED = ("query", "prepared_query")


@dataclass(frozen=True)
class History:
    """Which completed queries to keep: those of *window*, *masked* or with literals and comments as they are."""

    window: Window
    masked: bool


def record(source: Live, folder: Path, history: History | None, sides: Iterable[str], *, recorded_at: str) -> dict:
    """The manifest of a new recording of *source* in *folder*, which appears whole or not at all.

    It holds the *history*, unless that is None, and the objects of *sides*: live, declared or both.
    Raises ParameterError when *folder* exists.
    """
    if folder.exists():
        raise ParameterError(f"Expected a new recording, found {folder}.", remedy="choose another name, or remove it")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        manifest = {"format": FORMAT, "cluster": source.name, "recorded_at": recorded_at}
        manifest |= _queries(source, partial, history) if history else {}
        manifest["objects"] = {
            side: snapshot.write(source.objects(side), partial / "objects" / side) for side in sorted(sides)
        }
        kept = [path for path in sorted(partial.rglob("*")) if path.is_file()]
        manifest["files"] = {path.relative_to(partial).as_posix(): digest(path) for path in kept}
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _queries(source: Live, folder: Path, history: History) -> dict:
    # Times are stored in UTC, without a zone.
    described = {
        column: kind.replace(" with time zone", "")
        for column, kind in source.described.items()
        if not kind.startswith("varchar") or column in _TEXTS + _MASKED
    }
    about = source.about().set_index("fact")["value"]
    completed = source.history(list(described), history.window).order_by("query_id")
    rows = {
        RUNTIME: _write(folder / f"{RUNTIME}.parquet", source.stream(source.runtime()), history.masked),
        HISTORY: _write(folder / f"{HISTORY}.parquet", source.stream(completed), history.masked),
    }
    return {
        "trino_version": about["Trino"],
        "table": source.table,
        "since": history.window.since.isoformat(),
        "until": history.window.until.isoformat(),
        "masked": history.masked,
        "described": described,
        "rows": rows,
    }


def _write(path: Path, answer: tuple[pa.Schema, Iterable[pa.RecordBatch]], mask: bool) -> int:
    schema, batches = answer
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(_masked(batch) if mask else batch)
            rows += batch.num_rows
    return rows


def _masked(batch: pa.RecordBatch) -> pa.RecordBatch:
    for name in set(_MASKED) & set(batch.schema.names):
        texts = [text if text is None else masked(text) for text in batch[name].to_pylist()]
        batch = batch.set_column(batch.schema.get_field_index(name), name, pa.array(texts, pa.string()))
    return batch
