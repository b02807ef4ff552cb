"""What deserves attention? A severity, a subject and one sentence with its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from html import escape
from typing import Any, Self

# What a notebook shows at once, below a fold, of one cell, and without breaking its line.
OPEN_ROWS, MAX_ROWS, MAX_TEXT = 15, 300, 300
_SHORT_CELL, _LONG_CELL = 30, 100
_HEAD = ("severity", "subject", "finding")


class Severity(IntEnum):
    """How much a finding matters; what could not be looked at is CRITICAL."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3


OK, INFO, WARNING, CRITICAL = Severity
# White letters on a ground of their own can be read in a light notebook and in a dark one; each contrast is above 4.5.
# https://www.w3.org/TR/WCAG22/#contrast-minimum
_COLOURS = {"OK": "#137333", "INFO": "#1a5fb4", "WARNING": "#a15c00", "CRITICAL": "#b3261e"}


@dataclass(frozen=True)
class Finding:
    """One sentence about a *subject* that an operator can act on; *details* has its parts for a program to read.

    >>> Finding(WARNING, "queue", "12 queries were queued")
    WARNING: queue 12 queries were queued
    """

    severity: Severity
    subject: str
    sentence: str
    details: Mapping[str, str] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """What a notebook and run.json keep of it: severity, subject and finding, and the details if there are any."""
        row = {"severity": self.severity.name, "subject": self.subject, "finding": self.sentence}
        return row | ({"details": dict(self.details)} if self.details else {})

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The finding of which `to_json` made the *row*."""
        return cls(Severity[row["severity"]], row["subject"], row["finding"], row.get("details", {}))

    def __repr__(self) -> str:
        """Severity, subject and sentence, and the details where there are any."""
        details = f" {dict(self.details)}" if self.details else ""
        return f"{self.severity.name}: {self.subject} {self.sentence}{details}"

    def _repr_html_(self) -> str:
        return Findings([self])._repr_html_()


class Findings(list[Finding]):
    """A list of findings, worst first, that a notebook shows as a table in colours and a program as lines.

    >>> Findings([Finding(OK, "load", "is even"), Finding(WARNING, "queue", "12 queries were queued")])
    WARNING: queue 12 queries were queued
    OK: load is even
    """

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(sorted(findings, key=lambda finding: -finding.severity))

    def __add__(self, more: list[Finding]) -> "Findings":
        """These findings and *more*, worst first."""
        return Findings([*self, *more])

    def __repr__(self) -> str:
        """One line a finding, the first 300; what is longer than 300 letters is cut."""
        rows = [[shorten_text(text) for text in row] for row in map(_texts, self[:MAX_ROWS])]
        return "\n".join([f"{severity}: {subject} {sentence}" for severity, subject, sentence in rows] + self._left_out)

    def _repr_html_(self) -> str:
        rows = [[shorten_text(text) for text in row] for row in map(_texts, self[:MAX_ROWS])]
        page = _table_html(rows[:OPEN_ROWS])
        if len(rows) <= OPEN_ROWS:
            return page
        summary = f"<summary>{format_count(len(self) - OPEN_ROWS, 'more finding')}</summary>"
        left_out_html = "".join(f"<p>{line}</p>" for line in self._left_out)
        return f"{page}<details>{summary}{_table_html(rows[OPEN_ROWS:])}{left_out_html}</details>"

    @property
    def _left_out(self) -> list[str]:
        left_out = len(self) - MAX_ROWS
        return [f"{format_count(left_out, 'more finding')}: see run.json"] if left_out > 0 else []


def worst_severity(findings: Iterable[Finding]) -> Severity:
    """The highest severity of *findings*; CRITICAL when there are none, since then nothing was looked at."""
    return max((finding.severity for finding in findings), default=CRITICAL)


def format_count(number: int, noun: str, nouns: str = "") -> str:
    """*number* with its *noun*, such as 1 query or 1,200 queries.

    >>> format_count(1200, "query", "queries")
    '1,200 queries'
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def shorten_text(text: str) -> str:
    """The first 300 letters of *text*, and … where there are more."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _texts(finding: Finding) -> tuple[str, str, str]:
    return finding.severity.name, finding.subject, finding.sentence


def _table_html(rows: list[list[str]]) -> str:
    classes = [_cell_class(max((len(row[column]) for row in rows), default=0)) for column in range(len(_HEAD))]
    head = "".join(f'<th scope="col"{style}>{name}</th>' for name, style in zip(_HEAD, classes, strict=True))
    body = "".join(_row_html(row, classes) for row in rows)
    return f'<table class="findings"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row_html(row: list[str], classes: list[str]) -> str:
    severity, *texts = row
    # The report has a style sheet of its own and drops this; JupyterLab has none for a class of ours.
    colour = f' style="background:{_COLOURS[severity]};color:#fff"'
    cells = f"<td{classes[0]}{colour}>{severity}</td>"
    cells += "".join(f"<td{style}>{escape(text)}</td>" for text, style in zip(texts, classes[1:], strict=True))
    return f'<tr class="{severity.lower()}">{cells}</tr>'


def _cell_class(longest: int) -> str:
    return ' class="short"' if longest <= _SHORT_CELL else ' class="long"' if longest > _LONG_CELL else ""
