"""What is to be changed, and how is it taken back? Ordered commands, each with its undo, carried out once approved."""

from trinokit.plan.executing import PAUSED_EXIT_CODE, CommandRunner, execute_plan
from trinokit.plan.journal import journalled_plan
from trinokit.plan.outcome_findings import plan_findings
from trinokit.plan.outcomes_and_undo import Outcome, OutcomeStatus, undo_plan
from trinokit.plan.proposal import ExecutedPlan, ProposedPlan, propose_plan
from trinokit.plan.steps import Command, Plan, Proof, Step

__all__ = [
    "PAUSED_EXIT_CODE",
    "Command",
    "CommandRunner",
    "ExecutedPlan",
    "Outcome",
    "OutcomeStatus",
    "Plan",
    "Proof",
    "ProposedPlan",
    "Step",
    "execute_plan",
    "journalled_plan",
    "plan_findings",
    "propose_plan",
    "undo_plan",
]
