"""Only what may be drift is attributed, and everything else stays as it is."""

from datetime import UTC, datetime

import msgspec
import pytest
from tests.architecture.objects import objects

from trinokit.drift.authors.attribution import attribute_authors
from trinokit.drift.differences import ABSENT, DRIFT, Author, Difference, DifferenceClass
from trinokit.objects import Object
from trinokit.observations import AuditedWrite, AuditLog

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OWNED = [{"manager": "kubectl-edit", "operation": "Update", "time": NOON.isoformat(), "fieldsV1": {"f:spec": {}}}]
SET = {"kind": "ReplicaSet", "metadata": {"name": "trino-1"}, "spec": {"template": {"image": "t:1"}}}
BY = Author("kubectl-edit", "Update", moment=NOON, evidence="kubectl-edit (Update) at 2026-11-24 12:00:00 or before")


def a_difference(judged: str, path: tuple = ("spec", "paused")) -> Difference:
    metadata = {"name": "trino", "managedFields": OWNED}
    [live] = objects({"kind": "Deployment", "metadata": metadata, "spec": {"paused": True, "replicas": 1}}).items
    return Difference(live, path, ABSENT, True, judged)


@pytest.mark.parametrize("judged", DifferenceClass)
def test_drift_and_operations_are_attributed_and_nothing_else(judged):
    [found] = attribute_authors([a_difference(judged)], objects(), AuditLog(), ())

    assert found == msgspec.structs.replace(
        a_difference(judged), authors=(BY,) if judged in (*DRIFT, "operational") else ()
    )


def test_replicas_that_somebody_manages_are_attributed():
    [found] = attribute_authors([a_difference("managed", ("spec", "replicas"))], objects(), AuditLog(), ())

    assert found.authors == (BY,)


def test_the_order_of_the_differences_stays():
    given = [a_difference(judged) for judged in ("defaulted", "changed", "ignored", "missing")]

    assert [each.judged for each in attribute_authors(given, objects(), AuditLog(), ())] == [
        each.judged for each in given
    ]


def a_write(resource: str, name: str, **more: object) -> AuditedWrite:
    known = {"manager": "kubectl-edit", "audit_id": "id", "level": "Metadata", "group": "trino.io", **more}
    return AuditedWrite(
        NOON, "delete", "bob", "", (), "kubectl", resource=resource, namespace="trino", name=name, **known
    )


def test_a_custom_resource_is_found_in_the_log_by_the_plural_of_its_definition():
    spec = {"group": "trino.io", "names": {"kind": "Policy", "plural": "policien"}}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    live = objects(definition | {"metadata": {"name": "policien.trino.io"}})
    gone = Difference(
        Object("trino.io/v1", "Policy", "trino", "a", b'{"metadata": {"name": "a"}}'), (), {}, ABSENT, "missing"
    )

    [found] = attribute_authors([gone], live, AuditLog((a_write("policien", "a"),), given=True), ())
    assert [(each.user, each.match) for each in found.authors] == [("bob", "exact")]
    [found] = attribute_authors([gone], live, AuditLog((a_write("policies", "a"),), given=True), ())
    assert found.authors == ()


def test_nobody_made_what_is_missing_as_long_as_no_log_tells():
    [declared] = objects(
        {"kind": "Deployment", "metadata": {"name": "trino", "managedFields": OWNED}}, side="declared"
    ).items

    [found] = attribute_authors([Difference(declared, (), {}, ABSENT, "missing")], objects(), AuditLog(), ())
    assert (found.authors, found.since) == ((), "")


def test_since_when_is_told_with_the_authors():
    owners = [{"kind": "Deployment", "name": "trino", "controller": True}]
    metadata = SET["metadata"] | {"ownerReferences": owners, "creationTimestamp": NOON.isoformat()}
    live = objects(SET | {"metadata": metadata})
    body = {"kind": "Deployment", "metadata": {"name": "trino"}, "spec": {"template": {"image": "t:1"}}}
    difference = Difference(objects(body).items[0], ("spec", "template", "image"), "t:0", "t:1", "changed")

    [found] = attribute_authors([difference], live, AuditLog(), ())
    assert found.since == (
        "since revision 0 (ReplicaSet trino-1) of 2026-11-24 12:00 or before; "
        "no revision that is kept is as git declares"
    )
