"""Did a release keep its limits? Pass, fail, or inconclusive, which is neither: no data never passes."""

from dataclasses import dataclass
from typing import Literal

from trinokit.findings import counted
from trinokit.plan import Command, Step
from trinokit.release import limits as told
from trinokit.release import moments
from trinokit.release.measures import BASELINE, HISTORY, ROLLOUT, WORKERS, Measures, Sample, slowest_ms
from trinokit.release.wishes import Limits, Target

Value = Literal["pass", "fail", "inconclusive"]
# After its window the gate asks what came late, and waits for answers only so long; then it is inconclusive by itself.
PATIENCE_S = 180
_LONGER_S = 60


@dataclass(frozen=True)
class Measured:
    """One measure: its *name*, its *value*, and what was found, with its limit, in a *sentence*."""

    name: str
    value: Value
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The *value* of all measures together, with the *reasons* for it."""

    value: Value
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """The verdict as one sentence."""
        return f"{self.value}: {'; '.join(self.reasons)}"


def verdict(measures: Measures, limits: Limits) -> Verdict:
    """Fail where a limit is broken, else inconclusive where one could not be judged, and only then pass."""
    found = judged(measures, limits)
    value = next((each for each in ("fail", "inconclusive") if each in {one.value for one in found}), "pass")
    return Verdict(value, tuple(dict.fromkeys(each.sentence for each in found if each.value == value)))


def judged(measures: Measures, limits: Limits) -> tuple[Measured, ...]:
    """What each of the *measures* says to the *limits*."""
    kinds = {HISTORY: _failures, BASELINE: _percentiles, WORKERS: _workers, ROLLOUT: _rollout}
    return tuple(
        Measured(name, *of(measures, limits)) for name, of in kinds.items() if name != ROLLOUT or measures.rollout
    )


def step(target: Target, limits: Limits, otherwise: tuple[Command, ...]) -> Step:
    """Keep the gate of *target*, and carry out *otherwise* when it fails; raises ParameterError for wrong *limits*."""
    options = (*told.options(told.checked(limits)), "--rollout", moments.written(target))
    argv = ("trinokit", "gate", target.cluster, *options)
    return Step(
        f"Gate of {target.name}: {told.sentence(limits)}",
        Command(argv),
        seconds=limits.seconds + PATIENCE_S + _LONGER_S,
        otherwise=otherwise,
    )


def _failures(measures: Measures, limits: Limits) -> tuple[Value, str]:
    sample, baseline = measures.target, measures.baseline
    if lacking := _lacking(measures, limits):
        return "inconclusive", lacking
    value = "fail" if sample.failed_percent > limits.failed_percent else "pass"
    sentence = f"{_share(sample)} failed (limit {limits.failed_percent:.1f}%)"
    if sample.failed:
        sentence += f", {sample.user_errors:,} of {sample.failed:,} by USER_ERROR"
    if baseline and baseline.completed >= limits.minimum:
        above = " is above the limit as well" if baseline.failed_percent > limits.failed_percent else ""
        sentence += f", the baseline with {_share(baseline)}{above}"
    return value, sentence


def _percentiles(measures: Measures, limits: Limits) -> tuple[Value, str]:
    sample, baseline = measures.target, measures.baseline
    # What is overdue tells as much as what has finished: a release whose queries all hang has no other data.
    if lacking := _lacking(measures, limits, sample.overdue if sample else 0):
        return "inconclusive", lacking
    if not sample.timed:
        return "inconclusive", "no query finished, so that there is no p95"
    if baseline is None:
        return "inconclusive", f"the baseline could not be read: {measures.unread.get(BASELINE, 'nobody asked')}"
    slowest = slowest_ms(baseline, limits)
    if slowest is None:
        completed = counted(baseline.completed, "completed query", "completed queries")
        lacks = f"at least {limits.minimum:,}" if baseline.completed < limits.minimum else "none of them finished"
        return "inconclusive", f"{completed} of the baseline ({lacks})"
    timed = counted(sample.completed - sample.failed, "finished query", "finished queries")
    overdue = f" and {sample.overdue:,} overdue" if sample.overdue else ""
    return "fail" if sample.p95_ms > slowest else "pass", (
        f"p95 of {timed}{overdue} is {_seconds(sample.p95_ms)} (limit {_seconds(slowest)}: {limits.p95_ratio:g} times "
        f"that of {baseline.completed - baseline.failed:,} of the baseline)"
    )


def _workers(measures: Measures, limits: Limits) -> tuple[Value, str]:
    if measures.workers is None:
        return "inconclusive", f"workers could not be counted: {measures.unread.get(WORKERS, 'nobody asked')}"
    found = f"{counted(measures.workers, 'active worker')} (at least {limits.workers:,})"
    return "pass" if measures.workers >= limits.workers else "fail", found


def _rollout(measures: Measures, limits: Limits) -> tuple[Value, str]:
    if measures.unready is None:
        why = measures.unread.get(ROLLOUT, "nobody asked")
        return "inconclusive", f"the rollout of {measures.rollout} could not be read: {why}"
    if measures.unready:
        return "fail", f"{measures.rollout} has not rolled out: {', '.join(measures.unready)}"
    return "pass", f"{measures.rollout} has rolled out"


def _lacking(measures: Measures, limits: Limits, overdue: int = 0) -> str:
    """Why nothing is said of the queries of the target and *overdue* ones; empty where there are enough of them."""
    if measures.target is None:
        return f"the history could not be read: {measures.unread.get(HISTORY, 'nobody asked')}"
    if measures.target.completed + overdue >= limits.minimum:
        return ""
    completed = counted(measures.target.completed, "completed query", "completed queries")
    return f"{completed} (at least {limits.minimum:,})"


def _share(sample: Sample) -> str:
    return f"{sample.failed_percent:.1f}% of {counted(sample.completed, 'query', 'queries')}"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:,.2f} s"
