"""An audit log names who made a difference, and never claims to know more than it shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from trinokit.drift.authors.audit_log_authors import WritesByObject, match_audited_authors, resource_plural
from trinokit.drift.differences import ABSENT, Author, Difference
from trinokit.objects import Object
from trinokit.observations import AuditedWrite, AuditLog

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
REPLICAS, SIZE = ("spec", "replicas"), ("data", "a.properties", "size")
MAIN = ("spec", "template", "spec", "containers", (("name", "main"),))
ENV = (*MAIN, "env", (("name", "A"),))
SCALER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"


def write(at: int, user: str, *, verb: str = "patch", manager: str = "kubectl-edit", **more: object) -> AuditedWrite:
    """A write of the second *at* after noon, which the log tells with as many bodies as are given."""
    known = {"group": "apps", "resource": "deployments", "namespace": "trino", "name": "a"} | more
    level = "RequestResponse" if "response" in more else "Request" if "request" in more else "Metadata"
    moment = NOON + timedelta(seconds=at)
    return AuditedWrite(moment, verb, user, "", ("10.0.0.1",), "kubectl/v1", manager, f"id-{at}", level, **known)


def a_deployment(body: dict, made: datetime = NOON) -> Object:
    metadata = {"name": "a", "namespace": "trino", "creationTimestamp": made.isoformat()}
    return Object("apps/v1", "Deployment", "trino", "a", msgspec.json.encode({"metadata": metadata, **body}))


def replicas(number: int) -> dict:
    return {"kind": "Deployment", "spec": {"replicas": number}}


def pods(*containers: dict) -> dict:
    return {"kind": "Deployment", "spec": {"template": {"spec": {"containers": list(containers)}}}}


def owner(manager: str = "kubectl-edit", *, at: int | None = None, **more: str) -> Author:
    moment = None if at is None else NOON + timedelta(seconds=at)
    return Author(manager, "Update", moment=moment, evidence="recorded", **more)


def told(difference: Difference, *writes: AuditedWrite, owners: tuple[Author, ...] = ()) -> tuple[str, str, str]:
    """User, match and audit id of the first author; empty where the log adds nothing."""
    found = match_audited_authors(difference, owners, writes)
    author = found[0] if found else Author()
    ids = [each.audit_id for each in writes if each.audit_id in author.evidence]
    return author.user, author.match, ids[-1] if ids else ""


SCALED = Difference(a_deployment(replicas(5)), REPLICAS, 2, 5, "changed")
NOTHING = ("", "", "")


def test_the_first_answer_with_the_value_tells_who_wrote_it():
    writes = [
        write(1, "deployer", response=replicas(2)),
        write(2, "alice", response=replicas(5), request={"metadata": {}}),
        write(3, "bob", response=replicas(5)),
    ]

    assert match_audited_authors(SCALED, (owner(at=3),), writes) == (
        Author(
            manager="kubectl-edit",
            operation="Update",
            moment=NOON + timedelta(seconds=2),
            user="alice",
            address="10.0.0.1",
            match="exact",
            evidence="recorded; patch by alice at 2026-11-24 12:00:02 (audit id-2) "
            "is the first whose body has it as it is",
        ),
    )


def test_a_value_that_went_and_came_back_was_written_by_the_last_who_brought_it():
    writes = [
        write(at, user, response=replicas(number)) for at, user, number in ((1, "a", 5), (2, "b", 2), (3, "c", 5))
    ]

    assert told(SCALED, *writes) == ("c", "exact", "id-3")


def test_a_value_that_was_there_when_the_log_began_is_nobodys_in_it():
    assert told(SCALED, write(1, "bob", response=replicas(5)), write(2, "alice", response=replicas(5))) == NOTHING


def test_whoever_created_an_object_with_the_value_wrote_it():
    writes = [write(1, "bob", verb="create", response=replicas(5)), write(2, "alice", response=replicas(5))]

    assert told(SCALED, *writes) == ("bob", "exact", "id-1")


def test_a_write_without_bodies_between_two_answers_leaves_open_who_it_was():
    writes = [write(1, "a", response=replicas(2)), write(2, "b", manager="vi"), write(3, "c", response=replicas(5))]

    assert told(SCALED, *writes, owners=(owner("vi", at=2),)) == ("b", "strong", "id-2")


@pytest.mark.parametrize(
    ("request_body", "is_told"),
    [
        ({"spec": {"replicas": 5}}, True),
        ({"spec": {"replicas": 4}}, False),
        ({"spec": {}}, False),
        ([{"op": "replace", "path": "/spec/replicas", "value": 5}], True),
        ([{"op": "replace", "path": "/spec/replicas", "value": 4}], False),
        ([{"op": "test", "path": "/spec/replicas", "value": 5}], False),
        ([{"op": "add", "path": "/spec", "value": {"replicas": 5}}], True),
        ([{"op": "copy", "path": "/spec/replicas", "from": "/spec/more"}], False),
        ("no patch", False),
        (None, False),
    ],
)
def test_a_patch_that_brings_the_value_is_enough(request_body, is_told):
    expected = ("alice", "exact", "id-2") if is_told else NOTHING
    other = write(1, "bob", manager="other", request={"spec": {"paused": True}})

    assert (
        told(SCALED, other, write(2, "alice", manager="other", request=request_body), owners=(owner(at=9),)) == expected
    )


@pytest.mark.parametrize("word", ["unchanged", "unknown", "live", "other"])
def test_a_value_may_be_any_word(word):
    changed = Difference(a_deployment({"spec": {"word": word}}), ("spec", "word"), "x", word, "changed")

    assert told(changed, write(1, "alice", request={"spec": {"word": word}})) == ("alice", "exact", "id-1")
    assert told(changed, write(1, "alice", request={"spec": {"word": "y"}}), owners=(owner("x", at=9),)) == NOTHING


def test_a_patch_of_a_list_tells_what_it_does_to_the_item_with_that_key():
    live = {"name": "main", "env": [{"name": "A", "value": "1"}]}
    added = Difference(a_deployment(pods(live)), ENV, ABSENT, live["env"][0], "undeclared")
    by_key = pods({"name": "main", "env": [{"name": "A", "value": "1"}]})
    of_another = pods({"name": "other", "env": [{"name": "A", "value": "1"}]})
    by_place = [{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": live["env"][0]}]

    assert told(added, write(1, "alice", request=by_key)) == ("alice", "exact", "id-1")
    assert told(added, write(1, "alice", request=by_place)) == ("alice", "exact", "id-1")
    assert told(added, write(1, "alice", manager="x", request=of_another), owners=(owner(at=9),)) == NOTHING


def test_an_item_that_was_added_and_later_changed_is_told_by_who_added_it():
    live = {"name": "spy", "image": "spy:2"}
    added = Difference(a_deployment(pods(live)), (*MAIN[:-1], (("name", "spy"),)), ABSENT, live, "undeclared")
    writes = [
        write(1, "deployer", response=pods()),
        write(2, "alice", response=pods({"name": "spy", "image": "spy:1"})),
        write(3, "bob", response=pods(live)),
    ]

    assert told(added, *writes) == ("alice", "exact", "id-2")


def test_quantities_are_one_however_the_patch_wrote_them():
    def limits(cpu: str) -> dict:
        return pods({"name": "main", "resources": {"limits": {"cpu": cpu}}})

    changed = Difference(a_deployment(limits("1")), (*MAIN, "resources", "limits", "cpu"), "2", "1", "changed")

    assert told(changed, write(1, "alice", request=limits("1000m"))) == ("alice", "exact", "id-1")


def config(**data: str) -> dict:
    return {"kind": "ConfigMap", "data": {name.replace("_", "."): text for name, text in data.items()}}


def test_a_key_within_a_file_is_followed_through_the_texts():
    map = Object(
        "v1", "ConfigMap", "trino", "a", msgspec.json.encode({"metadata": {}, **config(a_properties="size=3\n")})
    )
    changed = Difference(map, SIZE, "1", "3", "changed")
    writes = [
        write(1, "deployer", response=config(a_properties="size=1\n")),
        write(2, "alice", response=config(a_properties="# note\nsize = 3\n")),
        write(3, "bob", response=config(a_properties="size=3\n")),
    ]

    assert told(changed, *writes) == ("alice", "exact", "id-2")
    assert told(changed, write(1, "eve", request=config(a_properties="size=3"))) == ("eve", "exact", "id-1")
    operation = {"op": "replace", "path": "/data/a.properties", "value": "size = 3"}
    assert told(changed, write(1, "eve", request=[operation])) == ("eve", "exact", "id-1")


GONE = Difference(a_deployment({"spec": {}}), ("spec", "paused"), True, ABSENT, "missing")


@pytest.mark.parametrize(
    "bodies",
    [
        {"response": {"kind": "Deployment", "spec": {}}},
        {"request": {"spec": {"paused": None}}},
        {"request": {"spec": None}},
        {"request": {"spec": {"$patch": "delete"}}},
        {"request": [{"op": "remove", "path": "/spec/paused"}]},
    ],
)
def test_a_field_that_was_removed_is_told_by_who_removed_it(bodies):
    writes = [
        write(1, "deployer", response={"kind": "Deployment", "spec": {"paused": True}}),
        write(2, "bob", **bodies),
    ]

    assert told(GONE, *writes) == ("bob", "exact", "id-2")


def test_an_item_that_was_removed_is_told_by_its_key():
    gone = Difference(a_deployment(pods({"name": "main", "env": []})), ENV, {"name": "A"}, ABSENT, "missing")
    removal = pods({"name": "main", "env": [{"name": "A", "$patch": "delete"}]})

    assert told(gone, write(1, "bob", request=removal)) == ("bob", "exact", "id-1")


def test_what_was_removed_at_a_place_of_a_list_is_not_told_by_its_key():
    gone = Difference(a_deployment(pods({"name": "main", "env": []})), ENV, {"name": "A"}, ABSENT, "missing")
    removal = [{"op": "remove", "path": "/spec/template/spec/containers/0/env/0"}]

    assert told(gone, write(1, "bob", request=removal)) == ("bob", "weak", "id-1")


def test_of_a_removed_field_without_bodies_the_last_writer_is_only_a_guess_and_no_controller():
    writes = [write(1, "bob"), write(2, "alice"), write(3, SCALER, manager="kube-controller-manager", verb="update")]

    assert told(GONE, *writes) == ("alice", "weak", "id-2")
    assert told(GONE, write(1, "bob", verb="create")) == NOTHING
    assert match_audited_authors(GONE, (), writes)[0].operation == "patch"


def test_what_was_applied_without_a_field_may_have_removed_it_or_not():
    applied = write(1, "bob", request={"apiVersion": "apps/v1", "kind": "Deployment", "spec": {}})

    assert told(GONE, applied) == ("bob", "weak", "id-1")


def test_without_bodies_manager_and_time_tell():
    writes = [write(1, "bob"), write(10, "alice"), write(10, "carol", manager="kubectl-set")]

    assert told(SCALED, *writes, owners=(owner(at=11),)) == ("alice", "strong", "id-10")
    assert "before, bob wrote as kubectl-edit too" in match_audited_authors(SCALED, (owner(at=11),), writes)[0].evidence


def test_two_users_at_one_time_are_a_guess_and_one_user_twice_is_none():
    owners = (owner(at=11),)

    assert told(SCALED, write(10, "alice"), write(11, "bob"), owners=owners) == ("bob", "weak", "id-11")
    assert told(SCALED, write(10, "bob"), write(11, "bob"), owners=owners) == ("bob", "strong", "id-11")


def test_a_write_after_the_recorded_time_took_nothing_over():
    assert told(SCALED, write(1, "alice"), write(60, "bob"), owners=(owner(at=20),)) == ("alice", "weak", "id-1")
    assert told(SCALED, write(60, "bob"), owners=(owner(at=20),)) == NOTHING


def test_a_log_in_which_no_owner_wrote_accuses_nobody():
    assert told(SCALED, write(1, "alice", manager="helm"), owners=(owner(at=1),)) == NOTHING
    assert told(SCALED, owners=(owner(at=1),)) == NOTHING


def test_who_only_applied_what_was_there_is_not_taken_for_who_wrote_it():
    found_so = Author("helm", "Apply", evidence="found it so")

    assert told(SCALED, write(1, "alice", manager="helm"), owners=(found_so,)) == ("alice", "weak", "id-1")


def scale(at: int, user: str, number: int | None = None, **more: object) -> AuditedWrite:
    bodies = {} if number is None else {"response": {"kind": "Scale", "spec": {"replicas": number}}}
    return write(at, user, manager="kubectl", subresource="scale", **bodies, **more)


def test_a_write_through_scale_shows_the_replicas_in_its_own_body():
    assert told(SCALED, write(1, "deployer", response=replicas(2)), scale(2, "alice", 5)) == ("alice", "exact", "id-2")


def test_a_write_through_scale_without_a_recorded_time_is_told_by_its_manager():
    owners = (Author("kubectl", "Update", "scale", evidence="recorded"),)

    assert told(SCALED, scale(5, "alice"), owners=owners) == ("alice", "strong", "id-5")
    assert told(SCALED, scale(5, "alice"), scale(90, "bob"), owners=owners) == ("bob", "weak", "id-90")


def test_a_write_through_scale_changed_nothing_but_replicas():
    assert told(GONE, scale(1, "alice")) == NOTHING


def test_an_autoscaler_is_told_by_its_service_account():
    by_scaler = write(3, SCALER, manager="kube-controller-manager", verb="update", subresource="scale")
    owners = (Author("kube-controller-manager", "Update", "scale", evidence="recorded"),)

    assert told(SCALED, scale(1, "alice"), by_scaler, owners=owners) == (SCALER, "strong", "id-3")


def test_a_scale_to_none_shows_no_number():
    to_zero = Difference(a_deployment(replicas(0)), REPLICAS, 2, 0, "changed")
    emptied = scale(2, "alice", 0)
    emptied.response["spec"].clear()

    assert told(to_zero, write(1, "deployer", response=replicas(2)), emptied) == ("alice", "exact", "id-2")


def test_of_replicas_that_nobody_owns_the_last_scale_is_told_also_that_of_an_autoscaler():
    by_scaler = write(3, SCALER, manager="kube-controller-manager", verb="update", subresource="scale")

    assert told(SCALED, scale(1, "alice"), by_scaler, write(9, "bob")) == (SCALER, "weak", "id-3")
    assert told(SCALED, by_scaler, scale(5, "alice"), write(9, "bob")) == ("alice", "weak", "id-5")


ALONE = Difference(a_deployment({}), (), {"kind": "Deployment"}, ABSENT, "missing")
MADE = Difference(a_deployment({}), (), ABSENT, {"kind": "Deployment"}, "undeclared")


def test_a_missing_object_is_told_by_the_last_who_deleted_it():
    # A dry run of a delete looks like one, and before the last.
    writes = [
        write(1, "eve", verb="delete"),
        write(2, "bob", verb="delete"),
        write(3, "carol", verb="deletecollection"),
    ]

    assert told(ALONE, *writes[:2]) == ("bob", "exact", "id-2")
    assert told(ALONE, write(1, "alice")) == NOTHING


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"items": [{"metadata": {"name": "a"}}]}, ("carol", "exact", "id-3")),
        ({"items": [{"metadata": {"name": "b"}}]}, ("bob", "exact", "id-2")),
        ({"items": []}, ("bob", "exact", "id-2")),
        (None, ("carol", "weak", "id-3")),
    ],
)
def test_an_object_that_went_with_others_is_told_by_whoever_deleted_them(response, expected):
    together = write(3, "carol", verb="deletecollection", name="", response=response)

    assert told(ALONE, write(2, "bob", verb="delete"), together) == expected


def test_an_undeclared_object_is_told_by_who_created_it_when_it_was_made():
    writes = [write(-90, "eve", verb="create"), write(0, "alice", verb="create"), write(5, "bob")]

    assert told(MADE, *writes) == ("alice", "exact", "id-0")
    assert told(MADE, writes[0], writes[2]) == NOTHING
    assert told(MADE, write(1, "bob")) == ("bob", "strong", "id-1")


FLAG = ("spec", "list", ())


def a_list(*items: object) -> dict:
    return {"kind": "Deployment", "spec": {"list": list(items)}}


def test_a_member_of_a_set_is_told_by_who_added_it_whatever_else_came_later():
    added = Difference(a_deployment(a_list("a", "b", "c")), FLAG, ABSENT, "b", "undeclared")
    writes = [
        write(at, user, response=a_list(*items)) for at, user, items in ((1, "x", "a"), (2, "y", "ab"), (3, "z", "abc"))
    ]

    assert told(added, *writes) == ("y", "exact", "id-2")
    assert told(added, write(1, "y", request={"spec": {"list": ["b"]}})) == ("y", "exact", "id-1")


def test_a_member_of_a_set_is_told_by_who_removed_it():
    gone = Difference(a_deployment(a_list("a")), FLAG, "b", ABSENT, "missing")

    assert told(gone, write(1, "x", response=a_list("a", "b")), write(2, "y", response=a_list("a"))) == (
        "y",
        "exact",
        "id-2",
    )


def test_what_items_amount_to_is_told_by_who_made_the_whole_list_what_it_is():
    one, two = {"verbs": ["get"]}, {"verbs": ["*"]}
    added = Difference(a_deployment(a_list(one, two)), FLAG, ABSENT, "may do everything", "undeclared")
    writes = [write(1, "x", response=a_list(one)), write(2, "y", response=a_list(one, two))]

    assert told(added, *writes) == ("y", "exact", "id-2")


def test_both_are_named_where_one_acted_as_another():
    [author] = match_audited_authors(
        SCALED, (), [replace(write(1, "admin", request={"spec": {"replicas": 5}}), impersonated="alice")]
    )

    assert author == Author(
        *("kubectl-edit", "patch", "", NOON + timedelta(seconds=1), "admin as alice", "10.0.0.1", "exact"),
        "patch by admin as alice at 2026-11-24 12:00:01 (audit id-1) wrote this value",
    )


def test_writes_are_found_by_their_object():
    about, unnamed = write(2, "alice"), write(1, "bob", verb="deletecollection", name="")
    others = [write(1, "x", namespace="hive"), write(1, "x", name="b"), write(1, "x", name="", verb="create")]
    writes = WritesByObject.of(AuditLog((unnamed, about, *others)))

    assert writes.about(SCALED.object) == [unnamed, about]
    assert writes.about(SCALED.object, "others") == []


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("ConfigMap", "configmaps"),
        ("NetworkPolicy", "networkpolicies"),
        ("Ingress", "ingresses"),
        ("StorageClass", "storageclasses"),
        ("Endpoints", "endpoints"),
    ],
)
def test_the_address_of_a_kind_is_its_plural(kind, plural):
    assert resource_plural(kind) == plural


def test_where_an_index_leads_elsewhere_the_whole_list_is_followed():
    one, two, other = ({"key": key, "effect": effect} for key, effect in (("a", "x"), ("b", "x"), ("b", "y")))
    changed = Difference(a_deployment(a_list(other, one)), ("spec", "list", 1, "effect"), "x", "y", "changed")
    writes = [
        write(1, "x", response=a_list(one, two)),
        write(2, "y", response=a_list(other, one)),
        write(3, "z", response=a_list(other, one)),
    ]

    assert told(changed, *writes) == ("y", "exact", "id-2")
    assert told(changed, write(1, "y", request={"spec": {"list": [other, one]}})) == ("y", "exact", "id-1")
