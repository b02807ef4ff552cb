"""What is to be changed, and how is it taken back? Ordered commands, each with its undo, carried out once approved."""

from trinops.plan.executing import PAUSED, Run, execute
from trinops.plan.journal import journalled
from trinops.plan.outcomes import Outcome, Status, undo
from trinops.plan.steps import Command, Plan, Proof, Step

__all__ = ["PAUSED", "Command", "Outcome", "Plan", "Proof", "Run", "Status", "Step", "execute", "journalled", "undo"]
