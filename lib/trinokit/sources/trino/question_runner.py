"""How is a question answered, whatever engine answers it? Window, layout, question, masked table."""

import logging
import time
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

import pandas as pd
from sqlglot import exp

from trinokit.errors import SourceError
from trinokit.sources.trino import ad_hoc_select_analysis, questions
from trinokit.sources.trino.ad_hoc_select_analysis import OwnQuestion
from trinokit.sources.trino.history_layouts import HistoryLayout
from trinokit.sources.trino.sql_masking import mask_sql
from trinokit.window import Window

_log = logging.getLogger(__name__)


class QueryEngine(Protocol):
    """What `Queries` needs of an engine."""

    name: str
    layout: HistoryLayout

    def history_query(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* of the queries created in *window*, and perhaps of others."""

    def runtime_query(self) -> exp.Query | None:
        """What the coordinator knows of now, or None where that was never asked."""

    def fetch_table(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""

    def source_table(self) -> pd.DataFrame:
        """What is read: a fact a line, and what to bear in mind about it."""

    def trino_time(self) -> datetime:
        """The moment that the clock of Trino shows, in UTC and without a zone."""

    def active_worker_count(self) -> int:
        """How many active nodes Trino has beside coordinators."""


def answer_question(engine: QueryEngine, name: str, parameters: dict[str, object]) -> pd.DataFrame:
    """The answer of *engine* to the question *name*, with query text masked.

    A question that needs what the history lacks is answered by no rows, with ``attrs["unanswered"]`` saying why.
    Raises ParameterError for an unknown question or parameter, and for a window that is none.
    """
    began, question = time.monotonic(), questions.load_question(name)
    window = Window.parse(parameters.get("since"), parameters.get("until"))
    tree = question.bind_values(
        **parameters | {name: _sql_timestamp(getattr(window, name)) for name in ("since", "until")}
    )
    lacks = _why_unanswered(engine, question)
    if lacks:
        _log.warning("%s: question %s is not answered: %s", engine.name, name, lacks)
        table = pd.DataFrame(columns=question.columns)
        table.attrs["unanswered"] = lacks
        return table
    table = engine.fetch_table(questions.prepend_ctes(tree, _source_queries(engine, question, window)))
    if "query" in table:
        table["query"] = table["query"].map(mask_sql, na_action="ignore")
    _log.info("%s: question %s: %d rows in %.2f s", engine.name, name, len(table), time.monotonic() - began)
    return table


def answer_sql(engine: QueryEngine, sql: str, window: Window) -> pd.DataFrame:
    """The answer of *engine* to the single SELECT *sql* about the queries of *window*.

    It may read completed_queries, of which it sees those created in the window, and runtime_queries. Each text of the
    answer that comes from the text of a query is masked; a number that was computed from one is as it is.
    Raises ParameterError for anything but one SELECT about these two tables and their columns.
    """
    began, runtime = time.monotonic(), engine.runtime_query()
    columns = {questions.COMPLETED_QUERIES: list(engine.layout.columns)}
    columns |= {questions.RUNTIME_QUERIES: runtime.named_selects} if runtime else {}
    own = ad_hoc_select_analysis.parse_own_question(sql, columns)
    tables = _source_queries(engine, own, window)
    if questions.COMPLETED_QUERIES in tables:
        tables[questions.COMPLETED_QUERIES] = _only_within(tables[questions.COMPLETED_QUERIES], window)
    table = engine.fetch_table(questions.prepend_ctes(own.tree, tables) if tables else own.tree)
    for name in own.text_columns:
        table[name] = table[name].map(lambda value: mask_sql(value) if isinstance(value, str) else value)
    digest, seconds = blake2b(sql.encode(), digest_size=4).hexdigest(), time.monotonic() - began
    _log.info("%s: own question %s: %d rows in %.2f s", engine.name, digest, len(table), seconds)
    return table


def _only_within(completed: exp.Select, window: Window) -> exp.Select:
    """The queries *completed* that were created in *window*; the history may have a few more."""
    [created] = [each.this for each in completed.selects if each.alias == "create_time"]
    since, until = (
        exp.cast(exp.Literal.string(_sql_timestamp(moment)), "timestamp(3)", dialect="trino")
        for moment in (window.since, window.until)
    )
    return completed.where(
        exp.GTE(this=created.copy(), expression=since), exp.LT(this=created.copy(), expression=until)
    )


def require_queries(engine: QueryEngine, since: str, until: str) -> pd.DataFrame:
    """How many queries the window holds, and from when to when.

    Raises SourceError when it holds none, saying what the history does hold.
    """
    extent = answer_question(engine, "extent", {"since": since, "until": until})
    if extent["query_count"][0]:
        return extent
    [whole] = answer_question(engine, "extent", {"since": "1970-01-01", "until": "9999-12-31"}).itertuples(index=False)
    if not whole.query_count:
        remedy = "look after the event listener: the history is empty"
    else:
        first, last = (moment.isoformat(timespec="seconds") for moment in (whole.first_created, whole.last_created))
        remedy = f"choose a window in which there are some: the history goes from {first} to {last}"
    raise SourceError(f"Expected completed queries created from {since} until {until} UTC, found none.", remedy=remedy)


def _why_unanswered(engine: QueryEngine, question: questions.Question) -> str:
    absent = [name for name in question.columns_read if name not in engine.layout.columns]
    if absent:
        return f"the history has no column for {', '.join(absent)}"
    if questions.RUNTIME_QUERIES in question.tables_read and engine.runtime_query() is None:
        return "what ran at that moment was not recorded"
    return ""


def _source_queries(
    engine: QueryEngine, question: questions.Question | OwnQuestion, window: Window
) -> dict[str, exp.Query]:
    tables = {}
    if questions.COMPLETED_QUERIES in question.tables_read:
        meanings = {name: engine.layout.columns[name] for name in question.columns_read}
        stored = sorted({column for meaning in meanings.values() for column in meaning.stored_columns})
        tables[questions.HISTORY_TABLE] = engine.history_query(stored, window)
        tables[questions.COMPLETED_QUERIES] = questions.completed_queries_select(meanings)
    if questions.RUNTIME_QUERIES in question.tables_read:
        tables[questions.RUNTIME_QUERIES] = engine.runtime_query()
    return tables


def _sql_timestamp(moment: object) -> str:
    return moment.isoformat(" ", "milliseconds")
