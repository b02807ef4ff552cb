"""A category of drift is added from this folder: it gets what it claims, and all else is told as before."""

import json
from dataclasses import replace

import pytest
from tests.extensions.quotas import QUOTAS

from trinokit.drift import DetectedDrift, DriftRequest, detect_drift
from trinokit.drift.categories import CATEGORIES
from trinokit.errors import ParameterError
from trinokit.findings import INFO, OK, WARNING
from trinokit.objects import Object, Objects
from trinokit.sources import connect

QUOTA_DRIFT = [("ResourceQuota/trino in trino", "spec.hard.pods")]


class QuotaChanged:
    """The cluster recorded/drifted, in which somebody has also changed how many pods there may be."""

    def __init__(self) -> None:
        recorded = connect("recorded/drifted")
        self.name, self.provenance, self.objects = recorded.name, recorded.provenance, self
        self.observed_at, self.declared = recorded.objects.observed_at, recorded.objects.declared
        self._live = recorded.objects.live()

    def live(self, *, also: Objects | None = None) -> Objects:
        return replace(self._live, items=tuple(map(with_more_pods, self._live.items)))


def with_more_pods(each: Object) -> Object:
    if each.kind != "ResourceQuota":
        return each
    hard = each.at("spec", "hard") | {"pods": "99"}
    return replace(each, raw=json.dumps(each.body | {"spec": {"hard": hard}}).encode())


@pytest.fixture(scope="module")
def before() -> DetectedDrift:
    return detect_drift(QuotaChanged())


@pytest.fixture(scope="module")
def drift() -> DetectedDrift:
    return detect_drift(QuotaChanged(), more_categories=[QUOTAS])


def drifted(drift: DetectedDrift, category: str) -> list[tuple[str, str]]:
    return [(row.object, row.path) for row in drift.table(category).itertuples()]


def test_it_gets_what_it_claims(drift):
    assert drifted(drift, "quotas") == QUOTA_DRIFT
    assert drift.table("categories")["category"].tolist() == [*(each.name for each in CATEGORIES), "quotas"]


def test_no_other_one_is_told_of_it_and_all_else_is_told_as_before(drift, before):
    as_before = {each.name: drifted(before, each.name) for each in CATEGORIES}

    assert QUOTA_DRIFT[0] in as_before["configuration"]
    for name, differences in as_before.items():
        assert drifted(drift, name) == [each for each in differences if each not in QUOTA_DRIFT]


def test_it_goes_wherever_a_name_goes(drift):
    assert drift.table(QUOTAS).equals(drift.table("quotas"))
    assert drift.evidence(QUOTAS).equals(drift.evidence("quotas"))
    assert drift.findings(QUOTAS) == drift.findings("quotas")


def test_its_own_table_and_findings_are_asked_for_like_those_of_the_kit(drift):
    usage = drift.table("quota usage")
    [difference] = drift.findings(QUOTAS)

    assert list(usage.columns) == ["namespace", "quota", "resource", "hard", "used"]
    assert set(usage["namespace"]) == {"trino"}
    assert (difference.severity, difference.details["rule"]) == (WARNING, "drift/quotas/changed")


def test_what_its_table_tells_is_a_finding_where_no_drift_tells_it():
    drift = detect_drift(connect("recorded/drifted"), more_categories=[QUOTAS])

    assert [(each.severity, each.subject) for each in drift.findings(QUOTAS)] == [
        (OK, "quotas"),
        (WARNING, "ResourceQuota/trino in trino"),
        (WARNING, "ResourceQuota/trino in trino"),
    ]
    assert drift.findings(QUOTAS)[1].sentence == "all 1 services.loadbalancers are used"


def test_it_can_be_chosen_by_its_name():
    drift = detect_drift(QuotaChanged(), DriftRequest(categories=["quotas"]), more_categories=[QUOTAS])

    assert drift.chosen == ("quotas",)
    assert [each.severity for each in drift.findings("security")] == [INFO]
    with pytest.raises(ParameterError, match="found 'quotas'"):
        detect_drift(QuotaChanged(), DriftRequest(categories=["quotas"]))


def test_one_that_the_drift_was_not_detected_with_is_refused(before):
    for ask in (before.table, before.findings, before.evidence):
        with pytest.raises(ParameterError, match=r"found another one, 'quotas'\.\n  -> hand it to detect_drift"):
            ask(QUOTAS)


def test_two_do_not_share_a_table():
    again = replace(QUOTAS, name="limits")

    with pytest.raises(ParameterError, match="found 'quota usage' in quotas and in limits"):
        detect_drift(QuotaChanged(), more_categories=[QUOTAS, again])
