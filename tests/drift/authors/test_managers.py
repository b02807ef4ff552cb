"""The owners of a field are told as managedFields has them, the one to ask first in front."""

from datetime import UTC, datetime

import msgspec
import pytest

from trinokit.drift.authors import managers
from trinokit.drift.differences import ABSENT, Author
from trinokit.objects import Object

MAIN = (("name", "main"),)
ENV = ("spec", "template", "spec", "containers", MAIN, "env")
WITHIN = {"f:image": {}, "f:env": {".": {}, 'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}}}
TEMPLATE = {"f:template": {"f:spec": {"f:containers": {'k:{"name":"main"}': {".": {}, "f:name": {}, **WITHIN}}}}}


def entry(manager: str, fields: dict, *, at: str = "", operation: str = "Update", **more: str) -> dict:
    time = {"time": f"2026-11-24T{at}:00Z"} if at else {}
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields, **time, **more}


def an_object(*entries: dict, made: str = "09:00") -> Object:
    metadata = {"name": "a", "creationTimestamp": f"2026-11-24T{made}:00Z", "managedFields": list(entries)}
    return Object("apps/v1", "Deployment", "trino", "a", msgspec.json.encode({"metadata": metadata}))


def names(object: Object, *path: object, value: object = ABSENT) -> list[str]:
    return [each.manager for each in managers.value_authors(object, path, value)]


def test_the_owner_of_a_field_is_told_with_the_moment_until_which_it_was_written():
    object = an_object(
        entry("helm", {"f:spec": {"f:paused": {}}}), entry("kubectl-set", {"f:spec": TEMPLATE}, at="13:05")
    )

    assert managers.value_authors(object, (*ENV[:-1], "image")) == (
        Author(
            "kubectl-set",
            "Update",
            moment=datetime(2026, 11, 24, 13, 5, tzinfo=UTC),
            evidence="kubectl-set (Update) at 2026-11-24 13:05:00 or before",
        ),
    )


@pytest.mark.parametrize(
    ("path", "is_owned"),
    [
        ((*ENV, (("name", "A"),), "value"), True),
        ((*ENV, (("name", "A"),)), True),
        ((*ENV, (("name", "B"),)), False),
        ((*ENV, (("name", "A"),), "valueFrom"), False),
        (ENV, True),
        ((*ENV, 0), True),
        (("spec", "template"), True),
        (("spec", "replicas"), False),
        (("status",), False),
    ],
)
def test_an_item_of_a_keyed_list_is_owned_by_its_keys(path, is_owned):
    assert names(an_object(entry("kubectl-set", {"f:spec": TEMPLATE})), *path) == (["kubectl-set"] if is_owned else [])


@pytest.mark.parametrize("more", [(), (0,), ((),), (0, "key"), ((("key", "spot"),), "effect")])
def test_what_kubernetes_does_not_look_into_is_owned_as_a_whole(more):
    assert names(an_object(entry("helm", {"f:spec": {"f:tolerations": {}}})), "spec", "tolerations", *more) == ["helm"]


def test_a_key_within_a_file_belongs_to_whoever_owns_the_file():
    object = an_object(
        entry("helm", {"f:data": {".": {}, "f:b.properties": {}}}), entry("vi", {"f:data": {"f:a.properties": {}}})
    )

    assert names(object, "data", "a.properties", "x.y") == ["vi"]
    assert names(object, "data", "c.properties", "x.y") == []


def test_a_port_is_found_by_all_of_its_keys():
    udp, tcp = ('k:{"port":53,"protocol":"UDP"}', 'k:{"port":53,"protocol":"TCP"}')
    object = an_object(entry("a", {"f:ports": {udp: {".": {}}}}), entry("b", {"f:ports": {tcp: {".": {}}}}))

    assert names(object, "ports", (("port", 53), ("protocol", "TCP"))) == ["b"]


def test_a_member_of_a_set_has_owners_of_its_own():
    object = an_object(
        entry("a", {"f:finalizers": {".": {}, 'v:"one"': {}}}), entry("b", {"f:finalizers": {'v:"two"': {}}})
    )

    assert names(object, "finalizers", (), value="two") == ["b"]
    assert names(object, "finalizers", (), value="three") == []


def test_a_member_that_has_a_key_is_found_by_it():
    one, two = ({"f:imagePullSecrets": {f'k:{{"name":"{name}"}}': {}}} for name in ("one", "two"))
    object = an_object(entry("a", one), entry("b", two))

    assert names(object, "imagePullSecrets", (), value={"name": "two"}) == ["b"]
    assert names(object, "imagePullSecrets", (), value=ABSENT) == []


def test_of_several_owners_the_latest_update_is_asked_first_and_who_applied_the_same_value_last():
    fields = {"f:spec": {"f:replicas": {}}}
    object = an_object(
        entry("found-it-so", fields, operation="Apply"),
        entry("argocd", fields, at="10:00"),
        entry("helm", fields, at="12:00", operation="Apply"),
        entry("hpa", fields, at="11:00"),
        entry("kubectl", fields, subresource="scale"),
    )

    owners = managers.value_authors(object, ("spec", "replicas"))
    assert [each.manager for each in owners] == ["kubectl", "hpa", "argocd", "helm", "found-it-so"]
    assert [each.evidence for each in owners] == [
        "5 managers own it: kubectl, hpa, argocd, helm, found-it-so; "
        "kubectl (Update through scale), for which no time is recorded",
        "hpa (Update) at 2026-11-24 11:00:00 or before",
        "argocd (Update) at 2026-11-24 10:00:00 or before",
        "helm (Apply) at 2026-11-24 12:00:00 or before",
        "found-it-so (Apply), with no time, as it found this value",
    ]


def test_whoever_owns_an_item_comes_before_those_who_own_parts_of_it():
    whole = {"f:containers": {'k:{"name":"spy"}': {".": {}, "f:name": {}}}}
    part = {"f:containers": {'k:{"name":"spy"}': {"f:image": {}}}}
    object = an_object(entry("kubectl-set", part, at="12:00"), entry("kubectl-patch", whole, at="11:00"))

    assert names(object, "containers", (("name", "spy"),)) == ["kubectl-patch", "kubectl-set"]


@pytest.mark.parametrize(
    ("manager", "said"),
    [
        ("ancient-changes", "one of several older managers (ancient-changes)"),
        ("before-first-apply", "whoever wrote before the first server-side apply (before-first-apply)"),
    ],
)
def test_a_manager_that_stands_for_others_is_told_as_such(manager, said):
    [author] = managers.value_authors(an_object(entry(manager, {"f:spec": {}}, at="13:05")), ("spec",))

    assert author.evidence == f"{said} at 2026-11-24 13:05:00 or before"


def test_of_a_whole_object_the_one_who_made_it_is_asked_first():
    object = an_object(
        entry("kube-controller-manager", {}, at="08:00", subresource="status"),
        entry("kubectl-set", {}, at="11:00"),
        entry("kubectl-create", {}, at="09:00"),
    )

    assert [(each.manager, each.evidence) for each in managers.value_authors(object, ())] == [
        (
            "kubectl-create",
            "2 managers own it: kubectl-create, kubectl-set; kubectl-create (Update) made it at 2026-11-24 09:00:00",
        ),
        ("kubectl-set", "kubectl-set (Update) at 2026-11-24 11:00:00 or before; made at 2026-11-24 09:00:00"),
    ]


@pytest.mark.parametrize("fields", [None, []])
def test_an_object_whose_managers_were_removed_has_none(fields):
    object = Object("v1", "ConfigMap", "trino", "a", msgspec.json.encode({"metadata": {"managedFields": fields}}))

    assert (managers.value_authors(object, ()), managers.value_authors(object, ("data", "a"))) == ((), ())
    bare = Object("v1", "ConfigMap", "trino", "a", b'{"metadata": {"name": "a"}}')
    assert (managers.value_authors(bare, ()), managers.value_authors(bare, ("data",))) == ((), ())
