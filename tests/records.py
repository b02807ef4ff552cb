"""The record of a run that tests of what is made of one share."""

from datetime import UTC, datetime
from pathlib import Path

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.run_record import RunOutcome, RunRecord

RECORD = RunRecord(
    notebook="drift_audit",
    outcome=RunOutcome.HAS_FINDINGS,
    verdict="CRITICAL: 2 of 4 findings need attention.",
    error="",
    parameters={"cluster": "production"},
    findings=(
        Finding(
            CRITICAL,
            "ConfigMap/catalog in trino",
            "differs",
            {"rule": "configuration", "path": 'data["hive.properties"]', "live": "thrift://hive:9083"},
        ),
        Finding(WARNING, "Deployment/trino-worker in trino", "has 5 replicas (git: 3)"),
        Finding(INFO, "PersistentVolumeClaim/data-0 in minio", "has grown"),
        Finding(OK, "security", "is as declared", {"rule": "security"}),
    ),
    plans=(),
    approve=(),
    who="ann@desk",
    started=datetime(2026, 7, 1, 12, tzinfo=UTC),
    seconds=61.5,
    versions={"trinokit": "0.3.0", "python": "3.11.2"},
    git="5f3c",
    fail_on=WARNING,
    folder=Path("runs/drift_audit-20260701T120000Z-abcd"),
)
