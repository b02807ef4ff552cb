"""Which queries has a cluster completed? Its Trino answers, and where it can, the database behind it."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

import pandas as pd
import pyarrow as pa
from sqlglot import exp

from trinokit.errors import SourceError
from trinokit.sources.trino import arrow_tables, history_layouts, questions
from trinokit.sources.trino.coordinator import OLD_QUERY_SOURCE, QUERY_SOURCE, Coordinator
from trinokit.window import Window


class LiveHistory:
    """The queries that the *table* of the cluster *name* holds, asked through *coordinator*: a `QueryEngine`."""

    def __init__(self, name: str, table: str, coordinator: Coordinator) -> None:
        self.name, self._table, self._coordinator = name, table, coordinator

    @cached_property
    def column_types(self) -> dict[str, str]:
        """The columns of the table and their types."""
        table = exp.to_table(self._table).sql("trino", identify=True)
        return {column: kind for column, kind, *_ in self._coordinator.rows(f"DESCRIBE {table}")}

    @cached_property
    def layout(self) -> history_layouts.HistoryLayout:
        """What the columns of the table mean; raises SourceError when there is no such table or it is another one."""
        return history_layouts.detect_layout(self._table, self.column_types)

    def history_query(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* in *window*, selected by the database behind Trino where it can be asked."""
        condition = self.layout.within(window)
        if self.layout.is_ordered_by_id and not self._pass_through_refusal:
            return self._passed_through(columns, condition)
        return _column_selection(columns, self._table, condition)

    def runtime_query(self) -> exp.Query:
        """What the coordinator knows of now, without the questions of trinokit itself."""
        return questions.parse_trino_sql(
            "SELECT query_id, state, \"user\", source, CAST(created AT TIME ZONE 'UTC' AS timestamp(3)) AS create_time "
            f"FROM system.runtime.queries WHERE coalesce(source, '') NOT IN ('{QUERY_SOURCE}', '{OLD_QUERY_SOURCE}')"
        )

    def fetch_table(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""
        schema, batches = self.stream_batches(tree)
        return arrow_tables.to_dataframe(pa.Table.from_batches(batches, schema))

    def stream_batches(self, tree: exp.Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns that *tree* asks for, and its rows in batches as they arrive."""
        return self._coordinator.stream(tree.sql("trino", identify=True))

    def source_table(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""
        [[version]] = self._coordinator.rows("SELECT version()")
        facts = [
            ("cluster", self.name, ""),
            ("Trino", version, ""),
            ("table", self._table, ""),
            ("layout", self.layout.name, ""),
            ("window", self._selection_note, self._pass_through_refusal),
        ]
        return pd.DataFrame(facts, columns=["fact", "value", "caveat"])

    def trino_time(self) -> datetime:
        """The moment that the clock of its Trino shows, in UTC and without a zone, as the history has moments."""
        [[now]] = self._coordinator.rows("SELECT CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp(3))")
        return now

    def active_worker_count(self) -> int:
        """How many active nodes its Trino has beside coordinators, whether those work as well or not."""
        [[count]] = self._coordinator.rows(
            "SELECT count(*) FROM system.runtime.nodes WHERE NOT coordinator AND state = 'active'"
        )
        return count

    @property
    def _selection_note(self) -> str:
        if not self.layout.is_ordered_by_id:
            return "selected by create_time"
        return "selected by Trino" if self._pass_through_refusal else "selected by the database"

    @cached_property
    def _pass_through_refusal(self) -> str:
        # MySQL's connector pushes no predicate on text down, so without this the whole table is read each time.
        # https://trino.io/docs/current/connector/mysql.html#system-query
        if not self.layout.is_ordered_by_id:
            return ""
        try:
            self.fetch_table(self._passed_through(["query_id"], exp.false()))
        except SourceError as error:
            return f"every question reads the whole table, because the database could not be asked: {error.message}"
        return ""

    def _passed_through(self, columns: list[str], condition: exp.Condition) -> exp.Query:
        catalog, _, table = self._table.partition(".")
        native = _column_selection(columns, table, condition).sql("mysql", identify=True)
        called = exp.to_identifier(catalog, quoted=True).sql("trino")
        names = ", ".join(exp.to_identifier(column, quoted=True).sql("trino") for column in columns)
        return questions.parse_trino_sql(
            f"SELECT {names} FROM TABLE({called}.system.query(query => {exp.Literal.string(native).sql('trino')}))"
        )


def _column_selection(columns: list[str], table: str, condition: exp.Condition) -> exp.Query:
    return exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(exp.to_table(table)).where(condition)
