"""A figure says what the table says: bars as long as the numbers, hollow points where there are too few."""

import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_hex

from trinokit import figures

START = pd.Timestamp("2026-07-01 12:00")
BINS = pd.DataFrame({"time_bucket": [START, START + pd.Timedelta(minutes=5)], "query_count": [100, 3]})


def widths(figure) -> list[float]:
    return [bar.get_width() for bar in figure.axes[0].patches]


def heights(figure, panel: int = 0) -> dict[str, list[float]]:
    """By name the heights at which the outlines of its bars have corners."""
    outlines = [found for found in figure.axes[panel].collections if isinstance(found, FillBetweenPolyCollection)]
    return {found.get_label(): sorted({*found.get_paths()[0].vertices[:, 1].tolist()}) for found in outlines}


def test_a_gap_between_bins_stays_empty():
    apart = pd.DataFrame({"time_bucket": [START, START + pd.Timedelta(minutes=1), START + pd.Timedelta(hours=1)]})

    figure = figures.throughput_chart(apart.assign(query_count=10, failed_count=0))

    [finished, _] = figure.axes[0].collections
    across = finished.get_paths()[0].vertices
    left, right = across[:, 0].min(), across[:, 0].max()
    inside = across[(across[:, 0] > left + (right - left) * 0.1) & (across[:, 0] < right - (right - left) * 0.1)]
    assert inside[:, 1].tolist() == []
    assert finished.get_paths()[0].contains_point(((left + right) / 2, 5)) is False


def test_a_point_with_too_few_queries_is_hollow():
    times = BINS.assign(avg_execution_time=[10, 20], p95_execution_time=[30, 40], p99_execution_time=[50, 60])

    figure = figures.execution_time_chart(times, least_queries=60)

    full, hollow = figure.axes[0].collections[:2]
    assert full.get_offsets()[:, 1].tolist() == [50]
    assert hollow.get_offsets()[:, 1].tolist() == [60]
    assert hollow.get_facecolors().size == 0
    assert heights(figure, 1) == {"query": [0, 3, 100]}


def test_failed_queries_stand_on_top_of_finished_ones():
    figure = figures.throughput_chart(BINS.assign(failed_count=[10, 0]))

    assert heights(figure) == {"finished": [0, 3, 90], "failed": [3, 90, 100]}
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["finished", "failed"]


def test_the_distribution_weighs_by_the_counts():
    histogram = pd.DataFrame({"log_bucket": [-1, 231, 231], "query_count": [1, 5, 7]})

    figure = figures.execution_time_histogram_chart(histogram)

    assert sorted(bar.get_height() for bar in figure.axes[0].patches if bar.get_height()) == [1, 12]


def test_the_longest_queries_that_did_not_finish_are_red():
    longest = pd.DataFrame({"user": ["ann", "bob"], "query_id": ["q1", "q2"], "state": ["FAILED", "FINISHED"]})

    figure = figures.longest_queries_chart(longest.assign(execution_time_ms=[9000, 4000]))

    assert widths(figure) == [9, 4]
    assert [to_hex(bar.get_facecolor()).upper() for bar in figure.axes[0].patches] == ["#D55E00", "#0072B2"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["ann  q1", "bob  q2"]


def test_the_load_shows_both_shares_of_each_user():
    load = pd.DataFrame({"user": ["ann", "bob"], "share_of_queries": [0.7, 0.3], "share_of_execution_time": [0.1, 0.9]})

    assert widths(figures.user_load_chart(load)) == [0.7, 0.3, 0.1, 0.9]


def test_statement_types_show_what_failed():
    types = pd.DataFrame({"query_type": ["SELECT"], "query_count": [10], "failed_count": [4]})

    assert widths(figures.query_types_chart(types)) == [6, 4]


def test_states_keep_their_order():
    states = pd.DataFrame({"standing": ["ACTIVE", "QUEUED"], "state": ["RUNNING", "QUEUED"], "query_count": [2, 0]})

    figure = figures.query_states_chart(states)

    assert widths(figure) == [2, 0]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["active  RUNNING", "queued  QUEUED"]


def test_the_parts_of_the_time_are_stacked_and_blocked_is_a_line():
    names = ["queued_ms", "waiting_ms", "planning_ms", "execution_ms", "other_ms", "blocked_ms"]
    spent = BINS.assign(**{name: [1000, 2000] for name in names})

    figure = figures.time_spent_chart(spent)

    assert heights(figure) == {
        "queued": [0, 1, 2],
        "waiting": [1, 2, 4],
        "planning": [2, 3, 4, 6],
        "execution": [3, 4, 6, 8],
        "other": [4, 5, 8, 10],
    }
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1, 2]


def test_failures_are_coloured_by_their_type():
    failures = pd.DataFrame({"error_type": ["USER_ERROR", "NEW"], "error_code": ["A", "B"], "query_count": [3, 1]})

    figure = figures.failures_chart(failures)

    assert widths(figure) == [3, 1]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["USER_ERROR", "NEW"]


def test_lost_rows_stand_behind_those_that_are_there():
    coverage = pd.DataFrame({"coordinator": ["abc", "x"], "utc_day": ["20260701", ""], "rows_seen": [9, 2]})

    assert widths(figures.coverage_chart(coverage.assign(rows_lost=[1, None]))) == [9, 2, 1, 0]


def test_the_caption_is_the_docstring():
    types = pd.DataFrame({"query_type": ["SELECT"], "query_count": [10], "failed_count": [4]})

    assert figures.query_types_chart(types).get_label() == "Statements by type, failed ones on the right."


@pytest.mark.parametrize("draw", [figures.failures_chart, figures.throughput_chart, figures.coverage_chart])
def test_a_table_without_rows_is_drawn_as_a_sentence(draw):
    table = pd.DataFrame(columns=["error_code"])
    table.attrs["unanswered"] = "the history has no column for error_code"

    figure = draw(table)

    assert [text.get_text() for text in figure.texts] == ["Nothing to draw: the history has no column for error_code"]
    assert not figure.axes
