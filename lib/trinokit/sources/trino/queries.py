"""What can be asked of the queries that a cluster has completed, whatever engine answers?"""

from datetime import datetime

import pandas as pd

from trinokit.sources.trino import question_runner
from trinokit.sources.trino.question_runner import QueryEngine


class Queries:
    """The queries of a cluster as its history has them; *engine* answers."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to the *question* of that name, with its *parameters*; see `question_runner.answer_question`."""
        return question_runner.answer_question(self._engine, question, parameters)

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
