"""What is to be changed? Commands that a person can paste, with how each is proved, replaced and taken back."""

import json
import shlex
from dataclasses import dataclass
from hashlib import sha256
from itertools import count


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
class Proof:
    """A *command* that changes nothing, and within so many *seconds* ends with *code* exactly if a step is done."""

    command: Command
    code: int = 0
    seconds: float = 60


@dataclass(frozen=True)
class Step:
    """One *command* of a plan with its *title*, the *undo* that takes it back, and the *seconds* that it may take.

    *change* is a diff for a person to read. A *partial* step may have changed something although it failed; an
    *uncertain* one may have nothing to do, so that its failure does not stop the plan. Where there is a *proof*, it
    decides whether the step is done, however the command ended. When the step failed, the commands *otherwise* are
    carried out in order, all of them.
    """

    title: str
    command: Command
    undo: tuple[Command, ...] = ()
    change: str = ""
    seconds: float = 60
    partial: bool = False
    uncertain: bool = False
    proof: Proof | None = None
    otherwise: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Ordered *steps* under a *title*; without a step there is nothing to do."""

    title: str
    steps: tuple[Step, ...]

    @property
    def approval(self) -> str:
        """The digest of all commands, of those that prove, replace and undo them too, which approves exactly them.

        It is empty when there is nothing to do.
        """
        if not self.steps:
            return ""
        commands = [_digest_content(step) for step in self.steps]
        return f"plan-{sha256(json.dumps(commands).encode()).hexdigest()[:8]}"


def _digest_content(step: Step) -> list:
    commands: list = [_command_content(each) for each in (step.command, *step.undo)]
    # A step that has neither keeps the digest that it had in journals before there were any.
    if step.proof:
        commands.append({"proof": _command_content(step.proof.command), "code": step.proof.code})
    if step.otherwise:
        commands.append({"otherwise": [_command_content(each) for each in step.otherwise]})
    return commands


def _command_content(command: Command) -> list:
    return [command.argv, command.given]
