"""A question, a figure and findings are added from this folder: nothing that others share is touched for it."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from tests.architecture.objects import config_map, objects
from tests.extensions.night_shift import QUERIES_PER_USER_AND_HOUR

from trinokit.architecture import Aspect, ClusterMap
from trinokit.findings import OK, WARNING, Finding
from trinokit.objects import Objects
from trinokit.performance import QueryPerformance, measure_queries
from trinokit.sources import connect

WINDOW = {"since": "2026-11-24T01:13", "until": "2026-11-24T01:28"}


@pytest.fixture(scope="module")
def performance() -> QueryPerformance:
    return measure_queries(connect("recorded/demo"), **WINDOW)


def test_a_question_of_this_folder_is_answered_by_the_source_itself():
    table = connect("recorded/demo").ask(QUERIES_PER_USER_AND_HOUR.question, **WINDOW)

    assert list(table) == ["time_bucket", "user", "query_count"]


def test_a_question_of_this_folder_counts_what_the_others_count(performance):
    table = performance.table(QUERIES_PER_USER_AND_HOUR)

    assert table["query_count"].sum() == performance.table("window")["query_count"][0]
    assert set(table["time_bucket"].dt.hour) == {1}


def test_a_figure_of_this_folder_is_drawn_with_its_caption(performance):
    chart = performance.chart(QUERIES_PER_USER_AND_HOUR)

    data, _ = InteractiveShell().display_formatter.format(chart)

    table = performance.table(QUERIES_PER_USER_AND_HOUR)
    assert sum(bar.get_height() for bar in chart.axes[0].patches) == table["query_count"].sum()
    assert data["text/plain"] == "Figure: Queries that each user created in the window."
    assert "image/png" in data


def test_findings_of_this_folder_are_judged_by_their_own_limit(performance):
    early = performance.findings(QUERIES_PER_USER_AND_HOUR, last_hour=2)
    users = performance.table(QUERIES_PER_USER_AND_HOUR)["user"].nunique()

    assert [finding.severity for finding in early] == [WARNING] * users
    assert performance.findings(QUERIES_PER_USER_AND_HOUR, last_hour=1) == [
        Finding(OK, "night", "nobody created a query before 1 o'clock")
    ]


def config_map_findings(found: Objects) -> list[Finding]:
    return [Finding(OK, "configuration", f"{len(found.of('ConfigMap'))} ConfigMaps")]


def test_a_finding_about_the_cluster_is_added_in_the_same_way():
    own = Aspect(make_table=lambda found: None, judge=lambda cluster: config_map_findings(cluster.objects))

    assert ClusterMap(objects(config_map("a", {}))).findings(own) == [Finding(OK, "configuration", "1 ConfigMaps")]
