"""A table is recognised by its columns, whatever its version; what it lacks only costs what needs it."""

import pytest

from trinokit.errors import SourceError
from trinokit.sources.trino import history_layouts
from trinokit.window import Window

SEED = dict.fromkeys(("query_id", "query", "user", "state", "execution_time_ms"), "varchar") | {
    "create_time": "timestamp(3)"
}
LISTENER = dict.fromkeys(("query_id", "query", "user", "query_state", "execution_time_millis"), "varchar")
WINDOW = Window.parse("2026-07-01T12:00", "2026-07-01T13:00:00.500")


def test_the_event_listeners_table_tells_the_moment_by_its_ids():
    layout = history_layouts.detect_layout("t", LISTENER)

    assert layout.name == "MySQL event listener"
    assert layout.is_ordered_by_id
    assert layout.within(WINDOW).sql("trino") == "query_id >= '20260701_120000' AND query_id < '20260701_130001'"


def test_a_later_event_listener_tells_the_moment_by_its_column():
    layout = history_layouts.detect_layout("t", LISTENER | {"create_time": "timestamp(3)"})

    assert layout.columns["create_time"].stored_columns == ("create_time",)
    assert layout.within(WINDOW).sql("trino") == (
        "create_time >= CAST('2026-07-01 12:00:00.000' AS TIMESTAMP(3)) "
        "AND create_time < CAST('2026-07-01 13:00:00.500' AS TIMESTAMP(3))"
    )


def test_a_time_with_a_zone_is_turned_to_utc():
    layout = history_layouts.detect_layout("t", SEED | {"create_time": "timestamp(3) with time zone"})

    assert "'UTC'" in layout.columns["create_time"].expression
    assert "CAST('2026-07-01 12:00:00.000 UTC' AS TIMESTAMP(3) WITH TIME ZONE)" in layout.within(WINDOW).sql("trino")


def test_the_older_layout_has_no_errors_and_takes_the_type_from_the_text():
    layout = history_layouts.detect_layout("t", SEED)

    assert layout.name == "create_time column"
    assert "error_type" not in layout.columns
    assert layout.columns["query_type"].stored_columns == ("query",)


def test_a_column_that_is_there_is_used_in_either_layout():
    layout = history_layouts.detect_layout("t", SEED | {"error_type": "varchar", "query_type": "varchar"})

    assert layout.columns["error_type"].stored_columns == ("error_type",)
    assert layout.columns["query_type"].stored_columns == ("query_type",)


def test_the_prepared_text_stands_for_its_execute():
    layout = history_layouts.detect_layout("t", LISTENER | {"prepared_query": "varchar"})

    assert layout.columns["query"].expression == "coalesce(prepared_query, query)"


def test_another_table_is_refused_with_what_it_lacks():
    with pytest.raises(SourceError, match="found a table without query_state, execution_time_millis") as refused:
        history_layouts.detect_layout("mysql.a.b", {"query_id": "varchar", "user": "varchar"})

    assert "query_id, query, user, state, create_time, execution_time_ms" in refused.value.remedy
