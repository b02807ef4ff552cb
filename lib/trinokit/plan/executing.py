"""How is a plan carried out? Step by step once it is approved, up to the first one that fails or pauses."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trinokit.errors import PlanError
from trinokit.plan.journal import RecordWriter, open_journal, outcome_record
from trinokit.plan.outcomes import Outcome, OutcomeStatus
from trinokit.plan.steps import Command, Plan, Proof, Step

# shell.run is one: how a command ended that was given something to read and so many seconds.
CommandRunner = Callable[[tuple[str, ...], str, float], tuple[int | None, str]]
PAUSED_EXIT_CODE = 75
_MAX_OUTPUT_LINES = 20


def execute_plan(plan: Plan, *, approved: str, run: CommandRunner, journal: Path | None = None) -> list[Outcome]:
    """What became of each step of *plan*: carried out by *run* if *approved* is its approval, up to the first failure.

    A command that ends with the exit code PAUSED stops the plan too, and nothing is taken back. In the folder
    *journal*, each step is told before it begins and after it ended. A plan with nothing to do has no outcomes,
    whatever is approved. Raises PlanError when another plan is approved or the journal cannot be written.
    """
    if not plan.steps:
        return []
    if not approved:
        return [Outcome(step, "not approved") for step in plan.steps]
    if approved != plan.approval:
        raise PlanError(
            f"Expected the approval of this plan, {plan.approval}, found {approved}: "
            "the cluster, git or the parameters have moved since that one was approved.",
            remedy="read the plan as it is now, then approve it",
        )
    with open_journal(journal, plan) as tell:
        return _execute_steps(plan, run, tell)


@dataclass(frozen=True)
class _CommandEnd:
    command: Command
    code: int | None
    said: str

    @property
    def line(self) -> str:
        lines = self.said.splitlines() or [_exit_code_text(self.code)]
        # Why it pushed nothing git says in the midst of all the rest, which ends with Done or with advice.
        marks = ("!", "fatal: ", "error: ") if self.command.argv[0] == "git" else ()
        told = [line for mark in marks for line in lines if line.lstrip().startswith(mark)]
        return (told or lines[-1:])[0]

    @property
    def head(self) -> str:
        return f"{shlex.join(self.command.argv)}: {_exit_code_text(self.code)}"


@dataclass(frozen=True)
class _FollowUp:
    """How the commands end that follow the command of step *number*, each told before it begins."""

    number: int
    run: CommandRunner
    tell: RecordWriter
    seconds: float

    def ended(self, words: str, command: Command, seconds: float, said: str) -> _CommandEnd:
        going = f"{words} $ {shlex.join(command.argv)}: not ended"
        # A full disk must not keep a deployment from being taken back; the end of the step is told, or raises.
        with suppress(PlanError):
            self.tell({"goes_on": self.number, "said": _join_texts(said, going)})
        return _run_command(self.run, command, seconds)


def _execute_steps(plan: Plan, run: CommandRunner, tell: RecordWriter) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stopped = False
    # A fallback may have to wait for what another step waited for.
    seconds = max(step.seconds for step in plan.steps)
    for number, step in enumerate(plan.steps, 1):
        if stopped:
            outcomes.append(Outcome(step, "not reached"))
            continue
        tell({"begins": number, "title": step.title})
        try:
            ended = _run_command(run, step.command, step.seconds)
        except PlanError as error:
            tell({"ended": number, "status": "failed", "said": error.message})
            raise
        outcome = _step_outcome(step, ended, _FollowUp(number, run, tell, seconds))
        tell({"ended": number, **outcome_record(outcome)})
        outcomes.append(outcome)
        stopped = outcome.status == "paused" or (outcome.status == "failed" and not step.uncertain)
    return outcomes


def _run_command(run: CommandRunner, command: Command, seconds: float) -> _CommandEnd:
    code, text = run(command.argv, command.given, seconds)
    return _CommandEnd(command, code, "\n".join(text.splitlines()[-_MAX_OUTPUT_LINES:]).strip())


def _step_outcome(step: Step, ended: _CommandEnd, more: _FollowUp) -> Outcome:
    status = _status_of_exit_code(ended.code)
    said = ended.said if status == "done" else ended.said or _exit_code_text(ended.code)
    outcome = Outcome(step, status, said, "" if status == "done" or said.endswith(ended.line) else ended.line)
    if step.proof:
        outcome = _outcome_after_proof(outcome, step.proof, ended, more)
    return _outcome_after_fallback(outcome, more) if outcome.status == "failed" and step.otherwise else outcome


def _status_of_exit_code(code: int | None) -> OutcomeStatus:
    return "done" if code == 0 else "paused" if code == PAUSED_EXIT_CODE else "failed"


def _outcome_after_proof(outcome: Outcome, proof: Proof, ended: _CommandEnd, more: _FollowUp) -> Outcome:
    found = more.ended("proved by", proof.command, proof.seconds, outcome.said)
    if found.code == proof.code:
        return replace(outcome, status="done", said=_join_texts(outcome.said, f"proved by $ {found.head}"))
    said = _join_texts(outcome.said, f"not proved by $ {found.head}, not {proof.code}", found.said)
    if outcome.status != "done":
        return replace(outcome, said=said, why=ended.line)
    why = f"not proved: {_exit_code_text(found.code)}, not {proof.code}{f': {found.line}' if found.said else ''}"
    return replace(outcome, status="failed", said=said, why=why)


def _outcome_after_fallback(outcome: Outcome, more: _FollowUp) -> Outcome:
    said, fell_back, stuck = outcome.said, [], []
    for command in outcome.step.otherwise:
        ended = more.ended("since it failed", command, more.seconds, said)
        said = _join_texts(said, f"since it failed $ {ended.head}", ended.said)
        if ended.code == 0:
            fell_back.append(ended.head)
        else:
            stuck.append(f"{ended.head}: {ended.line}" if ended.said else ended.head)
    return replace(outcome, said=said, why=outcome.reason, fell_back=tuple(fell_back), stuck=tuple(stuck))


def _join_texts(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _exit_code_text(code: int | None) -> str:
    return "no exit code" if code is None else f"exit code {code}"
