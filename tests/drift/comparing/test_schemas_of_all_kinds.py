"""What is known of every kind? A cluster's version, and what its definitions say."""

import msgspec
import pytest

from trinokit.drift.comparing import compare, crd_schemas, schemas_of_all_kinds
from trinokit.drift.differences import ABSENT, CHANGED, DEFAULTED, MISSING, UNDECLARED
from trinokit.objects import Object, Objects

QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
TEXT = {"type": "string"}
SPEC = {
    "type": "object",
    "properties": {
        "replicas": {"type": "integer", "default": 1},
        "memory": {"x-kubernetes-int-or-string": True, "pattern": QUANTITY},
        "port": {"x-kubernetes-int-or-string": True},
        "storage": TEXT,
        "paused": {"type": "boolean", "default": False},
        "servers": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "zone"],
            "items": {
                "type": "object",
                "properties": {"name": TEXT, "zone": TEXT | {"default": "a"}, "size": TEXT | {"default": "small"}},
            },
        },
        "features": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
        "steps": {"type": "array", "x-kubernetes-list-type": "atomic", "items": TEXT},
        "pools": {
            "type": "object",
            "additionalProperties": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}},
        },
        "retry": {
            "type": "object",
            "default": {"times": 2},
            "properties": {"times": {"type": "integer"}, "pause": TEXT | {"default": "1s"}},
        },
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}


def definition(spec: dict = SPEC) -> Object:
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}, {"name": "v0"}]
    body = {"spec": {"group": "example.com", "names": {"kind": "Thing"}, "versions": versions}}
    group = "apiextensions.k8s.io/v1"
    return Object(group, crd_schemas.CRD_KIND, "", "things.example.com", msgspec.json.encode(body))


def told(declared: dict, live: dict, *, spec: dict = SPEC) -> list[tuple]:
    known = schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (definition(spec),)))
    sides = [
        Object("example.com/v1", "Thing", "trino", "a", msgspec.json.encode({"metadata": {"name": "a"}, "spec": body}))
        for body in (declared, live)
    ]
    return [(each.where, each.judged, each.declared, each.live) for each in compare.compare_objects(*sides, known)]


@pytest.mark.parametrize("version", ["v1.25.0", "v1.30.14-gke.100", "v1.36.3", "1.36"])
def test_the_data_hold_for_the_versions_up_to_the_one_they_were_measured_on(version):
    assert (
        schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (), about={"Kubernetes": version})).version_warning
        == ""
    )


@pytest.mark.parametrize("version", ["v1.24.17", "v1.37.0", "v2.0.0"])
def test_a_version_beyond_is_told(version):
    expected = "Expected a Kubernetes from 1.25 to 1.36, for which the defaults were measured, found"

    assert (
        schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (), about={"Kubernetes": version})).version_warning
        == f"{expected} {version}."
    )


@pytest.mark.parametrize("about", [{}, {"Kubernetes": ""}, {"Kubernetes": "unknown"}])
def test_a_server_without_a_version_is_told(about):
    assert schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (), about=about)).version_warning.endswith(
        "found no version."
    )


def test_built_in_kinds_are_known_and_others_by_their_definition():
    known = schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (definition(),)))
    asked = [("apps/v1", "Deployment"), ("example.com/v1", "Thing"), ("example.com/v0", "Thing"), ("apps/v1", "Thing")]

    assert [known.has_schema(*each) for each in asked] == [True, True, False, False]
    assert schemas_of_all_kinds.KindSchemas().has_schema("example.com/v1", "Thing") is False


def test_what_is_known_of_a_kind_is_read_once():
    known = schemas_of_all_kinds.KindSchemas()

    assert known.root("apps/v1", "Deployment") is known.root("apps/v1", "Deployment")


def test_every_rule_is_of_a_kind_that_the_server_has():
    known = schemas_of_all_kinds.KindSchemas()
    names = {name for rule in schemas_of_all_kinds.built_in_rules() for name in rule.kinds if name != "*"}

    assert [name for name in names if not known.has_schema(*name.split(" "))] == []


def test_a_default_of_the_definition_is_no_drift_and_another_value_is():
    assert told({}, {"replicas": 1, "paused": False}) == [
        ("spec.replicas", DEFAULTED, ABSENT, 1),
        ("spec.paused", DEFAULTED, ABSENT, False),
    ]
    assert told({}, {"replicas": 2}) == [("spec.replicas", UNDECLARED, ABSENT, 2)]


def test_a_default_map_is_filled_with_the_defaults_inside_it():
    assert told({}, {"retry": {"times": 2, "pause": "1s"}}) == [
        ("spec.retry", DEFAULTED, ABSENT, {"times": 2, "pause": "1s"})
    ]
    assert told({"retry": {"times": 5}}, {"retry": {"times": 5, "pause": "1s"}}) == [
        ("spec.retry.pause", DEFAULTED, ABSENT, "1s")
    ]
    assert told({}, {"retry": {"times": 3, "pause": "1s"}}) == [
        ("spec.retry.times", UNDECLARED, ABSENT, 3),
        ("spec.retry.pause", DEFAULTED, ABSENT, "1s"),
    ]


def test_a_default_inside_any_key_of_a_map_is_known():
    assert told({"pools": {"a": {}}}, {"pools": {"a": {"size": 3}}}) == [("spec.pools.a.size", DEFAULTED, ABSENT, 3)]


def test_items_are_known_by_the_keys_of_the_definition_with_their_defaults():
    declared = [{"name": "x"}, {"name": "x", "zone": "b"}]
    live = [{"name": "x", "zone": "b", "size": "large"}, {"name": "x", "zone": "a", "size": "small"}]

    assert [each for each in told({"servers": declared}, {"servers": live}) if each[1] != DEFAULTED] == [
        ("spec.servers[name=x,zone=b].size", UNDECLARED, ABSENT, "large")
    ]


def test_a_set_of_the_definition_has_no_order_and_an_atomic_list_has_one():
    assert told({"features": ["a", "b"]}, {"features": ["b", "a"]}) == []
    assert told({"steps": ["a", "b"]}, {"steps": ["a", "c"]}) == [("spec.steps[1]", CHANGED, "b", "c")]


def test_a_quantity_of_the_definition_may_be_written_in_any_way():
    assert told({"memory": "1024Mi", "storage": "1000M"}, {"memory": "1Gi", "storage": "1G"}) == []
    assert told({"memory": "1"}, {"memory": 1}) == []


def test_a_number_or_text_is_no_quantity():
    assert told({"port": "80"}, {"port": 80}) == [("spec.port", CHANGED, "80", 80)]


def test_what_the_definition_leaves_open_is_compared_as_it_is_written():
    free = {"a": [1], "resources": {"limits": {"cpu": "1000m"}}}

    assert told({"free": free}, {"free": {"a": [1, 2], "resources": {"limits": {"cpu": "1"}}}}) == [
        ("spec.free.a[1]", UNDECLARED, ABSENT, 2)
    ]


def test_the_status_of_a_custom_resource_is_not_compared():
    known = schemas_of_all_kinds.cluster_kind_schemas(Objects("live", (definition(),)))
    bodies = [{"metadata": {"name": "a"}, "status": {"phase": phase}} for phase in ("a", "b")]
    sides = [Object("example.com/v1", "Thing", "", "a", msgspec.json.encode(body)) for body in bodies]

    assert compare.compare_objects(*sides, known) == []


def test_a_definition_that_keeps_no_unknown_fields_is_the_same_as_one_that_does_not_say_so():
    def named(**spec: object) -> Object:
        body = {"metadata": {"name": "a"}, "spec": {"group": "example.com", **spec}}
        return Object("apiextensions.k8s.io/v1", crd_schemas.CRD_KIND, "", "a", msgspec.json.encode(body))

    assert (
        compare.compare_objects(named(preserveUnknownFields=False), named(), schemas_of_all_kinds.KindSchemas()) == []
    )
    (found,) = compare.compare_objects(named(preserveUnknownFields=True), named(), schemas_of_all_kinds.KindSchemas())
    assert (found.where, found.judged) == ("spec.preserveUnknownFields", MISSING)


@pytest.mark.parametrize("spec", [{}, {"type": "object"}, {"x-kubernetes-preserve-unknown-fields": True}])
def test_a_definition_that_says_nothing_is_no_obstacle(spec):
    assert told({"a": 1}, {"a": 2}, spec=spec) == [("spec.a", CHANGED, 1, 2)]
