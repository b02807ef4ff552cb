"""What a gate asks of a history is counted by hand: all that completed, and what is overdue."""

import pandas as pd
import pytest
from tests.recordings import LISTENER, WINDOW, query

from trinokit.sources.recorded import Recorded

FAILED = {"query_state": "FAILED", "error_type": "USER_ERROR", "error_code": "SYNTAX_ERROR", "wall_time_millis": 1}
AT_THE_END = "2026-07-01 12:59:50"


def asked(history: Recorded, **parameters: object) -> list:
    """The five numbers of the answer, and None for none."""
    known = {"source": "", "overdue_ms": 10**15}
    [row] = history.ask("release_gate", **WINDOW, **known | parameters).itertuples(index=False)
    return [None if value != value else value for value in row]


def at(running: list[dict]) -> list[dict]:
    return [row | {"create_time": pd.Timestamp(row["create_time"])} for row in running]


def test_completed_and_failed_queries_are_counted_and_finished_ones_are_timed(recorded):
    rows = [query("120001", number, wall_time_millis=1000) for number in range(3)]
    rows += [query("120002", 7, **FAILED), query("120003", 8, **FAILED | {"error_type": "INTERNAL_ERROR"})]
    rows += [query("120004", 9, **FAILED | {"error_type": None, "wall_time_millis": 10**6})]

    assert asked(recorded(rows)) == [6, 3, 1, 0, pytest.approx(1000, rel=0.0101)]


def test_the_percentile_is_that_of_the_exact_rank_within_one_percent(recorded):
    times = [int(1.05**step) for step in range(1, 301)]
    source = recorded([query("120010", number, wall_time_millis=time) for number, time in enumerate(times)])

    assert asked(source) == [300, 0, 0, 0, pytest.approx(times[int(0.95 * 299)], rel=0.0101)]


def test_an_empty_window_has_a_row_that_says_so(recorded):
    assert asked(recorded([query("115959", 1), query("130000", 2)])) == [0, 0, 0, 0, None]


def test_where_every_query_failed_there_is_no_percentile(recorded):
    assert asked(recorded([query("120001", 1, **FAILED)])) == [1, 1, 1, 0, None]


def test_a_query_faster_than_a_millisecond_takes_none(recorded):
    assert asked(recorded([query("120001", 1, wall_time_millis=0)])) == [1, 0, 0, 0, 0.0]


def test_the_questions_of_trinokit_do_not_count(recorded):
    rows = [query("120001", 1), query("120002", 2, source="trinokit"), query("120003", 3, source=None)]

    assert asked(recorded(rows))[0] == 2


def test_only_the_queries_of_the_named_client_count(recorded):
    rows = [query("120001", 1, source="canary"), query("120002", 2, **FAILED), query("120003", 3, source=None)]
    running = [{"query_id": f"{name}", "source": name, "create_time": AT_THE_END} for name in ("canary", "other", None)]

    assert asked(recorded(rows, running=at(running)), source="canary", overdue_ms=1000)[:4] == [1, 0, 0, 1]


def test_what_runs_for_longer_than_it_may_is_overdue_and_timed_as_long_as_it_has_run(recorded):
    running = at([{"query_id": f"r{number}", "create_time": AT_THE_END} for number in range(19)])
    source = recorded([query("120001", 1, wall_time_millis=100)], running=running)

    assert asked(source, overdue_ms=9_999) == [1, 0, 0, 19, pytest.approx(10_000, rel=0.0101)]
    assert asked(source, overdue_ms=10_000) == [1, 0, 0, 0, pytest.approx(100, rel=0.0101)]


@pytest.mark.parametrize(
    "other",
    [
        {"state": "FINISHED"},
        {"state": "FAILED"},
        {"create_time": "2026-07-01 11:59:59"},
        {"create_time": "2026-07-01 13:00:00"},
        # It was read as one that runs, and completed before the history was read.
        {"query_id": LISTENER["query_id"]},
    ],
)
def test_what_has_completed_or_is_of_another_time_is_not_overdue(recorded, other):
    running = at([{"query_id": "other", "create_time": AT_THE_END} | other])
    source = recorded([LISTENER], running=running)

    assert asked(source, overdue_ms=1)[:4] == [1, 0, 0, 0]


def test_a_history_without_the_columns_is_not_answered(recorded):
    seed = {"query_id": "a", "query": "", "user": "ann", "state": "FINISHED", "execution_time_ms": 1}
    described = dict.fromkeys(seed, "varchar") | {"create_time": "timestamp(3)"}

    table = recorded([seed], described=described).ask("release_gate", **WINDOW, source="", overdue_ms=1)

    assert table.empty
    assert table.attrs["unanswered"] == "the history has no column for elapsed_time_ms, error_type, source"
