"""What does it mean that a plan was carried out, or was not? Findings from what became of its steps."""

from collections.abc import Sequence
from typing import Literal

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.plan.outcomes_and_undo import Outcome, undo_plan
from trinokit.plan.steps import Plan

# A plan waits for its approval, was carried out, paused to be run again, or stopped at a step that failed.
PlanStatus = Literal["waiting", "done", "paused", "failed"]
_MAX_LINE_LENGTH, _MAX_COMMAND_LENGTH = 200, 500


def plan_findings(plan: Plan, outcomes: Sequence[Outcome]) -> list[Finding]:
    """Whether *plan* was carried out: a step that failed or was interrupted is CRITICAL, and says how to go back.

    So is a command of a fallback that failed. A plan that pauses is a WARNING.
    """
    steps = f"{plan.approval}, {format_count(len(plan.steps), 'step')}"
    status = plan_status(outcomes)
    if not plan.steps:
        return [Finding(OK, plan.title, "has nothing to do")]
    if status == "waiting":
        return [Finding(INFO, plan.title, f"waits for approval: {steps}")]
    if status == "done":
        return [Finding(OK, plan.title, f"was carried out: {steps}")]
    findings_of_steps = [_step_findings(number, plan, outcomes) for number in range(1, len(outcomes) + 1)]
    return [finding for findings in findings_of_steps for finding in findings]


def plan_status(outcomes: Sequence[Outcome]) -> PlanStatus:
    """What the *outcomes* of all steps amount to; without a step there is nothing to do, which is done."""
    statuses = {outcome.status for outcome in outcomes}
    if "not approved" in statuses:
        return "waiting"
    if statuses <= {"done"}:
        return "done"
    return "paused" if "paused" in statuses and not statuses & {"failed", "interrupted"} else "failed"


def one_line(text: str) -> str:
    """*text* with each run of blanks and line ends as one blank."""
    return " ".join(text.split())


def _step_findings(number: int, plan: Plan, outcomes: Sequence[Outcome]) -> list[Finding]:
    outcome = outcomes[number - 1]
    step_text = f"{outcome.status} at step {number} of {len(outcomes)}, {_step_and_reason(outcome)}"
    if outcome.status == "paused":
        return [Finding(WARNING, plan.title, f"{step_text}; nothing was taken back, run again to go on")]
    if outcome.status not in ("failed", "interrupted"):
        return []
    lost = [
        f"was to be taken back, and was not: {one_line(each)[:_MAX_COMMAND_LENGTH]}; do it by hand"
        for each in outcome.stuck
    ]
    sentences = [f"{step_text}; {_undo_advice(plan, outcomes, outcome)}", *lost]
    return [Finding(CRITICAL, plan.title, sentence) for sentence in sentences]


def _step_and_reason(outcome: Outcome) -> str:
    title, reason = one_line(outcome.step.title), one_line(outcome.reason)
    return f"{title}: {reason[:_MAX_LINE_LENGTH]}" if reason else title


def _undo_advice(plan: Plan, outcomes: Sequence[Outcome], outcome: Outcome) -> str:
    changed = [each for each in outcomes if each.may_have_changed]
    certain = any(each.status != "failed" for each in changed)
    if undo_plan(plan, outcomes).steps:
        subject = "take back what was done" if certain else "it may have changed something all the same"
        advice = f"{subject}: see Undo, or run again with -p undo {plan.approval}"
    elif changed:
        subject = "what was done has" if certain else "what it may have changed has"
        advice = f"{subject} no undo; do by hand what is left"
    else:
        advice = "" if outcome.fell_back else "no step has changed anything"
    return "; ".join(filter(None, [_fallback_text(outcome), advice]))


def _fallback_text(outcome: Outcome) -> str:
    if outcome.stuck:
        return f"{len(outcome.stuck)} of {format_count(len(outcome.step.otherwise), 'command')} of its fallback failed"
    fell = format_count(len(outcome.fell_back), "command")
    return f"its fallback was carried out: {fell}" if outcome.fell_back else ""
