"""What do the columns of a history mean? Two layouts are known, and one meaning stands above both."""

from dataclasses import dataclass
from datetime import timedelta

from sqlglot import exp

from trinokit.errors import SourceError
from trinokit.window import Window

# query_id begins with the moment of creation in UTC, to the second.
# https://github.com/trinodb/trino/blob/476/core/trino-main/src/main/java/io/trino/execution/QueryIdGenerator.java
_QUERY_ID_TIME_FORMAT = "%Y%m%d_%H%M%S"
_CREATE_TIME_FROM_ID = "date_parse(substr(query_id, 1, 15), '%Y%m%d_%H%i%s')"

# The words of QueryType, read off the text where no column tells them.
# https://github.com/trinodb/trino/blob/476/core/trino-main/src/main/java/io/trino/util/StatementUtils.java
_FIRST_WORD = r"lower(regexp_extract(query, '(?is)^(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*([a-z]+)', 1))"
_CREATES_DATA = r"regexp_like(query, '(?is)^(?:\s|--[^\n]*\n|/\*.*?\*/)*create\s+(or\s+replace\s+)?table\b.*\bas\b')"
_TYPE_FROM_TEXT = f"""
CASE WHEN {_FIRST_WORD} IN ('select', 'with', 'values', 'table') THEN 'SELECT'
     WHEN {_FIRST_WORD} IN ('insert', 'refresh') OR {_CREATES_DATA} THEN 'INSERT'
     WHEN {_FIRST_WORD} IN ('update', 'delete', 'merge', 'analyze', 'explain', 'execute') THEN upper({_FIRST_WORD})
     WHEN {_FIRST_WORD} IN ('show', 'describe', 'desc') THEN 'DESCRIBE'
     WHEN {_FIRST_WORD} IN ('create', 'drop', 'alter', 'call', 'set', 'reset', 'use', 'start', 'commit', 'rollback',
                            'grant', 'revoke', 'deny', 'prepare', 'deallocate', 'comment', 'truncate')
     THEN 'DATA_DEFINITION' END"""


@dataclass(frozen=True)
class ColumnMapping:
    """A column of completed_queries: the SQL *expression* of it, and the stored columns that it *needs*."""

    expression: str
    stored_columns: tuple[str, ...]


@dataclass(frozen=True)
class HistoryLayout:
    """How a table of completed queries is laid out: what each of our columns means there."""

    name: str
    columns: dict[str, ColumnMapping]
    has_time_zone: bool = False

    @property
    def is_ordered_by_id(self) -> bool:
        """Whether a query's id, and no column of the table, tells when it was created."""
        return self.columns["create_time"].stored_columns == ("query_id",)

    def within(self, window: Window) -> exp.Condition:
        """The condition on stored columns that holds for every query created in *window*."""
        if self.is_ordered_by_id:
            column, since = "query_id", window.since.strftime(_QUERY_ID_TIME_FORMAT)
            until = (window.until + timedelta(seconds=1, microseconds=-1)).strftime(_QUERY_ID_TIME_FORMAT)
            return exp.and_(exp.column(column) >= since, exp.column(column) < until)
        kind = "timestamp(3) with time zone" if self.has_time_zone else "timestamp(3)"
        zone = " UTC" if self.has_time_zone else ""
        since, until = (
            exp.cast(exp.Literal.string(f"{moment.isoformat(' ', 'milliseconds')}{zone}"), kind, dialect="trino")
            for moment in (window.since, window.until)
        )
        return exp.and_(exp.column("create_time") >= since, exp.column("create_time") < until)


def _same_named_columns(*names: str) -> dict[str, list[ColumnMapping]]:
    return {name: [ColumnMapping(f'"{name}"', (name,))] for name in names}


def _renamed_columns(**names: str) -> dict[str, list[ColumnMapping]]:
    return {ours: [ColumnMapping(f'"{theirs}"', (theirs,))] for ours, theirs in names.items()}


_QUERY_TYPE_MAPPINGS = [ColumnMapping("query_type", ("query_type",)), ColumnMapping(_TYPE_FROM_TEXT, ("query",))]

# In order of preference: the first meaning whose needs are met is taken.
_EVENT_LISTENER_COLUMNS = {
    **_same_named_columns("query_id", "user", "source", "environment", "server_version", "error_type", "error_code"),
    **_renamed_columns(
        state="query_state",
        execution_time_ms="execution_time_millis",
        elapsed_time_ms="wall_time_millis",
        queued_time_ms="queued_time_millis",
        waiting_time_ms="waiting_time_millis",
        analysis_time_ms="analysis_time_millis",
        planning_time_ms="planning_time_millis",
        cpu_time_ms="cpu_time_millis",
        resource_group="resource_group_id",
    ),
    "query": [
        ColumnMapping("coalesce(prepared_query, query)", ("prepared_query", "query")),
        ColumnMapping("query", ("query",)),
    ],
    "query_type": _QUERY_TYPE_MAPPINGS,
    "create_time": [
        ColumnMapping("CAST(create_time AS timestamp(3))", ("create_time",)),
        ColumnMapping(_CREATE_TIME_FROM_ID, ("query_id",)),
    ],
    "blocked_time_ms": [
        ColumnMapping(
            "input_blocked_time_millis + output_blocked_time_millis",
            ("input_blocked_time_millis", "output_blocked_time_millis"),
        )
    ],
}
_CREATE_TIME_COLUMNS = {
    **_same_named_columns(
        "query_id", "query", "user", "state", "execution_time_ms", "source", "environment", "server_version"
    ),
    **_same_named_columns(
        "error_type", "error_code", "elapsed_time_ms", "queued_time_ms", "waiting_time_ms", "analysis_time_ms"
    ),
    **_same_named_columns("planning_time_ms", "cpu_time_ms", "blocked_time_ms", "resource_group"),
    "query_type": _QUERY_TYPE_MAPPINGS,
    "create_time": [ColumnMapping("CAST(create_time AS timestamp(3))", ("create_time",))],
}
COMPLETED_QUERY_COLUMNS = tuple(_EVENT_LISTENER_COLUMNS)
_KNOWN_LAYOUTS = (
    ("MySQL event listener", _EVENT_LISTENER_COLUMNS, ("query_id", "user", "query_state", "execution_time_millis")),
    (
        "create_time column",
        _CREATE_TIME_COLUMNS,
        ("query_id", "query", "user", "state", "create_time", "execution_time_ms"),
    ),
)


def detect_layout(table: str, described: dict[str, str]) -> HistoryLayout:
    """The layout of *table*, whose columns and their types are *described*.

    Raises SourceError when it has neither the columns of Trino's MySQL event listener nor
    query_id, query, user, state, create_time and execution_time_ms.
    """
    zoned = "with time zone" in described.get("create_time", "")
    for name, meanings, required in _KNOWN_LAYOUTS:
        if described.keys() >= set(required):
            return HistoryLayout(name, _available_mappings(meanings, described, zoned), zoned)
    lacks = {name: [column for column in required if column not in described] for name, _, required in _KNOWN_LAYOUTS}
    nearest = min(lacks, key=lambda name: len(lacks[name]))
    raise SourceError(
        f"Expected completed queries in {table}, found a table without {', '.join(lacks[nearest])}.",
        remedy="name the table that the event listener fills, or one with the columns "
        "query_id, query, user, state, create_time, execution_time_ms",
    )


def _available_mappings(
    meanings: dict[str, list[ColumnMapping]], described: dict[str, str], zoned: bool
) -> dict[str, ColumnMapping]:
    mappings = {}
    for ours, candidates in meanings.items():
        possible = [meaning for meaning in candidates if described.keys() >= set(meaning.stored_columns)]
        mappings |= {ours: possible[0]} if possible else {}
    if zoned:
        mappings["create_time"] = ColumnMapping(
            "CAST(create_time AT TIME ZONE 'UTC' AS timestamp(3))", ("create_time",)
        )
    return mappings
