"""Did a release keep its limits? Pass, fail, or inconclusive, which is neither: no data never passes."""

from dataclasses import dataclass
from typing import Literal

from trinokit import metric_gate_limits
from trinokit.findings import format_count
from trinokit.metric_gate_limits import GateLimits
from trinokit.plan import Command, Step
from trinokit.release import rollout_lookup
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.gate_measures import (
    FAILED_QUERIES,
    P95,
    ROLLOUT,
    WORKERS,
    GateMeasures,
    MeasureName,
    QuerySample,
    p95_limit_ms,
)

VerdictValue = Literal["pass", "fail", "inconclusive"]
# After its window the gate asks what came late, and waits for answers only so long; then it is inconclusive by itself.
GRACE_PERIOD_S = 180
_MARGIN_S = 60


@dataclass(frozen=True)
class MeasureVerdict:
    """One measure: its *name*, its *value*, and what was found, with its limit, in a *sentence*."""

    name: MeasureName
    value: VerdictValue
    sentence: str


@dataclass(frozen=True)
class GateVerdict:
    """The *value* of all measures together, with the *reasons* for it."""

    value: VerdictValue
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """The verdict as one sentence."""
        return f"{self.value}: {'; '.join(self.reasons)}"


def gate_verdict(measures: GateMeasures, limits: GateLimits) -> GateVerdict:
    """Fail where a limit is broken, else inconclusive where one could not be judged, and only then pass."""
    verdicts = measure_verdicts(measures, limits)
    value = next((each for each in ("fail", "inconclusive") if each in {verdict.value for verdict in verdicts}), "pass")
    return GateVerdict(value, tuple(dict.fromkeys(each.sentence for each in verdicts if each.value == value)))


def measure_verdicts(measures: GateMeasures, limits: GateLimits) -> tuple[MeasureVerdict, ...]:
    """What each of the *measures* says to the *limits*."""
    verdict_functions = {
        FAILED_QUERIES: _failed_queries_verdict,
        P95: _p95_verdict,
        WORKERS: _workers_verdict,
        ROLLOUT: _rollout_verdict,
    }
    return tuple(
        MeasureVerdict(name, *verdict_of(measures, limits))
        for name, verdict_of in verdict_functions.items()
        if name != ROLLOUT or measures.rollout
    )


def gate_step(target: DeployTarget, limits: GateLimits, otherwise: tuple[Command, ...]) -> Step:
    """Keep the gate of *target*, and carry out *otherwise* when it fails; raises ParameterError for wrong *limits*."""
    options = (
        *metric_gate_limits.gate_options(metric_gate_limits.validate_limits(limits)),
        "--rollout",
        rollout_lookup.format_rollout_reference(target),
    )
    argv = ("trinokit", "gate", target.cluster, *options)
    return Step(
        f"Gate of {target.name}: {metric_gate_limits.limits_sentence(limits)}",
        Command(argv),
        seconds=limits.seconds + GRACE_PERIOD_S + _MARGIN_S,
        otherwise=otherwise,
    )


def _failed_queries_verdict(measures: GateMeasures, limits: GateLimits) -> tuple[VerdictValue, str]:
    sample, baseline = measures.target, measures.baseline
    if lacking := _missing_data_reason(measures, limits):
        return "inconclusive", lacking
    value = "fail" if sample.failed_percent > limits.failed_percent else "pass"
    sentence = f"{_failed_share_text(sample)} failed (limit {limits.failed_percent:.1f}%)"
    if sample.failed:
        sentence += f", {sample.user_errors:,} of {sample.failed:,} by USER_ERROR"
    if baseline and baseline.completed >= limits.minimum:
        baseline_text = " is above the limit as well" if baseline.failed_percent > limits.failed_percent else ""
        sentence += f", the baseline with {_failed_share_text(baseline)}{baseline_text}"
    return value, sentence


def _p95_verdict(measures: GateMeasures, limits: GateLimits) -> tuple[VerdictValue, str]:
    sample, baseline = measures.target, measures.baseline
    # What is overdue tells as much as what has finished: a release whose queries all hang has no other data.
    if lacking := _missing_data_reason(measures, limits, sample.overdue if sample else 0):
        return "inconclusive", lacking
    if not sample.has_p95:
        return "inconclusive", "no query finished, so that there is no p95"
    if baseline is None:
        return "inconclusive", f"the baseline could not be read: {measures.unread.get(P95, 'nobody asked')}"
    slowest = p95_limit_ms(baseline, limits)
    if slowest is None:
        completed = format_count(baseline.completed, "completed query", "completed queries")
        lacks = f"at least {limits.minimum:,}" if baseline.completed < limits.minimum else "none of them finished"
        return "inconclusive", f"{completed} of the baseline ({lacks})"
    timed = format_count(sample.completed - sample.failed, "finished query", "finished queries")
    overdue = f" and {sample.overdue:,} overdue" if sample.overdue else ""
    return "fail" if sample.p95_ms > slowest else "pass", (
        f"p95 of {timed}{overdue} is {_format_seconds(sample.p95_ms)} "
        f"(limit {_format_seconds(slowest)}: {limits.p95_ratio:g} times "
        f"that of {baseline.completed - baseline.failed:,} of the baseline)"
    )


def _workers_verdict(measures: GateMeasures, limits: GateLimits) -> tuple[VerdictValue, str]:
    if measures.workers is None:
        return "inconclusive", f"workers could not be counted: {measures.unread.get(WORKERS, 'nobody asked')}"
    workers_text = f"{format_count(measures.workers, 'active worker')} (at least {limits.workers:,})"
    return "pass" if measures.workers >= limits.workers else "fail", workers_text


def _rollout_verdict(measures: GateMeasures, limits: GateLimits) -> tuple[VerdictValue, str]:
    if measures.unready is None:
        reason = measures.unread.get(ROLLOUT, "nobody asked")
        return "inconclusive", f"the rollout of {measures.rollout} could not be read: {reason}"
    if measures.unready:
        return "fail", f"{measures.rollout} has not rolled out: {', '.join(measures.unready)}"
    return "pass", f"{measures.rollout} has rolled out"


def _missing_data_reason(measures: GateMeasures, limits: GateLimits, overdue: int = 0) -> str:
    """Why nothing is said of the queries of the target and *overdue* ones; empty where there are enough of them."""
    if measures.target is None:
        return f"the history could not be read: {measures.unread.get(FAILED_QUERIES, 'nobody asked')}"
    if measures.target.completed + overdue >= limits.minimum:
        return ""
    completed = format_count(measures.target.completed, "completed query", "completed queries")
    return f"{completed} (at least {limits.minimum:,})"


def _failed_share_text(sample: QuerySample) -> str:
    return f"{sample.failed_percent:.1f}% of {format_count(sample.completed, 'query', 'queries')}"


def _format_seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:,.2f} s"
