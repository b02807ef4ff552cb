"""The head of a report says the worst first, and offers no approval behind a failure."""

from dataclasses import replace

import pytest

from tests.records import RECORD
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.report_head import WaitingPlan, attention_findings, run_head

PLAN = WaitingPlan(title="Release", steps="2 steps", command="trinokit run a -p approved plan-1")
WAITS = {"title": "Release", "status": "waiting"}


def test_what_needs_attention_is_worst_first_and_the_rest_is_counted():
    findings = [Finding(WARNING, f"it {n}", "x" * 400) for n in range(20)]
    findings += [Finding(INFO, "no", ""), Finding(CRITICAL, "first", "is lost", {"path": "a"})]

    found, more = attention_findings(findings)

    assert found[0] == Finding(CRITICAL, "first", "is lost")
    assert found[1] == Finding(WARNING, "it 0", "x" * 300 + "…")
    assert (len(found), more) == (15, 6)
    assert attention_findings([]) == ([], 0)


@pytest.mark.parametrize(
    ("severities", "error", "plans", "colour"),
    [
        ([OK, CRITICAL], "", [], "critical"),
        ([OK, WARNING], "", [WAITS], "warning"),
        ([OK, INFO], "", [], "ok"),
        ([OK], "", [WAITS], "info"),
        ([OK], "KeyError: 'gone'", [WAITS], "critical"),
        ([], "", [], "critical"),
    ],
)
def test_a_verdict_has_the_colour_of_the_worst(severities, error, plans, colour):
    record = replace(
        RECORD, findings=tuple(Finding(each, "it", "is so") for each in severities), error=error, plans=tuple(plans)
    )

    assert run_head(record, title="", command="", waiting=[]).colour == colour


def test_a_run_that_failed_offers_no_approval():
    heads = [run_head(replace(RECORD, error=error), title="", command="", waiting=[PLAN]) for error in ("", "broke")]

    assert [list(head.waiting) for head in heads] == [[PLAN], []]


def test_a_report_says_by_whom_when_and_with_what_it_was_made():
    assert run_head(RECORD, title="", command="", waiting=[]).made == {
        "outcome": "findings (exit code 3)",
        "by": "ann@desk",
        "started": "2026-07-01T12:00:00+00:00",
        "took": "61.5 s",
        "versions": "trinokit 0.3.0, python 3.11.2",
        "commit": "5f3c",
    }
