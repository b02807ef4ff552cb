"""What is kept of a run? How it ended, what it found, and what it was made with: run.json."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from trinokit.findings import Finding, Severity


class RunOutcome(StrEnum):
    """How a run ended, in words, with its exit code.

    >>> RunOutcome.TIMED_OUT, RunOutcome.TIMED_OUT.exit_code
    (<RunOutcome.TIMED_OUT: 'timed out'>, 124)
    """

    exit_code: int

    def __new__(cls, words: str, exit_code: int) -> Self:
        """The outcome that is called so."""
        outcome = str.__new__(cls, words)
        outcome._value_, outcome.exit_code = words, exit_code
        return outcome

    CLEAN = "clean", 0
    FAILED = "failed", 1
    BAD_PARAMETERS = "bad parameters", 2
    HAS_FINDINGS = "findings", 3
    WAITING = "a plan waits for approval", 4
    TIMED_OUT = "timed out", 124
    STOPPED = "stopped", 143


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What came of one run, however it ended; `to_json` is what run.json holds.

    *notebook* is the name without its ending; *verdict* is the first line of the report, and *error* what broke the
    run, in several lines where there is a remedy, or empty. *parameters* has all of them, given or by default.
    *findings* are in the notebook's order. A plan has its approval, title, parameter, steps, and a status as
    `plan_rendering.plan_records` tells it; *approve* has a command for each that waits, and none after an error.

    *who* is user@host; *started* is in UTC, to the second, and *seconds* is how long the run took, to a tenth.
    *versions* has those of trinokit, of Python, and of what answers and draws. *git* is the commit of the notebook's
    checkout, with what is to be said about it. Findings of at least *fail_on* count; None lets none of them.
    *folder* holds the files of the run, and *files* has the SHA-256 of each, in hexadecimal digits, but for run.json
    itself.
    """

    notebook: str
    outcome: RunOutcome
    verdict: str
    error: str
    parameters: Mapping[str, object]
    findings: tuple[Finding, ...]
    plans: tuple[Mapping[str, Any], ...]
    approve: tuple[str, ...]
    who: str
    started: datetime
    seconds: float
    versions: Mapping[str, str]
    git: str
    fail_on: Severity | None
    folder: Path
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit code of its outcome."""
        return self.outcome.exit_code

    def to_json(self) -> dict[str, Any]:
        """What run.json holds: a key a field, in their order, and the exit code behind the outcome."""
        content = {"notebook": self.notebook, "outcome": self.outcome.value, "exit_code": self.exit_code}
        content |= {each.name: getattr(self, each.name) for each in fields(self) if each.name not in content}
        return content | {
            "findings": [finding.to_json() for finding in self.findings],
            "plans": list(self.plans),
            "approve": list(self.approve),
            "started": self.started.isoformat(timespec="seconds"),
            "fail_on": self.fail_on.name.lower() if self.fail_on else "never",
            "folder": str(self.folder),
        }


def waiting_plans(plans: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the *plans* of a record that wait for approval."""
    return [plan for plan in plans if plan["status"] == "waiting"]
