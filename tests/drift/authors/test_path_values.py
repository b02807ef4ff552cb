"""A path leads to one value, through keyed lists and into the texts of files, and values are compared by meaning."""

import pytest

from trinokit.drift.authors.path_values import find_item, includes_written, is_equivalent, value_at
from trinokit.drift.differences import ABSENT

BODY = {
    "spec": {
        "replicas": 2,
        "nothing": None,
        "containers": [
            {"name": "a", "image": "a:1", "args": ["x", "y"]},
            {"name": "b", "ports": [{"containerPort": 80}]},
        ],
        "tolerations": [{"key": "spot"}],
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}],
    },
    "data": {
        "a.properties": "size=1\nname = x\n",
        "b.yaml": "global:\n  interval: 30\njobs:\n- job_name: trino\n  port: 1\n- job_name: hive\n",
        "two.yaml": "a: 1\n---\nb: 2\n",
        "c.json": '{"a": {"b": [1, {"c": true}]}}',
        "d.xml": "<configuration><property><name>uri</name><value>thrift://a</value></property></configuration>",
        "jvm.config": "-Xmx8G\n-Da=1\n",
    },
}
A = (("name", "a"),)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), BODY),
        (("spec", "replicas"), 2),
        (("spec", "nothing"), None),
        (("spec", "absent", "more"), ABSENT),
        (("spec", "replicas", "more"), ABSENT),
        (("spec", "containers", A, "image"), "a:1"),
        (("spec", "containers", A, "args", 1), "y"),
        (("spec", "containers", A, "args", 2), ABSENT),
        (("spec", "containers", (("name", "c"),), "image"), ABSENT),
        (("spec", "containers", 1, "name"), "b"),
        (("spec", "replicas", A), ABSENT),
        (("spec", "tolerations", ()), [{"key": "spot"}]),
        (
            ("spec", "containers", (("name", "b"),), "ports", (("containerPort", 80), ("protocol", "TCP"))),
            {"containerPort": 80},
        ),
        (("spec", "containers", (("name", "b"),), "ports", (("containerPort", 80), ("protocol", "UDP"))), ABSENT),
        (
            ("spec", "metrics", (("type", "Resource"), ("name", "cpu")), "resource", "target", "averageUtilization"),
            80,
        ),
        (("data", "a.properties", "name"), "x"),
        (("data", "a.properties", "absent"), ABSENT),
        (("data", "b.yaml", "global", "interval"), 30),
        (("data", "b.yaml", "jobs", "[job_name=trino]", "port"), 1),
        (("data", "b.yaml", "jobs", "[job_name=none]", "port"), ABSENT),
        (("data", "two.yaml", "[1]", "b"), 2),
        (("data", "c.json", "a", "b", "[1]", "c"), True),
        (("data", "c.json", "a", "b", "[2]"), ABSENT),
        (("data", "c.json", "a", "x", "y"), ABSENT),
        (("data", "d.xml", "uri"), "thrift://a"),
        (("data", "jvm.config", "-Xmx"), "-Xmx8G"),
    ],
)
def test_a_path_leads_to_one_value(path, value):
    assert value_at(BODY, path) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1),
        ("1", "1000m"),
        ("1Gi", "1024Mi"),
        (0.5, "500m"),
        (None, ABSENT),
        ({"a": ["1Gi"]}, {"a": ["1024Mi"]}),
        (True, True),
    ],
)
def test_values_are_the_same_however_they_are_written(one, other):
    assert is_equivalent(one, other)
    assert includes_written(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, True),
        ("true", True),
        ("a", "b"),
        (0, ABSENT),
        ("", None),
        ([1], [1, 2]),
        ([1], {"a": 1}),
        ({}, ABSENT),
    ],
)
def test_values_that_mean_something_else_are_not_the_same(one, other):
    assert not is_equivalent(one, other)
    assert not is_equivalent(other, one)
    assert not includes_written(other, one)


def test_what_a_server_fills_in_is_covered_and_not_the_same():
    written, stored = {"name": "a", "ports": [{"port": 1}]}, {"name": "a", "ports": [{"port": 1, "protocol": "TCP"}]}

    assert includes_written(stored, written)
    assert not includes_written(written, stored)
    assert not is_equivalent(stored, written)


def test_an_item_is_found_by_all_of_its_keys():
    ports = [{"port": 1, "protocol": "UDP"}, {"port": 1}]

    assert find_item(ports, (("port", 1), ("protocol", "TCP"))) == {"port": 1}
    assert find_item(ports, (("port", 2),)) is ABSENT
    assert find_item("no list", (("port", 2),)) is ABSENT
