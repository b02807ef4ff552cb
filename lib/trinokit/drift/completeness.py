"""What could not be looked at, and so is no cleaner than the worst that was?"""

from collections.abc import Mapping

from trinokit.architecture import inventory
from trinokit.drift.detection import DriftReport
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Objects
from trinokit.observations import AuditLog

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def completeness_findings(drift: DriftReport, declared: Objects, live: Objects) -> list[Finding]:
    """Kinds that could not be read, values that could not be compared, and a server that nobody has measured."""
    findings = [each for side in (declared, live) for each in inventory.unread_object_findings(side)]
    if drift.uncompared:
        number = format_count(len(drift.uncompared), "secret value")
        sentence = f"{number} could not be compared: the two sides were read under different keys"
        findings.append(Finding(CRITICAL, "secrets", f"{sentence}; compare clusters that are asked in one run"))
    if drift.schemas.version_warning:
        findings.append(Finding(WARNING, "defaults", drift.schemas.version_warning))
    return findings


def missing_evidence_findings(log: AuditLog, unread: Mapping[str, str]) -> list[Finding]:
    """What is missing of the audit log and of the Helm releases, so that less can be said of who and since when."""
    findings = [Finding(CRITICAL, "audit log", f"could not be read as a whole: {each}") for each in log.problems]
    findings += [
        Finding(WARNING, evidence_part, f"could not be read, so nothing tells what was last deployed: {reason}")
        for evidence_part, reason in sorted(unread.items())
    ]
    if not log.given:
        findings.append(Finding(INFO, "audit log", "none was given: users and deletions can only be guessed"))
    elif not log.problems:
        number = format_count(len(log.writes), "write")
        findings.append(
            Finding(OK, "audit log", f"{number} from {log.since:{_TIME_FORMAT}} until {log.until:{_TIME_FORMAT}}")
        )
    return findings
