"""A release to staging and to production that is killed at each of its steps ends as if nothing had happened."""

import os
import secrets
from collections.abc import Iterator

import pytest
from tests.release import platform
from tests.release.platform import PLACES, Platform
from tests.release.repositories import Release, carried_out, done
from tests.release.test_resumed import Killed, after
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster
from tests.sources.git.conftest import FEATURE, MASTER, RELEASE

from trinokit import sources
from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.observations import DeploymentHistory
from trinokit.release import deploy_targets, unfinished_rollouts
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_request import DeploymentSpec, ReleaseRequest
from trinokit.sources.live import Live


@pytest.fixture
def deployed(servers, kubectl, tmp_path) -> Iterator[Platform]:
    """The feature was developed, v1.0.0 runs in both places, and the gate, which has tests of its own, passes."""
    own = secrets.token_hex(4)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "trinokit").write_text("#!/bin/sh\necho pass: nothing was asked\n")
    (tmp_path / "bin" / "trinokit").chmod(0o755)
    (tmp_path / "platform").mkdir()
    with (
        platform.deployed(tmp_path / "platform", kubectl, {each: f"test-{own}-{each}" for each in PLACES}) as found,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
        found.clone.git("branch", FEATURE, MASTER)
        platform.develop(found.clone, FEATURE, platform.FEATURE, platform.DOCUMENTS)
        yield found


def release(deployed: Platform) -> Release:
    """The release of the feature, whose targets are read anew each time."""

    def read(request: ReleaseRequest) -> tuple[tuple[DeployTarget, DeploymentHistory], ...]:
        return tuple(target(deployed, each) for each in PLACES)

    return Release(deployed.clone, deployed, read)


def target(deployed: Platform, place: str) -> tuple[DeployTarget, DeploymentHistory]:
    namespace, config = deployed.namespaces[place], str(cluster.kubeconfig(CACHE))
    where = KubernetesAccess({"query engine": namespace}, context=cluster.CONTEXT, kubeconfig=config)
    live = Live(place, Cluster(kubernetes=where), "mysql.a.b")
    spec = DeploymentSpec(
        cluster=place,
        target=f"helm:{namespace}/{platform.RELEASE}",
        chart=platform.CHART,
        values=(f"values/{place}.yaml",),
        rollout_seconds=60,
    )
    found = deploy_targets.parse_target(place, spec, live.commands.kubectl_prefix)
    return found, sources.deployment_history(live, found, unfinished_rollouts.unready_workloads)


def test_killed_after_each_step_before_anybody_was_told_it_ends_with_one_commit_everywhere(deployed):
    found = release(deployed)
    request = found.request(test_command="test -f VERSION")
    titles = [step.title for step in found.plan(request).steps]
    killed = []
    for title in titles:
        plan = found.plan(request)
        left = [step.title for step in plan.steps]
        if title in left:
            killed.append(title)
            with pytest.raises(Killed):
                carried_out(plan, after(left.index(title) + 1))

    done(found.run(request))

    assert killed == titles
    assert len(titles) == 16
    commit = deployed.git("rev-parse", "v1.1.0^{commit}")
    assert deployed.git("rev-parse", RELEASE, f"{MASTER}^2").split() == [commit] * 2
    for place in PLACES:
        told = deployed.revisions(place)
        assert [each["description"] for each in told][1:] == [f"v1.1.0 {commit}"]
        assert [each["status"] for each in told] == ["superseded", "deployed"]
    assert list(deployed.refs()) == [
        "refs/heads/main",
        f"refs/heads/{MASTER}",
        "refs/heads/master_v2",
        f"refs/heads/{RELEASE}",
        "refs/tags/v1.0.0",
        "refs/tags/v1.1.0",
    ]
    assert deployed.clone.git("worktree", "list").count("\n") == 0
    assert found.plan(request).steps == ()
