"""A gate passes only when everything was measured and every limit is kept; the rest is a failure or not known."""

import math
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trinokit import metric_gate_limits
from trinokit.errors import ParameterError
from trinokit.metric_gate_limits import GateLimits
from trinokit.plan import Command
from trinokit.release import gate
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.gate import GateVerdict, MeasureVerdict
from trinokit.release.gate_measures import GateMeasures, QuerySample, p95_limit_ms

LIMITS = GateLimits(seconds=600, minimum=100, failed_percent=5, p95_ratio=1.5, workers=3)
STABLE = QuerySample(300, failed=3, user_errors=3, p95_ms=2000.0)
GOOD = QuerySample(250, failed=5, user_errors=1, p95_ms=3000.0)
FAILING = QuerySample(250, failed=30, user_errors=10, p95_ms=2000.0)
SLOW = QuerySample(250, overdue=4, p95_ms=3001.0)
FEW = QuerySample(40, p95_ms=2000.0)
WORD = "helm:trino/trino"
PASSING = GateMeasures(GOOD, STABLE, 3, (), WORD)
UNREADY = ("Deployment/trino-worker: 1 of 3 pods are updated",)
TARGET = DeployTarget("production", "production", "trino", ("kubectl",), 600, release="trino")


def verdict(**measures: object) -> str:
    return str(gate.gate_verdict(replace(PASSING, **measures), LIMITS))


def test_a_gate_passes_with_everything_that_was_found():
    assert gate.measure_verdicts(PASSING, LIMITS) == (
        MeasureVerdict(
            "failed queries",
            "pass",
            "2.0% of 250 queries failed (limit 5.0%), 1 of 5 by USER_ERROR, the baseline with 1.0% of 300 queries",
        ),
        MeasureVerdict(
            "p95", "pass", "p95 of 245 finished queries is 3.00 s (limit 3.00 s: 1.5 times that of 297 of the baseline)"
        ),
        MeasureVerdict("workers", "pass", "3 active workers (at least 3)"),
        MeasureVerdict("rollout", "pass", "helm:trino/trino has rolled out"),
    )
    assert gate.gate_verdict(PASSING, LIMITS).value == "pass"
    assert len(gate.gate_verdict(PASSING, LIMITS).reasons) == 4


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        (
            {"target": FAILING},
            "fail: 12.0% of 250 queries failed (limit 5.0%), 10 of 30 by USER_ERROR, the baseline with 1.0% of 300 "
            "queries",
        ),
        (
            {"target": FAILING, "baseline": replace(STABLE, failed=60)},
            "fail: 12.0% of 250 queries failed (limit 5.0%), 10 of 30 by USER_ERROR, the baseline with 20.0% of 300 "
            "queries is above the limit as well",
        ),
        (
            {"target": SLOW},
            "fail: p95 of 250 finished queries and 4 overdue is 3.00 s "
            "(limit 3.00 s: 1.5 times that of 297 of the baseline)",
        ),
        ({"workers": 2}, "fail: 2 active workers (at least 3)"),
        ({"workers": 1}, "fail: 1 active worker (at least 3)"),
        (
            {"unready": UNREADY},
            "fail: helm:trino/trino has not rolled out: Deployment/trino-worker: 1 of 3 pods are updated",
        ),
        ({"target": FEW}, "inconclusive: 40 completed queries (at least 100)"),
        ({"target": QuerySample(0)}, "inconclusive: 0 completed queries (at least 100)"),
        ({"baseline": replace(FEW, completed=1)}, "inconclusive: 1 completed query of the baseline (at least 100)"),
        (
            {"baseline": replace(STABLE, p95_ms=None)},
            "inconclusive: 300 completed queries of the baseline (none of them finished)",
        ),
        ({"target": replace(GOOD, p95_ms=None)}, "inconclusive: no query finished, so that there is no p95"),
        ({"target": replace(GOOD, p95_ms=math.nan)}, "inconclusive: no query finished, so that there is no p95"),
        (
            {"target": None, "unread": {"failed queries": "Trino is gone"}},
            "inconclusive: the history could not be read: Trino is gone",
        ),
        (
            {"baseline": None, "unread": {"p95": "Trino is gone"}},
            "inconclusive: the baseline could not be read: Trino is gone",
        ),
        (
            {"workers": None, "unread": {"workers": "Trino is gone"}},
            "inconclusive: workers could not be counted: Trino is gone",
        ),
        (
            {"unready": None, "unread": {"rollout": "it is forbidden"}},
            "inconclusive: the rollout of helm:trino/trino could not be read: it is forbidden",
        ),
    ],
)
def test_a_verdict_tells_its_reasons_with_what_was_found_and_its_limit(measures, told):
    assert verdict(**measures) == told


def test_the_limits_themselves_are_kept():
    at_the_limit = QuerySample(100, failed=5, p95_ms=3000.0)
    workers, baseline = 3, QuerySample(100, p95_ms=2000.0)

    assert gate.gate_verdict(GateMeasures(at_the_limit, baseline, workers, (), WORD), LIMITS).value == "pass"


def test_what_is_broken_is_told_before_what_is_not_known_and_nothing_twice():
    broken = replace(PASSING, target=FEW, workers=2, unready=UNREADY)

    assert gate.gate_verdict(broken, LIMITS) == GateVerdict(
        "fail", ("2 active workers (at least 3)", f"{WORD} has not rolled out: {UNREADY[0]}")
    )


def test_queries_that_are_overdue_are_data_for_the_percentile_and_not_for_the_share():
    hanging = replace(PASSING, target=QuerySample(40, overdue=60, p95_ms=9000.0))
    fast = replace(PASSING, target=QuerySample(40, overdue=60, p95_ms=900.0))

    assert str(gate.gate_verdict(hanging, LIMITS)) == (
        "fail: p95 of 40 finished queries and 60 overdue is 9.00 s "
        "(limit 3.00 s: 1.5 times that of 297 of the baseline)"
    )
    assert str(gate.gate_verdict(fast, LIMITS)) == "inconclusive: 40 completed queries (at least 100)"


def test_a_rollout_that_nobody_asks_for_is_no_measure():
    measures = replace(PASSING, rollout="", unready=None)

    assert [each.name for each in gate.measure_verdicts(measures, LIMITS)] == ["failed queries", "p95", "workers"]
    assert gate.gate_verdict(measures, LIMITS).value == "pass"


HISTORIES = {
    "pass": (GOOD, STABLE),
    "fail": (FAILING, STABLE),
    "slow": (SLOW, STABLE),
    "failing, and nothing to compare with": (FAILING, None),
    "few": (FEW, STABLE),
    "few to compare with": (GOOD, FEW),
    "unread": (None, STABLE),
    "nothing to compare with": (GOOD, None),
}
VALUES = {"pass": "pass", "fail": "fail", "slow": "fail", "failing, and nothing to compare with": "fail"}


@pytest.mark.parametrize("history", HISTORIES)
def test_one_broken_measure_fails_and_one_that_is_missing_never_passes(history):
    workers, rollouts = {3: "pass", 2: "fail", None: "?"}, {(): "pass", UNREADY: "fail", None: "?"}
    for one, other in product(workers, rollouts):
        values = {VALUES.get(history, "?"), workers[one], rollouts[other]}
        expected = "fail" if "fail" in values else "inconclusive" if "?" in values else "pass"

        found = gate.gate_verdict(GateMeasures(*HISTORIES[history], one, other, WORD), LIMITS)

        assert found.value == expected, (history, one, other)


counts = st.integers(0, 400)
percentiles = st.none() | st.just(math.nan) | st.floats(0, 1e6)


@st.composite
def samples(draw: st.DrawFn) -> QuerySample:
    completed = draw(counts)
    failed = draw(st.integers(0, completed))
    return QuerySample(completed, failed, draw(st.integers(0, failed)), draw(counts), draw(percentiles))


measured = st.builds(
    GateMeasures,
    st.none() | samples(),
    st.none() | samples(),
    st.none() | st.integers(0, 6),
    st.sampled_from([None, (), UNREADY]),
    st.just(WORD),
)
RANK = {"fail": 0, "inconclusive": 1, "pass": 2}


@settings(max_examples=400, deadline=None)
@given(measured)
def test_whatever_is_missing_nothing_passes_without_it(measures):
    lacks = [
        measures.target is None or measures.target.completed < LIMITS.minimum or not measures.target.has_p95,
        measures.baseline is None or measures.baseline.completed < LIMITS.minimum or not measures.baseline.has_p95,
        measures.workers is None,
        measures.unready is None,
    ]

    if any(lacks):
        assert gate.gate_verdict(measures, LIMITS).value != "pass"


@settings(max_examples=400, deadline=None)
@given(measured, st.integers(0, 50), st.floats(1, 10), st.integers(0, 3))
def test_worse_is_never_better(measures, failed, slower, fewer):
    target = measures.target
    if target is not None:
        more = min(target.completed, target.failed + failed)
        p95_ms = target.p95_ms * slower if target.has_p95 else target.p95_ms
        target = replace(target, failed=more, p95_ms=p95_ms)
    workers = None if measures.workers is None else max(0, measures.workers - fewer)
    worse = replace(measures, target=target, workers=workers, unready=measures.unready and UNREADY)

    assert RANK[gate.gate_verdict(worse, LIMITS).value] <= RANK[gate.gate_verdict(measures, LIMITS).value]


def test_a_baseline_faster_than_the_history_can_tell_allows_for_a_millisecond():
    assert p95_limit_ms(QuerySample(100, p95_ms=0.0), LIMITS) == 1.5


def test_no_query_at_all_has_no_share_of_failed_ones():
    assert QuerySample(0).failed_percent == 0


BACK = (Command(("helm", "rollback", "trino", "7")),)


def test_the_step_keeps_the_gate_and_goes_back_when_it_fails():
    step = gate.gate_step(TARGET, replace(LIMITS, baseline="staging", source="canary"), BACK)

    assert step.title == (
        "Gate of production: for 600 s at most 5% of at least 100 queries fail, p95 is at most 1.5 times that of "
        "staging, and there are at least 3 workers"
    )
    assert step.command.shell() == (
        "trinokit gate production --for 600 --minimum 100 --failed-percent 5 --p95-ratio 1.5 --workers 3 "
        "--baseline staging --source canary --rollout helm:trino/trino"
    )
    assert (step.seconds, step.undo, step.otherwise) == (840, (), BACK)


def test_the_step_of_a_deployment_names_it_and_compares_with_the_window_before():
    target = replace(TARGET, release="", workload="gateway", container="web")

    step = gate.gate_step(target, replace(LIMITS, failed_percent=0.25), ())

    assert "at most 0.25% of at least 100 queries fail, p95 is at most 1.5 times that before" in step.title
    assert step.command.argv[-6:] == ("--p95-ratio", "1.5", "--workers", "3", "--rollout", "deployment:trino/gateway")
    assert "--failed-percent 0.25" in step.command.shell()


def test_the_same_limits_give_the_same_command():
    assert gate.gate_step(TARGET, GateLimits(failed_percent=5), ()) == gate.gate_step(
        TARGET, GateLimits(failed_percent=5.0), ()
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minimum": 0}, "Expected a minimum of at least 1 query, since no data never passes, found 0."),
        ({"seconds": 0}, "Expected a window of at least 1 s, found 0."),
        ({"failed_percent": 101}, "Expected from 0 to 100 percent that may fail, found 101."),
        ({"failed_percent": math.nan}, "Expected from 0 to 100 percent that may fail, found nan."),
        ({"p95_ratio": 0}, "Expected a ratio of percentiles above 0, found 0."),
        ({"p95_ratio": math.inf}, "Expected a ratio of percentiles above 0, found inf."),
        ({"p95_ratio": math.nan}, "Expected a ratio of percentiles above 0, found nan."),
        ({"workers": -1}, "Expected at least 0 workers, found -1."),
    ],
)
def test_limits_that_cannot_be_kept_or_need_no_data_are_refused(wrong, message):
    with pytest.raises(ParameterError) as refused:
        gate.gate_step(TARGET, replace(LIMITS, **wrong), ())

    assert refused.value.message == message


def test_limits_that_can_be_kept_are_given_back():
    least = GateLimits(seconds=1, minimum=1, failed_percent=0, p95_ratio=0.5, workers=0)

    assert metric_gate_limits.validate_limits(least) is least
