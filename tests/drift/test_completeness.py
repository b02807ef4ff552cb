"""What could not be looked at is told, and is as bad as the worst that was."""

from datetime import UTC, date, datetime

from tests.architecture.objects import objects
from tests.drift.samples import an_object

from trinokit.drift import completeness, detection
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.objects import Objects
from trinokit.observations import AuditedWrite, AuditLog

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAP = "{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}}"


def found(declared: Objects, live: Objects) -> list[Finding]:
    return completeness.completeness_findings(
        detection.drift_between(declared, live, detection.DriftEvidence(), on=date(2026, 11, 24)), declared, live
    )


def live(*parts: str, **about: object) -> Objects:
    return objects(*parts, about={"Kubernetes": "v1.36.3"}, **about)


def test_both_sides_that_were_read_are_told():
    assert found(objects(MAP, side="declared"), live(MAP)) == [Finding(OK, "objects", "all 1 were read")] * 2


def test_a_kind_that_could_not_be_read_is_critical():
    told = found(objects(MAP, side="declared"), live(MAP, unread={"Secret": "forbidden"}))

    assert told[1] == Finding(CRITICAL, "Secret", "could not be read, and every answer about it is missing: forbidden")


def test_a_side_without_any_object_is_critical():
    told = found(objects(side="declared"), live(MAP))

    assert told[0] == Finding(CRITICAL, "objects", "could not be judged: there is none")


def test_secrets_that_cannot_be_compared_are_critical():
    sides = [
        Objects(
            side, (an_object("Secret", "a", data={"p": f"hmac-sha256:{side}"}),), key=side, about={"Kubernetes": "1.36"}
        )
        for side in ("declared", "live")
    ]

    assert found(*sides)[-1] == Finding(
        CRITICAL,
        "secrets",
        "1 secret value could not be compared: the two sides were read under different keys; compare clusters that "
        "are asked in one run",
    )


def test_a_server_for_which_nothing_was_measured_is_told():
    [*_, told] = found(objects(MAP, side="declared"), objects(MAP, about={"Kubernetes": "v1.99.0"}))

    assert (told.severity, told.subject) == (WARNING, "defaults")
    assert "found v1.99.0" in told.sentence


def test_without_a_log_less_can_be_said():
    assert completeness.missing_evidence_findings(AuditLog(), {}) == [
        Finding(INFO, "audit log", "none was given: users and deletions can only be guessed")
    ]


def test_a_log_that_could_not_be_read_as_a_whole_is_critical():
    log = AuditLog(problems=("audit.log, line 7: the line is cut off",), given=True)

    assert completeness.missing_evidence_findings(log, {}) == [
        Finding(CRITICAL, "audit log", "could not be read as a whole: audit.log, line 7: the line is cut off")
    ]


def test_releases_that_could_not_be_read_are_told():
    told = completeness.missing_evidence_findings(AuditLog(), {"releases of trino": "forbidden"})

    assert told[0] == Finding(
        WARNING, "releases of trino", "could not be read, so nothing tells what was last deployed: forbidden"
    )


def test_a_log_that_was_read_tells_what_it_covers():
    write = AuditedWrite(MOMENT, "delete", "a", "", (), "", "", "", "", "", "", "", "")
    log = AuditLog((write,), given=True, since=MOMENT, until=MOMENT)

    assert completeness.missing_evidence_findings(log, {}) == [
        Finding(OK, "audit log", "1 write from 2026-11-24 12:00:00 until 2026-11-24 12:00:00")
    ]
