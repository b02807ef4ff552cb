"""Which plan does a runbook propose, and what came of it? A new one, or the undo of an earlier one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trinokit.findings import Finding
from trinokit.plan.executing import CommandRunner, execute_plan
from trinokit.plan.journal import journalled_plan
from trinokit.plan.outcome_findings import plan_findings
from trinokit.plan.outcomes_and_undo import Outcome, undo_plan
from trinokit.plan.steps import Plan

# Makes a new plan, with what to bear in mind about it, or why it has no step.
PlanMaker = Callable[[], tuple[Plan, list[Finding]]]


@dataclass(frozen=True)
class ProposedPlan:
    """A *plan* with what is needed to carry it out: who is to *run* its commands, and the folder of its *journal*.

    *caveats* are findings about the plan itself: what to bear in mind, or why there is none. *is_undo* is true of one
    that takes back an earlier plan. `report.show` displays it as its plan.
    """

    plan: Plan
    run: CommandRunner
    journal: Path | None = None
    caveats: tuple[Finding, ...] = ()
    is_undo: bool = False

    def execute(self, approved: str) -> "ExecutedPlan":
        """Carry the plan out if *approved* is its approval; without an approval nothing is carried out.

        Raises PlanError when another plan is approved or the journal cannot be written.
        """
        outcomes = execute_plan(self.plan, approved=approved, run=self.run, journal=self.journal)
        return ExecutedPlan(self, approved, tuple(outcomes))


@dataclass(frozen=True)
class ExecutedPlan:
    """What became of each step of a *proposed* plan, of which *approved* was given as the approval.

    Also of one that was not approved: each of its steps is then "not approved". `report.show_outcomes` displays it.
    """

    proposed: ProposedPlan
    approved: str
    outcomes: tuple[Outcome, ...]

    def findings(self) -> list[Finding]:
        """Whether the plan was carried out, where it stopped and how to go back; then the caveats about it."""
        return [*plan_findings(self.proposed.plan, self.outcomes), *self.proposed.caveats]

    def undo_plan(self) -> Plan:
        """The plan that takes back what these steps have changed, the last one first."""
        return undo_plan(self.proposed.plan, self.outcomes)


def propose_plan(make_plan: PlanMaker, *, undo: str, journal: Path, run: CommandRunner) -> ProposedPlan:
    """The plan that undoes the one of the approval *undo* in the folder *journal*, or else what *make_plan* gives.

    Where an earlier plan is undone, no new one is made. Raises ParameterError and PlanError as `journalled_plan` does.

    >>> from trinokit import shell
    >>> nothing = Plan("All is well", ())
    >>> proposed = propose_plan(lambda: (nothing, []), undo="", journal=Path("runs"), run=shell.run_command)
    >>> [(finding.severity.name, finding.sentence) for finding in proposed.execute(approved="").findings()]
    [('OK', 'has nothing to do')]
    """
    if undo:
        return ProposedPlan(undo_plan(*journalled_plan(journal, undo)), run, journal, is_undo=True)
    plan, caveats = make_plan()
    return ProposedPlan(plan, run, journal, tuple(caveats))
