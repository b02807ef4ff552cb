"""Live and recorded clusters have the same parts, and show what there is of them without a secret."""

import inspect
import shutil
import typing

import pytest
from tests.conftest import ROOT

from trinokit import sources
from trinokit.architecture.architecture_door import ObjectSource
from trinokit.clusters_file import Cluster, DeclaredPart, KerberosLogin, KubernetesAccess, PrometheusAccess, TrinoAccess
from trinokit.drift.source_protocol import AuditedSource, ComparedSource
from trinokit.errors import PlanError, SourceError
from trinokit.kerberos.source_protocol import FlagSource
from trinokit.objects import Object, Objects
from trinokit.performance.performance_door import QuerySource
from trinokit.release.release_door import TargetSource
from trinokit.sources.live import Live
from trinokit.sources.source import Source

RECORDED = "recorded/kerberos"
EVENTS = "mysql.trino_events.trino_queries"
PARTS = typing.get_type_hints(Source)
DOORS = (QuerySource, ObjectSource, ComparedSource, AuditedSource, FlagSource, TargetSource)


def everything() -> Live:
    """A cluster of which everything is known, and nothing answers."""
    where = TrinoAccess("https://u:hunter2@127.0.0.1:1", kerberos=KerberosLogin(keytab="/hunter2"))
    cluster = Cluster(
        where,
        kubernetes=KubernetesAccess({"trino": "trino"}, context="here"),
        declared=[DeclaredPart("charts/trino", release="trino")],
        prometheus=PrometheusAccess("http://u:hunter2@127.0.0.1:1"),
    )
    return Live("production", cluster, EVENTS)


def members(one: object) -> dict[str, object]:
    found = {name: inspect.getattr_static(one, name) for name in dir(one) if not name.startswith("_")}
    return {name: each for name, each in found.items() if inspect.isfunction(each) or isinstance(each, property)}


def parameters(function: object) -> list[tuple]:
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"name", "queries"}))
def test_a_part_has_what_the_protocol_says_with_the_same_parameters_on_both_sides(part):
    wanted = members(PARTS[part])

    for source in (everything(), sources.connect(RECORDED)):
        found = members(type(getattr(source, part)))
        assert set(found) == set(wanted), (source.name, part)
        for name, each in wanted.items():
            assert type(found[name]) is type(each)
            assert isinstance(each, property) or parameters(found[name]) == parameters(each)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_asks_only_for_what_a_source_has_with_the_same_parameters(door):
    asked = typing.get_type_hints(door)
    wanted = {(part, name): each for part in asked for name, each in members(asked[part]).items()}

    assert wanted
    for (part, name), each in wanted.items():
        found = members(PARTS[part])[name]
        assert type(found) is type(each), (part, name)
        assert isinstance(each, property) or parameters(found) == parameters(each), (part, name)


def test_both_sides_have_all_parts_and_the_three_questions():
    for source in (everything(), sources.connect(RECORDED)):
        assert set(PARTS) <= set(vars(source))
        assert {name for name in members(Source)} <= {name for name in dir(source)}


def test_a_live_cluster_shows_its_parts_and_no_secret():
    assert repr(everything()).splitlines() == [
        "production",
        "  queries: those of mysql.trino_events.trino_queries",
        "  objects: declared, live",
        "  provenance: audit log by its path, Helm revisions, Prometheus",
        "  jvms: through trino or through kubectl",
        "  login: by Kerberos",
        "  git: declared in charts/trino",
    ]
    assert "hunter2" not in (repr(everything()) + everything()._repr_html_()).lower()


def test_a_recording_shows_what_was_recorded():
    assert repr(sources.connect(RECORDED)).splitlines() == [
        "recorded/kerberos",
        "  recorded: from production at 2026-11-24T19:33:43+00:00",
        "  queries: none",
        "  objects: 4 declared, 139 live",
        "  provenance: Helm revisions",
        "  jvms: 3",
        "  git: the declared clone",
    ]
    assert "<th>queries</th><td>2,909 completed, created from 2026-11-24T01:13:00 until 2026-11-24T01:28:00</td>" in (
        sources.connect("recorded/demo")._repr_html_()
    )


def test_objects_show_how_many_of_which_kind_and_nothing_of_what_is_in_them():
    items = (Object("v1", "Secret", "a", "b", b'{"data": "hunter2"}'), Object("v1", "Pod", "a", "b", b"{}"))
    found = Objects("live", items, unread={"Node": "403 <forbidden>"})

    assert repr(found) == "2 live objects: 1 Pod, 1 Secret; not read: Node"
    assert "<tr><th>Node</th><td>not read: 403 &lt;forbidden&gt;</td></tr>" in found._repr_html_()
    assert repr(Objects("declared", ())) == "0 declared objects: none"


def test_the_time_of_a_recording_stands_still():
    source = sources.connect("recorded/demo")

    for question in (source.queries.trino_time, source.queries.active_worker_count):
        with pytest.raises(SourceError, match="Expected a cluster whose Trino can be asked now, found the recording"):
            question()


def test_which_clone_releases_are_made_from_no_live_cluster_says():
    with pytest.raises(SourceError, match="Expected a clone with the remote origin, found the cluster production"):
        everything().git.repository("origin")


def test_a_side_is_asked_for_where_it_is_known():
    recorded = sources.connect(RECORDED)

    assert recorded.objects.sides == ["declared", "live"]
    assert recorded.objects.find_side("declared").side == "declared"


def test_a_side_of_which_nothing_is_known_is_none(home):
    (home / "parameters" / "clusters.yaml").write_text(
        "clusters:\n  here:\n    trino:\n      url: http://127.0.0.1:18080\n"
    )
    source = sources.connect("here")

    assert source.objects.sides == []
    assert source.objects.find_side("declared") is None


def test_nobody_logs_into_a_recording():
    source = sources.connect(RECORDED)

    assert source.login.attempt("").problem.startswith("nobody can log into a recording")


def test_a_recording_cannot_be_changed(home):
    shutil.copytree(ROOT / RECORDED, home / RECORDED)
    source = sources.connect(RECORDED)

    with pytest.raises(PlanError, match="Expected a cluster that runs, found the recording recorded/kerberos"):
        source.commands.run(("kubectl", "version"), "", 5)
