"""A difference is drift unless an autoscaler, a controller, a webhook, the render or a later commit explains it."""

import json

import pytest
from tests.drift.samples import an_object, differing

from trinokit.drift import legitimate_differences
from trinokit.drift.differences import ABSENT, MISSING, UNDECLARED, Author
from trinokit.drift.legitimate_differences import ClusterContext
from trinokit.objects import Object, Objects

REPLICAS = ("spec", "replicas")
SCALER = {"scaleTargetRef": {"kind": "Deployment", "name": "trino-worker"}, "minReplicas": 2, "maxReplicas": 6}
HPA = an_object("HorizontalPodAutoscaler", "trino-worker", version="autoscaling/v2", spec=SCALER)
WORKER = an_object("Deployment", "trino-worker", version="apps/v1")
BY_HPA = Author("kube-controller-manager", "Update", "scale")
BY_HAND = Author("kubectl", "Update", "scale")


def world(*live: Object, declared: tuple[Object, ...] = (), side: str = "declared", **more: object) -> ClusterContext:
    return ClusterContext(Objects(side, declared, **more), Objects("live", live))


def judged(difference, there: ClusterContext) -> tuple[str, str]:
    [found] = legitimate_differences.mark_legitimate_differences([difference], there)
    return found.judged, found.reason


def applied(**declared: object) -> Object:
    """A Deployment to which kubectl last applied *declared*."""
    text = json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", **declared})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": text}
    return an_object("Deployment", "trino-worker", version="apps/v1", metadata={"annotations": annotations})


@pytest.mark.parametrize("live", [2, 4, 6])
def test_replicas_that_the_autoscaler_wrote_within_its_bounds_are_managed(live):
    scaled = differing(WORKER, REPLICAS, 3, live, authors=(BY_HPA,))

    assert judged(scaled, world(HPA)) == (
        "managed",
        "HorizontalPodAutoscaler/trino-worker scales it between 2 and 6",
    )


@pytest.mark.parametrize("live", [1, 7])
def test_replicas_outside_of_the_bounds_are_drift(live):
    scaled = differing(WORKER, REPLICAS, 3, live, authors=(BY_HPA,))

    assert judged(scaled, world(HPA)) == (
        "changed",
        "HorizontalPodAutoscaler/trino-worker scales it between 2 and 6, and this is outside",
    )


@pytest.mark.parametrize(
    "authors",
    [
        (BY_HAND,),
        (BY_HAND, BY_HPA),
        (Author("kube-controller-manager", "Update"),),
        (Author("me", "Update", "scale"),),
        (),
    ],
)
def test_replicas_that_the_autoscaler_did_not_write_are_drift(authors):
    scaled = differing(WORKER, REPLICAS, 3, 4, authors=authors)

    assert judged(scaled, world(HPA)) == (
        "changed",
        "HorizontalPodAutoscaler/trino-worker scales it between 2 and 6, and did not write this",
    )


@pytest.mark.parametrize(("wants", "how"), [(4, "managed"), (5, "changed"), (None, "changed")])
def test_replicas_that_nobody_owns_are_managed_as_long_as_the_autoscaler_wants_as_many(wants, how):
    status = {"status": {} if wants is None else {"desiredReplicas": wants}}
    scaler = an_object("HorizontalPodAutoscaler", "trino-worker", version="autoscaling/v2", spec=SCALER, **status)

    assert judged(differing(WORKER, REPLICAS, 3, 4), world(scaler))[0] == how


@pytest.mark.parametrize(
    ("author", "how"),
    [
        (Author("kubectl", user="alice", match="weak"), "managed"),
        (Author("kubectl", subresource="scale", user="alice", match="weak"), "changed"),
        (Author("kubectl", user="alice", match="strong"), "changed"),
    ],
)
def test_who_wrote_the_object_last_need_not_have_scaled_it(author, how):
    scaler = an_object(
        "HorizontalPodAutoscaler",
        "trino-worker",
        version="autoscaling/v2",
        spec=SCALER,
        status={"desiredReplicas": 4},
    )

    assert judged(differing(WORKER, REPLICAS, 3, 4, authors=(author,)), world(scaler))[0] == how


@pytest.mark.parametrize(
    "scaler",
    [
        an_object(
            "HorizontalPodAutoscaler", "a", spec=SCALER | {"scaleTargetRef": {"kind": "Deployment", "name": "other"}}
        ),
        an_object(
            "HorizontalPodAutoscaler",
            "a",
            spec=SCALER | {"scaleTargetRef": {"kind": "StatefulSet", "name": "trino-worker"}},
        ),
        an_object("HorizontalPodAutoscaler", "a", namespace="redis", spec=SCALER),
    ],
)
def test_the_autoscaler_of_another_workload_explains_nothing(scaler):
    assert judged(differing(WORKER, REPLICAS, 3, 4, authors=(BY_HPA,)), world(scaler)) == ("changed", "")


def test_an_autoscaler_explains_nothing_but_replicas():
    path = ("spec", "minReadySeconds")

    assert judged(differing(WORKER, path, 3, 4, authors=(BY_HPA,)), world(HPA)) == ("changed", "")


def test_what_git_leaves_out_and_only_controllers_write_is_managed():
    written = differing(WORKER, ("spec", "x"), ABSENT, 1, judged=UNDECLARED, authors=(BY_HPA,))

    assert judged(written, world()) == ("managed", "only kube-controller-manager writes it")


@pytest.mark.parametrize(
    "difference",
    [
        differing(WORKER, ("spec", "x"), ABSENT, 1, judged=UNDECLARED, authors=(BY_HPA, BY_HAND)),
        differing(WORKER, ("spec", "x"), ABSENT, 1, judged=UNDECLARED),
        differing(WORKER, ("spec", "x"), 2, 1, authors=(BY_HPA,)),
        differing(WORKER, (), ABSENT, {}, judged=UNDECLARED, authors=(BY_HPA,)),
    ],
)
def test_what_a_person_writes_too_or_git_declares_or_is_a_whole_object_is_not(difference):
    assert judged(difference, world()) == (difference.judged, "")


SIDECAR = ("spec", "template", "spec", "containers", (("name", "istio-proxy"),))


def meshed(annotation: str) -> Object:
    template = {"metadata": {"annotations": {annotation: "{}"}}}
    return an_object("Deployment", "trino-worker", version="apps/v1", spec={"template": template})


def test_a_container_that_a_known_webhook_adds_is_injected():
    added = differing(meshed("sidecar.istio.io/status"), SIDECAR, ABSENT, {}, judged=UNDECLARED)

    assert judged(added, world()) == ("injected", "the webhook that writes sidecar.istio.io/status adds it")


@pytest.mark.parametrize(
    ("annotation", "name", "how"),
    [
        ("example.com/status", "istio-proxy", UNDECLARED),
        ("sidecar.istio.io/status", "miner", UNDECLARED),
        ("sidecar.istio.io/status", "istio-proxy", MISSING),
    ],
)
def test_a_container_without_the_signature_of_a_webhook_is_not(annotation, name, how):
    path = (*SIDECAR[:-1], (("name", name),))

    assert judged(differing(meshed(annotation), path, ABSENT, {}, judged=how), world()) == (how, "")


def test_a_value_that_each_rendering_makes_anew_is_unstable():
    secret = an_object("Secret", "redis", data={"password": "hmac-sha256:b"})
    random = differing(secret, ("data", "password"), "hmac-sha256:a", "hmac-sha256:c")

    assert judged(random, world(unstable=(secret,))) == (
        "unstable",
        "each rendering of the same commit gives another value",
    )


def test_other_values_of_an_object_with_an_unstable_one_are_judged_as_ever():
    secret = an_object("Secret", "redis", data={"password": "hmac-sha256:b", "user": "hmac-sha256:u"})
    user = differing(secret, ("data", "user"), "hmac-sha256:u", "hmac-sha256:x")

    assert judged(user, world(unstable=(secret,))) == ("changed", "")


def test_an_object_that_each_rendering_names_anew_is_unstable():
    job = an_object("Job", "setup-x7f2", version="batch/v1")
    gone = differing(job, (), {}, ABSENT, judged=MISSING)

    assert judged(gone, world(unstable=(job,))) == (
        "unstable",
        "each rendering of the same commit gives it another name",
    )


def test_an_object_with_an_unstable_value_is_missing_all_the_same():
    secret, again = (an_object("Secret", "redis", data={"password": each}) for each in "ab")
    gone = differing(secret, (), {}, ABSENT, judged=MISSING)

    assert judged(gone, world(unstable=(again,))) == ("missing", "")


PENDING = ("pending", "as it was last deployed; git has moved on since")


def test_a_value_that_is_as_it_was_last_applied_is_pending():
    assert judged(differing(applied(spec={"replicas": 3}), REPLICAS, 5, 3), world()) == PENDING


def test_a_quantity_that_is_as_it_was_last_applied_is_pending_however_it_is_written():
    path = ("spec", "cpu")

    assert judged(differing(applied(spec={"cpu": "1000m"}), path, "2", "1"), world()) == PENDING


def test_a_value_that_git_no_longer_declares_and_that_was_applied_is_pending():
    gone = differing(applied(spec={"paused": True}), ("spec", "paused"), ABSENT, True, judged=UNDECLARED)

    assert judged(gone, world()) == PENDING


def test_a_value_that_git_declares_since_and_that_was_not_applied_is_pending():
    new = differing(applied(spec={}), ("spec", "paused"), True, ABSENT, judged=MISSING)

    assert judged(new, world()) == PENDING


@pytest.mark.parametrize(
    "difference",
    [
        differing(applied(spec={"replicas": 5}), REPLICAS, 5, 3),
        differing(applied(spec={"replicas": 4}), REPLICAS, 5, 3),
        differing(applied(spec={}), REPLICAS, ABSENT, 3, judged=UNDECLARED),
        differing(applied(spec={"replicas": 5}), REPLICAS, 5, ABSENT, judged=MISSING),
        differing(WORKER, REPLICAS, 5, 3),
    ],
)
def test_a_value_that_nobody_deployed_so_is_drift(difference):
    assert judged(difference, world()) == (difference.judged, "")


def test_between_two_clusters_nothing_is_pending():
    difference = differing(applied(spec={"replicas": 3}), REPLICAS, 5, 3)

    assert judged(difference, world(side="live")) == ("changed", "")


def test_what_is_no_drift_stays_as_it_is():
    difference = differing(applied(spec={"replicas": 3}), REPLICAS, 5, 3, judged="defaulted", reason="x")

    assert judged(difference, world()) == ("defaulted", "x")
