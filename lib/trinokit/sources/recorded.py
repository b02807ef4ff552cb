"""What did a cluster answer when it was recorded? DuckDB asks its Parquet files again."""

import gzip
import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import NoReturn

import duckdb
import pandas as pd
from sqlglot import exp

from trinokit.errors import ParameterError, PlanError, SourceError
from trinokit.objects import Object, Objects
from trinokit.observations import (
    AuditLog,
    Clone,
    DeploymentHistory,
    HelmRevision,
    LoginAttempt,
    PodContainer,
    PodLog,
    PrometheusState,
    RunningJvms,
)
from trinokit.sources import local_files, prometheus
from trinokit.sources.git import clone_state as clones
from trinokit.sources.git import recorded_repository as repositories
from trinokit.sources.git.git_repository import GitRepository
from trinokit.sources.jvms import running_jvms
from trinokit.sources.kubernetes import audit_log as kubernetes_audit_log
from trinokit.sources.kubernetes import deployment_history, helm_releases, listing, object_files
from trinokit.sources.secrets.redaction import redact_object
from trinokit.sources.trino import arrow_tables, history_layouts, question_runner, questions
from trinokit.window import Window

MANIFEST_FILE, HISTORY_STEM, RUNTIME_STEM = "recording.json", "trino_queries", "runtime_queries"
AUDIT_LOG_FILE, RELEASES_FILE, PROMETHEUS_FILE, JVMS_FILE, CLONE_FILE, REPOSITORY_FILE = (
    f"evidence/{name}.gz"
    for name in ("audit.jsonl", "releases.jsonl", "prometheus.json", "running.json", "clone.json", "repository")
)
FORMAT_VERSION = 1
# What does not fit into memory goes where temporary files go, not into the current folder.
_DUCKDB_SETTINGS = {"autoinstall_known_extensions": False, "temp_directory": tempfile.gettempdir()}


class Recorded:
    """A recording of a cluster in *folder*, asked in place of the cluster itself."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.manifest = _read_manifest(folder)
        for file, expected in self.manifest["files"].items():
            _check_file(folder / file, expected)

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to *question*; see `question_runner.answer_question`."""
        return question_runner.answer_question(self, question, parameters)

    def require_queries(self, since: str, until: str) -> pd.DataFrame:
        """How many queries the window holds; raises SourceError when it holds none."""
        return question_runner.require_queries(self, since, until)

    @property
    def moment(self) -> datetime:
        """When it was recorded, in UTC."""
        found = datetime.fromisoformat(self.manifest["recorded_at"])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    @property
    def sides(self) -> list[str]:
        """The sides that were recorded."""
        return list(self.manifest.get("objects", {}))

    def objects(self, side: str, *, commit: str = "", also: Objects | None = None) -> Objects:
        """The objects of one *side*, live or declared, as they were; a kind of *also* that was not recorded is unread.

        Raises SourceError when that side was not recorded, and ParameterError for any *commit*.
        """
        if commit:
            raise ParameterError(
                f"Expected no other commit of {self.name} than was recorded, found {commit}.",
                remedy=f"leave it empty; recorded was {self._recorded_commits}",
            )
        said = self.manifest.get("objects", {}).get(side)
        if said is None:
            raise SourceError(
                f"Expected {side} objects in {self.name}, found none.",
                remedy="record them: trinokit record CLUSTER NAME",
            )
        found = object_files.read_objects(side, self.folder / "objects" / side, said)
        about = {"recorded from": self.manifest["cluster"], "recorded at": self.manifest["recorded_at"]}
        # What was recorded together was hashed together, also before a key had an id.
        key = found.key or f"{self.manifest['cluster']} {self.manifest['recorded_at']}"
        unread = dict(found.unread) | (_unrecorded_kinds(also.items, found, said) if also and side == "live" else {})
        return replace(found, about=about | dict(found.about), key=key, unread=unread)

    def audit_log(self, path: str) -> AuditLog:
        """The writes of the files *path*, as for a cluster that is live, or without any those that were recorded."""
        if path:
            key = secrets.token_bytes(32)
            return kubernetes_audit_log.read_audit_log(
                local_files.matching_files(path), lambda each: redact_object(each, key)
            )
        kept = self._stored_content(AUDIT_LOG_FILE)
        return AuditLog() if kept is None else kubernetes_audit_log.load_audit_log(kept)

    def releases(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        """The revisions of Helm releases that were recorded, and why some could not be read."""
        kept = self._stored_content(RELEASES_FILE)
        if kept is None:
            return (), {"Helm releases": "they were not recorded"}
        return helm_releases.load_helm_revisions(kept), self.manifest["unread_releases"]

    def deployed(
        self, target: deployment_history.RolloutTarget, unready: deployment_history.UnreadyWorkloads
    ) -> DeploymentHistory:
        """What was deployed to *target*, with what was *unready* of it."""
        return deployment_history.build_deployment_history(target, self.objects("live"), *self.releases(), unready)

    def monitoring(self) -> PrometheusState:
        """What its Prometheus had loaded, or why that could not be read."""
        kept = self._stored_content(PROMETHEUS_FILE)
        return PrometheusState(problem="it was not recorded") if kept is None else prometheus.load_prometheus(kept)

    def realm(self, keytab: str = "") -> LoginAttempt:
        """Why nobody can log in here by Kerberos."""
        return LoginAttempt(problem="nobody can log into a recording; name a cluster that is live")

    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What the JVMs of its Trino had been started with, however it is asked, and why some could not be read."""
        kept = self._stored_content(JVMS_FILE)
        return (
            running_jvms.load_jvms(kept)[0]
            if kept
            else RunningJvms(unread={running_jvms.ALL_NODES: "it was not recorded"})
        )

    def logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that the pods of its Trino had written, whatever *pods* are asked for."""
        kept = self._stored_content(JVMS_FILE)
        return (
            running_jvms.load_jvms(kept)[1]
            if kept
            else tuple(PodLog(pod, problem="it was not recorded") for pod in pods)
        )

    def clone(self, path: str = "", *, commit: str = "") -> Clone:
        """The clone in which its flags were written, for a plan to be shown and not executed; or raises SourceError."""
        kept = self._stored_content(CLONE_FILE)
        if kept is None:
            raise SourceError(
                f"Expected the clone that {self.name} was deployed from, found that it was not recorded.",
                remedy="name the cluster itself, or record it anew: trinokit record CLUSTER NAME --part running",
            )
        return clones.load_clone(kept)

    def repository(self, remote: str) -> GitRepository:
        """The clone that releases are made from and its *remote*, as both were.

        Raises SourceError when they were not recorded, and ParameterError for another remote.
        """
        kept = self._stored_content(REPOSITORY_FILE)
        if kept is None:
            raise SourceError(
                f"Expected a repository in {self.name}, found that none was recorded.",
                remedy="name the clone itself",
            )
        return repositories.open_recorded_repository(kept, remote)

    @property
    def kubectl(self) -> tuple[str, ...]:
        """The words that would begin a command of kubectl, for a plan to be shown and not executed."""
        return ("kubectl",)

    def run(self, argv: tuple[str, ...], given: str, seconds: float) -> NoReturn:
        """Run nothing: raises PlanError, since a recording cannot be changed."""
        raise PlanError(
            f"Expected a cluster that runs, found the recording {self.name}.",
            remedy="run the plan for the cluster itself, which has an approval of its own",
        )

    def _stored_content(self, name: str) -> bytes | None:
        return gzip.decompress((self.folder / name).read_bytes()) if name in self.manifest["files"] else None

    @property
    def _recorded_commits(self) -> str:
        about = self.manifest.get("objects", {}).get("declared", {}).get("about", {})
        return ", ".join(about.values()) or "no declared object"

    def about(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""
        layout = self.layout.name
        facts = [
            ("cluster", self.name, ""),
            ("recorded from", self.manifest["cluster"], ""),
            ("recorded at", self.manifest["recorded_at"], ""),
            ("Trino", self.manifest["trino_version"], ""),
            ("table", self.manifest["table"], ""),
            ("layout", layout, ""),
            *(("note", note, "") for note in self.manifest.get("notes", [])),
        ]
        return pd.DataFrame(facts, columns=["fact", "value", "caveat"])

    @cached_property
    def layout(self) -> history_layouts.HistoryLayout:
        """What the columns of the recorded table mean; raises SourceError when no history was recorded."""
        if "table" not in self.manifest:
            raise SourceError(
                f"Expected a history of queries in {self.name}, found none.",
                remedy="record one: trinokit record CLUSTER NAME",
            )
        return history_layouts.detect_layout(self.manifest["table"], self.manifest["described"])

    def history(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* in *window*."""
        chosen = [exp.column(name, quoted=True) for name in columns]
        return exp.select(*chosen).from_(HISTORY_STEM).where(self.layout.within(window))

    def runtime(self) -> exp.Query | None:
        """What the coordinator knew of at the moment of the recording."""
        if f"{RUNTIME_STEM}.parquet" not in self.manifest["files"]:
            return None
        return questions.parse_trino_sql(
            f'SELECT query_id, state, "user", source, create_time FROM recorded_{RUNTIME_STEM}'
        )

    def fetch(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        views = {HISTORY_STEM: HISTORY_STEM, f"recorded_{RUNTIME_STEM}": RUNTIME_STEM}
        with duckdb.connect(config=_DUCKDB_SETTINGS) as database:
            for view, file in views.items():
                if f"{file}.parquet" in self.manifest["files"]:
                    database.read_parquet(str(self.folder / f"{file}.parquet")).create_view(view)
            return arrow_tables.to_dataframe(database.sql(tree.sql("duckdb", identify=True)).to_arrow_table())


def _unrecorded_kinds(also: Sequence[Object], live: Objects, said: dict) -> dict[str, str]:
    kinds = listing.default_resources(live.items)
    known = {(kind.version.rpartition("/")[0], kind.name) for kind in kinds}
    known |= {(each.group, each.kind) for each in live.items}
    told = {*said.get("also", ()), *live.unread}
    asked = {(each.group, each.kind): f"{each.kind} ({each.api_version})" for each in also}
    unread = {label: "it was not recorded" for kind, label in asked.items() if kind not in known and label not in told}
    return unread | listing.out_of_scope_objects(also, live.roles, kinds)


def _read_manifest(folder: Path) -> dict:
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text())
        found = manifest["format"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _corrupt_recording_error(
            folder, f"{MANIFEST_FILE} of a recording", f"{type(error).__name__}: {error}"
        ) from error
    if found != FORMAT_VERSION:
        raise _corrupt_recording_error(folder, f"a recording of format {FORMAT_VERSION}", f"format {found}")
    return manifest


def file_sha256(path: Path) -> str:
    """The sha256 of the file *path*, by which a recording knows it again."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise _corrupt_recording_error(path.parent, f"the file {path.name}", "none")
    if file_sha256(path) != expected:
        raise _corrupt_recording_error(path.parent, f"{path.name} as it was recorded", "other content")


def _corrupt_recording_error(folder: Path, expected: str, found: str) -> SourceError:
    return SourceError(
        f"Expected {expected} in {folder.parent.name}/{folder.name}, found {found}.",
        remedy="take the recording from the repository again, or record anew: trinokit record CLUSTER NAME",
    )
