"""Variables stand for what the pod will see, as far as it can be known."""

import pytest
from tests.architecture.objects import config_map, objects, workload

from trinokit.architecture import environment_variables, workloads


def environment(*extra: dict, **container: object) -> dict[str, str | None]:
    everything = objects(workload("web", container=container), *extra)
    [web] = workloads.find_workloads(everything)
    return environment_variables.workload_environment(web, everything)


def test_literals_expand_what_was_named_before_them():
    env = [
        {"name": "HOST", "value": "db"},
        {"name": "URL", "value": "mysql://$(HOST):$(PORT)"},
        {"name": "PORT", "value": "3306"},
        {"name": "NONE"},
    ]

    assert environment(env=env) == {"HOST": "db", "URL": "mysql://db:$(PORT)", "PORT": "3306", "NONE": ""}


def test_config_maps_give_values_and_secrets_do_not():
    env = [
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "a.b"}}},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "gone", "key": "k"}}},
        {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]

    found = environment(config_map("c", {"a.b": "x"}), env=env)

    assert found == {"A": "x", "B": None, "C": None, "D": "trino", "E": None}


def test_whole_objects_become_variables():
    sources = [
        {"configMapRef": {"name": "c"}, "prefix": "P_"},
        {"secretRef": {"name": "s"}},
        {"configMapRef": {"name": "gone"}},
    ]

    found = environment(config_map("c", {"A": "x"}), config_map("s", {"B": "eA=="}, kind="Secret"), envFrom=sources)

    assert found == {"P_A": "x", "B": None}


def test_a_later_container_overrules_those_that_begin_first():
    first = {"initContainers": [{"name": "i", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]}]}
    main = {"containers": [{"name": "m", "env": [{"name": "A", "value": "2"}]}]}
    everything = objects(workload("web", pod={**first, **main}))
    [web] = workloads.find_workloads(everything)

    assert environment_variables.workload_environment(web, everything) == {"A": "2", "B": "1"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("http://$(HOST):80", "http://db:80"),
        ("http://${ENV:HOST}:80", "http://db:80"),
        ("${env.HOST}", "db"),
        ("${env.GONE:-other}", "other"),
        ("${HOST:-other}", "db"),
        ("$__env{HOST}", "db"),
        ("${HOST}/${GONE}", "db/${GONE}"),
        ("${ENV:SECRET}", "${ENV:SECRET}"),
        ("${ENV:SECRET:-x}", "${ENV:SECRET:-x}"),
        ("$$(HOST)", "$$(HOST)"),
        ("$HOST", "$HOST"),
    ],
)
def test_references_are_put_in_where_they_are_known(text, value):
    assert environment_variables.expand_variables(text, {"HOST": "db", "SECRET": None}) == value
