"""run.json is a contract: the same keys in the same order, whoever reads it."""

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from tests.records import RECORD
from trinokit.findings import Finding
from trinokit.run_record import RunOutcome, waiting_plans

KEYS = (
    "notebook outcome exit_code verdict error parameters findings plans approve who started seconds versions git "
    "fail_on folder files"
)


def test_run_json_has_these_keys_in_this_order():
    assert list(RECORD.to_json()) == KEYS.split()


def test_run_json_holds_plain_values():
    plan = {"title": "Release", "status": "waiting"}
    made = replace(RECORD, findings=RECORD.findings[1:], plans=(plan,), approve=("trinokit run a",), files={"a": "0f"})

    told = made.to_json()

    assert json.loads(json.dumps(told)) == told
    assert told == {
        "notebook": "drift_audit",
        "outcome": "findings",
        "exit_code": 3,
        "verdict": "CRITICAL: 2 of 4 findings need attention.",
        "error": "",
        "parameters": {"cluster": "production"},
        "findings": [
            {
                "severity": "WARNING",
                "subject": "Deployment/trino-worker in trino",
                "finding": "has 5 replicas (git: 3)",
            },
            {"severity": "INFO", "subject": "PersistentVolumeClaim/data-0 in minio", "finding": "has grown"},
            {"severity": "OK", "subject": "security", "finding": "is as declared", "details": {"rule": "security"}},
        ],
        "plans": [plan],
        "approve": ["trinokit run a"],
        "who": "ann@desk",
        "started": "2026-07-01T12:00:00+00:00",
        "seconds": 61.5,
        "versions": {"trinokit": "0.3.0", "python": "3.11.2"},
        "git": "5f3c",
        "fail_on": "warning",
        "folder": "runs/drift_audit-20260701T120000Z-abcd",
        "files": {"a": "0f"},
    }


def test_a_run_that_no_finding_fails_says_never():
    assert replace(RECORD, fail_on=None).to_json()["fail_on"] == "never"


def test_the_exit_codes_are_a_contract():
    assert {str(each): each.exit_code for each in RunOutcome} == {
        "clean": 0,
        "failed": 1,
        "bad parameters": 2,
        "findings": 3,
        "a plan waits for approval": 4,
        "timed out": 124,
        "stopped": 143,
    }


def test_a_record_does_not_change():
    with pytest.raises(FrozenInstanceError, match="outcome"):
        RECORD.outcome = RunOutcome.CLEAN


def test_a_finding_is_read_from_what_was_kept_of_it():
    assert [Finding.from_json(each.to_json()) for each in RECORD.findings] == list(RECORD.findings)


def test_plans_wait_that_nobody_approved():
    plans = [{"status": status} for status in ("done", "waiting", "paused")]

    assert waiting_plans(plans) == [{"status": "waiting"}]
