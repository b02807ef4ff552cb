"""What other programs read of a run is what was found, however odd its texts are, and a failure is no clean run."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import RECORD
from trinokit import findings_export
from trinokit.findings import INFO, WARNING, Finding
from trinokit.run_record import RunOutcome, RunRecord

FAILED = replace(
    RECORD,
    outcome=RunOutcome.TIMED_OUT,
    verdict="TIMED OUT: timed out in the part «Verdict»",
    error="timed out in the part «Verdict»\n  -> wait",
    findings=RECORD.findings[3:],
)
NOTHING = replace(RECORD, verdict="CRITICAL: nothing was looked at.", findings=())


def record_of(*findings: Finding) -> RunRecord:
    """The record of a run that found nothing but these."""
    return replace(RECORD, findings=findings)


def run(record: RunRecord) -> dict:
    """The one run of what is exported as SARIF."""
    exported = json.loads(findings_export.render_sarif(record))
    assert (exported["version"], exported["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    [told] = exported["runs"]
    return told


def suite(record: RunRecord) -> ElementTree.Element:
    """The one suite of what is exported as JUnit."""
    root = ElementTree.fromstring(findings_export.render_junit(record).encode())
    [told] = root
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "time")} == {
        name: told.get(name) for name in ("tests", "failures", "errors", "time")
    }
    return told


def test_whatever_is_not_ok_is_a_result_with_its_level_and_place():
    told = [
        (each["ruleId"], each["level"], each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"])
        for each in run(RECORD)["results"]
    ]

    assert told == [
        ("configuration", "error", 'ConfigMap/catalog in trino data["hive.properties"]'),
        ("drift_audit", "warning", "Deployment/trino-worker in trino"),
        ("drift_audit", "note", "PersistentVolumeClaim/data-0 in minio"),
    ]


def test_a_result_is_the_sentence_with_its_details():
    first = run(RECORD)["results"][0]

    assert first["message"] == {"text": "ConfigMap/catalog in trino differs"}
    assert first["properties"] == RECORD.findings[0].details
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "drift_audit.ipynb"},
        "region": {"startLine": 1},
    }


def test_a_result_lies_in_the_file_that_its_details_name():
    finding = replace(RECORD.findings[0], details={"file": "deploy/a b.yaml", "tags": "trino"})
    [result] = run(record_of(finding))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "deploy/a%20b.yaml"}
    assert result["properties"] == {"file": "deploy/a b.yaml", "tags": ["trino"]}


def test_the_tool_names_its_version_and_every_rule_once():
    driver = run(RECORD)["tool"]["driver"]

    assert (driver["name"], driver["version"]) == ("trinokit", "0.3.0")
    assert [rule["id"] for rule in driver["rules"]] == ["configuration", "drift_audit"]
    assert all(rule[name]["text"] for rule in driver["rules"] for name in ("shortDescription", "help"))
    assert run(RECORD)["automationDetails"] == {"id": "drift_audit/production/"}


def fingerprints(*findings: Finding) -> list[str]:
    return [each["partialFingerprints"]["trinokit/v1"] for each in run(record_of(*findings))["results"]]


def test_a_result_is_known_again_by_rule_subject_and_path_alone():
    first = RECORD.findings[0]
    later = Finding(INFO, first.subject, "differs still", first.details | {"live": "other"})

    assert fingerprints(first) == fingerprints(later)
    others = [
        replace(first, subject="ConfigMap/other in trino"),
        replace(first, details=first.details | {"rule": "security"}),
        replace(first, details=first.details | {"path": "data"}),
        replace(first, details={}),
    ]
    assert len({*fingerprints(first), *(mark for each in others for mark in fingerprints(each))}) == 5


def test_results_of_one_place_are_told_apart_by_their_number():
    first, second = fingerprints(RECORD.findings[1], RECORD.findings[1])

    assert (first.removesuffix(":1"), second.removesuffix(":2")) == (first[:-2], first[:-2])


def test_a_run_says_whether_it_succeeded():
    [succeeded], [failed], [empty] = (run(each)["invocations"] for each in (RECORD, FAILED, NOTHING))

    assert succeeded == {
        "executionSuccessful": True,
        "exitCode": 3,
        "exitCodeDescription": "findings",
        "startTimeUtc": "2026-07-01T12:00:00Z",
        "endTimeUtc": "2026-07-01T12:01:01Z",
        "toolExecutionNotifications": [],
    }
    assert (failed["executionSuccessful"], failed["exitCode"]) == (False, 124)
    assert failed["toolExecutionNotifications"] == [{"level": "error", "message": {"text": FAILED.error}}]
    assert (empty["executionSuccessful"], len(empty["toolExecutionNotifications"])) == (False, 1)


def test_every_finding_is_a_test_and_fails_from_warning_on():
    found = suite(RECORD)

    assert found.attrib == {
        "name": "drift_audit",
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "0",
        "time": "61.5",
        "timestamp": "2026-07-01T12:00:00",
    }
    assert [(case.get("classname"), case.get("name"), case[0].tag) for case in found] == [
        ("drift_audit.configuration", 'ConfigMap/catalog in trino data["hive.properties"]', "failure"),
        ("drift_audit", "Deployment/trino-worker in trino", "failure"),
        ("drift_audit", "PersistentVolumeClaim/data-0 in minio", "system-out"),
        ("drift_audit.security", "security", "system-out"),
    ]
    assert found[0][0].attrib == {"type": "CRITICAL", "message": "differs"}
    assert found[0][0].text.splitlines() == [
        "CRITICAL: ConfigMap/catalog in trino differs",
        "rule: configuration",
        'path: data["hive.properties"]',
        "live: thrift://hive:9083",
    ]


def test_tests_of_one_name_are_told_apart():
    cases = suite(record_of(RECORD.findings[1], RECORD.findings[1]))

    assert [case.get("name") for case in cases] == [
        "Deployment/trino-worker in trino",
        "Deployment/trino-worker in trino (2)",
    ]


def test_a_run_that_failed_is_an_error_beside_what_it_found():
    found = suite(FAILED)
    [error] = found.iter("error")

    assert (found.get("tests"), found.get("failures"), found.get("errors")) == ("2", "0", "1")
    assert error.attrib == {"type": "timed out", "message": "timed out in the part «Verdict»"}
    assert error.text == FAILED.error


def test_a_run_that_looked_at_nothing_is_an_error():
    found = suite(NOTHING)

    assert (found.get("tests"), found.get("errors")) == ("1", "1")
    assert found[0][0].get("message") == "CRITICAL: nothing was looked at."


TEXTS = st.text(st.characters(codec=None), max_size=20)


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_breaks_what_is_exported(subject, sentence, detail):
    finding = Finding(WARNING, subject, sentence, {"path": detail, "live": detail})
    record = replace(record_of(finding), error=f"a {sentence}")

    [result] = run(record)["results"]
    assert result["message"]["text"] == f"{subject} {sentence}"
    assert len(list(suite(record))) == 2


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\x1b[31m", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(text):
    [case] = suite(record_of(replace(RECORD.findings[1], sentence=f"is {text} so")))

    assert case[0].get("message") == f"is \ufffd{text[1:]} so"
