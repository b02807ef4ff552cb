"""What is to be changed, and how is it taken back? Ordered commands, each with its undo, carried out once approved."""

from trinokit.plan.executing import PAUSED, Run, execute
from trinokit.plan.journal import journalled
from trinokit.plan.outcomes import Outcome, Status, undo
from trinokit.plan.steps import Command, Plan, Proof, Step

__all__ = ["PAUSED", "Command", "Outcome", "Plan", "Proof", "Run", "Status", "Step", "execute", "journalled", "undo"]
