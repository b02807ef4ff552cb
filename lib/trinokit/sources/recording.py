"""How is a cluster's answer kept? As Parquet, JSON and lists of objects in a folder that `Recorded` reads."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.evidence import Pod
from trinokit.objects import Objects
from trinokit.sources import audit, clone, prometheus, releases, running, snapshot
from trinokit.sources.git import recorded as repositories
from trinokit.sources.git.reader import Git
from trinokit.sources.live import Live
from trinokit.sources.masking import masked
from trinokit.sources.recorded import (
    AUDIT,
    CLONE,
    FORMAT,
    HISTORY,
    MANIFEST,
    PROMETHEUS,
    RELEASES,
    REPOSITORY,
    RUNNING,
    RUNTIME,
    digest,
)
from trinokit.window import Window

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


@dataclass(frozen=True)
class Parts:
    """What to keep: the *history*, the objects of *sides*, and what else tells about them.

    That are the Helm *releases*, what *prometheus* has loaded, and the files *audit_log*. *pods* chooses of the live
    objects the pods of Trino, whose JVMs are asked and whose logs are read, and with that goes the clone in which their
    flags are written; without it none of that is kept. The *repository* is the one that releases are made from.
    """

    history: History | None = None
    sides: tuple[str, ...] = ()
    releases: bool = False
    prometheus: bool = False
    audit_log: str = ""
    pods: Callable[[Objects], Sequence[Pod]] | None = None
    repository: Git | None = None


def record(source: Live, folder: Path, parts: Parts, *, recorded_at: str) -> dict:
    """The manifest of a new recording of *parts* of *source* in *folder*, which appears whole or not at all.

    Raises ParameterError when *folder* exists.
    """
    if folder.exists():
        raise ParameterError(f"Expected a new recording, found {folder}.", remedy="choose another name, or remove it")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        manifest = {"format": FORMAT, "cluster": source.name, "recorded_at": recorded_at}
        manifest |= _queries(source, partial, parts.history) if parts.history else {}
        manifest["objects"], live = _objects(source, partial, set(parts.sides))
        manifest |= _evidence(source, partial, parts)
        if parts.pods:
            manifest |= _running(source, partial, parts.pods, live) | _clone(source, partial)
        kept = [path for path in sorted(partial.rglob("*")) if path.is_file()]
        manifest["files"] = {path.relative_to(partial).as_posix(): digest(path) for path in kept}
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _objects(source: Live, folder: Path, sides: set[str]) -> tuple[dict, Objects | None]:
    said, declared, live = {}, None, None
    if "declared" in sides:
        declared = source.objects("declared")
        said["declared"] = snapshot.write(declared, folder / "objects" / "declared")
    if "live" in sides:
        live = source.objects("live", also=declared)
        said["live"] = snapshot.write(live, folder / "objects" / "live")
        also = {f"{each.kind} ({each.api_version})" for each in declared.items} if declared else set()
        said["live"]["also"] = sorted(also)
    return said, live


def _evidence(source: Live, folder: Path, parts: Parts) -> dict:
    said, kept = {}, {}
    if parts.audit_log:
        log = source.audit_log(parts.audit_log)
        where = source.cluster.kubernetes
        kept[AUDIT] = audit.dump(log, where.roles if where else ())
        said |= {"audit": {"writes": len(log.writes), "problems": len(log.problems)}}
    if parts.releases:
        found, unread = source.releases()
        kept[RELEASES] = releases.dump(found)
        said |= {"releases": len(found), "unread_releases": unread}
    if parts.prometheus:
        loaded = source.monitoring()
        kept[PROMETHEUS] = prometheus.dump(loaded)
        said |= {"prometheus": loaded.version or f"not read: {loaded.problem}"}
    if parts.repository:
        kept[REPOSITORY] = repositories.dump(parts.repository)
        said |= {"repository": parts.repository.named}
    for name, content in kept.items():
        _keep(folder / name, content)
    return said


def _running(source: Live, folder: Path, chosen: Callable[[Objects], Sequence[Pod]], live: Objects | None) -> dict:
    where = source.cluster
    pods = chosen(live or source.objects("live")) if where.kubernetes else ()
    found = source.running(pods, through="trino" if where.trino else "kubectl")
    logs = source.logs(pods)
    _keep(folder / RUNNING, running.dump(found, logs))
    unread = dict(found.unread) | {f"log of {log.pod.name}": log.problem for log in logs if log.problem}
    return {"running": {"jvms": len(found.jvms), "logs": len(logs), "unread": unread}}


def _clone(source: Live, folder: Path) -> dict:
    """Where the flags of what runs are written, if one clone has them."""
    declared = source.cluster.declared
    if len(declared) != 1:
        return {}
    try:
        found = source.clone()
    except (PlanError, SourceError) as error:
        return {"clone": f"not kept: {error.message}"}
    _keep(folder / CLONE, clone.dump(found, declared[0].repository, source.hidden))
    return {"clone": found.head}


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


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
