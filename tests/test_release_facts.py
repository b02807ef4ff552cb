"""What a runbook knows of a release is read from git, its remote and the targets, each time anew."""

import pytest
import yaml

from tests.release.repositories import NAMES
from tests.sources.conftest import Clone
from tests.sources.git import conftest
from tests.sources.git.conftest import FEATURE, MASTER, clone, remote
from trinokit import release_facts
from trinokit.errors import ParameterError
from trinokit.release.deploy_targets import DeploymentSpec
from trinokit.release.release_request import ReleaseRequest
from trinokit.sources.git import git_repository

__all__ = ["clone", "remote"]
WISH = ReleaseRequest(NAMES, documents=("docs/**",), changelog="CHANGELOG.md")
KUBERNETES = {"context": "nowhere", "namespaces": {"query engine": "trino"}}


@pytest.fixture
def known(home) -> None:
    """Three clusters: one whose gate can be kept, one without a Trino, and one in which it is in another namespace."""
    whole = {"trino": {"url": "http://127.0.0.1:9"}, "kubernetes": KUBERNETES}
    elsewhere = whole | {"kubernetes": KUBERNETES | {"namespaces": {"query engine": "other"}}}
    clusters = {"whole": whole, "mute": {"kubernetes": KUBERNETES}, "elsewhere": elsewhere}
    (home / "parameters" / "clusters.yaml").write_text(yaml.safe_dump({"clusters": clusters}))


def facts(clone: Clone) -> release_facts.ReleaseFacts:
    git = git_repository.open_clone(clone.folder, str(clone.folder), "origin")
    return release_facts.gather_facts(git, WISH, ())


def test_everything_that_a_plan_needs_is_read_at_once(clone):
    conftest.seed(clone)
    conftest.feature(clone)

    found = facts(clone)

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


def test_of_a_shallow_clone_only_that_is_told(clone, tmp_path):
    conftest.seed(clone)
    clone.git(
        "clone", "--quiet", "--depth=1", "--branch", MASTER, f"file://{tmp_path}/remote.git", f"{tmp_path}/shallow"
    )
    git = git_repository.open_clone(tmp_path / "shallow", "shallow", "origin")

    found = release_facts.gather_facts(git, WISH, ())

    assert [each.name for each in found.checks if each.severity.name == "CRITICAL"][:1] == ["history"]
    assert (found.joined, found.presence) == ((), ())


def test_a_target_is_known_with_the_source_that_tells_of_it(known):
    [(source, target)] = release_facts.connect_target(
        "production", "whole", "helm:trino/trino", DeploymentSpec("charts/trino")
    )

    assert (source.name, target.name, target.release) == ("whole", "production", "trino")


@pytest.mark.parametrize(("cluster", "place"), [("", "helm:trino/trino"), ("whole", "")])
def test_without_a_cluster_or_a_place_there_is_none(known, cluster, place):
    assert release_facts.connect_target("staging", cluster, place, DeploymentSpec("charts/trino")) == ()


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [("mute", "whose Trino can be asked now"), ("elsewhere", "Expected the namespace trino in the entry of elsewhere")],
)
def test_a_gate_that_could_not_be_kept_is_refused_before_anything_is_deployed(known, cluster, sentence):
    with pytest.raises(ParameterError, match=sentence):
        release_facts.connect_target("production", cluster, "helm:trino/trino", DeploymentSpec("charts/trino"))


def test_worktrees_lie_where_parameters_do_and_are_only_named_for_a_recording(clone, home):
    conftest.seed(clone)
    live = git_repository.open_clone(clone.folder, str(clone.folder), "origin")
    recorded = git_repository.open_clone(clone.folder, "platform", "origin")

    assert release_facts.worktree_folder(live, "runs/worktrees") == str(home / "runs" / "worktrees")
    assert release_facts.worktree_folder(recorded, "runs/worktrees") == "runs/worktrees"


def test_the_feature_branch_is_found_wherever_it_is(clone):
    conftest.seed(clone)
    tip = conftest.feature(clone)
    clone.git("push", "--quiet", "origin", f":refs/heads/{FEATURE}")

    assert (facts(clone).feature.tip, facts(clone).feature.found) == (tip, "local")
