"""The six usual queries of docs/, as they are written and corrected, on a real Trino."""

import re

import pytest
import trino
from tests.conftest import ROOT
from tests.servers import trino as server

PAGE = (ROOT / "docs" / "six-usual-queries.md").read_text()
ROWS = re.findall(r"```sql\n(.*?)\n```(.*?)```sql\n(.*?)\n```", PAGE, re.DOTALL)
COLUMNS = [
    ["time_bucket", "query_count", "avg_execution_time", "p95_execution_time", "p99_execution_time"],
    ["time_bucket", "query_count"],
    ["query_id", "user", "execution_time_ms", "query"],
    ["user", "query_count", "avg_execution_time"],
    ["query_type", "query_count"],
    ["state", "query_count"],
]


def test_there_are_six_of_them():
    assert len(ROWS) == 6


@pytest.fixture(scope="module")
def cursor(servers) -> trino.dbapi.Cursor:
    connection = trino.dbapi.connect(host="127.0.0.1", port=server.HTTP_PORT, user="tester", catalog="memory")
    cursor = connection.cursor()
    cursor.execute("CREATE SCHEMA IF NOT EXISTS memory.trino_events").fetchall()
    cursor.execute("DROP TABLE IF EXISTS memory.trino_events.trino_queries").fetchall()
    cursor.execute(
        "CREATE TABLE memory.trino_events.trino_queries AS SELECT query_id, query, user, state, create_time, "
        "execution_time_ms FROM (VALUES "
        "('q1', '-- c\nselect 1', 'ann', 'FINISHED', current_timestamp, BIGINT '5'), "
        "('q2', 'WITH a AS (SELECT 1) TABLE a', 'bob', 'FAILED', current_timestamp, BIGINT '7'), "
        "('q3', 'insert into t values 1', 'bob', 'FINISHED', current_timestamp, BIGINT '9')) "
        "AS t (query_id, query, user, state, create_time, execution_time_ms)"
    ).fetchall()
    return cursor


@pytest.mark.parametrize("row", ROWS, ids=range(1, 7))
def test_trino_refuses_it_as_it_is_written_with_the_words_of_the_readme(cursor, row):
    written, told, _ = row
    first, *second = re.findall(r"`(line \d+:\d+: .*?)`", told)

    with pytest.raises(trino.exceptions.TrinoUserError, match=re.escape(first)):
        cursor.execute(written).fetchall()

    with_interval = written.replace("interval '1 day'", "interval '1' day")
    if second:
        with pytest.raises(trino.exceptions.TrinoUserError, match=re.escape(second[0])):
            cursor.execute(with_interval).fetchall()
    else:
        assert cursor.execute(with_interval).fetchall()


@pytest.mark.parametrize(("row", "columns"), list(zip(ROWS, COLUMNS, strict=True)), ids=range(1, 7))
def test_it_runs_as_it_is_corrected_with_its_own_column_names(cursor, row, columns):
    rows = cursor.execute(row[2]).fetchall()

    assert rows
    assert [column.name for column in cursor.description] == columns


def test_comments_with_and_lower_case_no_longer_hide_a_select(cursor):
    assert cursor.execute(ROWS[4][2]).fetchall() == [["SELECT", 2], ["INSERT", 1]]
