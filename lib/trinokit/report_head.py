"""What stands at the top of a report? The verdict of its run, what needs attention, and what waits for approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trinokit.findings import OPEN_ROWS, WARNING, Finding, Severity, shorten_text
from trinokit.run_record import RunRecord, waiting_plans

Colour = Literal["ok", "info", "warning", "critical"]


@dataclass(frozen=True, kw_only=True)
class WaitingPlan:
    """A plan that waits for approval: its *title*, its *steps*, such as 3 steps, and the *command* that approves it."""

    title: str
    steps: str
    command: str


@dataclass(frozen=True, kw_only=True)
class ReportHead:
    """What a report says of its run, above the cells of the notebook and in its foot.

    *title* is that of the notebook; *verdict* and *error* are those of the record, in the *colour* of the worst of it.
    *attention* are the first findings that need it, worst first and with texts as they are shown, and *more* is how
    many there are besides. *made* tells by whom, when and with what; *command* runs it once more.
    """

    title: str
    verdict: str
    colour: Colour
    parameters: Mapping[str, object]
    command: str
    error: str = ""
    waiting: Sequence[WaitingPlan] = ()
    attention: Sequence[Finding] = ()
    more: int = 0
    made: Mapping[str, str]


def run_head(record: RunRecord, *, title: str, command: str, waiting: Sequence[WaitingPlan]) -> ReportHead:
    """The head of the report on a run, from its *record*; nothing waits for approval in a run that failed."""
    attention, folded_rows = attention_findings(record.findings)
    return ReportHead(
        title=title,
        verdict=record.verdict,
        colour=_verdict_colour(record),
        parameters=record.parameters,
        command=command,
        error=record.error,
        waiting=() if record.error else waiting,
        attention=attention,
        more=folded_rows,
        made={
            "outcome": f"{record.outcome} (exit code {record.exit_code})",
            "by": record.who,
            "started": record.started.isoformat(timespec="seconds"),
            "took": f"{record.seconds} s",
            "versions": ", ".join(f"{name} {number}" for name, number in record.versions.items()),
            "commit": record.git,
        },
    )


def attention_findings(findings: Sequence[Finding]) -> tuple[list[Finding], int]:
    """The first of the *findings* that need attention, worst first and as they are shown, and how many more there are.

    They come without their details.
    """
    attention = [finding for finding in findings if finding.severity >= WARNING]
    worst_first = sorted(attention, key=lambda finding: -finding.severity)
    shown_rows = [
        Finding(each.severity, shorten_text(each.subject), shorten_text(each.sentence))
        for each in worst_first[:OPEN_ROWS]
    ]
    return shown_rows, max(len(attention) - OPEN_ROWS, 0)


def _verdict_colour(record: RunRecord) -> Colour:
    severity = max((finding.severity for finding in record.findings), default=Severity.CRITICAL)
    if record.error or severity == Severity.CRITICAL:
        return "critical"
    if severity == WARNING:
        return "warning"
    return "info" if waiting_plans(record.plans) else "ok"
