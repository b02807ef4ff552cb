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
from trinokit.objects import Objects
from trinokit.observations import PodContainer
from trinokit.sources import prometheus_configuration
from trinokit.sources.git import clone_state, recorded_repository
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.jvms import running_jvms
from trinokit.sources.kubernetes import audit_log, helm_releases, recorded_object_files
from trinokit.sources.live import Live
from trinokit.sources.recorded.recording_files import (
    AUDIT_LOG_FILE,
    CLONE_FILE,
    FORMAT_VERSION,
    HISTORY_STEM,
    JVMS_FILE,
    MANIFEST_FILE,
    PROMETHEUS_FILE,
    RELEASES_FILE,
    REPOSITORY_FILE,
    RUNTIME_STEM,
    file_sha256,
)
from trinokit.sources.trino.sql_masking import mask_sql
from trinokit.window import Window

# Numbers are always kept. Of the texts only these: others, such as plans, messages and session properties,
# may hold data of the tables that were queried or say more about people than any question asks.
_KEPT_TEXT_COLUMNS = (
    *("query_id", "query_state", "state", "query_type", "update_type", "error_code", "error_type", "failure_type"),
    *("user", "source", "client_tags_json", "resource_group_id", "resource_group", "catalog", "schema"),
    *("environment", "server_version", "retry_policy"),
)
_MASKED_COLUMNS = ("query", "prepared_query")


@dataclass(frozen=True)
class HistoryPart:
    """Which completed queries to keep: those of *window*, *masked* or with literals and comments as they are."""

    window: Window
    masked: bool


@dataclass(frozen=True)
class RecordedParts:
    """What to keep: the *history*, the objects of *sides*, and what else tells about them.

    That are the Helm *releases*, what *prometheus* has loaded, and the files *audit_log*. *pods* chooses of the live
    objects the pods of Trino, whose JVMs are asked and whose logs are read, and with that goes the clone in which their
    flags are written; without it none of that is kept. The *repository* is the one that releases are made from.
    """

    history: HistoryPart | None = None
    sides: tuple[str, ...] = ()
    releases: bool = False
    prometheus: bool = False
    audit_log: str = ""
    pods: Callable[[Objects], Sequence[PodContainer]] | None = None
    repository: GitRepository | None = None


def record_cluster(source: Live, folder: Path, parts: RecordedParts, *, recorded_at: str) -> dict:
    """The manifest of a new recording of *parts* of *source* in *folder*, which appears whole or not at all.

    Raises ParameterError when *folder* exists.
    """
    if folder.exists():
        raise ParameterError(f"Expected a new recording, found {folder}.", remedy="choose another name, or remove it")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        manifest = {"format": FORMAT_VERSION, "cluster": source.name, "recorded_at": recorded_at}
        manifest |= _record_history(source, partial, parts.history) if parts.history else {}
        manifest["objects"], live = _record_objects(source, partial, set(parts.sides))
        manifest |= _record_observations(source, partial, parts)
        if parts.pods:
            manifest |= _record_jvms(source, partial, parts.pods, live) | _record_clone(source, partial)
        files = [path for path in sorted(partial.rglob("*")) if path.is_file()]
        manifest["files"] = {path.relative_to(partial).as_posix(): file_sha256(path) for path in files}
        (partial / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1) + "\n")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _record_objects(source: Live, folder: Path, sides: set[str]) -> tuple[dict, Objects | None]:
    manifest, declared, live = {}, None, None
    if "declared" in sides:
        declared = source.objects.declared()
        manifest["declared"] = recorded_object_files.write_objects(declared, folder / "objects" / "declared")
    if "live" in sides:
        live = source.objects.live(also=declared)
        manifest["live"] = recorded_object_files.write_objects(live, folder / "objects" / "live")
        also = {f"{each.kind} ({each.api_version})" for each in declared.items} if declared else set()
        manifest["live"]["also"] = sorted(also)
    return manifest, live


def _record_observations(source: Live, folder: Path, parts: RecordedParts) -> dict:
    manifest, files = {}, {}
    if parts.audit_log:
        log = source.provenance.audit_log(parts.audit_log)
        access = source.cluster.kubernetes
        files[AUDIT_LOG_FILE] = audit_log.dump_audit_log(log, access.roles if access else ())
        manifest |= {"audit": {"writes": len(log.writes), "problems": len(log.problems)}}
    if parts.releases:
        revisions, unread = source.provenance.helm_revisions()
        files[RELEASES_FILE] = helm_releases.dump_helm_revisions(revisions)
        manifest |= {"releases": len(revisions), "unread_releases": unread}
    if parts.prometheus:
        loaded = source.provenance.prometheus_state()
        files[PROMETHEUS_FILE] = prometheus_configuration.dump_prometheus(loaded)
        manifest |= {"prometheus": loaded.version or f"not read: {loaded.problem}"}
    if parts.repository:
        files[REPOSITORY_FILE] = recorded_repository.dump_repository(parts.repository)
        manifest |= {"repository": parts.repository.named}
    for name, content in files.items():
        _write_compressed(folder / name, content)
    return manifest


def _record_jvms(
    source: Live, folder: Path, chosen: Callable[[Objects], Sequence[PodContainer]], live: Objects | None
) -> dict:
    cluster = source.cluster
    pods = chosen(live or source.objects.live()) if cluster.kubernetes else ()
    running = source.jvms.running(pods, through="trino" if cluster.trino else "kubectl")
    logs = source.jvms.pod_logs(pods)
    _write_compressed(folder / JVMS_FILE, running_jvms.dump_jvms(running, logs))
    unread = dict(running.unread) | {f"log of {log.pod.name}": log.problem for log in logs if log.problem}
    return {"running": {"jvms": len(running.jvms), "logs": len(logs), "unread": unread}}


def _record_clone(source: Live, folder: Path) -> dict:
    """Where the flags of what runs are written, if one clone has them."""
    declared = source.cluster.declared
    if len(declared) != 1:
        return {}
    try:
        clone = source.git.declared_clone()
    except (PlanError, SourceError) as error:
        return {"clone": f"not kept: {error.message}"}
    _write_compressed(folder / CLONE_FILE, clone_state.dump_clone(clone, declared[0].repository, source.redact_texts))
    return {"clone": clone.head}


def _write_compressed(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


def _record_history(source: Live, folder: Path, history: HistoryPart) -> dict:
    # Times are stored in UTC, without a zone.
    described = {
        column: kind.replace(" with time zone", "")
        for column, kind in source.history.column_types.items()
        if not kind.startswith("varchar") or column in _KEPT_TEXT_COLUMNS + _MASKED_COLUMNS
    }
    about = source.queries.source_table().set_index("fact")["value"]
    completed = source.history.history_query(list(described), history.window).order_by("query_id")
    rows = {
        RUNTIME_STEM: _write_parquet(
            folder / f"{RUNTIME_STEM}.parquet",
            source.history.stream_batches(source.history.runtime_query()),
            history.masked,
        ),
        HISTORY_STEM: _write_parquet(
            folder / f"{HISTORY_STEM}.parquet", source.history.stream_batches(completed), history.masked
        ),
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


def _write_parquet(path: Path, answer: tuple[pa.Schema, Iterable[pa.RecordBatch]], mask: bool) -> int:
    schema, batches = answer
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(_mask_batch(batch) if mask else batch)
            rows += batch.num_rows
    return rows


def _mask_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    for name in set(_MASKED_COLUMNS) & set(batch.schema.names):
        texts = [text if text is None else mask_sql(text) for text in batch[name].to_pylist()]
        batch = batch.set_column(batch.schema.get_field_index(name), name, pa.array(texts, pa.string()))
    return batch
