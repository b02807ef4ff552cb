"""Not having looked is the worst that can be found."""

from trinops.findings import CRITICAL, INFO, OK, WARNING, Finding, worst


def test_the_worst_finding_counts():
    assert worst([Finding(severity, "it", "is") for severity in (OK, WARNING, INFO)]) == WARNING


def test_nothing_found_is_critical():
    assert worst([]) == CRITICAL
