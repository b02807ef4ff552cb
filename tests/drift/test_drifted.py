"""What recorded/drifted holds is what was changed by hand before it was recorded, each by whom, and nothing else."""

from datetime import date

import pytest
from tests.conftest import ROOT
from tests.drift import edits as by_hand

from trinokit.drift.categories import CATEGORIES
from trinokit.drift.cluster_scoped_objects import apply_live_scopes
from trinokit.drift.detection import DriftEvidence, DriftReport, drift_between
from trinokit.sources.recorded import Recorded

EDITS = by_hand.edits(ROOT / "tests" / "drift" / "drifted.yaml")


@pytest.fixture(scope="module")
def found() -> DriftReport:
    source = Recorded("recorded/drifted", ROOT / "recorded" / "drifted")
    declared, live = source.objects.declared(), source.objects.live()
    evidence = DriftEvidence(source.provenance.audit_log(""), source.provenance.helm_revisions()[0])
    return drift_between(apply_live_scopes(declared, live), live, evidence, on=date(2026, 7, 1))


def test_each_edit_is_found_with_who_made_it_and_nothing_else_is(found):
    assert by_hand.found(found) == by_hand.made(EDITS)


def test_all_six_categories_have_drift(found):
    assert [each.name for each in CATEGORIES if not found.drift_in(each.name)] == []
