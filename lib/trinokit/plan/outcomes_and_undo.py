"""What became of a plan, and which plan takes that back?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trinokit.plan.steps import Plan, Step

OutcomeStatus = Literal["done", "failed", "paused", "interrupted", "not reached", "not approved"]


@dataclass(frozen=True)
class Outcome:
    """What became of a *step*, and the last lines that it *said*: its command, its proof and its fallback, in order.

    *why* is the line that says why it is not done, where that is not the last one. Of the commands of its fallback,
    those that succeeded are in *fell_back* and those that failed are in *stuck*, each with how it ended.
    """

    step: Step
    status: OutcomeStatus
    said: str = ""
    why: str = ""
    fell_back: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The line that says why the step is not done; empty where it said nothing."""
        return self.why or (self.said.splitlines() or [""])[-1]

    @property
    def may_have_changed(self) -> bool:
        """Whether the step may have changed something that its fallback, if it has one, did not take back."""
        if self.status == "failed":
            # How the command of a step with a proof ended tells nothing, and the proof may not have been heard.
            return bool(self.stuck) or (not self.fell_back and (self.step.partial or self.step.proof is not None))
        return self.status in ("done", "interrupted") or (self.status == "paused" and self.step.partial)


def undo_plan(plan: Plan, outcomes: Sequence[Outcome]) -> Plan:
    """The plan that takes back what the *outcomes* of *plan* have changed, the last step first.

    It has no undo of its own: the way forward again is a new plan.
    """
    # To be undone, a step may have to wait for what a later one waited for.
    seconds = max((step.seconds for step in plan.steps), default=0)
    steps = [
        step for outcome in reversed(outcomes) if outcome.may_have_changed for step in _undo_steps(outcome, seconds)
    ]
    return Plan(f"Undo: {plan.title}", tuple(steps))


def _undo_steps(outcome: Outcome, seconds: float) -> Iterator[Step]:
    step = outcome.step
    for number, command in enumerate(step.undo, 1):
        number_text = f" ({number} of {len(step.undo)})" if len(step.undo) > 1 else ""
        yield Step(f"Undo: {step.title}{number_text}", command, seconds=seconds, uncertain=outcome.status != "done")
