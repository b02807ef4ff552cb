"""How is a question answered, whatever engine answers it? Window, layout, question, masked table."""

from typing import Protocol

import pandas as pd
from sqlglot import exp

from trinokit.errors import SourceError
from trinokit.sources import questions
from trinokit.sources.layouts import Layout
from trinokit.sources.masking import masked
from trinokit.window import Window


class Engine(Protocol):
    """What `answer` needs of an engine."""

    layout: Layout

    def history(self, columns: list[str], window: Window) -> exp.Query:
        """The stored *columns* of the queries created in *window*, and perhaps of others."""

    def runtime(self) -> exp.Query | None:
        """What the coordinator knows of now, or None where that was never asked."""

    def fetch(self, tree: exp.Query) -> pd.DataFrame:
        """The table that *tree* asks for."""


def answer(engine: Engine, name: str, parameters: dict[str, object]) -> pd.DataFrame:
    """The answer of *engine* to the question *name*, with query text masked.

    A question that needs what the history lacks is answered by no rows, with ``attrs["unanswered"]`` saying why.
    Raises ParameterError for an unknown question or parameter, and for a window that is none.
    """
    question = questions.load(name)
    window = Window.parse(parameters.get("since"), parameters.get("until"))
    tree = question.bound(**parameters | {name: _text(getattr(window, name)) for name in ("since", "until")})
    lacks = _lacks(engine, question)
    if lacks:
        table = pd.DataFrame(columns=question.columns)
        table.attrs["unanswered"] = lacks
        return table
    table = engine.fetch(questions.with_tables(tree, _tables(engine, question, window)))
    if "query" in table:
        table["query"] = table["query"].map(masked, na_action="ignore")
    return table


def require(engine: Engine, since: str, until: str) -> pd.DataFrame:
    """How many queries the window holds, and from when to when.

    Raises SourceError when it holds none, saying what the history does hold.
    """
    extent = answer(engine, "extent", {"since": since, "until": until})
    if extent["query_count"][0]:
        return extent
    [whole] = answer(engine, "extent", {"since": "1970-01-01", "until": "9999-12-31"}).itertuples(index=False)
    if not whole.query_count:
        remedy = "look after the event listener: the history is empty"
    else:
        first, last = (moment.isoformat(timespec="seconds") for moment in (whole.first_created, whole.last_created))
        remedy = f"choose a window in which there are some: the history goes from {first} to {last}"
    raise SourceError(f"Expected completed queries created from {since} until {until} UTC, found none.", remedy=remedy)


def _lacks(engine: Engine, question: questions.Question) -> str:
    absent = [name for name in question.columns_read if name not in engine.layout.columns]
    if absent:
        return f"the history has no column for {', '.join(absent)}"
    if questions.RUNTIME in question.tables_read and engine.runtime() is None:
        return "what ran at that moment was not recorded"
    return ""


def _tables(engine: Engine, question: questions.Question, window: Window) -> dict[str, exp.Query]:
    tables = {}
    if questions.COMPLETED in question.tables_read:
        meanings = {name: engine.layout.columns[name] for name in question.columns_read}
        stored = sorted({column for meaning in meanings.values() for column in meaning.needs})
        tables[questions.HISTORY] = engine.history(stored, window)
        tables[questions.COMPLETED] = questions.completed(meanings)
    if questions.RUNTIME in question.tables_read:
        tables[questions.RUNTIME] = engine.runtime()
    return tables


def _text(moment: object) -> str:
    return moment.isoformat(" ", "milliseconds")
