"""The door asks a source for what is needed, once, and hands the answers to what makes tables, figures and findings."""

from dataclasses import dataclass, field

import pandas as pd
import pytest

from trinokit.clusters_and_recordings import recording_folder
from trinokit.errors import ParameterError
from trinokit.findings import OK, WARNING, Finding
from trinokit.performance import Measurement, measure_queries
from trinokit.performance.measurement_catalogue import MEASUREMENTS
from trinokit.sources.recorded import Recorded
from trinokit.sources.trino.questions import load_question

WINDOW = {"since": "2026-11-24T01:13", "until": "2026-11-24T01:28"}
TYPES = pd.DataFrame({"query_type": ["SELECT", "(not parsed)"], "query_count": [9, 1], "share": [0.9, 0.1]})


@dataclass
class Source:
    """A source that gives one table to every question and writes down what it was asked."""

    answer: pd.DataFrame
    name: str = "a source"
    asked: list[tuple[str, dict]] = field(default_factory=list)

    @property
    def queries(self) -> "Source":
        return self

    def ask(self, question: str, **parameters: object) -> pd.DataFrame:
        self.asked.append((question, parameters))
        return self.answer

    def require_completed_queries(self, since: str, until: str) -> pd.DataFrame:
        return self.ask("require_queries", since=since, until=until)

    def source_table(self) -> pd.DataFrame:
        return pd.DataFrame([("table", "a.b.c", ""), ("note", "", "is old")], columns=["fact", "value", "caveat"])


def test_nothing_is_asked_before_it_is_needed_and_nothing_twice():
    source = Source(TYPES.assign(failed_count=0))
    performance = measure_queries(source, **WINDOW)
    assert source.asked == []

    performance.chart("query_types")
    found = performance.findings("query_types", share_limit=0.05)

    assert source.asked == [("query_types", WINDOW)]
    assert found == [Finding(WARNING, "statements", "10 % could not be parsed (limit 5 %)")]


def test_a_question_gets_the_parameters_that_it_has():
    source = Source(TYPES)
    performance = measure_queries(source, **WINDOW, bin_minutes=5, rows=3)

    performance.table("time_spent")
    performance.table("longest_queries")
    performance.table("window")

    assert source.asked == [
        ("time_spent", {"bin_minutes": 5, **WINDOW}),
        ("longest_queries", {**WINDOW, "rows": 3}),
        ("require_queries", WINDOW),
    ]


@pytest.mark.parametrize("measurement", [each for name, each in MEASUREMENTS.items() if name != "history"])
def test_every_measurement_asks_a_question_with_its_own_parameters(measurement):
    assert set(measurement.parameters) == set(load_question(measurement.question).parameters)


def test_two_tables_are_made_of_one_answer():
    source = Source(pd.DataFrame({"log_bucket": [100], "query_count": [4], "sum_ms": [30]}))
    performance = measure_queries(source, **WINDOW)

    assert performance.table("execution_time_histogram")["query_count"].tolist() == [4]
    assert performance.table("execution_time_summary")["avg_execution_time"].tolist() == [7.5]
    assert len(source.asked) == 1


def test_a_table_that_was_changed_is_given_anew():
    performance = measure_queries(Source(TYPES), **WINDOW)

    table = performance.table("query_types")
    table["share"] = 0.5

    assert performance.table("query_types")["share"].tolist() == [0.9, 0.1]


def test_what_serves_judging_only_is_shown_only_if_wanted():
    performance = measure_queries(Source(TYPES), **WINDOW)

    assert list(performance.table("history")) == ["fact", "value"]
    assert list(performance.table("history", every_column=True)) == ["fact", "value", "caveat"]
    assert performance.findings("history") == [Finding(WARNING, "note", "is old")]


def test_an_answer_that_was_not_given_stays_one():
    answer = pd.DataFrame(columns=["time_bucket"])
    answer.attrs["unanswered"] = "the history has no column for error_code"
    performance = measure_queries(Source(answer), **WINDOW)

    assert performance.table("throughput").attrs == answer.attrs
    assert performance.chart("throughput").texts[0].get_text() == f"Nothing to draw: {answer.attrs['unanswered']}"
    assert [finding.severity for finding in performance.findings("throughput", share_limit=0.1)] == [WARNING]


def test_a_measurement_of_ones_own_goes_where_a_name_goes():
    source = Source(pd.DataFrame({"n": [7]}))
    own = Measurement(
        question="mine",
        parameters=("tenant",),
        judge=lambda table, *, limit: [Finding(OK, "n", f"{table['n'][0]} of {limit}")],
    )

    assert measure_queries(source, **WINDOW, tenant="ann").findings(own, limit=9) == [Finding(OK, "n", "7 of 9")]
    assert source.asked == [("mine", {"tenant": "ann"})]
    with pytest.raises(ParameterError, match="Expected tenant for the question mine, found nothing"):
        measure_queries(source, **WINDOW).table(own)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda performance: performance.table("failure"), "Expected something that is measured of queries"),
        (lambda performance: performance.chart("window"), "Expected a measurement that is drawn, found 'window'"),
        (lambda performance: performance.findings("window"), "Expected a measurement that is judged, found 'window'"),
    ],
)
def test_what_is_not_measured_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call(measure_queries(Source(TYPES), **WINDOW))


def test_the_nearest_name_is_offered():
    with pytest.raises(ParameterError) as caught:
        measure_queries(Source(TYPES), **WINDOW).table("failure")

    assert caught.value.remedy == "did you mean failures?"


def test_the_door_says_what_is_behind_it():
    performance = measure_queries(Recorded("recorded/demo", recording_folder("recorded/demo")), **WINDOW)

    text = repr(performance)

    assert text.startswith("Queries of recorded/demo from 2026-11-24T01:13 until 2026-11-24T01:28 UTC: history, window")
    assert performance.table("window")["query_count"][0] > 0
