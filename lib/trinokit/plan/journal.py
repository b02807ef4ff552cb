"""What was carried out, and how far? A file for each plan, with a record of each step as it begins and as it ended."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypedDict

from trinokit.errors import ParameterError, PlanError, did_you_mean
from trinokit.plan.outcomes_and_undo import Outcome, OutcomeStatus
from trinokit.plan.steps import Command, Plan, Proof, Step

_OLD_NAME, _NEW_NAME = "trinops", "trinokit"


class JournalRecord(TypedDict, total=False):
    """A line of a journal, as JSON: which fields it has says what it tells.

    A plan that begins has *approval* and *plan* (its fields); a step that begins, *begins* (its number) and *title*;
    one that goes on with a proof or a fallback, *goes_on* (its number) and what it has *said*; one that ended, *ended*
    (its number), *status*, *said*, and where there is something to tell *why*, *fell_back* and *stuck*, as `Outcome`
    has them. *at* is the moment in UTC. A journal of earlier days may lack a field, and has no other ones.
    """

    approval: str
    plan: dict[str, Any]
    begins: int
    title: str
    goes_on: int
    ended: int
    status: OutcomeStatus
    said: str
    why: str
    fell_back: Sequence[str]
    stuck: Sequence[str]
    at: str


RecordWriter = Callable[[JournalRecord], None]


def journalled_plan(folder: Path, approval: str) -> tuple[Plan, list[Outcome]]:
    """The plan of *approval* in the journal *folder*, and what became of it when it was last carried out.

    A step that began and never ended was interrupted. Without an approval it is a plan with nothing to do. Raises
    ParameterError for a plan that is not there, and PlanError for one that is under way or was changed in the file.
    """
    if not approval:
        return Plan("no earlier plan", ()), []
    plan_names = sorted(path.stem for path in folder.glob("plan-*.jsonl"))
    if approval not in plan_names:
        raise ParameterError(
            f"Expected the approval of a plan that was carried out, found {approval!r}.",
            remedy=did_you_mean(approval, plan_names) or f"{folder} has: {', '.join(plan_names) or 'none'}",
        )
    records = _read_records(folder / f"{approval}.jsonl")
    starts = [number for number, record in enumerate(records) if "plan" in record]
    if not starts:
        raise ParameterError(f"Expected steps of {approval}, found that none began.", remedy="approve it once more")
    plan = _plan_from_record(records[starts[-1]]["plan"])
    if plan.approval != approval:
        raise PlanError(
            f"Expected the plan {approval} in its file, found {plan.approval}.",
            remedy=f"somebody changed {folder / approval}.jsonl; undo by hand what it says",
        )
    plan = _rename_kit_in_plan(plan)
    return plan, _outcomes_from_records(plan, records[starts[-1] :])


@contextmanager
def open_journal(folder: Path | None, plan: Plan) -> Iterator[RecordWriter]:
    """What writes in *folder*, where one is named, what becomes of *plan*; nobody else carries it out meanwhile."""
    if folder is None:
        yield lambda record: None
        return
    path = folder / f"{plan.approval}.jsonl"
    with _open_locked_file(path) as file:

        def write_record(record: JournalRecord) -> None:
            try:
                file.write(json.dumps(record | {"at": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise _unwritable_error(path, error) from error

        write_record({"approval": plan.approval, "plan": asdict(plan)})
        yield write_record


def outcome_record(outcome: Outcome) -> JournalRecord:
    """An *outcome* as the journal has it, without its step."""
    reasons = {"why": outcome.why, "fell_back": outcome.fell_back, "stuck": outcome.stuck}
    return {"status": outcome.status, "said": outcome.said} | {name: each for name, each in reasons.items() if each}


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


def _read_records(path: Path) -> list[JournalRecord]:
    with path.open(encoding="utf-8", errors="replace") as file:
        _lock_file(file, fcntl.LOCK_SH, path.stem)
        texts = file.read().splitlines()
    records = []
    for text in texts:
        # A line without its end was never on the disk as a whole, so its step had not begun, or not ended.
        with suppress(ValueError):
            records.append(json.loads(text))
    return records


def _plan_from_record(record: dict[str, Any]) -> Plan:
    return Plan(record["title"], tuple(_step_from_record(step) for step in record["steps"]))


def _step_from_record(record: dict[str, Any]) -> Step:
    # A journal of earlier days knows neither proof nor fallback.
    proof = record.get("proof")
    commands = {"command": _command_from_record(record["command"]), "undo": _commands_from_record(record["undo"])}
    later = {
        "proof": proof and _proof_from_record(proof),
        "otherwise": _commands_from_record(record.get("otherwise", ())),
    }
    return Step(**record | commands | later)


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


def _proof_from_record(record: dict[str, Any]) -> Proof:
    return Proof(**record | {"command": _command_from_record(record["command"])})


def _commands_from_record(records: Sequence[dict[str, Any]]) -> tuple[Command, ...]:
    return tuple(_command_from_record(each) for each in records)


def _command_from_record(record: dict[str, Any]) -> Command:
    return Command(tuple(record["argv"]), record["given"])


def _outcomes_from_records(plan: Plan, records: Sequence[JournalRecord]) -> list[Outcome]:
    begun = {record["begins"] for record in records if "begins" in record}
    said_so_far = {record["goes_on"]: record["said"] for record in records if "goes_on" in record}
    ended = {record["ended"]: record for record in records if "ended" in record}
    return [
        _outcome_from_record(step, ended[number])
        if number in ended
        else Outcome(step, "interrupted" if number in begun else "not reached", said_so_far.get(number, ""))
        for number, step in enumerate(plan.steps, 1)
    ]


def _outcome_from_record(step: Step, record: JournalRecord) -> Outcome:
    fallback = {name: tuple(record.get(name, ())) for name in ("fell_back", "stuck")}
    return Outcome(step, record["status"], record["said"], record.get("why", ""), **fallback)
