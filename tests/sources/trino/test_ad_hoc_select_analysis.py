"""An analyst's own SELECT is asked over a window, with literals masked, and nothing else is asked."""

import pytest
from tests.recordings import query

from trinokit.errors import ParameterError, SourceError
from trinokit.sources.trino.ad_hoc_select_analysis import parse_own_question

COLUMNS = {
    "completed_queries": ["query_id", "query", "user", "state", "create_time"],
    "runtime_queries": ["query_id", "user", "state"],
}
WINDOW = {"since": "2026-07-01T12:00", "until": "2026-07-01T13:00"}
SECRET = "SELECT 'hunter2' AS a, 4711 -- hunter2"


def test_an_own_question_is_answered_over_the_window(recorded):
    source = recorded([query("115959", 1), query("120000", 2), query("125959", 3), query("130000", 4)])

    told = source.sql("SELECT count(*) AS n, min(query_id) AS first FROM completed_queries", **WINDOW)
    assert told.to_dict("records") == [{"n": 2, "first": "20260701_120000_00002_aaaaa"}]
    assert told.equals(
        source.queries.sql("SELECT count(*) AS n, min(query_id) AS first FROM completed_queries", **WINDOW)
    )


def test_a_star_is_every_column_of_the_layout_and_own_tables_are_named_with_with(recorded):
    source = recorded([query("120001", 1), query("120002", 2)])

    assert set(source.sql("SELECT * FROM completed_queries", **WINDOW).columns) == set(source.history.layout.columns)
    text = "WITH mine AS (SELECT user FROM completed_queries) SELECT user, count(*) AS n FROM mine GROUP BY user"
    assert source.sql(text, **WINDOW)["n"].tolist() == [2]


def test_a_literal_never_comes_out_under_any_name(recorded):
    source = recorded([query("120001", 1) | {"query": SECRET}])
    ways = (
        "query",
        "max(query) AS a",
        "lower(query) AS a",
        "substr(query, 1, 12) AS a",
        "CASE WHEN length(query) > 3 THEN query END AS a",
        "first_value(query) OVER (ORDER BY query_id) AS a",
    )
    texts = [f"SELECT {way} FROM completed_queries" for way in ways]
    texts += ["SELECT b FROM (SELECT query AS b FROM completed_queries) AS t(b)"]
    texts += ["WITH a AS (SELECT query AS b FROM completed_queries) SELECT b FROM a UNION SELECT 'x'"]

    for text in texts:
        answer = source.sql(text, **WINDOW).to_string()
        assert "?" in answer, text
        assert "hunter2" not in answer, text
        assert "4711" not in answer, text


@pytest.mark.parametrize(
    "way",
    [
        "split(query, '''')[2]",
        "regexp_extract(query, '''([^'']*)''', 1)",
        "substr(query, 9)",
        "'''' || query",
        "CAST(query AS bigint)",
        "array_agg(query ORDER BY query_id)",
        "reverse((SELECT max(query) FROM completed_queries))",
        "CAST(ROW(query) AS ROW(a varchar)).a",
        "nobody_knows(query)",
    ],
)
def test_a_text_that_is_taken_apart_is_refused(way):
    for text in (
        f"SELECT {way} AS a FROM completed_queries",
        f"SELECT a FROM (SELECT {way} AS a FROM completed_queries)",
    ):
        with pytest.raises(
            ParameterError, match="Expected the text of a query as a whole.*which could uncover literals"
        ):
            parse_own_question(text, COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT w FROM completed_queries JOIN LATERAL (SELECT reverse(query) AS w) AS l ON true",
        "SELECT w FROM completed_queries CROSS JOIN UNNEST(ARRAY[query]) AS t(w)",
        "SELECT w FROM completed_queries CROSS JOIN UNNEST(split(query, ' ')) AS t(w)",
        "WITH a(q) AS (SELECT query FROM completed_queries) SELECT split(q, ' ') AS b FROM a",
        "SELECT split(x, ' ') b FROM (SELECT user x FROM completed_queries UNION SELECT query FROM completed_queries)",
        "SELECT j.a FROM runtime_queries JOIN (SELECT reverse(query) AS a FROM completed_queries) j ON true",
    ],
)
def test_another_name_for_a_text_does_not_help(text):
    with pytest.raises(ParameterError, match="Expected the text of a query as a whole"):
        parse_own_question(text, COLUMNS)


def test_what_is_said_about_a_text_may_be_asked():
    text = """
    SELECT length(query) AS a, query LIKE '%JOIN%' AS b, count(DISTINCT query) AS c,
           CASE WHEN regexp_extract(query, '[a-z]+') = 'select' THEN 'reads' ELSE 'writes' END AS d
    FROM completed_queries WHERE split(query, ' ')[1] = 'SELECT' ORDER BY reverse(query)"""

    assert parse_own_question(text, COLUMNS).tree.named_selects == ["a", "b", "c", "d"]


def test_what_does_not_come_from_a_text_is_not_masked(recorded):
    source = recorded([query("120001", 1)])
    text = "SELECT query_id, user, 'class 1' AS c FROM completed_queries WHERE query LIKE 'SELECT%' OR true"

    assert source.sql(text, **WINDOW)[["query_id", "c"]].iloc[0].tolist() == ["20260701_120001_00001_aaaaa", "class 1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected one SELECT, found 0 statements"),
        ("SELECT 1; SELECT 2", "Expected one SELECT, found 2 statements"),
        ("DELETE FROM completed_queries", "Expected one SELECT, found a statement of the kind DELETE"),
        ("(SELECT query FROM completed_queries)", "found a statement of the kind SUBQUERY"),
        ("VALUES (1)", "found a statement of the kind VALUES"),
        ("SELEC 1 1", "Expected one SELECT of Trino, found in line 1, column 7: "),
        ("SELECT 'open", "Expected one SELECT of Trino, found"),
        ("SELECT a FROM mysql.a.b", "Expected a question about completed_queries or runtime_queries, found mysql.a.b"),
        ("SELECT a FROM nothing", "found nothing"),
        ("SELECT a FROM read_csv('/etc/passwd')", r"found READ_CSV\('/etc/passwd'\)"),
        ("SELECT a FROM TABLE(mysql.system.query(query => 'SELECT 1'))", "found TABLE"),
        ("SELECT nope FROM completed_queries", "Expected known columns, found: Column 'nope' could not be resolved"),
        (
            "SELECT user AS a, state AS a FROM completed_queries",
            "Expected a name of its own for each column, found a twice",
        ),
        (
            "WITH completed_queries AS (SELECT 1) SELECT 1",
            "Expected another name for completed_queries, found it taken",
        ),
        ("WITH history AS (SELECT 1) SELECT 1", "Expected another name for history"),
    ],
)
def test_anything_but_one_select_about_what_is_known_is_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_own_question(text, COLUMNS)


def test_an_unknown_column_is_told_with_those_that_there_are():
    with pytest.raises(ParameterError) as refused:
        parse_own_question("SELECT nope FROM completed_queries", COLUMNS)

    assert refused.value.remedy == (
        "completed_queries has query_id, query, user, state, create_time; runtime_queries has query_id, user, state"
    )


def test_a_window_that_is_none_is_refused(recorded):
    with pytest.raises(ParameterError, match="Expected since before until"):
        recorded([query("120001", 1)]).sql("SELECT 1 AS a", since="2026-07-02", until="2026-07-01")


def test_what_the_engine_does_not_take_is_told_without_the_values_that_it_met(recorded):
    source = recorded([query("120001", 1) | {"user": "4711 hunter2"}])

    with pytest.raises(SourceError, match="Expected an answer from recorded/made, found: Conversion Error") as refused:
        source.sql("SELECT CAST(user AS bigint) AS a FROM completed_queries", **WINDOW)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_what_can_be_asked_by_name_is_a_table(recorded):
    known = recorded([]).questions().set_index("name")

    assert list(known.columns) == ["question", "parameters"]
    assert known.loc["longest_queries"].tolist() == ["Which queries executed longest?", "since, until, rows"]
    assert known["question"].str.endswith("?").all()
