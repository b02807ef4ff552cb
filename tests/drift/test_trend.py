"""Each run is compared with the one before it."""

from trinokit.drift import trend
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding


def drift(subject: str, path: str = "spec.replicas", severity: object = WARNING) -> Finding:
    return Finding(severity, subject, "differs", {"rule": "drift/scaling/changed", "path": path})


def record(started: str, *findings: Finding, cluster: str = "production", outcome: str = "findings") -> dict:
    rows = [
        {"severity": each.severity.name, "subject": each.subject, "finding": each.sentence, "details": each.details}
        for each in findings
    ]
    return {"started": started, "outcome": outcome, "parameters": {"cluster": cluster}, "findings": rows}


A, B, C = drift("A"), drift("B", severity=CRITICAL), drift("C")


def test_a_run_counts_what_is_new_and_what_is_mended_since_the_one_before():
    found = trend.trend_table([record("monday", A, B), record("tuesday", A)], [A, C], "production")

    assert found.to_dict("split")["data"] == [
        ["monday", 1, 1, 0, 0],
        ["tuesday", 0, 1, 0, 1],
        ["this run", 0, 2, 1, 0],
    ]


def test_another_path_of_the_same_object_is_another_drift():
    found = trend.trend_table([record("monday", A)], [drift("A", "spec.paused")], "production")

    assert found.iloc[-1].tolist() == ["this run", 0, 1, 1, 1]


def test_only_whole_runs_of_the_same_cluster_count():
    others = [record("a", A, cluster="staging"), record("b", A, outcome="failed"), {"problem": "x/run.json: no JSON"}]

    assert len(trend.trend_table(others, [], "production")) == 1


def test_findings_that_are_no_drift_do_not_count():
    assert trend.trend_table([], [Finding(WARNING, "trend", "x"), Finding(OK, "scaling", "x")], "production").iloc[
        0
    ].tolist() == ["this run", 0, 0, 0, 0]


def test_what_changed_since_the_last_run_is_told():
    records = [record("monday", A, B)]

    assert trend.trend_findings(trend.trend_table(records, [A, C], "production"), records) == [
        Finding(INFO, "trend", "1 drift is new and 1 mended since monday")
    ]


def test_nothing_new_is_ok():
    records = [record("monday", A)]

    assert trend.trend_findings(trend.trend_table(records, [A], "production"), records) == [
        Finding(OK, "trend", "nothing is new and nothing mended since monday")
    ]


def test_the_first_run_has_nothing_to_compare_with():
    assert trend.trend_findings(trend.trend_table([], [A], "production"), []) == [
        Finding(INFO, "trend", "there is no earlier run of this cluster to compare with")
    ]


def test_a_record_that_could_not_be_read_is_told():
    records = [{"problem": "runs/x/run.json: no JSON"}]

    assert trend.trend_findings(trend.trend_table(records, [], "production"), records)[0] == Finding(
        WARNING, "earlier runs", "could not be read: runs/x/run.json: no JSON"
    )
