"""Not having looked is the worst that can be found."""

import re

import pytest

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Findings, Severity, format_count, worst_severity


def test_the_worst_finding_counts():
    assert worst_severity([Finding(severity, "it", "is") for severity in (OK, WARNING, INFO)]) == WARNING


def test_nothing_found_is_critical():
    assert worst_severity([]) == CRITICAL


@pytest.mark.parametrize(("number", "text"), [(0, "0 pods"), (1, "1 pod"), (1200, "1,200 pods")])
def test_a_count_has_its_noun(number, text):
    assert format_count(number, "pod") == text


def test_a_noun_can_have_a_plural_of_its_own():
    assert format_count(2, "policy", "policies") == "2 policies"


MIXED = [Finding(OK, "a", "is fine"), Finding(CRITICAL, "<b>", "is lost"), Finding(WARNING, "c", "is slow")]


def test_findings_stand_worst_first_and_read_as_lines():
    assert repr(Findings(MIXED)) == "CRITICAL: <b> is lost\nWARNING: c is slow\nOK: a is fine"
    assert repr(Findings(MIXED[:1]) + MIXED[1:]) == repr(Findings(MIXED))
    assert repr(MIXED[:1]) == "[OK: a is fine]"
    assert repr(Finding(OK, "a", "is fine", {"path": "b"})) == "OK: a is fine {'path': 'b'}"


def test_a_notebook_shows_findings_as_a_table_in_colours():
    page = Findings(MIXED)._repr_html_()

    assert re.findall(r'<tr class="(\w+)"><td class="short" style="background:(#\w{6});color:#fff">', page) == [
        ("critical", "#b3261e"),
        ("warning", "#a15c00"),
        ("ok", "#137333"),
    ]
    assert "&lt;b&gt;" in page
    assert Finding(OK, "a", "is fine")._repr_html_() == Findings(MIXED[:1])._repr_html_()


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("severity", Severity)
def test_white_letters_can_be_read_on_each_colour(severity):
    [ground] = re.findall("background:(#[0-9a-f]{6})", Finding(severity, "a", "b")._repr_html_())

    assert 1.05 / (luminance(ground) + 0.05) > 4.5
