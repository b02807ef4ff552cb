"""Each drift is a finding that says what it is, who made it and when, and has its parts for a program."""

from dataclasses import replace

import pytest
from tests.drift.samples import an_object, differing

from trinokit.drift import classification, drift_findings
from trinokit.drift.differences import ABSENT, UNDECLARED, Author
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

CATEGORIES = classification.chosen_categories([])


def test_the_total_tells_how_much_was_looked_at(found):
    assert drift_findings.drift_summary_findings(found, CATEGORIES) == [
        Finding(INFO, "drift", "2 differences in 1 object, 1 that are none; 2 objects on both sides")
    ]


def test_a_finding_says_it_all_and_has_its_parts(found):
    [finding] = drift_findings.category_findings(found, "configuration")

    assert (finding.severity, finding.subject, finding.sentence) == (
        WARNING,
        "ConfigMap/a in trino",
        "data.x is 2, git declares 1; kubectl-edit at 2026-11-24 12:00:00",
    )
    assert finding.details == {
        "rule": "drift/configuration/changed",
        "path": "data.x",
        "judged": "changed",
        "declared": "1",
        "live": "2",
        "manager": "kubectl-edit",
        "user": "",
        "address": "",
        "moment": "2026-11-24T12:00:00+00:00",
        "match": "",
        "evidence": "kubectl-edit (Update) at 2026-11-24 12:00:00 or before",
        "since": "",
        "command": "kubectl get configmap a -n trino -o 'jsonpath={.data.x}'",
    }


def test_a_finding_has_who_did_it_and_how_sure_that_is(found):
    author = Author("kubectl", user="alice", address="10.0.0.1", match="exact", evidence="seen")
    difference = differing(an_object("Service", "a"), ("x",), authors=(author,), since="revision 2", reason="why")
    [finding] = drift_findings.all_drift_findings(replace(found, differences=(difference,)), CATEGORIES)

    assert finding.sentence == "x is 2, git declares 1 (why); alice (kubectl), no time recorded"
    told = {name: finding.details[name] for name in ("user", "address", "match", "evidence", "since", "moment")}
    assert told == {
        "user": "alice",
        "address": "10.0.0.1",
        "match": "exact",
        "evidence": "why; seen; revision 2",
        "since": "revision 2",
        "moment": "",
    }


def test_an_endpoint_that_moved_is_critical_also_where_nothing_tells_who_did_it(found):
    [finding] = drift_findings.category_findings(found, "dependencies")

    assert (finding.severity, finding.sentence) == (
        CRITICAL,
        "data.hive is thrift://elsewhere:9083, git declares thrift://hive:9083; nothing tells who did it",
    )


def test_a_category_without_drift_is_ok_beside_what_else_was_found_in_it(found):
    more = Finding(WARNING, "x", "y")

    assert drift_findings.category_findings(found, "scaling", [more]) == [
        Finding(OK, "scaling", "no drift in 2 objects that git declares and the cluster has"),
        more,
    ]


def test_what_the_drift_of_an_object_tells_as_gravely_is_not_told_twice(found):
    more = [
        Finding(WARNING, "ConfigMap/a in trino", "as grave"),
        Finding(CRITICAL, "ConfigMap/a in trino", "graver"),
        Finding(WARNING, "ConfigMap/b in trino", "another one"),
    ]

    assert drift_findings.category_findings(found, "configuration", more)[1:] == more[1:]


def test_a_category_that_was_not_chosen_is_left_out_and_says_so():
    assert drift_findings.left_out_findings("configuration") == [
        Finding(INFO, "configuration", "was left out: it is not among the categories of this run")
    ]


def test_every_drift_of_the_chosen_categories_is_a_finding(found):
    assert [each.details["path"] for each in drift_findings.all_drift_findings(found, CATEGORIES)] == [
        "data.x",
        "data.hive",
    ]
    assert [each.details["path"] for each in drift_findings.all_drift_findings(found, ("dependencies",))] == [
        "data.hive"
    ]


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (differing(an_object("Service", "a"), (), live=ABSENT, judged="missing"), "is declared and not there"),
        (
            differing(an_object("Service", "a"), (), declared=ABSENT, judged=UNDECLARED),
            "is there and not declared",
        ),
        (differing(an_object("Service", "a"), ("x",), declared=ABSENT, judged=UNDECLARED), "x is 2 and not declared"),
        (differing(an_object("Service", "a"), ("x",), live=ABSENT, judged="missing"), "x is gone, git declares 1"),
        (differing(an_object("Service", "a"), ("x",), reason="reordered"), "x is 2, git declares 1 (reordered)"),
        (
            differing(
                an_object("PersistentVolumeClaim", "a"), ("spec", "resources", "requests", "storage"), "1Gi", "2Gi"
            ),
            "spec.resources.requests.storage has grown to 2Gi, git declares 1Gi",
        ),
    ],
)
def test_the_sentence_of_each_kind_of_drift(difference, sentence, found):
    made = replace(found, differences=(difference,))
    [finding] = drift_findings.all_drift_findings(made, CATEGORIES)

    assert finding.sentence == f"{sentence}; nothing tells who did it"
