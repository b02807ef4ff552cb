"""What is to be changed, and how is it taken back? Ordered commands, each with its undo, carried out once approved."""

import fcntl
import json
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import IO, Literal

from trinops.errors import ParameterError, PlanError, did_you_mean

Status = Literal["done", "failed", "interrupted", "not reached", "not approved"]
# shell.run is one: how a command ended that was given something to read and so many seconds.
Run = Callable[[tuple[str, ...], str, float], tuple[int | None, str]]
_LAST_LINES = 20


@dataclass(frozen=True)
class Command:
    """One command: its *argv*, and what it is *given* to read on its standard input."""

    argv: tuple[str, ...]
    given: str = ""

    def shell(self) -> str:
        """The command as a person can paste it into a shell."""
        command = shlex.join(self.argv)
        if not self.given:
            return command
        if not self.given.endswith("\n"):
            # A here-document would end the last line, and this text has none.
            return f"printf %s {shlex.quote(self.given)} | {command}"
        end = next(name for name in (f"END{number or ''}" for number in count()) if name not in self.given)
        return f"{command} <<'{end}'\n{self.given}{end}"


@dataclass(frozen=True)
class Step:
    """One *command* of a plan with its *title*, the *undo* that takes it back, and the *seconds* that it may take.

    *change* is a diff for a person to read. A *partial* step may have changed something although it failed; an
    *uncertain* one may have nothing to do, so that its failure does not stop the plan.
    """

    title: str
    command: Command
    undo: tuple[Command, ...] = ()
    change: str = ""
    seconds: float = 60
    partial: bool = False
    uncertain: bool = False


@dataclass(frozen=True)
class Plan:
    """Ordered *steps* under a *title*; without a step there is nothing to do."""

    title: str
    steps: tuple[Step, ...]

    @property
    def approval(self) -> str:
        """The digest of all commands and undos, which approves exactly them; empty when there is nothing to do."""
        if not self.steps:
            return ""
        commands = [[[each.argv, each.given] for each in (step.command, *step.undo)] for step in self.steps]
        return f"plan-{sha256(json.dumps(commands).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Outcome:
    """What became of a *step*, and the last lines that it *said*."""

    step: Step
    status: Status
    said: str = ""

    @property
    def changed(self) -> bool:
        """Whether the step may have changed something."""
        return self.status in ("done", "interrupted") or (self.status == "failed" and self.step.partial)


def execute(plan: Plan, *, approved: str, run: Run, journal: Path | None = None) -> list[Outcome]:
    """What became of each step of *plan*: carried out by *run* if *approved* is its approval, up to the first failure.

    In the folder *journal*, each step is told before it begins and after it ended. A plan with nothing to do has no
    outcomes, whatever is approved. Raises PlanError when another plan is approved or the journal cannot be written.
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
    with _journal(journal, plan) as tell:
        return _carried_out(plan, run, tell)


def undo(plan: Plan, outcomes: Sequence[Outcome]) -> Plan:
    """The plan that takes back what the *outcomes* of *plan* have changed, the last step first.

    It has no undo of its own: the way forward again is a new plan.
    """
    # To be undone, a step may have to wait for what a later one waited for.
    seconds = max((step.seconds for step in plan.steps), default=0)
    steps = [step for outcome in reversed(outcomes) if outcome.changed for step in _undone(outcome, seconds)]
    return Plan(f"Undo: {plan.title}", tuple(steps))


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
    return plan, _outcomes(plan, lines[starts[-1] :])


def _carried_out(plan: Plan, run: Run, tell: Callable[[dict], None]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stopped = False
    for number, step in enumerate(plan.steps, 1):
        if stopped:
            outcomes.append(Outcome(step, "not reached"))
            continue
        tell({"begins": number, "title": step.title})
        try:
            code, text = run(step.command.argv, step.command.given, step.seconds)
        except PlanError as error:
            tell({"ended": number, "status": "failed", "said": error.message})
            raise
        outcome = _outcome(step, code, text)
        tell({"ended": number, "status": outcome.status, "said": outcome.said})
        outcomes.append(outcome)
        stopped = outcome.status == "failed" and not step.uncertain
    return outcomes


def _outcome(step: Step, code: int | None, text: str) -> Outcome:
    said = "\n".join(text.splitlines()[-_LAST_LINES:]).strip()
    return Outcome(step, "done", said) if code == 0 else Outcome(step, "failed", said or f"exit code {code}")


def _undone(outcome: Outcome, seconds: float) -> Iterator[Step]:
    step = outcome.step
    for number, command in enumerate(step.undo, 1):
        place = f" ({number} of {len(step.undo)})" if len(step.undo) > 1 else ""
        yield Step(f"Undo: {step.title}{place}", command, seconds=seconds, uncertain=outcome.status != "done")


@contextmanager
def _journal(folder: Path | None, plan: Plan) -> Iterator[Callable[[dict], None]]:
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
    commands = {"command": _command(told["command"]), "undo": tuple(_command(each) for each in told["undo"])}
    return Step(**told | commands)


def _command(told: dict) -> Command:
    return Command(tuple(told["argv"]), told["given"])


def _outcomes(plan: Plan, lines: list[dict]) -> list[Outcome]:
    begun = {line["begins"] for line in lines if "begins" in line}
    ended = {line["ended"]: line for line in lines if "ended" in line}
    return [
        Outcome(step, ended[number]["status"], ended[number]["said"])
        if number in ended
        else Outcome(step, "interrupted" if number in begun else "not reached")
        for number, step in enumerate(plan.steps, 1)
    ]
