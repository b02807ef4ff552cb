"""What of a target has not rolled out is told with counts and reasons, and nothing at all is no rollout either."""

import pytest
from tests.architecture.objects import objects, pod, workload

from trinokit.release import unfinished_rollouts
from trinokit.release.deploy_targets import DeployTarget

RELEASE = DeployTarget("staging", "test", "trino", ("kubectl",), 60, release="stack", chart="charts/stack")
DEPLOYMENT = DeployTarget(
    "staging", "test", "trino", ("kubectl",), 60, workload="web", container="main", image="w:{commit}"
)
DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
STUCK = DONE | {"updatedReplicas": 1, "replicas": 3}
HELM = {"meta.helm.sh/release-name": "stack", "meta.helm.sh/release-namespace": "trino"}
FAILED = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "status": "False"}]


def made(name: str, status: dict, *, kind: str = "Deployment", namespace: str = "trino", **about: object) -> dict:
    """A workload of two pods, whose generation is 2."""
    body = workload(name, kind=kind, namespace=namespace, status=status, spec={"replicas": 2, **about.pop("spec", {})})
    body["metadata"] |= {"generation": 2, "annotations": HELM} | about
    return body


def waiting(name: str, reason: str, *, field: str = "containerStatuses") -> dict:
    state = {"waiting": {"reason": reason}}
    return pod(name, owner="Deployment/web", ready=False, **{field: [{"name": "main", "state": state}]})


def test_a_target_has_rolled_out_when_each_of_its_workloads_has():
    daemons = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}
    live = objects(
        made("web", DONE), made("log", daemons, kind="DaemonSet"), made("store", DONE, kind="StatefulSet"), pod("one")
    )

    assert unfinished_rollouts.unready_workloads(live, RELEASE) == ()
    assert unfinished_rollouts.unready_workloads(live, DEPLOYMENT) == ()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (DONE | {"observedGeneration": 1}, "its controller has not seen the last change"),
        (STUCK, "1 of 2 pods are updated, 2 old pods not gone"),
        (DONE | {"replicas": 3}, "1 old pod not gone"),
        (DONE | {"availableReplicas": 0}, "0 of 2 pods are available"),
        (
            DONE | {"availableReplicas": 1, "conditions": FAILED},
            "1 of 2 pods are available, it made no progress before its deadline",
        ),
        (DONE | {"conditions": FAILED}, "it made no progress before its deadline"),
    ],
)
def test_how_far_a_workload_has_come_is_told(status, said):
    assert unfinished_rollouts.unready_workloads(objects(made("web", status)), RELEASE) == (f"Deployment/web: {said}",)


def test_a_whole_sentence_has_the_counts_and_the_reasons_of_pods():
    unscheduled = pod("d", owner="Deployment/web", ready=False)
    unscheduled["status"]["conditions"] += [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]
    ended = [{"name": "init", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]
    crashed = {"name": "main", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
    live = objects(
        made("web", STUCK | {"availableReplicas": 0, "conditions": FAILED}, spec={"paused": True}),
        *(waiting(name, "ImagePullBackOff") for name in "ab"),
        waiting("c", "CrashLoopBackOff", field="initContainerStatuses"),
        unscheduled,
        pod("e", owner="Deployment/web", ready=False, initContainerStatuses=ended, containerStatuses=[crashed]),
        pod("f", owner="Deployment/web", ready=False),
        pod("g", owner="Deployment/web", containerStatuses=[crashed]),
        waiting("h", "ErrImagePull") | {"status": {"phase": "Failed"}},
        pod("i", owner="Deployment/other", ready=False, containerStatuses=[crashed]),
    )

    assert unfinished_rollouts.unready_workloads(live, RELEASE) == (
        "Deployment/web: 1 of 2 pods are updated, 2 old pods not gone, 0 of 2 pods are available, "
        "it made no progress before its deadline, its rollout is paused "
        "(1 pod: CrashLoopBackOff; 1 pod: Error; 2 pods: ImagePullBackOff; 1 pod: Unschedulable)",
    )


def test_a_rollout_that_is_paused_or_not_known_yet_is_none():
    live = objects(made("web", DONE, spec={"paused": True}), made("young", {}))

    assert unfinished_rollouts.unready_workloads(live, RELEASE) == (
        "Deployment/web: its rollout is paused",
        "Deployment/young has no status yet",
    )


def test_only_what_belongs_to_the_target_counts():
    of_label = {"labels": {"app.kubernetes.io/instance": "stack"}, "annotations": {}}
    live = objects(
        made("labelled", STUCK, **of_label),
        made("other", STUCK, annotations=HELM | {"meta.helm.sh/release-name": "other"}, labels=of_label["labels"]),
        made("elsewhere", STUCK, annotations=HELM | {"meta.helm.sh/release-namespace": "other"}),
        made("far", STUCK, namespace="other"),
        made("nobody", STUCK, annotations={}),
        made("web", DONE),
    )

    [found] = unfinished_rollouts.unready_workloads(live, RELEASE)
    assert found.startswith("Deployment/labelled: ")
    assert unfinished_rollouts.unready_workloads(live, DEPLOYMENT) == ()


def test_a_target_without_a_workload_has_not_rolled_out():
    live = objects(made("other", DONE, annotations={}), made("web", DONE, kind="StatefulSet", annotations={}))

    assert unfinished_rollouts.unready_workloads(live, RELEASE) == ("stack in trino has no workload",)
    assert unfinished_rollouts.unready_workloads(live, DEPLOYMENT) == ("web in trino has no workload",)


def test_what_could_not_be_read_has_not_rolled_out():
    unread = {"Deployment in trino": "forbidden", "Job": "forbidden"}

    assert unfinished_rollouts.unready_workloads(objects(unread=unread), RELEASE) == (
        "Deployment in trino could not be read: forbidden",
    )
    assert unfinished_rollouts.unready_workloads(
        objects(made("web", DONE, kind="StatefulSet"), unread=unread), RELEASE
    ) == ("Deployment in trino could not be read: forbidden",)
