"""An audit compares both sides of everything, and judges with all that is known."""

from datetime import UTC, date, datetime

from tests.architecture.objects import objects
from tests.drift.samples import an_object

from trinokit.drift import comparison_cache, detection, ignore_rules
from trinokit.drift.detection import DriftEvidence
from trinokit.objects import Objects
from trinokit.observations import AuditedWrite, AuditLog

DAY = date(2026, 11, 24)
DECLARED = """
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}, data: {x: "1"}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: gone, namespace: trino}, data: {x: "1"}}
---
{kind: Service, apiVersion: v1, metadata: {name: a, namespace: trino}, spec: {ports: [{port: 80}]}}
"""
LIVE = """
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}, data: {x: "2", y: "3"}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: more, namespace: trino}}
---
{kind: Service, apiVersion: v1, metadata: {name: a, namespace: trino},
 spec: {ports: [{port: 80, protocol: TCP, targetPort: 80}], type: ClusterIP, clusterIP: 10.0.0.1}}
---
{kind: ServiceAccount, apiVersion: v1, metadata: {name: default, namespace: trino}}
"""


NOTHING = DriftEvidence()


def audited(
    declared: Objects, live: Objects, evidence: DriftEvidence = NOTHING, **more: object
) -> detection.DriftReport:
    return detection.drift_between(declared, live, evidence, on=DAY, **more)


def sides() -> tuple[Objects, Objects]:
    return objects(DECLARED, side="declared"), objects(LIVE, about={"Kubernetes": "v1.36.3"})


def told(found: detection.DriftReport) -> list[tuple[str, str, str]]:
    return [(str(each.object), each.where, each.judged) for each in found.drift]


def test_what_changed_what_is_gone_and_what_nobody_declares_is_drift():
    assert told(audited(*sides())) == [
        ("ConfigMap/a in trino", "data.x", "changed"),
        ("ConfigMap/a in trino", "data.y", "undeclared"),
        ("ConfigMap/gone in trino", "", "missing"),
        ("ConfigMap/more in trino", "", "undeclared"),
    ]


def test_what_is_no_drift_is_counted_with_its_reason():
    found = audited(*sides())

    assert found.suppressed_counts[("managed", "Kubernetes makes it itself")] == 1
    assert {each.where for each in found.server_explained} == {
        "spec.type",
        "spec.clusterIP",
        "spec.ports[port=80,protocol=TCP].protocol",
        "spec.ports[port=80,protocol=TCP].targetPort",
    }
    assert sum(found.suppressed_counts.values()) == len(found.server_explained) + 1


def test_the_log_names_who_did_it():
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    write = AuditedWrite(
        moment, "delete", "alice", "", ("10.0.0.1",), "kubectl", "kubectl", "id", "Metadata", "", "configmaps",
        "trino", "gone",
    )  # fmt: skip
    found = audited(*sides(), DriftEvidence(AuditLog((write,), given=True)))
    [gone] = [each for each in found.drift if each.object.name == "gone"]

    assert [(each.user, each.address, each.moment) for each in gone.authors] == [("alice", "10.0.0.1", moment)]


def test_a_rule_accepts_drift():
    rules = ignore_rules.parse_ignore_rules(
        "rules: [{object: 'ConfigMap/more in *', reason: ours, expires: 2027-01-01}]", "x"
    )
    found = audited(*sides(), DriftEvidence(rules=rules))

    assert ("ConfigMap/more in trino", "", "undeclared") not in told(found)
    assert found.suppressed_counts[("ignored", "ours (until 2027-01-01)")] == 1
    assert [count for _, count in found.rule_matches] == [1]


def test_an_object_that_a_rule_accepts_as_a_whole_is_left_out_of_everything_else():
    declared, live = sides()
    rules = ignore_rules.parse_ignore_rules("rules: [{object: 'ConfigMap/*', reason: ours, expires: 2027-01-01}]", "x")
    found = audited(declared, live, DriftEvidence(rules=rules))

    assert [str(each) for each in found.without_ignored(live).items] == [
        "ConfigMap/a in trino",
        "Service/a in trino",
        "ServiceAccount/default in trino",
    ]


def test_another_live_side_is_compared_without_what_controllers_made_there():
    _, live = sides()
    other = objects(LIVE + "---\n{kind: Pod, metadata: {name: p, ownerReferences: [{kind: Job, controller: true}]}}")

    assert told(audited(other, live)) == []


def secret(key: str, value: str) -> Objects:
    object = an_object("Secret", "a", data={"password": f"hmac-sha256:{value * 64}"})
    return Objects("live", (object,), key=key)


def test_secrets_under_one_key_are_compared():
    assert told(audited(secret("k", "1"), secret("k", "2"))) == [("Secret/a in trino", "data.password", "changed")]


def test_secrets_under_different_keys_are_no_drift_and_not_clean_either():
    found = audited(secret("k", "1"), secret("l", "2"))

    assert told(found) == []
    assert [each.where for each in found.uncompared] == ["data.password"]


def test_a_key_that_only_one_side_has_is_drift_whatever_the_keys():
    other = Objects("live", (an_object("Secret", "a", data={}),), key="l")

    assert told(audited(secret("k", "1"), other)) == [("Secret/a in trino", "data.password", "missing")]


def test_an_audit_with_the_verdicts_of_the_last_one_finds_the_same():
    first = audited(*sides())
    again = audited(*sides(), cached=comparison_cache.dump_comparisons(first.comparisons, first.schemas))

    assert (again.differences, again.suppressed_counts) == (first.differences, first.suppressed_counts)
