"""A part of a source is added from this folder: a cluster and its recording answer the same, and nobody else knows."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.extensions.node_versions import NodeVersion, NodeVersions, node_version_findings

from trinokit.errors import SourceError
from trinokit.findings import OK, WARNING, Finding
from trinokit.sources import connect
from trinokit.sources.recorded import Recorded
from trinokit.sources.recording import RecordedParts, record_cluster

OLDER, NEWER = NodeVersion("b", "v1.35.9", "containerd"), NodeVersion("a", "v1.36.3", "containerd")


def test_a_recording_tells_what_its_nodes_ran():
    found = NodeVersions(connect("recorded/reference")).running()

    assert len(found) == 5
    assert {each.kubelet for each in found} == {"kwok-0.8.0"}
    assert list(found) == sorted(found)


def test_a_cluster_and_its_recording_tell_the_same(clusters, tmp_path):
    source = connect("test")
    folder = tmp_path / "recorded" / "contract"
    record_cluster(source, folder, RecordedParts(sides=("live",)), recorded_at="2026-07-01T00:00:00+00:00")

    found = NodeVersions(source).running()

    assert found
    assert NodeVersions(Recorded("recorded/contract", folder)).running() == found


def test_nodes_that_nobody_may_read_are_told_and_not_left_out():
    live = connect("recorded/reference").objects.live()
    refused = replace(live, items=(), unread={"Node": "403 nodes is forbidden"})
    source = SimpleNamespace(name="here", objects=SimpleNamespace(live=lambda: refused))

    with pytest.raises(SourceError, match="Expected the nodes of here, found 403 nodes is forbidden"):
        NodeVersions(source).running()


def test_a_recording_without_objects_says_so_as_every_part_does():
    with pytest.raises(SourceError, match="Expected live objects in recorded/demo, found none"):
        NodeVersions(connect("recorded/demo")).running()


def test_what_the_part_tells_is_judged_by_a_function_of_its_own():
    assert node_version_findings([NEWER, replace(NEWER, node="c"), OLDER]) == [
        Finding(WARNING, "Node/b", "runs kubelet v1.35.9, most run v1.36.3")
    ]
    assert node_version_findings([NEWER]) == [Finding(OK, "nodes", "1 node, all of kubelet v1.36.3")]
