"""How do the queries of one cluster behave in one window? The door to everything that is measured of them."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import pandas as pd

from trinokit.errors import ParameterError, did_you_mean
from trinokit.figures import Chart
from trinokit.findings import Findings
from trinokit.performance.measurement_catalogue import HISTORY, MEASUREMENTS, Measurement

_Part = TypeVar("_Part", bound=Callable)


class _Queries(Protocol):
    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        """The answer to the *question* of that name."""

    def require_completed_queries(self, since: str, until: str) -> pd.DataFrame:
        """How many queries the window holds; raises SourceError when it holds none."""

    def source_table(self) -> pd.DataFrame:
        """What is read: fact, value, caveat."""


class QuerySource(Protocol):
    """What `measure_queries` needs of a source: parts of `trinokit.sources.source.Source`."""

    name: str
    queries: _Queries


class QueryPerformance:
    """Tables, figures and findings about the queries of *source*, each asked when it is first needed, and once.

    The names are those of `MEASUREMENTS`; a Measurement of your own goes wherever a name goes.
    """

    def __init__(self, source: QuerySource, parameters: Mapping[str, object]) -> None:
        self._source, self._parameters = source, dict(parameters)
        self._answers: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {}

    def table(self, name: str | Measurement, *, every_column: bool = False) -> pd.DataFrame:
        """The table of the measurement *name*, without the columns that are no use to a reader unless *every_column*.

        A question that this history cannot answer gives no rows, with ``attrs["unanswered"]`` saying why.
        Raises ParameterError when there is no such measurement or it needs a parameter that was not given, SourceError
        when the source cannot be asked, and for "window" when that holds no query.
        """
        measurement = _measurement(name)
        values = self._values(measurement)
        key = measurement.question, measurement.parameters
        if key not in self._answers:
            self._answers[key] = self._ask(measurement.question, values)
        answer = self._answers[key].copy(deep=False)
        table = measurement.make_table(answer, **values) if measurement.make_table else answer
        return table if every_column else table.drop(columns=list(measurement.aside))

    def chart(self, name: str | Measurement, **options: object) -> Chart:
        """The figure of the measurement *name*, which a notebook draws; *options* are those of its drawing function.

        Raises ParameterError for a measurement that is not drawn, and what `table` raises.
        """
        draw = _part(name, _measurement(name).draw, "is drawn")
        return draw(self.table(name, every_column=True), **options)

    def findings(self, name: str | Measurement, **limits: object) -> Findings:
        """What deserves attention in the measurement *name*, worst first; *limits* are those of its judging function.

        Raises ParameterError for a measurement that is not judged, and what `table` raises.
        """
        judge = _part(name, _measurement(name).judge, "is judged")
        return Findings(judge(self.table(name, every_column=True), **limits))

    def __repr__(self) -> str:
        """Whose queries, in which window, and what can be asked."""
        window = f"from {self._parameters['since']} until {self._parameters['until']} UTC"
        return f"Queries of {self._source.name} {window}: {', '.join(MEASUREMENTS)}"

    def _values(self, measurement: Measurement) -> dict[str, object]:
        missing = [name for name in measurement.parameters if name not in self._parameters]
        if missing:
            raise ParameterError(
                f"Expected {', '.join(missing)} for the question {measurement.question}, found nothing.",
                remedy="give it by its name to measure_queries",
            )
        return {name: self._parameters[name] for name in measurement.parameters}

    def _ask(self, question: str, values: Mapping[str, object]) -> pd.DataFrame:
        if question == HISTORY:
            return self._source.queries.source_table()
        if question == "extent":
            return self._source.queries.require_completed_queries(**values)
        return self._source.queries.ask(question, **values)


def measure_queries(
    source: QuerySource, *, since: str, until: str, bin_minutes: int = 1, rows: int = 10, **parameters: object
) -> QueryPerformance:
    """What is measured of the queries that were created in *source* between *since* (included) and *until* (excluded).

    Both are moments in UTC, such as ``2026-11-24T01:13``; *bin_minutes* is the width of a bin, and *rows* the lines of
    the longest queries and of the heaviest users. More *parameters* are those of questions of your own.
    Nothing is asked yet.
    """
    window = {"since": since, "until": until, "bin_minutes": bin_minutes, "rows": rows}
    return QueryPerformance(source, window | parameters)


def _measurement(name: str | Measurement) -> Measurement:
    if isinstance(name, Measurement):
        return name
    if name not in MEASUREMENTS:
        raise ParameterError(
            f"Expected something that is measured of queries, found {name!r}.",
            remedy=did_you_mean(name, MEASUREMENTS) or f"measured are: {', '.join(MEASUREMENTS)}",
        )
    return MEASUREMENTS[name]


def _part(name: str | Measurement, part: _Part | None, noun: str) -> _Part:
    if part is None:
        raise ParameterError(
            f"Expected a measurement that {noun}, found {name!r}.", remedy="it has a table: ask for that"
        )
    return part
