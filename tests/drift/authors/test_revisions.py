"""Earlier revisions tell since when a value is what it is, and the last one that is as git declares."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from tests.architecture.objects import objects

from trinokit.drift.authors.revisions import RevisionHistory, last_deployed_value, value_since
from trinokit.drift.differences import ABSENT, Difference
from trinokit.objects import Object, Objects
from trinokit.observations import HelmRevision

IMAGE = ("spec", "template", "spec", "containers", (("name", "main"),), "image")
RULES = ("rules", ())


def template(image: str, **more: object) -> dict:
    return {"template": {"spec": {"containers": [{"name": "main", "image": image, **more}]}}}


def replica_set(number: int, image: str, *, owner: str = "trino", back: bool = False) -> dict:
    annotations = {"deployment.kubernetes.io/revision": str(number)}
    annotations |= {"deployment.kubernetes.io/revision-history": "1"} if back else {}
    metadata = {
        "name": f"{owner}-{number}",
        "creationTimestamp": f"2026-11-24T{10 + number}:00:00Z",
        "annotations": annotations,
        "ownerReferences": [{"kind": "Deployment", "name": owner, "controller": True}],
    }
    return {"kind": "ReplicaSet", "metadata": metadata, "spec": template(image)}


def controller_revision(number: int, image: str, kind: str) -> dict:
    metadata = {
        "name": f"trino-{number}",
        "creationTimestamp": f"2026-11-24T1{number}:00:00Z",
        "ownerReferences": [{"kind": kind, "name": "trino", "controller": True}],
    }
    data = {"spec": template(image) | {"$patch": "replace"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "data": data,
        "revision": number,
    }


def changed(declared: object, image: str, kind: str = "Deployment") -> Difference:
    [live] = objects({"kind": kind, "metadata": {"name": "trino"}, "spec": template(image)}).items
    return Difference(live, IMAGE, declared, image, "changed")


def history(*parts: dict, releases: tuple[HelmRevision, ...] = ()) -> RevisionHistory:
    return RevisionHistory(objects(*parts), releases)


def test_the_first_revision_with_the_value_and_the_last_as_declared_are_told():
    kept = [replica_set(number, f"t:{image}") for number, image in ((1, 1), (2, 1), (3, 2), (4, 2))]
    other = replica_set(5, "t:1", owner="other")

    assert value_since(changed("t:1", "t:2"), history(*kept[::-1], other)) == (
        "since revision 3 (ReplicaSet trino-3) of 2026-11-24 13:00; revision 2 (ReplicaSet trino-2) is as git declares"
    )


def test_only_the_latest_run_of_a_value_counts():
    kept = [replica_set(number, f"t:{image}") for number, image in ((1, 2), (2, 1), (3, 2))]

    assert value_since(changed("t:1", "t:2"), history(*kept)).startswith("since revision 3 ")


def test_revisions_come_in_the_order_of_their_numbers():
    kept = [replica_set(10, "t:2"), replica_set(9, "t:1")]

    assert value_since(changed("t:1", "t:2"), history(*kept)).startswith("since revision 10 (ReplicaSet trino-10) ")


def test_a_value_that_every_kept_revision_has_may_be_older():
    assert value_since(changed("t:1", "t:2"), history(replica_set(3, "t:2"), replica_set(4, "t:2"))) == (
        "since revision 3 (ReplicaSet trino-3) of 2026-11-24 13:00 or before; "
        "no revision that is kept is as git declares"
    )


def test_a_revision_that_was_rolled_back_to_has_no_moment():
    kept = [replica_set(2, "t:1"), replica_set(3, "t:2", back=True)]

    assert value_since(changed("t:1", "t:2"), history(*kept)).startswith(
        "since revision 3 (ReplicaSet trino-3) that was rolled back to; revision 2 "
    )


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_controller_revisions_tell_the_same_of_other_workloads(kind):
    kept = [controller_revision(1, "t:1", kind), controller_revision(2, "t:2", kind)]

    assert value_since(changed("t:1", "t:2", kind), history(*kept)) == (
        "since revision 2 (ControllerRevision trino-2) of 2026-11-24 12:00; "
        "revision 1 (ControllerRevision trino-1) is as git declares"
    )


def test_what_no_revision_keeps_is_not_told():
    scaled = replace_path(changed("t:1", "t:2"), ("spec", "replicas"), 2, 5)

    assert value_since(scaled, history(replica_set(1, "t:1"))) == ""
    assert value_since(changed("t:1", "t:2"), history()) == ""
    assert value_since(replace_path(scaled, (), ABSENT, {}), history(replica_set(1, "t:1"))) == ""


def replace_path(difference: Difference, path: tuple, declared: object, live: object) -> Difference:
    return msgspec.structs.replace(difference, path=path, declared=declared, live=live)


def release(number: int, *bodies: dict, status: str = "superseded", namespace: str = "trino") -> HelmRevision:
    moment = datetime(2026, 11, 20 + number, 9, tzinfo=UTC)
    items = tuple(replace(each, namespace=each.namespace or namespace) for each in objects(*bodies).items)
    return HelmRevision("stack", namespace, number, status, moment, items)


def a_deployment(image: str, **more: object) -> dict:
    return {"kind": "Deployment", "metadata": {"name": "trino"}, "spec": template(image, **more)}


def test_a_helm_release_tells_after_which_revision_somebody_else_changed_it():
    releases = (release(2, a_deployment("t:1"), status="deployed"), release(1, a_deployment("t:0")))

    assert value_since(changed("t:1", "t:2"), history(releases=releases)) == (
        "since a change after revision 2 of Helm release stack of 2026-11-22 09:00; "
        "revision 2 of Helm release stack is as git declares"
    )


def test_a_helm_release_tells_with_which_revision_it_came():
    releases = tuple(release(number, a_deployment(f"t:{image}")) for number, image in ((1, 1), (2, 1), (3, 2)))

    assert value_since(changed("t:1", "t:2"), history(releases=releases)).startswith(
        "since revision 3 of Helm release stack of 2026-11-23 09:00; revision 2 of Helm release stack "
    )


def test_what_was_last_deployed_is_the_baseline():
    releases = (release(1, a_deployment("t:1")), release(2, a_deployment("t:2"), status="deployed"))

    assert last_deployed_value(changed("t:3", "t:2"), releases) == "t:2"
    assert last_deployed_value(changed("t:2", "t:9"), releases) == "t:2"
    assert last_deployed_value(changed("t:3", "t:2"), releases[:1]) is None
    assert (
        last_deployed_value(replace_path(changed("t:3", "t:2"), ("spec", "paused"), ABSENT, True), releases) is ABSENT
    )


def test_what_the_server_completed_is_still_what_was_deployed():
    item, live = {"name": "main", "image": "t:2"}, {"name": "main", "image": "t:2", "imagePullPolicy": "Always"}
    difference = Difference(
        objects(
            {
                "kind": "Deployment",
                "metadata": {"name": "trino"},
                "spec": {"template": {"spec": {"containers": [live]}}},
            }
        ).items[0],
        IMAGE[:-1],
        ABSENT,
        live,
        "undeclared",
    )

    assert last_deployed_value(difference, (release(1, a_deployment(item["image"]), status="deployed"),)) == live


def with_applied(text: str, manager: str = "kubectl-client-side-apply") -> Difference:
    name = "kubectl.kubernetes.io/last-applied-configuration"
    fields = {"f:metadata": {"f:annotations": {f"f:{name}": {}}}}
    entry = {"manager": manager, "operation": "Update", "time": "2026-11-24T12:00:00Z", "fieldsV1": fields}
    metadata = {"name": "trino", "annotations": {name: text}, "managedFields": [entry]}
    body = {"kind": "Deployment", "metadata": metadata, "spec": template("t:2")}
    return Difference(objects(body).items[0], IMAGE, "t:3", "t:2", "changed")


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        (msgspec.json.encode(a_deployment("t:2")).decode(), "t:2"),
        (msgspec.json.encode(a_deployment("t:1")).decode(), "t:1"),
        ('{"spec": {}}', ABSENT),
        ("hmac-sha256:0000", None),
        ("[]", None),
    ],
)
def test_without_helm_what_was_last_applied_is_the_baseline(text, baseline):
    assert last_deployed_value(with_applied(text), ()) == baseline


@pytest.mark.parametrize("manager", ["kubectl-replace", "kubectl-edit", "kubectl-patch", "kubectl-annotate"])
def test_what_somebody_wrote_by_hand_as_last_applied_is_no_baseline(manager):
    assert last_deployed_value(with_applied(msgspec.json.encode(a_deployment("t:2")).decode(), manager), ()) is None


def test_without_either_there_is_no_baseline():
    assert last_deployed_value(changed("t:3", "t:2"), ()) is None


def test_an_object_that_git_dropped_was_deployed_and_one_that_it_added_was_not():
    releases = (release(1, a_deployment("t:1"), status="deployed"),)
    dropped = replace_path(changed("t:1", "t:1"), (), ABSENT, {"kind": "Deployment"})
    labels = {"app.kubernetes.io/instance": "stack"}
    [added] = objects({"kind": "Service", "metadata": {"name": "new", "labels": labels}}).items
    [unknown] = objects({"kind": "Service", "metadata": {"name": "new"}}).items

    assert last_deployed_value(dropped, releases)["spec"] == template("t:1")
    assert last_deployed_value(Difference(added, (), added.body, ABSENT, "missing"), releases) is ABSENT
    assert last_deployed_value(Difference(unknown, (), unknown.body, ABSENT, "missing"), releases) is None
    assert last_deployed_value(Difference(dropped.object, (), {}, ABSENT, "missing"), releases)["kind"] == "Deployment"


def role(*rules: dict) -> dict:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "reader"},
        "rules": list(rules),
    }


def test_of_a_set_the_baseline_is_whether_it_had_the_member():
    one, two = {"verbs": ["get"]}, {"verbs": ["*"]}
    [live] = objects(role(one, two)).items
    added = Difference(live, RULES, ABSENT, two, "undeclared")
    amounts = Difference(live, RULES, ABSENT, "everything", "undeclared")

    assert last_deployed_value(added, (release(1, role(one), status="deployed"),)) is ABSENT
    assert last_deployed_value(added, (release(1, role(two), status="deployed"),)) == two
    assert last_deployed_value(amounts, (release(1, role(one), status="deployed"),)) is None
    assert last_deployed_value(amounts, (release(1, role(one, two), status="deployed"),)) == "everything"


def test_an_object_in_no_namespace_is_found_in_a_manifest_that_does_not_know_that():
    body = {"kind": "StorageClass", "apiVersion": "storage.k8s.io/v1", "metadata": {"name": "fast"}, "provisioner": "a"}
    [live] = objects(body).items
    changed = Difference(live, ("provisioner",), "b", "a", "changed")

    assert live.namespace == ""
    assert last_deployed_value(changed, (release(1, body, status="deployed"),)) == "a"


def test_an_object_of_another_namespace_or_group_is_another_one():
    [elsewhere] = objects(a_deployment("t:2") | {"metadata": {"name": "trino", "namespace": "hive"}}).items
    other = Object("batch/v1", "Deployment", "trino", "trino", elsewhere.raw)
    kept = HelmRevision("stack", "trino", 1, "deployed", datetime(2026, 11, 24, tzinfo=UTC), (elsewhere, other))

    assert last_deployed_value(changed("t:3", "t:2"), (kept,)) is None


def test_history_is_read_once_for_all_differences():
    kept = RevisionHistory(Objects("live", objects(replica_set(1, "t:1")).items))

    assert kept.templates is kept.templates


def test_where_an_index_leads_elsewhere_nothing_is_told():
    path = ("spec", "template", "spec", "tolerations", 0, "effect")
    body = {"kind": "Deployment", "metadata": {"name": "trino"}}
    body["spec"] = {"template": {"spec": {"tolerations": [{"effect": "x"}, {"effect": "y"}]}}}
    [live] = objects(body).items

    assert value_since(Difference(live, path, "z", "y", "changed"), history(replica_set(1, "t:1"))) == ""
    assert value_since(Difference(live, path, "z", "x", "changed"), history(replica_set(1, "t:1"))) != ""
