"""What was read is told, and what was not is the worst finding."""

from tests.architecture.objects import config_map, objects, pod, service, workload

from trinokit.architecture import inventory
from trinokit.findings import CRITICAL, OK, WARNING, Finding

NAMESPACE = {"kind": "Namespace", "metadata": {"name": "trino"}}
WEB = workload("web")


def test_the_reading_is_described():
    found = inventory.inventory_facts_table(objects(WEB, NAMESPACE, about={"Kubernetes": "v1.36.3"}))

    assert found.to_numpy().tolist() == [["side", "live"], ["Kubernetes", "v1.36.3"], ["objects", "2 of 2 kinds"]]


def test_each_namespace_has_its_role_and_its_counts():
    parts = [NAMESPACE, WEB, pod("web-1", owner="Deployment/web"), service("web", 80), config_map("c", {})]

    found = inventory.namespace_table(
        objects(*parts, config_map("s", {}, kind="Secret"), roles={"trino": "query engine"})
    )

    columns = ["objects", "workloads", "pods", "services", "entries", "claims", "config_maps", "secrets", "policies"]
    assert found.to_dict("records") == [
        {"namespace": "", "role": "(cluster)", **dict(zip(columns, [1, 0, 0, 0, 0, 0, 0, 0, 0], strict=True))},
        {"namespace": "trino", "role": "query engine", **dict(zip(columns, [5, 1, 1, 1, 0, 0, 1, 1, 0], strict=True))},
    ]


def test_what_could_not_be_read_is_critical():
    unread = {"Secret": "forbidden", "Namespace gone": "the cluster has no such namespace"}

    assert inventory.unread_object_findings(objects(WEB, unread=unread)) == [
        Finding(CRITICAL, what, f"could not be read, and every answer about it is missing: {unread[what]}")
        for what in ("Namespace gone", "Secret")
    ]


def test_a_namespace_with_nothing_in_it_is_found():
    assert inventory.unread_object_findings(objects(WEB, roles={"trino": "query engine", "redis": "cache"})) == [
        Finding(WARNING, "Namespace/redis", "has nothing in it")
    ]


def test_everything_that_was_read_is_fine():
    assert inventory.unread_object_findings(objects(WEB)) == [Finding(OK, "objects", "all 1 were read")]


def test_nothing_at_all_cannot_be_fine():
    assert inventory.unread_object_findings(objects()) == [
        Finding(CRITICAL, "objects", "could not be judged: there is none")
    ]
