"""What deserves attention? A severity, a subject and one sentence with its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How much a finding matters; what could not be looked at is CRITICAL."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3


OK, INFO, WARNING, CRITICAL = Severity


@dataclass(frozen=True)
class Finding:
    """One sentence about a *subject* that an operator can act on; *details* has its parts for a program to read."""

    severity: Severity
    subject: str
    sentence: str
    details: Mapping[str, str] = field(default_factory=dict, hash=False)


def worst_severity(findings: list[Finding]) -> Severity:
    """The highest severity of *findings*; CRITICAL when there are none, since then nothing was looked at."""
    return max((finding.severity for finding in findings), default=CRITICAL)


def format_count(number: int, noun: str, nouns: str = "") -> str:
    """*number* with its *noun*, such as 1 query or 1,200 queries."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
