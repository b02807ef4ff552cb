"""A question file says what it asks and with which parameters; binding puts values where the marks stand."""

import pytest
import sqlglot
from tests.conftest import ROOT

from trinokit.errors import ParameterError
from trinokit.sources.trino import questions

NAMES = sorted(path.stem for path in (ROOT / "lib" / "trinokit" / "queries").glob("*.sql"))


@pytest.mark.parametrize("name", NAMES)
def test_every_question_starts_with_a_question_and_its_parameters(name):
    first, second, *_ = (ROOT / "lib" / "trinokit" / "queries" / f"{name}.sql").read_text().splitlines()

    assert first.startswith("-- ")
    assert first.endswith("?")
    assert second.startswith("-- Parameters: ")
    assert {"since", "until"} <= set(questions.load_question(name).parameters)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_a_total_order_and_names_its_columns(name):
    question = questions.load_question(name)

    assert question.tree.args.get("order") or name == "extent"
    assert "*" not in question.columns
    assert not any(
        isinstance(node, sqlglot.exp.Star) and not isinstance(node.parent, sqlglot.exp.Count)
        for node in question.tree.walk()
    )


def test_values_are_bound_in_the_order_of_the_text():
    question = questions.Question(
        "q",
        "How many?",
        ("a", "b", "c"),
        questions.parse_trino_sql("WITH x AS (SELECT :a AS one) SELECT one FROM x WHERE one > :b LIMIT :c"),
    )

    assert (
        question.bind_values(a="it's", b=2, c=3).sql("trino")
        == "WITH x AS (SELECT 'it''s' AS one) SELECT one FROM x WHERE one > 2 LIMIT 3"
    )


def test_a_question_reads_only_the_columns_it_mentions():
    assert questions.load_question("extent").columns_read == ["create_time"]
    assert questions.load_question("longest_queries").columns_read == [
        "create_time",
        "execution_time_ms",
        "query",
        "query_id",
        "state",
        "user",
    ]


def test_an_unknown_question_is_refused_with_the_nearest_name():
    with pytest.raises(ParameterError, match=r"found 'troughput'.\n  -> did you mean throughput\?"):
        questions.load_question("troughput")


OWN = {
    "-- Who?\nSELECT ? FROM completed_queries": "Expected a name for each of 1 question marks",
    "-- Who?\n-- Parameters: since.\nSELECT ? + ?": "Expected a name for each of 2 question marks",
    "-- Who?\n-- Parameters: since.\nSELECT ? FROM WHERE": "Expected SQL in Trino's dialect",
    "": "Expected a name for each of 0 question marks",
}


@pytest.mark.parametrize(("text", "message"), OWN.items())
def test_a_file_of_ones_own_that_is_no_question_is_refused(tmp_path, text, message):
    (tmp_path / "own.sql").write_text(text)

    with pytest.raises(ParameterError, match=message):
        questions.load_question(str(tmp_path / "own.sql"))


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(ParameterError, match="Expected a text in nowhere/own.sql"):
        questions.load_question("nowhere/own.sql")


def test_a_missing_parameter_is_refused_with_those_that_are_needed():
    with pytest.raises(ParameterError, match="ask with exactly: bin_minutes, since, until"):
        questions.load_question("throughput").bind_values(since="a", until="b")


def test_tables_are_named_before_those_of_the_question():
    tree = questions.parse_trino_sql("WITH own AS (SELECT a FROM given) SELECT a FROM own")

    whole = questions.prepend_ctes(
        tree,
        {
            "first": questions.parse_trino_sql("SELECT 1 AS a"),
            "given": questions.parse_trino_sql("SELECT a FROM first"),
        },
    )

    assert [name.alias for name in whole.args["with_"].expressions] == ["first", "given", "own"]
