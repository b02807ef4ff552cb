"""Not having looked is the worst that can be found."""

import pytest

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count, worst_severity


def test_the_worst_finding_counts():
    assert worst_severity([Finding(severity, "it", "is") for severity in (OK, WARNING, INFO)]) == WARNING


def test_nothing_found_is_critical():
    assert worst_severity([]) == CRITICAL


@pytest.mark.parametrize(("number", "text"), [(0, "0 pods"), (1, "1 pod"), (1200, "1,200 pods")])
def test_a_count_has_its_noun(number, text):
    assert format_count(number, "pod") == text


def test_a_noun_can_have_a_plural_of_its_own():
    assert format_count(2, "policy", "policies") == "2 policies"
