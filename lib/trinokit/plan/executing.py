"""How is a plan carried out? Step by step once it is approved, up to the first one that fails or pauses."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trinokit.errors import PlanError
from trinokit.plan.journal import RecordWriter, open_journal, outcome_record
from trinokit.plan.outcomes_and_undo import Outcome, OutcomeStatus
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
    with open_journal(journal, plan) as write_record:
        return _execute_steps(plan, run, write_record)


@dataclass(frozen=True)
class _CommandEnd:
    command: Command
    code: int | None
    output: str

    @property
    def reason_line(self) -> str:
        """The line that says why the command failed."""
        lines = self.output.splitlines() or [_exit_code_text(self.code)]
        # Why it pushed nothing git says in the midst of all the rest, which ends with Done or with advice.
        marks = ("!", "fatal: ", "error: ") if self.command.argv[0] == "git" else ()
        reasons = [line for mark in marks for line in lines if line.lstrip().startswith(mark)]
        return (reasons or lines[-1:])[0]

    @property
    def command_and_exit_code(self) -> str:
        """The command as it is pasted, with how it ended."""
        return f"{shlex.join(self.command.argv)}: {_exit_code_text(self.code)}"


@dataclass(frozen=True)
class _FollowUp:
    """How the commands end that follow the command of step *number*, each recorded before it begins."""

    number: int
    run: CommandRunner
    write_record: RecordWriter
    seconds: float

    def run_command(self, words: str, command: Command, seconds: float, output_so_far: str) -> _CommandEnd:
        progress = f"{words} $ {shlex.join(command.argv)}: not ended"
        # A full disk must not keep a deployment from being taken back; the end of the step is told, or raises.
        with suppress(PlanError):
            self.write_record({"goes_on": self.number, "said": _join_texts(output_so_far, progress)})
        return _run_command(self.run, command, seconds)


def _execute_steps(plan: Plan, run: CommandRunner, write_record: RecordWriter) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stopped = False
    # A fallback may have to wait for what another step waited for.
    seconds = max(step.seconds for step in plan.steps)
    for number, step in enumerate(plan.steps, 1):
        if stopped:
            outcomes.append(Outcome(step, "not reached"))
            continue
        write_record({"begins": number, "title": step.title})
        try:
            ended = _run_command(run, step.command, step.seconds)
        except PlanError as error:
            write_record({"ended": number, "status": "failed", "said": error.message})
            raise
        outcome = _step_outcome(step, ended, _FollowUp(number, run, write_record, seconds))
        write_record({"ended": number, **outcome_record(outcome)})
        outcomes.append(outcome)
        stopped = outcome.status == "paused" or (outcome.status == "failed" and not step.uncertain)
    return outcomes


def _run_command(run: CommandRunner, command: Command, seconds: float) -> _CommandEnd:
    code, text = run(command.argv, command.given, seconds)
    return _CommandEnd(command, code, "\n".join(text.splitlines()[-_MAX_OUTPUT_LINES:]).strip())


def _step_outcome(step: Step, ended: _CommandEnd, follow_up: _FollowUp) -> Outcome:
    status = _status_of_exit_code(ended.code)
    output = ended.output if status == "done" else ended.output or _exit_code_text(ended.code)
    is_reason_last = status == "done" or output.endswith(ended.reason_line)
    outcome = Outcome(step, status, output, why="" if is_reason_last else ended.reason_line)
    if step.proof:
        outcome = _outcome_after_proof(outcome, step.proof, ended, follow_up)
    return _outcome_after_fallback(outcome, follow_up) if outcome.status == "failed" and step.otherwise else outcome


def _status_of_exit_code(code: int | None) -> OutcomeStatus:
    return "done" if code == 0 else "paused" if code == PAUSED_EXIT_CODE else "failed"


def _outcome_after_proof(outcome: Outcome, proof: Proof, ended: _CommandEnd, follow_up: _FollowUp) -> Outcome:
    proof_end = follow_up.run_command("proved by", proof.command, proof.seconds, outcome.said)
    if proof_end.code == proof.code:
        output = _join_texts(outcome.said, f"proved by $ {proof_end.command_and_exit_code}")
        return replace(outcome, status="done", said=output)
    output = _join_texts(
        outcome.said, f"not proved by $ {proof_end.command_and_exit_code}, not {proof.code}", proof_end.output
    )
    if outcome.status != "done":
        return replace(outcome, said=output, why=ended.reason_line)
    because = f": {proof_end.reason_line}" if proof_end.output else ""
    reason = f"not proved: {_exit_code_text(proof_end.code)}, not {proof.code}{because}"
    return replace(outcome, status="failed", said=output, why=reason)


def _outcome_after_fallback(outcome: Outcome, follow_up: _FollowUp) -> Outcome:
    output, fell_back, stuck = outcome.said, [], []
    for command in outcome.step.otherwise:
        ended = follow_up.run_command("since it failed", command, follow_up.seconds, output)
        output = _join_texts(output, f"since it failed $ {ended.command_and_exit_code}", ended.output)
        if ended.code == 0:
            fell_back.append(ended.command_and_exit_code)
        else:
            because = f": {ended.reason_line}" if ended.output else ""
            stuck.append(f"{ended.command_and_exit_code}{because}")
    return replace(outcome, said=output, why=outcome.reason, fell_back=tuple(fell_back), stuck=tuple(stuck))


def _join_texts(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _exit_code_text(code: int | None) -> str:
    return "no exit code" if code is None else f"exit code {code}"
