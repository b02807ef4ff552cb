"""The door to a cluster makes each table once, judges by name, and draws what it has."""

import pytest
from tests.architecture.objects import objects, service, workload

from trinokit.architecture import Aspect, ClusterMap, map_cluster
from trinokit.architecture.architecture_door import ASPECTS
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO, Finding
from trinokit.sources import connect

LONELY = service("lonely", 80, namespace="trino", app="nobody")


def small() -> ClusterMap:
    return ClusterMap(objects(workload("worker", namespace="trino"), LONELY))


def test_a_table_is_for_readers_and_whole_for_programs():
    cluster = small()

    assert "selector" not in cluster.table("services")
    assert cluster.table("services", every_column=True)["selector"].tolist() == ["app=nobody"]


@pytest.mark.parametrize("aspect", ASPECTS.values(), ids=ASPECTS)
def test_every_aspect_shows_columns_that_its_table_has(aspect):
    whole = small().table(aspect, every_column=True)

    assert set(aspect.shown) <= set(whole)
    assert list(small().table(aspect)) == list(aspect.shown or whole)


def test_a_table_is_made_once():
    made = []
    own = Aspect(make_table=lambda found: made.append(found) or small().table("objects"))
    cluster = small()

    cluster.table(own)
    cluster.table(own)

    assert made == [cluster.objects]


def test_findings_of_some_names_are_the_findings_of_each_worst_first():
    cluster = small()

    together = cluster.findings("entry_points", "services")

    assert [finding.severity for finding in together] == [CRITICAL, INFO]
    assert together == cluster.findings("services") + cluster.findings("entry_points")


def test_without_a_name_everything_is_judged():
    cluster = small()

    assert len(cluster.findings()) == sum(len(cluster.findings(name)) for name in ASPECTS)


def test_an_aspect_of_ones_own_sees_the_whole_map():
    own = Aspect(
        make_table=ASPECTS["services"].make_table,
        judge=lambda cluster: [Finding(INFO, "services", f"{len(cluster.table('services'))} beside it")],
    )

    assert small().findings(own) == [Finding(INFO, "services", "1 beside it")]


def test_what_nobody_tells_is_refused_with_the_nearest():
    with pytest.raises(ParameterError, match="Expected something that is told of a cluster, found 'service'") as caught:
        small().table("service")

    assert caught.value.remedy == "did you mean services?"


def test_the_door_takes_a_source_and_a_side():
    declared = map_cluster(connect("recorded/reference"), side="declared")

    assert repr(declared).endswith(f" declared objects: {', '.join(ASPECTS)}")
    assert declared.diagram().get_label().startswith("Namespaces with their roles")
