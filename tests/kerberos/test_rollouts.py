"""A plan that changes ConfigMaps is carried out on a real API server, and taken back to the byte."""

import json

import pytest
from tests.kerberos.rolled import MENDED, PASTED, ROLES, Trino, all_done, carried_out, config_map, deployment, statuses

from trinokit.errors import PlanError
from trinokit.plan import undo_plan


@pytest.fixture
def trino(namespace, kubectl, monkeypatch) -> Trino:
    """A Trino whose flags are as they were pasted."""
    made = Trino(namespace, kubectl, monkeypatch)
    made.apply(*(each for role in ROLES for each in (config_map(role, PASTED), deployment(role))))
    return made


def test_the_flags_come_into_both_config_maps_and_the_nodes_are_rolled_and_all_is_taken_back(trino):
    plan = trino.plan()

    outcomes = carried_out(plan)

    place = f"in {trino.namespace}"
    assert statuses(outcomes) == [
        (f"Change jvm.config of ConfigMap/trino-worker {place}, unless somebody else has", "done"),
        (f"Restart Deployment/trino-worker {place}", "done"),
        (f"Wait until every pod of Deployment/trino-worker {place} is new and ready", "done"),
        (f"Change jvm.config of ConfigMap/trino-coordinator {place}, unless somebody else has", "done"),
        (f"Restart Deployment/trino-coordinator {place}", "done"),
        (f"Wait until every pod of Deployment/trino-coordinator {place} is new and ready", "done"),
    ]
    assert trino.texts == dict.fromkeys(ROLES, MENDED)
    assert trino.rolled == dict.fromkeys(ROLES, 2)
    assert trino.plan().steps == ()

    all_done(carried_out(undo_plan(plan, outcomes)))

    assert trino.texts == dict.fromkeys(ROLES, PASTED)
    assert trino.rolled == dict.fromkeys(ROLES, 3)
    written = json.loads(trino.kubectl("get", "configmap/trino-worker", "-o", "json", "--show-managed-fields"))
    managers = [each["manager"] for each in written["metadata"]["managedFields"]]
    assert managers == ["kubectl-client-side-apply", "trinokit"]


def test_a_rollout_that_is_paused_or_does_not_get_ready_keeps_a_plan_from_being_made(trino):
    nowhere = {"spec": {"paused": True, "template": {"spec": {"nodeSelector": {"there-is": "none"}}}}}
    trino.kubectl("patch", "deployment/trino-worker", "--type=merge", "-p", json.dumps(nowhere))
    with pytest.raises(PlanError, match="found its rollout paused"):
        trino.plan()

    trino.kubectl("rollout", "resume", "deployment/trino-worker")
    with pytest.raises(
        PlanError, match=r"under way\.\n  -> wait for it: kubectl -n test-\w+ rollout status deployment/"
    ):
        trino.plan()


def test_a_worker_that_does_not_come_back_stops_the_plan_before_the_coordinator(trino):
    plan = trino.plan(seconds=3)
    # Whoever cordons the nodes between plan and approval keeps every new pod waiting.
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "3"}}}
    trino.apply(quota)

    outcomes = carried_out(plan)

    assert [each.status for each in outcomes] == ["done", "done", "failed", *["not reached"] * 3]
    assert "timed out waiting for the condition" in outcomes[2].said
    assert trino.texts == {"worker": MENDED, "coordinator": PASTED}

    trino.kubectl("delete", "resourcequota/none")
    all_done(carried_out(undo_plan(plan, outcomes)))

    assert trino.texts == dict.fromkeys(ROLES, PASTED)
    assert trino.rolled["coordinator"] == 1


def test_a_config_map_that_somebody_else_has_changed_since_is_left_alone(trino):
    plan = trino.plan()
    trino.apply(config_map("worker", f"{PASTED}\n-Db=2\n"))

    outcomes = carried_out(plan)

    assert [each.status for each in outcomes] == ["failed", *["not reached"] * 5]
    assert trino.texts == {"worker": f"{PASTED}\n-Db=2\n", "coordinator": PASTED}
    assert undo_plan(plan, outcomes).steps == ()


def test_what_was_changed_after_the_plan_is_not_overwritten_by_its_undo(trino):
    plan = trino.plan()
    outcomes = carried_out(plan)
    trino.kubectl("patch", "configmap/trino-coordinator", "-p", json.dumps({"data": {"jvm.config": "-Db=2\n"}}))

    taken_back = carried_out(undo_plan(plan, outcomes))

    assert [each.status for each in taken_back][:2] == ["failed", "not reached"]
    assert trino.texts == {"worker": MENDED, "coordinator": "-Db=2\n"}
