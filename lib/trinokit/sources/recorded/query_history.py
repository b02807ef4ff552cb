"""Which queries had a cluster completed when it was recorded? DuckDB asks its Parquet files again."""

import tempfile
from datetime import datetime
from functools import cached_property

import duckdb
import pandas as pd
from sqlglot import exp

from trinokit.errors import SourceError
from trinokit.sources.recorded.recording_files import HISTORY_STEM, RUNTIME_STEM, RecordingFiles
from trinokit.sources.trino import arrow_tables, history_layouts, questions
from trinokit.sources.trino.sql_masking import mask_sql
from trinokit.window import Window

# What does not fit into memory goes where temporary files go, not into the current folder.
_DUCKDB_SETTINGS = {"autoinstall_known_extensions": False, "temp_directory": tempfile.gettempdir()}


class RecordedHistory:
    """The history of queries that is kept in *files*: a `QueryEngine`."""

    def __init__(self, files: RecordingFiles) -> None:
        self._files, self.name = files, files.name

    @cached_property
    def layout(self) -> history_layouts.HistoryLayout:
        """What the columns of the recorded table mean; raises SourceError when no history was recorded."""
        manifest = self._files.manifest
        if "table" not in manifest:
            raise SourceError(
                f"Expected a history of queries in {self._files.name}, found none.",
                remedy="record one: trinokit record CLUSTER NAME",
            )
        return history_layouts.detect_layout(manifest["table"], manifest["described"])

    def history_query(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* in *window*."""
        chosen = [exp.column(name, quoted=True) for name in columns]
        return exp.select(*chosen).from_(HISTORY_STEM).where(self.layout.within(window))

    def runtime_query(self) -> exp.Query | None:
        """What the coordinator knew of at the moment of the recording."""
        if not self._files.has(f"{RUNTIME_STEM}.parquet"):
            return None
        return questions.parse_trino_sql(
            f'SELECT query_id, state, "user", source, create_time FROM recorded_{RUNTIME_STEM}'
        )

    def fetch_table(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        stems_by_name = {HISTORY_STEM: HISTORY_STEM, f"recorded_{RUNTIME_STEM}": RUNTIME_STEM}
        with duckdb.connect(config=_DUCKDB_SETTINGS) as database:
            for name, stem in stems_by_name.items():
                if self._files.has(f"{stem}.parquet"):
                    database.read_parquet(str(self._files.folder / f"{stem}.parquet")).create_view(name)
            try:
                return arrow_tables.to_dataframe(database.sql(tree.sql("duckdb", identify=True)).to_arrow_table())
            except duckdb.Error as error:
                # DuckDB repeats values, and a value may be a literal of somebody's query.
                raise SourceError(
                    f"Expected an answer from {self._files.name}, found: {mask_sql(str(error).splitlines()[0])}",
                    remedy="write what Trino and DuckDB both take, or ask the cluster itself",
                ) from None

    def source_table(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""
        layout, manifest = self.layout.name, self._files.manifest
        facts = [
            ("cluster", self._files.name, ""),
            ("recorded from", manifest["cluster"], ""),
            ("recorded at", manifest["recorded_at"], ""),
            ("Trino", manifest["trino_version"], ""),
            ("table", manifest["table"], ""),
            ("layout", layout, ""),
            *(("note", note, "") for note in manifest.get("notes", [])),
        ]
        return pd.DataFrame(facts, columns=["fact", "value", "caveat"])

    def trino_time(self) -> datetime:
        """Raises SourceError, since the time of a recording stands still."""
        raise self._not_live("whose time stands still")

    def active_worker_count(self) -> int:
        """Raises SourceError, since a recording does not tell."""
        raise self._not_live("which does not tell its workers")

    def _not_live(self, reason: str) -> SourceError:
        return SourceError(
            f"Expected a cluster whose Trino can be asked now, found the recording {self._files.name}, {reason}.",
            remedy="name an entry of parameters/clusters.yaml",
        )
