"""What does the drift amount to? A finding each, which somebody can act on and a program can read."""

from collections.abc import Iterable

from trinokit.drift import difference_format
from trinokit.drift.classification import difference_severity, is_claim_growth
from trinokit.drift.detection import DriftReport
from trinokit.drift.differences import MISSING, UNDECLARED, Difference
from trinokit.drift.drift_tables import sorted_by_severity
from trinokit.findings import INFO, OK, Finding, format_count


def drift_summary_findings(drift: DriftReport, categories: tuple[str, ...]) -> list[Finding]:
    """How much drift there is in *categories*, by their names, together; they are judged one by one."""
    drifted = [each for each in drift.drift if drift.category_of(each) in categories]
    suppressed = sum(drift.suppressed_counts.values())
    objects = format_count(len({each.object.place for each in drifted}), "object")
    number = format_count(len(drift.pairs), "object")
    differences = format_count(len(drifted), "difference")
    sentence = f"{differences} in {objects}, {suppressed:,} that are none; {number} on both sides"
    return [Finding(INFO if drifted else OK, "drift", sentence)]


def category_findings(drift: DriftReport, category: str, own_findings: Iterable[Finding] = ()) -> list[Finding]:
    """One finding per drift of the *category*, and the *own_findings* of the category; OK when there is no drift.

    Of *own_findings* only what the drift of the same object does not tell as gravely.
    """
    findings = [_difference_finding(each, category) for each in sorted_by_severity(drift.drift_in(category))]
    number = format_count(len(drift.pairs), "object")
    none = Finding(OK, category, f"no drift in {number} that git declares and the cluster has")
    severities = {each.subject: each.severity for each in reversed(findings)}
    return [*(findings or [none]), *(each for each in own_findings if each.severity > severities.get(each.subject, -1))]


def left_out_findings(category: str) -> list[Finding]:
    """That *category* is not among those of this run: INFO, and nothing else."""
    return [Finding(INFO, category, "was left out: it is not among the categories of this run")]


def all_drift_findings(drift: DriftReport, categories: tuple[str, ...]) -> list[Finding]:
    """The drift of all *categories*, by their names, a finding each."""
    return [_difference_finding(each, name) for name in categories for each in drift.drift_in(name)]


def _difference_finding(each: Difference, category: str) -> Finding:
    row, author = difference_format.difference_row(each), difference_format.first_author(each)
    details = {
        "rule": f"drift/{category}/{each.judged}",
        **{"path": each.where, "judged": each.judged, "declared": row.declared, "live": row.live},
        **{"manager": author.manager, "user": author.user, "address": author.address},
        **{"moment": author.moment.isoformat() if author.moment else "", "match": author.match},
        **{
            "evidence": difference_format.evidence_text(each),
            "since": each.since,
            "command": difference_format.kubectl_get_command(each),
        },
    }
    return Finding(
        difference_severity(each), row.object, f"{_difference_sentence(each, row)}; {_author_phrase(row)}", details
    )


def _difference_sentence(each: Difference, row: difference_format.DifferenceRow) -> str:
    if not each.path:
        return "is declared and not there" if each.judged == MISSING else "is there and not declared"
    reason_text = f" ({each.reason})" if each.reason else ""
    if is_claim_growth(each):
        return f"{row.path} has grown to {row.live}, git declares {row.declared}"
    if each.judged == UNDECLARED:
        return f"{row.path} is {row.live} and not declared{reason_text}"
    if each.judged == MISSING:
        return f"{row.path} is gone, git declares {row.declared}{reason_text}"
    return f"{row.path} is {row.live}, git declares {row.declared}{reason_text}"


def _author_phrase(row: difference_format.DifferenceRow) -> str:
    if row.who == "–":
        return "nothing tells who did it"
    return f"{row.who} at {row.when}" if row.when != "–" else f"{row.who}, no time recorded"
