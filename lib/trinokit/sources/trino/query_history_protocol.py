"""What can be asked of the queries that a cluster has completed, whatever engine answers?"""

from datetime import datetime

import pandas as pd

from trinokit.sources.trino import question_runner
from trinokit.sources.trino.question_runner import QueryEngine
from trinokit.sources.trino.questions import load_question, question_names
from trinokit.window import Window


class Queries:
    """The queries of a cluster as its history has them; *engine* answers."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to the *question* of that name, with its *parameters*; see `question_runner.answer_question`."""
        return question_runner.answer_question(self._engine, question, parameters)

    def sql(self, text: str, *, since: object, until: object) -> pd.DataFrame:
        """The answer to your own SELECT in Trino's dialect, about the window from *since* until *until*, in UTC.

        Its tables are completed_queries, which holds the queries created in the window, and runtime_queries, what the
        coordinator knows of now. Literals of query texts are masked wherever they come out. Raises ParameterError for
        anything but one SELECT about these, and for a window that is none.

        >>> from trinokit import sources
        >>> source = sources.connect("recorded/demo")
        >>> text = "SELECT count(*) AS failed FROM completed_queries WHERE state = 'FAILED'"
        >>> source.sql(text, since="2026-11-24", until="2026-11-25")["failed"].tolist()
        [251]
        """
        return question_runner.answer_sql(self._engine, text, Window.parse(since, until))

    def questions(self) -> pd.DataFrame:
        """What can be asked by name: columns *name*, *question*, and *parameters*, to be given by keyword."""
        questions = [load_question(name) for name in question_names()]
        rows = [(each.name, each.sentence, ", ".join(each.parameters)) for each in questions]
        return pd.DataFrame(rows, columns=["name", "question", "parameters"], dtype="str")

    def require_completed_queries(self, since: str, until: str) -> pd.DataFrame:
        """How many queries the window holds; raises SourceError when it holds none."""
        return question_runner.require_queries(self._engine, since, until)

    def source_table(self) -> pd.DataFrame:
        """What is read: columns *fact*, *value*, and *caveat*, which says what to bear in mind about it."""
        return self._engine.source_table()

    def trino_time(self) -> datetime:
        """The moment that the clock of Trino shows, in UTC and without a zone; a recording raises SourceError."""
        return self._engine.trino_time()

    def active_worker_count(self) -> int:
        """How many active nodes Trino has beside coordinators; a recording raises SourceError."""
        return self._engine.active_worker_count()
