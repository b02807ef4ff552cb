"""A process keeps the configuration and the image that it was started with, and the audit tells so."""

import pytest
from tests.architecture.objects import config_map, mounting, objects, pod, workload

from trinokit.drift.categories.checks import outdated_pods
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding

BEFORE, WRITTEN, AFTER = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z"
ONE, OTHER = (f"sha256:{letter * 64}" for letter in "ab")


def written(name: str = "trino-catalog", *, kind: str = "ConfigMap", **times: str) -> dict:
    """A ConfigMap whose keys, ``a`` for ``a.properties``, were written at *times* by a manager of that key."""
    body = config_map(name, {f"{key}.properties": "b=1" for key in times or ["a"]}, kind=kind)
    body["metadata"]["creationTimestamp"] = BEFORE
    body["metadata"]["managedFields"] = [
        {
            "manager": f"kubectl-{key}",
            "operation": "Update",
            "time": moment,
            "fieldsV1": {"f:data": {f"f:{key}.properties": {}}},
        }
        for key, moment in times.items()
    ]
    return body


def started(name: str, moment: str | None, owner: str = "Deployment/trino", **more: object) -> dict:
    return pod(name, owner=owner, startTime=moment, **more)


def using(how: str, **more: object) -> dict:
    """A workload that uses the ConfigMap trino-catalog in one way."""
    parts = {
        "volume": mounting("trino-catalog"),
        "subPath": {
            "pod": mounting("trino-catalog")["pod"],
            "container": {"volumeMounts": [{"name": "files", "mountPath": "/x/a", "subPath": "a.properties"}]},
        },
        "envFrom": {"container": {"envFrom": [{"configMapRef": {"name": "trino-catalog"}}]}},
        "env": {
            "container": {
                "env": [
                    {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "trino-catalog", "key": "a.properties"}}}
                ]
            }
        },
    }
    return workload("trino", **{**parts[how], **more})


def test_a_config_map_that_was_written_after_its_pods_started_is_not_yet_running():
    held = objects(
        using("volume"), written(a=WRITTEN), started("p1", BEFORE), started("p2", AFTER), started("p3", BEFORE)
    )

    assert outdated_pods.outdated_config_findings(held) == [
        Finding(
            WARNING,
            "ConfigMap/trino-catalog in trino",
            "is not yet running in 2 of 3 pods of Deployment/trino: it was written by kubectl-a at "
            "2026-03-01 11:00:00, the last of them started at 2026-03-01 10:00:00, and they have it as files, which "
            "change on disk and are read when a process starts; kubectl -n trino rollout restart deployment/trino",
            {
                "manager": "kubectl-a",
                "moment": "2026-03-01T11:00:00+00:00",
                "workloads": "Deployment/trino",
                "pods": "p1, p3",
            },
        )
    ]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("volume", "as files, which change on disk and are read when a process starts"),
        ("subPath", "through subPath, which never changes in a running container"),
        ("env", "in the environment, which never changes in a running container"),
        ("envFrom", "in the environment, which never changes in a running container"),
    ],
)
def test_the_finding_says_how_a_pod_has_it(how, told):
    found = outdated_pods.outdated_config_findings(objects(using(how), written(a=WRITTEN), started("p", BEFORE)))

    assert [f"and they have it {told};" in each.sentence for each in found] == [True]


def test_all_is_well_when_the_pods_started_after_it_was_written():
    held = objects(using("volume"), written(a=WRITTEN), started("p1", AFTER), started("p2", WRITTEN))

    assert outdated_pods.outdated_config_findings(held) == [
        Finding(OK, "configuration", "1 ConfigMap or Secret, each older than the pods that use it")
    ]


def test_only_the_keys_that_a_pod_uses_count():
    held = [written(a=BEFORE, b=WRITTEN), started("p", BEFORE)]

    assert [each.severity for each in outdated_pods.outdated_config_findings(objects(using("env"), *held))] == [OK]
    assert [each.severity for each in outdated_pods.outdated_config_findings(objects(using("envFrom"), *held))] == [
        WARNING
    ]


def test_the_last_of_several_writers_is_named():
    held = objects(using("volume"), written(a=AFTER, b=WRITTEN), started("p", BEFORE))

    assert outdated_pods.outdated_config_findings(held)[0].details["manager"] == "kubectl-a"


def test_labels_and_metadata_are_no_configuration():
    body = written(a=BEFORE)
    body["metadata"]["managedFields"].append(
        {"manager": "kubectl-label", "time": AFTER, "fieldsV1": {"f:metadata": {"f:labels": {"f:a": {}}}}}
    )

    assert (
        outdated_pods.outdated_config_findings(objects(using("volume"), body, started("p", BEFORE)))[0].severity == OK
    )


def test_without_managed_fields_the_moment_of_its_creation_counts():
    body = written()
    body["metadata"] |= {"creationTimestamp": WRITTEN, "managedFields": None}

    found = outdated_pods.outdated_config_findings(objects(using("volume"), body, started("p", BEFORE)))

    assert "it was written at 2026-03-01 11:00:00," in found[0].sentence


def test_a_container_that_started_anew_has_read_it_unless_the_pod_prepares_it_first():
    anew = [{"name": "main", "state": {"running": {"startedAt": AFTER}}}]
    held = [using("volume"), written(a=WRITTEN)]
    prepares = {"initContainers": [{"name": "copy"}], "containers": [{"name": "main"}]}

    def severity(**more: object) -> int:
        return outdated_pods.outdated_config_findings(objects(*held, started("p", BEFORE, **more)))[0].severity

    assert severity(containerStatuses=anew) == OK
    assert severity(containerStatuses=[*anew, {"name": "b", "state": {"waiting": {}}}]) == WARNING
    assert severity(containerStatuses=anew, spec=prepares) == WARNING


def test_a_pod_that_has_ended_or_not_started_runs_nothing_old():
    held = [using("volume"), written(a=WRITTEN)]
    pods = [started("done", BEFORE) | {"status": {"phase": "Succeeded", "startTime": BEFORE}}, started("new", None)]

    assert outdated_pods.outdated_config_findings(objects(*held, *pods))[0].severity == OK


def test_one_finding_tells_all_workloads_and_how_to_start_them_anew():
    held = objects(
        *(
            workload(name, kind=kind, **mounting("trino-catalog"))
            for name, kind in [("a", "Deployment"), ("b", "StatefulSet")]
        ),
        written(a=WRITTEN),
        *(
            started(f"p{name}", BEFORE, owner=f"{kind}/{name}")
            for name, kind in [("a", "Deployment"), ("b", "StatefulSet")]
        ),
    )

    found = outdated_pods.outdated_config_findings(held)

    assert [each.details["workloads"] for each in found] == ["Deployment/a, StatefulSet/b"]
    assert found[0].sentence.endswith("; kubectl -n trino rollout restart deployment/a statefulset/b")


def test_a_job_is_started_anew_and_not_restarted():
    held = objects(
        workload("load", kind="Job", **mounting("trino-catalog")),
        written(a=WRITTEN),
        started("p", BEFORE, owner="Job/load"),
    )

    assert outdated_pods.outdated_config_findings(held)[0].sentence.endswith("; start Job/load anew")


def test_a_secret_is_told_by_name_and_pull_secrets_are_not_read_by_pods():
    secret = written("trino-catalog", kind="Secret", a=WRITTEN)
    pulls = workload("trino", pod={"imagePullSecrets": [{"name": "trino-catalog"}]})
    mounted = workload("trino", **mounting("trino-catalog", kind="secret"))

    def found(user: dict) -> tuple[int, str]:
        first = outdated_pods.outdated_config_findings(objects(user, secret, started("p", BEFORE)))[0]
        return first.severity, first.subject

    assert found(mounted) == (WARNING, "Secret/trino-catalog in trino")
    assert found(pulls) == (INFO, "configuration")


def test_what_could_not_be_read_is_not_judged():
    held = objects(
        using("volume"), written(a=BEFORE), started("p", AFTER), unread={"Secret in trino": "403", "Node": "x"}
    )

    assert outdated_pods.outdated_config_findings(held) == [
        Finding(CRITICAL, "Secret in trino", "could not be read: 403; nothing can be said of it")
    ]


def imaged(name: str, image: str, digest: str = "", owner: str = "Deployment/trino") -> dict:
    status = {"name": "main", "image": "another/name:1", "imageID": f"{image}@{digest}" if digest else ""}
    return pod(name, owner=owner, spec={"containers": [{"name": "main", "image": image}]}, containerStatuses=[status])


def judged(declared: str, template: str, *pods: dict) -> list[Finding]:
    promised = objects(workload("trino", container={"image": declared}), side="declared")
    return outdated_pods.outdated_image_findings(
        outdated_pods.running_image_table(promised, objects(workload("trino", container={"image": template}), *pods))
    )


def test_the_images_of_a_workload_are_declared_in_its_template_and_in_its_pods():
    promised = objects(workload("trino", container={"image": "trino:475"}), side="declared")
    pods = [imaged("p1", "trino:476", ONE), imaged("p2", "trino:476", ONE), imaged("p3", "trino:475")]
    idle = workload("idle", container={"image": "idle:1"})

    found = outdated_pods.running_image_table(promised, objects(workload("trino"), idle, *pods))

    assert found.to_numpy().tolist() == [
        ["trino", "Deployment/idle", "main", "", "idle:1", "", "", 0, ""],
        ["trino", "Deployment/trino", "main", "trino:475", "trino:476", "trino:475", "", 1, ""],
        ["trino", "Deployment/trino", "main", "trino:475", "trino:476", "trino:476", ONE, 2, ""],
    ]


def test_a_sidecar_lasts_and_what_only_prepares_a_pod_does_not():
    both = [{"name": "copy", "image": "a:1"}, {"name": "agent", "image": "b:1", "restartPolicy": "Always"}]
    held = objects(workload("trino", pod={"initContainers": both}))

    assert outdated_pods.running_image_table(held, held)["container"].tolist() == ["agent", "main"]


def test_pods_with_the_image_of_their_template_are_well():
    assert judged("trino:476", "trino:476", imaged("p1", "trino:476", ONE), imaged("p2", "trino:476", ONE)) == [
        Finding(OK, "images", "1 container with the image of the template in every pod; 1 with a digest told")
    ]


def test_pods_with_another_image_than_their_template_wait_for_their_rollout():
    assert judged("trino:476", "trino:476", imaged("p1", "trino:476"), imaged("p2", "trino:475")) == [
        Finding(
            WARNING,
            "Deployment/trino in trino",
            "runs trino:475 as main in 1 of 2 pods, and its template has trino:476: its rollout goes on or is stuck; "
            "kubectl -n trino rollout status deployment/trino",
        )
    ]


def test_one_tag_with_two_digests_has_moved():
    assert judged("trino:476", "trino:476", imaged("p1", "trino:476", ONE), imaged("p2", "trino:476", OTHER)) == [
        Finding(
            CRITICAL,
            "Deployment/trino in trino",
            f"runs different images as main under one name trino:476: {ONE} in 1 pod, {OTHER} in 1 pod; "
            "declare its digest",
        )
    ]


def test_a_digest_that_is_declared_has_to_run():
    image = f"trino@{ONE}"

    assert judged(image, image, imaged("p1", image, ONE))[0].severity == OK
    assert judged(image, image, imaged("p1", image))[0].severity == OK
    assert judged(image, image, imaged("p1", image, OTHER)) == [
        Finding(CRITICAL, "Deployment/trino in trino", f"container main is declared as trino@{ONE} and runs {OTHER}")
    ]


def test_an_image_id_without_a_digest_tells_none():
    bare = imaged("p1", "trino:476")
    bare["status"]["containerStatuses"][0]["imageID"] = ONE

    assert judged("trino:476", "trino:476", bare)[0].sentence.endswith("; 0 with a digest told")


def test_images_are_not_judged_without_pods_or_when_they_could_not_be_read():
    held = objects(workload("trino"), unread={"Pod": "403"})

    assert judged("trino:476", "trino:476") == [
        Finding(CRITICAL, "images", "could not be judged: there is no running pod")
    ]
    assert outdated_pods.outdated_image_findings(outdated_pods.running_image_table(held, held)) == [
        Finding(CRITICAL, "Pod", "could not be read: 403; nothing can be said of it")
    ]
