"""What was carried out, and how far? A file for each plan, told of each step before it begins and after it ended."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from trinokit.errors import ParameterError, PlanError, did_you_mean
from trinokit.plan.outcomes import Outcome
from trinokit.plan.steps import Command, Plan, Proof, Step

_OLD_NAME, _NEW_NAME = "trinops", "trinokit"
RecordWriter = Callable[[dict], None]


def journalled_plan(folder: Path, approval: str) -> tuple[Plan, list[Outcome]]:
    """The plan of *approval* in the journal *folder*, and what became of it when it was last carried out.

    A step that began and never ended was interrupted. Without an approval it is a plan with nothing to do. Raises
    ParameterError for a plan that is not there, and PlanError for one that is under way or was changed in the file.
    """
    if not approval:
        return Plan("no earlier plan", ()), []
    known = sorted(path.stem for path in folder.glob("plan-*.jsonl"))
    if approval not in known:
        raise ParameterError(
            f"Expected the approval of a plan that was carried out, found {approval!r}.",
            remedy=did_you_mean(approval, known) or f"{folder} has: {', '.join(known) or 'none'}",
        )
    lines = _read_records(folder / f"{approval}.jsonl")
    starts = [number for number, line in enumerate(lines) if "plan" in line]
    if not starts:
        raise ParameterError(f"Expected steps of {approval}, found that none began.", remedy="approve it once more")
    plan = _plan_from_record(lines[starts[-1]]["plan"])
    if plan.approval != approval:
        raise PlanError(
            f"Expected the plan {approval} in its file, found {plan.approval}.",
            remedy=f"somebody changed {folder / approval}.jsonl; undo by hand what it says",
        )
    plan = _rename_kit_in_plan(plan)
    return plan, _outcomes_from_records(plan, lines[starts[-1] :])


@contextmanager
def open_journal(folder: Path | None, plan: Plan) -> Iterator[RecordWriter]:
    """How it is told in *folder*, where one is named, what becomes of *plan*; nobody else carries it out meanwhile."""
    if folder is None:
        yield lambda line: None
        return
    path = folder / f"{plan.approval}.jsonl"
    with _open_locked_file(path) as file:

        def tell(line: dict) -> None:
            try:
                file.write(json.dumps(line | {"at": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise _unwritable_error(path, error) from error

        tell({"approval": plan.approval, "plan": asdict(plan)})
        yield tell


def outcome_record(outcome: Outcome) -> dict:
    """An *outcome* as it is told in the journal, without its step."""
    more = {"why": outcome.why, "fell_back": outcome.fell_back, "stuck": outcome.stuck}
    return {"status": outcome.status, "said": outcome.said} | {name: each for name, each in more.items() if each}


def _open_locked_file(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        file = os.fdopen(own, "a", encoding="utf-8")
        _lock_file(file, fcntl.LOCK_EX, path.stem)
        # The line that was being written when an earlier attempt was killed has no end.
        file.write("\n" * bool(file.tell()))
    except OSError as error:
        raise _unwritable_error(path, error) from error
    return file


def _lock_file(file: IO[str], kind: int, approval: str) -> None:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise PlanError(
            f"Expected {approval} at rest, found it under way.", remedy="wait until it has ended"
        ) from error


def _unwritable_error(path: Path, error: OSError) -> PlanError:
    return PlanError(
        f"Expected to write the journal {path}, found: {error.strerror}.",
        remedy="make it writable; no step begins without it, and the last one that it has may be half done",
    )


def _read_records(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", errors="replace") as file:
        _lock_file(file, fcntl.LOCK_SH, path.stem)
        texts = file.read().splitlines()
    lines = []
    for text in texts:
        # A line without its end was never on the disk as a whole, so its step had not begun, or not ended.
        with suppress(ValueError):
            lines.append(json.loads(text))
    return lines


def _plan_from_record(told: dict) -> Plan:
    return Plan(told["title"], tuple(_step_from_record(step) for step in told["steps"]))


def _step_from_record(told: dict) -> Step:
    # A journal of earlier days knows neither proof nor fallback.
    proof = told.get("proof")
    commands = {"command": _command_from_record(told["command"]), "undo": _commands_from_record(told["undo"])}
    more = {"proof": proof and _proof_from_record(proof), "otherwise": _commands_from_record(told.get("otherwise", ()))}
    return Step(**told | commands | more)


def _rename_kit_in_plan(plan: Plan) -> Plan:
    """The *plan* as it would be now: the kit was called trinops, and its refs in a clone had that name too."""
    return Plan(plan.title, tuple(_rename_kit_in_step(step) for step in plan.steps))


def _rename_kit_in_step(step: Step) -> Step:
    proof = step.proof and replace(step.proof, command=_rename_kit_in_command(step.proof.command))
    undo, otherwise = (tuple(map(_rename_kit_in_command, each)) for each in (step.undo, step.otherwise))
    return replace(step, command=_rename_kit_in_command(step.command), undo=undo, proof=proof, otherwise=otherwise)


def _rename_kit_in_command(command: Command) -> Command:
    argv = tuple(word.replace(f"refs/{_OLD_NAME}/", f"refs/{_NEW_NAME}/") for word in command.argv)
    argv = (_NEW_NAME, *argv[1:]) if argv[0] == _OLD_NAME else argv
    return Command(argv, command.given.replace(f"refs/{_OLD_NAME}/", f"refs/{_NEW_NAME}/"))


def _proof_from_record(told: dict) -> Proof:
    return Proof(**told | {"command": _command_from_record(told["command"])})


def _commands_from_record(told: Sequence[dict]) -> tuple[Command, ...]:
    return tuple(_command_from_record(each) for each in told)


def _command_from_record(told: dict) -> Command:
    return Command(tuple(told["argv"]), told["given"])


def _outcomes_from_records(plan: Plan, lines: list[dict]) -> list[Outcome]:
    begun = {line["begins"] for line in lines if "begins" in line}
    going = {line["goes_on"]: line["said"] for line in lines if "goes_on" in line}
    ended = {line["ended"]: line for line in lines if "ended" in line}
    return [
        _outcome_from_record(step, ended[number])
        if number in ended
        else Outcome(step, "interrupted" if number in begun else "not reached", going.get(number, ""))
        for number, step in enumerate(plan.steps, 1)
    ]


def _outcome_from_record(step: Step, line: dict) -> Outcome:
    tried = {name: tuple(line.get(name, ())) for name in ("fell_back", "stuck")}
    return Outcome(step, line["status"], line["said"], line.get("why", ""), **tried)
