"""What a cluster should be like is what git declares, or what lives in another cluster or recording."""

from datetime import date

import pytest

from trinokit import sources
from trinokit.drift import detection
from trinokit.errors import ParameterError


def test_git_is_the_declared_side_of_the_cluster_itself():
    source = sources.connect("recorded/drifted")

    assert sources.comparison_objects(source, "git", "").side == "declared"
    assert [each.place for each in sources.comparison_objects(source, "git", "").items] == [
        each.place for each in source.objects.declared().items
    ]


def test_another_recording_is_compared_as_it_lives():
    source = sources.connect("recorded/drifted")
    promised = sources.comparison_objects(source, "recorded/reference", "")
    found = detection.drift_between(promised, source.objects.live(), detection.DriftEvidence(), on=date(2026, 11, 24))

    assert promised.side == "live"
    assert ("Deployment/debug in minio", "") in {(str(each.object), each.where) for each in found.drift}
    # Each recording has thrown its key away.
    assert {each.object.kind for each in found.uncompared} >= {"Secret"}
    assert not [each for each in found.drift if each.object.kind == "Secret" and each.path[:1] == ("data",)]


def test_a_revision_is_one_of_git():
    with pytest.raises(ParameterError, match="Expected no revision beside recorded/reference, found v1"):
        sources.comparison_objects(sources.connect("recorded/drifted"), "recorded/reference", "v1")


def test_whatever_is_no_cluster_is_refused():
    with pytest.raises(ParameterError, match="found 'gti'"):
        sources.comparison_objects(sources.connect("recorded/drifted"), "gti", "")
