"""Where a custom resource lives is said by the cluster."""

import pytest
from tests.architecture.objects import objects

from trinokit.drift.cluster_scoped_objects import apply_live_scopes
from trinokit.errors import SourceError
from trinokit.objects import Object, Objects

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %(kind)s}
spec: {group: example.com, names: {kind: %(kind)s}, scope: Cluster}
"""


def custom(kind: str, name: str, namespace: str = "default") -> Object:
    metadata = b'{"metadata":{"name":"%b","namespace":"%b"},"spec":{}}' % (name.encode(), namespace.encode())
    return Object("example.com/v1", kind, namespace, name, metadata)


def test_where_a_custom_resource_lives_is_said_by_the_definitions_of_the_cluster():
    live = objects("---\n".join(DEFINITION % {"kind": kind} for kind in ("Grid", "Line")))
    config = Object("v1", "ConfigMap", "default", "a", b"{}")
    declared = Objects("declared", (custom("Grid", "a"), custom("Area", "a"), config), unstable=(custom("Line", "b"),))

    found = apply_live_scopes(declared, live)
    assert [str(each) for each in found.items] == ["Grid/a", "Area/a in default", "ConfigMap/a in default"]
    assert found.items[0].body == {"metadata": {"name": "a"}, "spec": {}}
    assert [str(each) for each in found.unstable] == ["Line/b"]


def test_a_kind_whose_objects_have_no_namespace_needs_no_definition():
    live = Objects("live", (Object("example.com/v1", "Grid", "", "other", b"{}"),))

    assert [str(each) for each in apply_live_scopes(Objects("declared", (custom("Grid", "a"),)), live).items] == [
        "Grid/a"
    ]


def test_an_object_that_is_declared_twice_once_namespaces_are_gone_is_refused():
    live = Objects("live", (Object("example.com/v1", "Grid", "", "other", b"{}"),))
    twice = Objects("declared", (custom("Grid", "a", "blue"), custom("Grid", "a", "green")))

    with pytest.raises(SourceError, match=r"found Grid/a in blue and Grid/a in green, whose kind has no namespaces\."):
        apply_live_scopes(twice, live)
