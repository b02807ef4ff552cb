"""Which commits were deployed is read from the API server and from a recording, and what cannot be read is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.architecture.objects import objects, workload
from tests.release.deployed import NEW, OLD, Place
from tests.servers.kubernetes import cluster

from trinokit import sources
from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.objects import Objects
from trinokit.observations import DeployedRevision, DeploymentHistory, HelmRevision
from trinokit.release import unfinished_rollouts
from trinokit.release.deploy_targets import DeployTarget
from trinokit.sources.kubernetes import deployment_history
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recording import RecordedParts, record_cluster

NOW = "2026-11-24T12:00:00+00:00"
IMAGE = "gateway:{release}-{commit}"
DEPLOYMENT = DeployTarget(
    "staging", "test", "trino", ("kubectl",), 60, workload="gateway", container="main", image=IMAGE
)
RELEASE = DeployTarget("staging", "test", "trino", ("kubectl",), 60, release="stack", chart="chart")


@pytest.fixture
def place(namespace, kubectl, tmp_path, monkeypatch) -> Place:
    """A namespace with the chart and the Deployment side by side, under names of their own."""
    made = Place(namespace, kubectl, tmp_path, monkeypatch)
    made.applied()
    return made


def nothing(objects: Objects, target: DeployTarget) -> tuple[str, ...]:
    return ()


def replicas(revision: int | None, image: str, cause: str = "", *, of: str = "one", **about: object) -> dict:
    body = workload(f"gateway-{revision}", kind="ReplicaSet", container={"image": image})
    annotations = {"deployment.kubernetes.io/revision": str(revision)} if revision else {}
    body["metadata"] |= {"annotations": annotations | ({"kubernetes.io/change-cause": cause} if cause else {})}
    body["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "gateway", "uid": of, "controller": True}]
    body["metadata"] |= about
    return body


def revisions(*made: dict, target: DeployTarget = DEPLOYMENT) -> list[tuple]:
    deployment = workload("gateway", container={"image": "now"})
    deployment["metadata"]["uid"] = "one"
    found = deployment_history.build_deployment_history(target, objects(deployment, *made), (), {}, nothing)
    assert (found.unready, found.problem, found.containers) == ((), "", (("main", "now"),))
    return [(each.number, each.status, each.commit, each.said) for each in found.revisions]


def release(number: int, status: str, said: str, commit: str = "", name: str = "stack") -> HelmRevision:
    return HelmRevision(name, "trino", number, status, None, (), said, commit)


def test_the_revisions_of_a_deployment_are_its_replica_sets():
    first, second = f"v1.0.0 {OLD}", f"v1.1.0 {NEW}"
    found = revisions(
        replicas(10, f"gateway:v1.1.0-{NEW}", second),
        replicas(9, f"gateway:v1.0.0-{OLD}", first),
        replicas(11, "gateway:other", of="another"),
        replicas(12, "gateway:other", ownerReferences=[]),
        replicas(13, "gateway:other", namespace="other"),
    )

    assert found == [(9, "superseded", OLD, first), (10, "deployed", NEW, second)]


@pytest.mark.parametrize(
    ("template", "image", "cause", "commit"),
    [
        (IMAGE, f"gateway:v1.1.0-{NEW}", f"v1.1.0 {NEW}", NEW),
        # Somebody has set the image by hand, and the change-cause is still that of before.
        (IMAGE, f"gateway:v1.1.0-{OLD}", f"v1.1.0 {NEW}", ""),
        (IMAGE, "gateway:hand", f"v1.1.0 {NEW}", ""),
        ("gateway:{release}", "gateway:v1.1.0", f"v1.1.0 {NEW}", NEW),
        ("gateway:{release}", "gateway:v1.1.1", f"v1.1.0 {NEW}", ""),
        ("gateway:{release}", "gateway:v1.1.0", "", ""),
        # Nobody has told a cause, and the image tells the commit by itself.
        (IMAGE, f"gateway:v1.1.0-{NEW}", "", NEW),
        (IMAGE, f"gateway:v1.1.0-{NEW}", "kubectl set image deployment/gateway", NEW),
        ("gateway:{commit}", f"gateway:{NEW}{NEW}"[:-16], "", f"{NEW}{NEW}"[:64]),
        ("gateway:{commit}", f"gateway:{NEW[:-1]}", "", ""),
        ("gateway.{commit}", f"gateway:{NEW}", "", ""),
        ("", "gateway:any", f"v1.1.0 {NEW}", NEW),
        ("", "gateway:any", f"v1.1.0 {NEW[:-1]}", ""),
        ("", "gateway:any", f"deployed v1.1.0 {NEW}", ""),
    ],
)
def test_a_commit_is_told_where_the_change_cause_and_the_image_agree(template, image, cause, commit):
    [found] = revisions(replicas(1, image, cause), target=replace(DEPLOYMENT, image=template))

    assert found == (1, "deployed", commit, cause)


def test_the_revisions_of_a_release_tell_their_commits():
    found = deployment_history.build_deployment_history(
        RELEASE,
        objects(),
        (
            release(10, "deployed", "Rollback to 9"),
            release(9, "superseded", f"v1.1.0 {NEW}", OLD),
            release(8, "superseded", "Upgrade complete", OLD),
            release(7, "failed", "Upgrade failed", OLD),
            release(6, "pending-upgrade", f"v1.1.0 {NEW}", OLD),
            release(11, "deployed", "", name="other"),
        ),
        {},
        nothing,
    )

    assert found == DeploymentHistory(
        (
            DeployedRevision(6, "pending-upgrade", OLD, f"v1.1.0 {NEW}"),
            DeployedRevision(7, "failed", OLD, "Upgrade failed"),
            DeployedRevision(8, "superseded", "", "Upgrade complete"),
            DeployedRevision(9, "superseded", NEW, f"v1.1.0 {NEW}"),
            DeployedRevision(10, "deployed", "", "Rollback to 9"),
        )
    )


@pytest.mark.parametrize(
    ("target", "unread", "releases", "problem"),
    [
        (RELEASE, {}, {"Helm release stack": "no"}, "Helm release stack could not be read: no"),
        (DEPLOYMENT, {}, {"Helm release stack": "no"}, ""),
        (DEPLOYMENT, {"Job": "no", "Pod in trino": "never"}, {}, "Pod in trino could not be read: never"),
        (RELEASE, {"Pod": "a"}, {"Helm": "b"}, "Pod could not be read: a; Helm could not be read: b"),
    ],
)
def test_what_could_not_be_read_is_the_problem(target, unread, releases, problem):
    found = deployment_history.build_deployment_history(
        target, objects(unread=unread), (), releases, lambda *asked: ("one",)
    )

    assert found == (DeploymentHistory(problem=problem) if problem else DeploymentHistory(unready=("one",)))


def test_the_same_is_read_from_the_cluster_and_from_a_recording_of_it(place, tmp_path):
    image = f"gateway:v1.0.0-{OLD}"
    deployed = place.deployed(place.deployment)
    assert deployed == DeploymentHistory(
        (DeployedRevision(1, "deployed", OLD, f"v1.0.0 {OLD}"),), (), containers=(("log", "log:1"), ("gateway", image))
    )
    place.kubectl("delete", "deployment/gateway")
    assert place.deployed(place.deployment) == DeploymentHistory(
        unready=(f"gateway in {place.namespace} has no workload",)
    )

    place.installed()
    released = place.deployed(place.release)
    assert released == DeploymentHistory((DeployedRevision(1, "deployed", OLD, f"v1.0.0 {OLD}"),))
    part = DeclaredPart("chart", namespace=place.namespace, release="stack")
    place.live.cluster.declared.append(part)
    record_cluster(place.live, tmp_path / "one", RecordedParts(sides=("live",), releases=True), recorded_at=NOW)
    recorded = Recorded("recorded/one", tmp_path / "one")
    assert sources.deployment_history(recorded, place.release, unfinished_rollouts.unready_workloads) == released
    assert sources.deployment_history(
        recorded, replace(place.release, release="other"), unfinished_rollouts.unready_workloads
    ) == DeploymentHistory(unready=(f"other in {place.namespace} has no workload",))


def test_whoever_may_not_read_is_told_what(place, kubernetes, tmp_path):
    place.kubectl("create", "serviceaccount", "nobody")
    token = place.kubectl("create", "token", "nobody")
    (tmp_path / "kubeconfig").write_text(cluster.access(kubernetes, {"token": token}))

    found = sources.deployment_history(
        _live(place, tmp_path / "kubeconfig"), place.release, unfinished_rollouts.unready_workloads
    )
    assert (found.revisions, found.unready) == ((), ())
    for what in ("Deployment", "ReplicaSet", "Pod", f"Helm release stack in {place.namespace}"):
        assert f"{what} could not be read: " in found.problem


def test_whoever_may_read_the_target_alone_needs_no_more(place, kubernetes, tmp_path):
    place.kubectl("create", "serviceaccount", "reader")
    apps = [
        "--verb=list",
        "--resource=deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,pods,secrets",
    ]
    place.kubectl("create", "role", "reader", *apps)
    place.kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={place.namespace}:reader")
    token = place.kubectl("create", "token", "reader")
    (tmp_path / "kubeconfig").write_text(cluster.access(kubernetes, {"token": token}))

    live = _live(place, tmp_path / "kubeconfig")
    for target in (place.deployment, place.release):
        assert sources.deployment_history(live, target, unfinished_rollouts.unready_workloads) == place.deployed(target)
        assert place.deployed(target).problem == ""


def test_a_server_that_does_not_answer_is_the_problem_and_without_a_target_nothing_is_asked(place, tmp_path):
    (tmp_path / "kubeconfig").write_text("{}")
    nowhere = _live(place, tmp_path / "kubeconfig")

    assert sources.deployment_history(nowhere, place.release, nothing).problem.startswith(
        "Expected access to Kubernetes, found"
    )
    assert sources.deployment_history(nowhere, None, nothing) == DeploymentHistory()
    assert sources.deployment_history(None, None, nothing) == DeploymentHistory()
    assert sources.deployment_history(None, RELEASE, nothing) == DeploymentHistory(
        problem="nobody says in which cluster it is"
    )


def test_a_recording_without_live_objects_or_releases_says_so(recorded):
    made = recorded([])
    assert sources.deployment_history(made, RELEASE, nothing).problem == (
        "Expected live objects in recorded/made, found none"
    )


def test_a_change_cause_keeps_no_secret(place):
    place.kubectl("annotate", "deployment/gateway", "--overwrite", "kubernetes.io/change-cause=kubectl --token=sesame")
    place.kubectl("rollout", "restart", "deployment/gateway")
    place.at_rest()

    [*_, last] = place.deployed(place.deployment).revisions
    assert (last.commit, "sesame" in json.dumps(last.said)) == (OLD, False)


def _live(place: Place, config: Path) -> Live:
    where = KubernetesAccess({"query engine": place.namespace}, context=cluster.CONTEXT, kubeconfig=str(config))
    return Live("made", Cluster(kubernetes=where), "mysql.a.b")
