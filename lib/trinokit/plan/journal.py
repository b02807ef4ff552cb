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

_OLD, _NEW = "trinops", "trinokit"
Tell = Callable[[dict], None]


def journalled(folder: Path, approval: str) -> tuple[Plan, list[Outcome]]:
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
    lines = _lines(folder / f"{approval}.jsonl")
    starts = [number for number, line in enumerate(lines) if "plan" in line]
    if not starts:
        raise ParameterError(f"Expected steps of {approval}, found that none began.", remedy="approve it once more")
    plan = _plan(lines[starts[-1]]["plan"])
    if plan.approval != approval:
        raise PlanError(
            f"Expected the plan {approval} in its file, found {plan.approval}.",
            remedy=f"somebody changed {folder / approval}.jsonl; undo by hand what it says",
        )
    plan = _renamed(plan)
    return plan, _outcomes(plan, lines[starts[-1] :])


@contextmanager
def telling(folder: Path | None, plan: Plan) -> Iterator[Tell]:
    """How it is told in *folder*, where one is named, what becomes of *plan*; nobody else carries it out meanwhile."""
    if folder is None:
        yield lambda line: None
        return
    path = folder / f"{plan.approval}.jsonl"
    with _opened(path) as file:

        def tell(line: dict) -> None:
            try:
                file.write(json.dumps(line | {"at": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise _unwritable(path, error) from error

        tell({"approval": plan.approval, "plan": asdict(plan)})
        yield tell


def written(outcome: Outcome) -> dict:
    """An *outcome* as it is told in the journal, without its step."""
    more = {"why": outcome.why, "fell_back": outcome.fell_back, "stuck": outcome.stuck}
    return {"status": outcome.status, "said": outcome.said} | {name: each for name, each in more.items() if each}


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        file = os.fdopen(own, "a", encoding="utf-8")
        _lock(file, fcntl.LOCK_EX, path.stem)
        # The line that was being written when an earlier attempt was killed has no end.
        file.write("\n" * bool(file.tell()))
    except OSError as error:
        raise _unwritable(path, error) from error
    return file


def _lock(file: IO[str], kind: int, approval: str) -> None:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise PlanError(
            f"Expected {approval} at rest, found it under way.", remedy="wait until it has ended"
        ) from error


def _unwritable(path: Path, error: OSError) -> PlanError:
    return PlanError(
        f"Expected to write the journal {path}, found: {error.strerror}.",
        remedy="make it writable; no step begins without it, and the last one that it has may be half done",
    )


def _lines(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", errors="replace") as file:
        _lock(file, fcntl.LOCK_SH, path.stem)
        texts = file.read().splitlines()
    lines = []
    for text in texts:
        # A line without its end was never on the disk as a whole, so its step had not begun, or not ended.
        with suppress(ValueError):
            lines.append(json.loads(text))
    return lines


def _plan(told: dict) -> Plan:
    return Plan(told["title"], tuple(_step(step) for step in told["steps"]))


def _step(told: dict) -> Step:
    # A journal of earlier days knows neither proof nor fallback.
    proof = told.get("proof")
    commands = {"command": _command(told["command"]), "undo": _commands(told["undo"])}
    more = {"proof": proof and _proof(proof), "otherwise": _commands(told.get("otherwise", ()))}
    return Step(**told | commands | more)


def _renamed(plan: Plan) -> Plan:
    """The *plan* as it would be now: the kit was called trinops, and its refs in a clone had that name too."""
    return Plan(plan.title, tuple(_step_renamed(step) for step in plan.steps))


def _step_renamed(step: Step) -> Step:
    proof = step.proof and replace(step.proof, command=_command_renamed(step.proof.command))
    undo, otherwise = (tuple(map(_command_renamed, each)) for each in (step.undo, step.otherwise))
    return replace(step, command=_command_renamed(step.command), undo=undo, proof=proof, otherwise=otherwise)


def _command_renamed(command: Command) -> Command:
    argv = tuple(word.replace(f"refs/{_OLD}/", f"refs/{_NEW}/") for word in command.argv)
    argv = (_NEW, *argv[1:]) if argv[0] == _OLD else argv
    return Command(argv, command.given.replace(f"refs/{_OLD}/", f"refs/{_NEW}/"))


def _proof(told: dict) -> Proof:
    return Proof(**told | {"command": _command(told["command"])})


def _commands(told: Sequence[dict]) -> tuple[Command, ...]:
    return tuple(_command(each) for each in told)


def _command(told: dict) -> Command:
    return Command(tuple(told["argv"]), told["given"])


def _outcomes(plan: Plan, lines: list[dict]) -> list[Outcome]:
    begun = {line["begins"] for line in lines if "begins" in line}
    going = {line["goes_on"]: line["said"] for line in lines if "goes_on" in line}
    ended = {line["ended"]: line for line in lines if "ended" in line}
    return [
        _outcome(step, ended[number])
        if number in ended
        else Outcome(step, "interrupted" if number in begun else "not reached", going.get(number, ""))
        for number, step in enumerate(plan.steps, 1)
    ]


def _outcome(step: Step, line: dict) -> Outcome:
    tried = {name: tuple(line.get(name, ())) for name in ("fell_back", "stuck")}
    return Outcome(step, line["status"], line["said"], line.get("why", ""), **tried)
