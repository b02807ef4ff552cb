"""A coordinator and its workers see the same catalogs, however they are mounted."""

import pandas as pd
import pytest
from tests.architecture.objects import config_map, mounting, objects, workload

from trinokit.architecture import catalog_consistency
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

HIVE = "connector.name=hive\nhive.metastore.uri=thrift://hms:9083\nhive.s3.aws-secret-key=abc\n"
FINE = [Finding(OK, "catalogs", "workers see what their coordinator sees (1 comparison)")]


def cluster(coordinator: dict[str, str], worker: dict[str, str], *, kind: str = "ConfigMap") -> list[dict]:
    """A coordinator and workers, each with a ConfigMap or Secret of catalogs."""
    both = {"coordinator": coordinator, "worker": worker}
    how = "secret" if kind == "Secret" else "configMap"
    return [
        *(workload(f"trino-{name}", **mounting(name, kind=how)) for name in both),
        *(config_map(name, data, kind=kind) for name, data in both.items()),
    ]


def judged(*parts: dict) -> list[Finding]:
    return catalog_consistency.inconsistent_catalog_findings(objects(*parts))


def test_each_catalog_of_each_workload_is_a_row():
    parts = cluster({"hive.properties": HIVE}, {"tpch.properties": "connector.name=tpch", "notes.txt": ""})

    assert catalog_consistency.catalog_table(objects(*parts)).to_numpy().tolist() == [
        ["trino", "hive", "hive", "Deployment/trino-coordinator", "ConfigMap/coordinator", 3],
        ["trino", "tpch", "tpch", "Deployment/trino-worker", "ConfigMap/worker", 1],
    ]


def test_one_config_map_for_both_is_fine():
    both = [workload(name, **mounting("catalog")) for name in ("coordinator", "worker")]

    assert judged(*both, config_map("catalog", {"hive.properties": HIVE})) == FINE


def test_two_with_the_same_properties_are_fine_in_whatever_order():
    shuffled = "# the same\n" + "\n".join(reversed(HIVE.splitlines()))

    assert judged(*cluster({"hive.properties": HIVE}, {"hive.properties": shuffled})) == FINE


@pytest.mark.parametrize(("has", "lacks"), [("coordinator", "worker"), ("worker", "coordinator")])
def test_a_catalog_that_one_side_does_not_have_is_found(has, lacks):
    sides = {has: {"hive.properties": HIVE}, lacks: {}}

    assert (
        judged(*cluster(sides["coordinator"], sides["worker"]))[-1:]
        == [
            Finding(
                CRITICAL,
                "catalog hive in trino",
                f"is known to Deployment/trino-{has} and not to Deployment/trino-{lacks}: its queries fail",
            )
        ]
        or not sides[lacks]
    )


def test_another_endpoint_is_named():
    other = HIVE.replace("//hms:", "//old:")

    assert judged(*cluster({"hive.properties": HIVE}, {"hive.properties": other})) == [
        Finding(
            CRITICAL,
            "catalog hive in trino",
            "differs in hive.metastore.uri: thrift://hms:9083 for Deployment/trino-coordinator, "
            "thrift://old:9083 for Deployment/trino-worker (ConfigMap/coordinator, ConfigMap/worker)",
        )
    ]


def test_another_value_is_named_by_its_key_only():
    [finding] = judged(*cluster({"hive.properties": HIVE}, {"hive.properties": HIVE.replace("abc", "xyz")}))

    assert finding.severity == WARNING
    assert finding.sentence.startswith("differs in hive.s3.aws-secret-key: a value of its own for Deployment/trino-c")
    assert "abc" not in finding.sentence
    assert "xyz" not in finding.sentence


def test_a_property_that_one_side_does_not_have_is_found():
    [finding] = judged(*cluster({"hive.properties": HIVE}, {"hive.properties": "connector.name=hive"}))[:1]

    assert finding.sentence.startswith("differs in hive.metastore.uri: thrift://hms:9083 for")
    assert "nothing for Deployment/trino-worker" in finding.sentence


def test_a_variable_is_compared_by_what_it_stands_for():
    text = "hive.metastore.uri=thrift://${ENV:HMS}:9083"

    def node(name: str, host: str) -> dict:
        parts = mounting("catalog")
        parts["container"]["env"] = [{"name": "HMS", "value": host}]
        return workload(name, **parts)

    data = config_map("catalog", {"hive.properties": text})
    assert judged(node("coordinator", "a"), node("worker", "a"), data) == FINE
    assert (
        "thrift://b:9083 for Deployment/worker"
        in judged(node("coordinator", "a"), node("worker", "b"), data)[0].sentence
    )


def test_one_secret_for_both_is_fine_and_two_cannot_be_compared():
    both = [workload(name, **mounting("s", kind="secret")) for name in ("coordinator", "worker")]
    data = {"hive.properties": "eA=="}

    assert judged(*both, config_map("s", data, kind="Secret")) == FINE
    [finding] = judged(*cluster(data, data, kind="Secret"))
    assert (finding.severity, finding.subject) == (CRITICAL, "catalog hive in trino")
    assert finding.sentence.startswith("could not be compared, since a Secret has it: Deployment/trino-coordinator has")


def test_a_secret_has_no_properties_to_count():
    [row, _] = catalog_consistency.catalog_table(
        objects(*cluster(*[{"a.properties": "eA=="}] * 2, kind="Secret"))
    ).itertuples()

    assert pd.isna(row.properties)


def test_the_configuration_says_who_coordinates():
    def node(name: str, role: str, labels: dict) -> list[dict]:
        parts = mounting(name, "/etc/trino")
        parts["pod"]["volumes"].append({"name": "catalogs", "configMap": {"name": f"{name}-catalogs"}})
        parts["container"]["volumeMounts"].append({"name": "catalogs", "mountPath": "/etc/trino/catalog"})
        data = {"config.properties": f"coordinator={role}"}
        return [workload(name, labels=labels, **parts), config_map(name, data)]

    first, second = node("a", "true", {}), node("b", "false", {})
    hive = config_map("a-catalogs", {"hive.properties": HIVE})

    assert "is known to Deployment/a and not to Deployment/b" in judged(*first, *second, hive)[0].sentence


def test_clusters_of_their_own_are_not_compared():
    data = config_map("catalog", {"hive.properties": HIVE})
    apart = [
        workload(name, labels={"app.kubernetes.io/instance": name}, **mounting("catalog"))
        for name in ("coordinator", "worker")
    ]

    assert judged(*apart, data) == [
        Finding(INFO, "catalogs", "no coordinator and workers were found whose catalogs could be compared")
    ]


def test_without_a_trino_there_is_nothing_to_compare():
    assert judged(workload("web"))[0].severity == INFO
    assert catalog_consistency.catalog_table(objects(workload("web"))).empty
