"""What was compared before is not compared again, as long as neither side, the code nor a definition changed."""

import msgspec
import pytest
from tests.architecture.objects import objects
from tests.drift.samples import an_object

from trinokit.drift import comparison_cache
from trinokit.drift.comparing import schemas_of_all_kinds
from trinokit.drift.differences import ABSENT, Difference
from trinokit.drift.pairing import ObjectPair

KNOWN = schemas_of_all_kinds.cluster_kind_schemas(objects(about={"Kubernetes": "v1.36.3"}))
DECLARED = an_object("ConfigMap", "a", data={"x": "1", "gone": None, "y": "2"})


def live(version: str = "7", uid: str = "u", **data: str) -> object:
    return an_object("ConfigMap", "a", metadata={"uid": uid, "resourceVersion": version}, data={"x": "1"} | data)


def judged(pair: ObjectPair, known: dict | None = None) -> list[Difference]:
    found = comparison_cache.compare_pairs([pair], KNOWN, known or {})
    return comparison_cache.unexplained_differences([pair], found.values())


def kept(pair: ObjectPair) -> dict:
    """What is known after *pair* was compared and kept."""
    return comparison_cache.load_comparisons(
        comparison_cache.dump_comparisons(comparison_cache.compare_pairs([pair], KNOWN, {}), KNOWN), KNOWN
    )


def test_a_verdict_tells_what_differs_with_the_live_object():
    there = live(z="3")

    assert judged(ObjectPair(DECLARED, there)) == [
        Difference(there, ("data", "y"), "2", ABSENT, "missing"),
        Difference(there, ("data", "z"), ABSENT, "3", "undeclared"),
    ]


def test_a_verdict_that_is_known_gives_the_same_differences():
    pair = ObjectPair(DECLARED, live(z="3"))

    assert judged(pair, kept(pair)) == judged(pair)


def test_paths_with_keys_places_and_members_are_kept():
    image = {"name": "trino", "image": "trino:476", "args": ["a", "b"]}
    spec = {"template": {"spec": {"containers": [image], "tolerations": [{"key": "a"}, {"key": "b"}]}}}
    other = {"template": {"spec": {"containers": [image | {"image": "trino:475", "args": ["a", "c"]}]}}}
    pair = ObjectPair(
        an_object("Deployment", "a", version="apps/v1", spec=spec),
        an_object("Deployment", "a", version="apps/v1", metadata={"uid": "u", "resourceVersion": "7"}, spec=other),
    )
    found = judged(pair, kept(pair))

    assert found == judged(pair)
    assert [each.where for each in found] == [
        "spec.template.spec.containers[name=trino].image",
        "spec.template.spec.containers[name=trino].args[1]",
        "spec.template.spec.tolerations[]",
        "spec.template.spec.tolerations[]",
    ]


def test_nothing_is_looked_at_of_an_object_that_is_as_it_was():
    before = kept(ObjectPair(DECLARED, live(z="3")))
    # It cannot be so: a server gives each change another version. So one sees that it was not compared.
    assert [each.where for each in judged(ObjectPair(DECLARED, live()), before)] == ["data.y", "data.z"]


@pytest.mark.parametrize(
    "pair",
    [
        ObjectPair(DECLARED, live("8")),
        ObjectPair(DECLARED, live(uid="v")),
        ObjectPair(an_object("ConfigMap", "a", data={"x": "1", "y": "2"}), live()),
    ],
)
def test_an_object_that_is_another_on_either_side_is_compared(pair):
    assert [each.where for each in judged(pair, kept(ObjectPair(DECLARED, live(z="3"))))] == ["data.y"]


def test_an_object_without_a_version_is_always_compared():
    before = kept(ObjectPair(DECLARED, live("", z="3")))

    assert [each.where for each in judged(ObjectPair(DECLARED, live("")), before)] == ["data.y"]


def test_what_the_server_explains_is_counted():
    declared = an_object("Service", "a", spec={"ports": [{"port": 80}]})
    port = {"port": 80, "protocol": "TCP", "targetPort": 80}
    there = an_object("Service", "a", spec={"ports": [port], "clusterIP": "10.0.0.1", "type": "ClusterIP"})
    found = comparison_cache.compare_pairs([ObjectPair(declared, there)], KNOWN, {})

    assert comparison_cache.unexplained_differences([ObjectPair(declared, there)], found.values()) == []
    assert {judged: count for (judged, _), count in comparison_cache.explained_counts(found.values()).items()} == {
        "defaulted": 3,
        "allocated": 1,
    }


def test_verdicts_of_other_definitions_are_forgotten():
    schema = {"spec": {"type": "object"}}
    others = schemas_of_all_kinds.KindSchemas(custom={("example.com/v1", "Thing"): schema})
    bytes = comparison_cache.dump_comparisons(
        comparison_cache.compare_pairs([ObjectPair(DECLARED, live())], KNOWN, {}), KNOWN
    )

    assert comparison_cache.load_comparisons(bytes, KNOWN) != {}
    assert comparison_cache.load_comparisons(bytes, others) == {}


@pytest.mark.parametrize("bytes", [b"", b"no msgpack", msgspec.msgpack.encode(["x", 5])])
def test_what_cannot_be_read_is_forgotten(bytes):
    assert comparison_cache.load_comparisons(bytes, KNOWN) == {}
