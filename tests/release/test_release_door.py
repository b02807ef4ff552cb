"""What a runbook knows of a release is read from git, its remote and the targets, each time anew, by one door."""

from dataclasses import replace

import pytest
import yaml
from tests.release.repositories import NAMES, Release
from tests.sources.git import conftest
from tests.sources.git.conftest import FEATURE, MASTER

from trinokit import sources
from trinokit.errors import ParameterError
from trinokit.release import DeploymentSpec, FeatureRelease, plan_release
from trinokit.release.release_request import CloneSpec, FeatureFiles, ReleaseRequest

FILES = FeatureFiles(documents=("docs/**",), changelog="CHANGELOG.md")
KUBERNETES = {"context": "nowhere", "namespaces": {"query engine": "trino"}}
RECORDED = ReleaseRequest(NAMES, CloneSpec(repository="recorded/release"))
CHART = DeploymentSpec(cluster="whole", target="helm:trino/trino", chart="charts/trino")


@pytest.fixture
def clusters(home) -> None:
    """Three clusters: one whose gate can be kept, one without a Trino, and one in which it is in another namespace."""
    whole = {"trino": {"url": "http://127.0.0.1:9"}, "kubernetes": KUBERNETES}
    elsewhere = whole | {"kubernetes": KUBERNETES | {"namespaces": {"query engine": "other"}}}
    entries = {"whole": whole, "mute": {"kubernetes": KUBERNETES}, "elsewhere": elsewhere}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": entries}))


def read(release: Release, **changes: object) -> FeatureRelease:
    """The release as the runbook reads it."""
    clone = CloneSpec(repository=str(release.clone.folder), worktree_folder="runs/worktrees")
    return plan_release(replace(ReleaseRequest(NAMES, clone, files=FILES), **changes), sources)


def test_everything_that_a_plan_needs_is_read_at_once(developed, home):
    found = read(developed).facts

    assert [each.subject for each in found.feature.commits] == ["Add the new feature", "Tell of the new feature"]
    assert [(each.join.into, bool(each.commit)) for each in found.joined] == [
        (NAMES.release_branch, True),
        (NAMES.release_branch, True),
        (MASTER, True),
    ]
    assert {"documents", "changelog", "feature branch"} <= {each.name for each in found.checks}
    assert [each.found for each in found.checks if each.name == "changelog"] == [
        "CHANGELOG.md names v1.1.0 in a heading"
    ]


def test_of_a_shallow_clone_only_that_is_told(started, home, tmp_path):
    source = f"file://{tmp_path}/remote.git"
    started.clone.git("clone", "--quiet", "--depth=1", "--branch", MASTER, source, f"{tmp_path}/shallow")

    found = read(started, clone=CloneSpec(repository=f"{tmp_path}/shallow")).facts

    assert [each.name for each in found.checks if each.severity.name == "CRITICAL"][:1] == ["history"]
    assert (found.joined, found.presence) == ((), ())


def test_a_plan_waits_is_carried_out_and_the_release_is_read_once_more(developed, home):
    release = read(developed, last_stage="release")
    proposed = release.plan(undo="", journal=home / "journal")

    verified = release.verify(proposed.execute(approved=proposed.plan.approval))

    statuses = [
        dict(zip(table["step"], table["status"], strict=True))
        for table in (release.progress_table(), verified.progress_table())
    ]
    assert [each["merge the feature"] for each in statuses] == ["waits", "done"]
    assert {row[0]: row[2] for row in verified.record_table().values.tolist()}[NAMES.release_branch] == (
        "pushed, and proved on the remote"
    )
    back = read(developed).plan(undo=proposed.plan.approval, journal=home / "journal")
    assert (back.is_undo, back.plan) == (True, verified.executed.undo_plan())


def test_the_targets_of_a_recording_are_known_with_what_is_deployed_there():
    target = DeploymentSpec(cluster="recorded/release", target="helm:staging/trino", chart="charts/trino")

    release = plan_release(replace(RECORDED, staging=target), sources)

    assert [(each.target.name, each.target.namespace) for each in release.targets] == [("staging", "staging")]
    [(_, deployed)] = release.facts.targets
    assert [each.number for each in deployed.revisions] == [1]


@pytest.mark.parametrize("missing", ["cluster", "target"])
def test_without_a_cluster_or_a_place_there_is_no_target(clusters, developed, missing):
    assert read(developed, staging=replace(CHART, **{missing: ""})).targets == ()


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [("mute", "whose Trino can be asked now"), ("elsewhere", "Expected the namespace trino in the entry of elsewhere")],
)
def test_a_gate_that_could_not_be_kept_is_refused_before_anything_is_deployed(clusters, developed, cluster, sentence):
    with pytest.raises(ParameterError, match=sentence):
        read(developed, production=replace(CHART, cluster=cluster))


def test_a_target_is_known_with_the_source_that_tells_of_it(clusters, developed):
    release = read(developed, production=CHART)

    assert [(each.source.name, each.target.name, each.target.release) for each in release.targets] == [
        ("whole", "production", "trino")
    ]
    [(_, deployed)] = release.facts.targets
    assert deployed.problem


def test_worktrees_lie_where_parameters_do(developed, home):
    assert read(developed).request.clone.worktree_folder == str(home / "runs" / "worktrees")


def test_worktrees_are_only_named_for_a_recording():
    assert plan_release(RECORDED, sources).request.clone.worktree_folder == "runs/worktrees"


def test_the_feature_branch_is_found_wherever_it_is(started, home):
    tip = conftest.feature(started.clone)
    started.clone.git("push", "--quiet", "origin", f":refs/heads/{FEATURE}")

    found = read(started).facts.feature

    assert (found.tip, found.found) == (tip, "local")
