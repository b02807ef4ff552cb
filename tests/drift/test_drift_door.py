"""One door to an audit: its tables and findings by name, for a source that is handed to it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import nbformat
import pytest
from tests.architecture.objects import objects
from tests.conftest import ROOT

from trinokit import parameters
from trinokit.drift import DetectedDrift, DriftRequest, detect_drift
from trinokit.drift.categories import CATEGORIES
from trinokit.errors import ParameterError
from trinokit.findings import INFO, OK, Finding
from trinokit.objects import Objects
from trinokit.observations import AuditLog, HelmRevision, PrometheusState, TextFile

NOTEBOOK = ROOT / "notebooks" / "drift_audit.ipynb"
DECLARED = """
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}, data: {x: "1"}}
---
{kind: ResourceQuota, apiVersion: v1, metadata: {name: q, namespace: trino}, spec: {hard: {pods: "10"}}}
"""
LIVE = """
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}, data: {x: "2"}}
---
kind: ResourceQuota
apiVersion: v1
metadata: {name: q, namespace: trino}
spec: {hard: {pods: "20"}}
status: {hard: {pods: "20"}, used: {pods: "20"}}
"""


@dataclass
class WrittenObjects:
    """The objects of a cluster that is known from what is written here."""

    text: str
    observed_at: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def declared(self, *, commit: str = "") -> Objects:
        return objects(DECLARED, side="declared", roles={"trino": "compute"}, about={"Kubernetes": "v1.36.3"})

    def live(self, *, also: Objects | None = None) -> Objects:
        return objects(self.text, side="live", roles={"trino": "compute"}, about={"Kubernetes": "v1.36.3"})


@dataclass
class NoProvenance:
    """A cluster in which nobody did anything, and how often its Prometheus was asked."""

    asked: list[str] = field(default_factory=list)

    def audit_log(self, path: str) -> AuditLog:
        return AuditLog(given=bool(path))

    def helm_revisions(self) -> tuple[tuple[HelmRevision, ...], dict[str, str]]:
        return (), {}

    def prometheus_state(self) -> PrometheusState:
        self.asked.append("monitoring")
        return PrometheusState(problem="it is not there")


class Cluster:
    """A cluster by its *name* with the *live* objects that are written here."""

    def __init__(self, name: str = "here", live: str = LIVE) -> None:
        self.name, self.objects, self.provenance = name, WrittenObjects(live), NoProvenance()

    @property
    def asked(self) -> list[str]:
        return self.provenance.asked


def drifted(drift: DetectedDrift, category: str) -> list[tuple[str, str]]:
    return [(row.object, row.path) for row in drift.table(category).itertuples()]


def test_a_cluster_is_compared_with_what_git_declares_unless_something_else_is_said():
    drift = detect_drift(Cluster())

    assert drifted(drift, "configuration") == [
        ("ConfigMap/a in trino", "data.x"),
        ("ResourceQuota/q in trino", "spec.hard.pods"),
    ]
    assert drift.findings("summary")[0].sentence.startswith("2 differences in 2 objects")


def test_a_cluster_is_compared_with_another_one_or_with_objects_that_were_read():
    other = Cluster("other")

    assert drifted(detect_drift(Cluster(), against=other), "configuration") == []
    assert drifted(detect_drift(Cluster(), against=other.objects.live()), "configuration") == []


def test_the_name_of_a_cluster_is_no_source():
    with pytest.raises(ParameterError, match="found 'staging'.\n  -> hand over the source"):
        detect_drift(Cluster(), against="staging")


def test_every_table_and_all_findings_can_be_asked_for():
    drift = detect_drift(Cluster())

    assert [len(drift.table(name).columns) > 0 for name in drift.table_names] == [True] * len(drift.table_names)
    assert all(drift.findings(name) for name in drift.finding_names)
    assert list(drift.evidence("configuration").columns) == ["drift", "evidence", "command"]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda drift: drift.table("permisions"), "Expected a table of drift, found 'permisions'.\n  -> did you mean"),
        (lambda drift: drift.findings("securty"), "Expected findings of drift, found 'securty'.\n  -> did you mean"),
        (lambda drift: drift.evidence("sides"), "Expected a category, found 'sides'.\n  -> they are: configuration,"),
    ],
)
def test_a_name_that_is_unknown_is_refused(ask, message):
    with pytest.raises(ParameterError, match=message):
        ask(detect_drift(Cluster()))


def test_prometheus_is_asked_once_and_only_when_it_is_looked_at():
    cluster = Cluster()
    drift = detect_drift(cluster)
    assert cluster.asked == []

    drift.table("scrape jobs"), drift.table("scrape jobs"), drift.findings("monitoring")
    assert cluster.asked == ["monitoring"]


def test_a_category_that_was_not_chosen_is_left_out():
    drift = detect_drift(Cluster(), DriftRequest(categories=["scaling"]))

    assert drift.findings("monitoring") == [
        Finding(INFO, "monitoring", "was left out: it is not among the categories of this run")
    ]
    assert drift.table("categories")["category"].tolist() == ["scaling"]


def test_what_an_ignore_rule_accepts_is_listed_and_nothing_else_is_told_of_it():
    rules = "rules: [{object: 'ResourceQuota/*', reason: ours, expires: 2027-01-01}]"
    drift = detect_drift(Cluster(), DriftRequest(ignore=TextFile(rules, "ignore.yaml")))

    assert drifted(drift, "configuration") == [("ConfigMap/a in trino", "data.x")]
    assert drift.table("suppressed")["reason"].tolist() == ["ours (until 2027-01-01)"]
    assert drift.findings("ignore rules")[0].severity == OK


def test_a_file_that_is_wrong_is_refused_by_its_name_before_anything_is_asked():
    with pytest.raises(ParameterError, match=r"nodes\.yaml"):
        DriftRequest(node_policy=TextFile("rules: 3", "nodes.yaml"))


def test_comparisons_of_an_earlier_audit_give_the_same():
    first = detect_drift(Cluster())

    assert detect_drift(Cluster(), cached=first.comparisons()).report == first.report


def test_earlier_runs_are_put_beside_this_one():
    drift = detect_drift(Cluster())

    assert drift.trend([]).to_dict("split")["data"] == [["this run", 0, 2, 0, 0]]
    assert drift.trend_findings([])[0].subject == "trend"


def test_the_notebook_tells_of_every_category_and_takes_its_name():
    cells = "\n".join(cell.source for cell in nbformat.read(NOTEBOOK, 4).cells)
    names = [each.name for each in CATEGORIES]

    assert parameters.declared_parameters(NOTEBOOK)["categories"].choices == names
    for name in names:
        assert f'drift.table("{name}")' in cells
        assert f'report.publish(drift.findings("{name}"))' in cells
