"""Each node of Trino is found on all sides: its workload, its jvm.config in git and in the cluster, and its JVM."""

from datetime import UTC, datetime

import pytest
from tests.architecture.objects import config_map, mounting, objects, pod, workload
from tests.conftest import ROOT
from tests.kerberos.samples import (
    AFTER,
    BOTH,
    IMAGE,
    INTERNAL,
    KRB5,
    PASTED,
    PLAIN,
    RIGHT,
    configured,
    deployment,
    jvm,
    member,
    running,
    stack,
)

from trinokit.kerberos import flag_status_per_side
from trinokit.kerberos.flag_status_per_side import FlagStatus
from trinokit.kerberos.jvm_config_text import config_arguments
from trinokit.kerberos.node_jvm_configs import TrinoNode, arguments_pending_restart, find_nodes, further_arguments
from trinokit.kerberos.node_tables import flags_by_role_table, nodes_table
from trinokit.kerberos.trino_workloads import find_jvm_config_files, trino_pods
from trinokit.objects import Objects
from trinokit.observations import Jvm, PodContainer, RunningJvms
from trinokit.sources.recorded import Recorded


def found(live: Objects, *jvms: Jvm, declared: Objects | None = None) -> list[TrinoNode]:
    return list(find_nodes(find_jvm_config_files(declared, live), live, RunningJvms(jvms)))


def test_both_roles_are_found_with_both_texts():
    declared, live = stack(RIGHT, RIGHT, side="declared"), stack(PLAIN, PASTED)

    seen = [
        (each.role, each.subject, each.config_map.name, each.key, each.declared, each.live, each.launcher, each.problem)
        for each in find_jvm_config_files(declared, live)
    ]
    assert seen == [
        (role, f"Deployment/trino-{role} in trino", f"trino-{role}", "jvm.config", RIGHT, text, "go", "")
        for role, text in (("coordinator", PLAIN), ("worker", PASTED))
    ]
    assert [each.last_written for each in find_jvm_config_files(declared, live)] == [
        datetime(2026, 11, 24, 12, tzinfo=UTC)
    ] * 2


def test_the_reference_stack_is_one_trino_with_three_workers():
    source = Recorded("recorded/reference", ROOT / "recorded" / "reference")
    live = source.objects.live()
    known = find_jvm_config_files(source.objects.declared(), live)

    assert [(each.role, each.subject, each.key, each.trino, each.problem) for each in known] == [
        ("coordinator", "Deployment/trino-coordinator in trino", "jvm.config", "476", ""),
        ("worker", "Deployment/trino-worker in trino", "jvm.config", "476", ""),
    ]
    assert all(each.declared == each.live and each.live.startswith("-server\n") for each in known)
    assert [(each.namespace, each.name.rpartition("-")[0][:12], each.container) for each in trino_pods(live)] == [
        ("trino", "trino-coordi", "trino"),
        *[("trino", "trino-worker", "trino")] * 3,
    ]


def test_each_side_is_read_by_the_launcher_of_its_own_image():
    new, old = deployment("worker"), deployment("worker", image="trinodb/trino:465@sha256:abc")
    text = configured("worker", f"{KRB5} \n")
    declared, live = objects(new, text, side="declared"), objects(old, text, member("worker", 1))
    [place] = find_jvm_config_files(declared, live)
    [node] = found(live, declared=declared)

    assert (place.trino, place.launcher, place.declared_launcher) == ("465", "python", "go")
    assert (node.declared, node.live) == ((f"{KRB5} ",), (KRB5,))
    assert found(live, jvm("trino-worker-1"))[0].live == (f"{KRB5} ",)


def test_other_layouts_of_the_file_are_found():
    volume = {"name": "x", "configMap": {"name": "all", "items": [{"key": "worker-jvm", "path": "jvm.config"}]}}
    mount = {"name": "x", "mountPath": "/opt/trino/etc/jvm.config", "subPath": "jvm.config"}
    container = {"name": "main", "image": "registry/team-trino:476-3", "volumeMounts": [mount]}
    live = objects(
        workload("queries", kind="StatefulSet", container=container, pod={"volumes": [volume]}),
        config_map("all", {"worker-jvm": PLAIN, "other": ""}),
    )
    [place] = find_jvm_config_files(None, live)

    assert (place.role, place.key, place.live, place.trino) == ("coordinator", "worker-jvm", PLAIN, "476-3")


def test_of_two_files_the_one_that_lies_higher_counts():
    volume = {"name": "x", "configMap": {"name": "all"}}
    paths = {"a": "/etc/trino/backup/jvm.config", "b": "/etc/trino/jvm.config"}
    mounts = [{"name": "x", "mountPath": path, "subPath": key} for key, path in paths.items()]
    container = {"name": "main", "image": IMAGE, "volumeMounts": mounts}
    live = objects(
        workload("trino", container=container, pod={"volumes": [volume]}), config_map("all", {"a": PLAIN, "b": RIGHT})
    )
    [place] = find_jvm_config_files(None, live)

    assert (place.key, place.live) == ("b", RIGHT)


def test_the_text_was_changed_when_it_was_last_written_by_anybody():
    body = configured("worker", PLAIN)
    later = {"manager": "kubectl-edit", "time": "2026-11-24T13:00:00Z", "fieldsV1": {"f:data": {"f:jvm.config": {}}}}
    other = {"manager": "x", "time": "2026-11-24T15:00:00Z", "fieldsV1": {"f:data": {"f:config.properties": {}}}}
    body["metadata"]["managedFields"] += [later, other]
    [place] = find_jvm_config_files(None, objects(deployment("worker"), body))

    assert place.last_written == AFTER


def test_what_is_no_node_of_trino_is_left_out():
    druid = mounting("druid", "/opt/druid/conf")
    live = objects(
        workload("druid", container={"image": "apache/druid:34", **druid["container"]}, pod=druid["pod"]),
        config_map("druid", {"jvm.config": "-server\n"}),
        workload("trino-gateway", container={"image": "trinodb/trino-gateway:15"}),
        workload("shell", container={"image": IMAGE, "command": ["sleep"]}),
        workload("job", kind="Job", container={"image": IMAGE}),
    )

    assert find_jvm_config_files(None, live) == ()
    assert trino_pods(live) == ()


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([], "ConfigMap/trino-worker, where it may be, could not be found"),
        (
            [config_map("trino-worker", {"config.properties": "coordinator=false\n"})],
            "no ConfigMap has it, so it comes with the image or its command",
        ),
        (
            [{"kind": "ConfigMap", "metadata": {"name": "trino-worker"}, "binaryData": {"jvm.config": "eA=="}}],
            "ConfigMap/trino-worker in trino has it as binary data",
        ),
    ],
)
def test_a_text_that_cannot_be_read_is_told(parts, problem):
    [place] = find_jvm_config_files(None, objects(deployment("worker"), *parts))

    assert (place.role, place.live, place.problem) == ("worker", None, problem)


def test_a_text_in_a_secret_is_told():
    secret = mounting("s", "/etc/trino", kind="secret")
    live = objects(
        workload("trino-worker", container={"image": IMAGE, **secret["container"]}, pod=secret["pod"]),
        config_map("s", {"jvm.config": "hmac-sha256:0"}, kind="Secret"),
    )
    [place] = find_jvm_config_files(None, live)

    assert (place.role, place.config_map, place.live) == ("worker", None, None)
    assert place.problem == "Secret/s has it, and only as a hash"


def test_what_is_declared_and_does_not_live_is_a_place():
    declared = stack(RIGHT, RIGHT, side="declared")
    [_, worker] = found(objects(deployment("coordinator"), configured("coordinator", PLAIN)), declared=declared)

    assert (worker.name, worker.live, worker.problem) == ("", None, "has no pod")
    assert worker.config_file.problem == "Deployment/trino-worker is declared and does not live"
    assert (worker.config_file.declared, worker.config_file.config_map.name) == (RIGHT, "trino-worker")


def test_several_trinos_are_several_places():
    other = [deployment("worker"), configured("worker", RIGHT), member("worker", 1)]
    for each in other:
        each["metadata"]["namespace"] = "other"
    live = objects(*other, deployment("worker"), configured("worker", PLAIN), member("worker", 1))

    assert [(each.subject, each.live) for each in find_jvm_config_files(None, live)] == [
        ("Deployment/trino-worker in other", RIGHT),
        ("Deployment/trino-worker in trino", PLAIN),
    ]


def test_the_pods_are_those_that_stay_with_the_container_of_trino():
    ending = member("worker", 2)
    ending["metadata"]["deletionTimestamp"] = "2026-11-24T12:00:00Z"
    web = pod("web-1", spec={"containers": [{"name": "web", "image": "nginx"}]})
    live = objects(deployment("worker"), configured("worker", ""), member("worker", 1), ending, web)

    assert trino_pods(live) == (PodContainer("trino", "trino-worker-1", "trino"),)


def test_a_node_has_its_three_truths():
    declared, live = stack(RIGHT, RIGHT, side="declared"), stack(PLAIN, PASTED, workers=1)
    coordinator, worker = found(live, jvm("trino-coordinator-9", "-Xmx8G", KRB5), declared=declared)

    assert (coordinator.declared, coordinator.live) == (config_arguments(RIGHT, "go"), ("-server", "-Xmx8G"))
    assert (coordinator.running, coordinator.java, coordinator.trino) == (("-Xmx8G", KRB5), 25, "476")
    assert (coordinator.started, coordinator.problem) == (AFTER, "")
    assert coordinator.pod == PodContainer("trino", "trino-coordinator-9", "trino")
    assert (worker.running, worker.problem) == (None, "no JVM of Trino was found in it")
    assert arguments_pending_restart(coordinator) == ()
    assert further_arguments(coordinator) == (KRB5,)


def test_a_jvm_is_known_by_the_name_or_by_the_address_of_its_pod():
    live = stack(PLAIN, PLAIN, workers=2)
    seen = found(live, jvm("x", address="10.0.0.2"), jvm("trino-worker-1", "-Da=1", address="9.9.9.9"))

    assert [(each.name, each.running) for each in seen] == [
        ("trino-coordinator-9", None),
        ("trino-worker-1", ("-Da=1",)),
        ("trino-worker-2", ()),
    ]


def test_two_pods_of_one_name_are_told_apart_by_their_address():
    one, two = member("worker", 1), member("worker", 1)
    two["metadata"]["namespace"], two["status"]["podIP"] = "other", "10.0.0.2"
    foreign = [deployment("worker"), configured("worker", PLAIN)]
    for each in foreign:
        each["metadata"]["namespace"] = "other"
    live = objects(deployment("worker"), configured("worker", PLAIN), *foreign, one, two)
    seen = found(live, jvm("trino-worker-1", "-Da=2", address="10.0.0.2"))

    assert [(each.config_file.workload.namespace, each.running) for each in seen] == [
        ("other", ("-Da=2",)),
        ("trino", None),
    ]


def test_a_jvm_without_a_pod_is_a_node_of_its_own():
    alone = jvm("gone", "-Xmx8G", coordinator=False)
    *_, last = found(stack(PLAIN, PLAIN, workers=0), alone)

    assert (last.name, last.role, last.config_file, last.note) == (
        "gone",
        "worker",
        None,
        "runs, and no pod of it is known",
    )
    assert [(each.name, each.note) for each in find_nodes((), None, RunningJvms((alone,)))] == [("gone", "")]


def test_why_a_node_was_not_read_is_told():
    pending = member("worker", 2, phase="Pending", ready=False)
    late = member("worker", 3, ready=False)
    ending = member("worker", 4)
    ending["metadata"]["deletionTimestamp"] = "2026-11-24T12:00:00Z"
    live = objects(deployment("worker"), configured("worker", ""), member("worker", 1), pending, late, ending)
    seen = find_nodes(
        find_jvm_config_files(None, live), live, RunningJvms(unread={"trino-worker-1": "no jmx", "else": "refused"})
    )

    assert [(each.name, each.problem, each.note, each.is_terminating) for each in seen] == [
        ("trino-worker-1", "no jmx", "", False),
        ("trino-worker-2", "is Pending, so that no JVM runs in it", "", False),
        ("trino-worker-3", "is not ready, and no JVM of Trino answered for it", "", False),
        ("trino-worker-4", "", "is ending", True),
        ("else", "refused", "", False),
    ]


def test_what_nobody_could_be_asked_is_the_problem_of_each_node():
    live, refused = stack(PLAIN, PLAIN, workers=1), RunningJvms(unread={"every node": "password refused"})

    assert [each.problem for each in find_nodes(find_jvm_config_files(None, live), live, refused)] == [
        "password refused"
    ] * 2
    assert [(each.name, each.problem) for each in find_nodes((), None, refused)] == [("every node", "password refused")]


def test_a_workload_without_pods_is_told_unless_it_is_scaled_to_none():
    idle = deployment("worker", spec={"replicas": 0})
    live = objects(deployment("coordinator"), idle, *(configured(role, PLAIN) for role in ("coordinator", "worker")))

    assert [(each.role, each.problem, each.note) for each in found(live)] == [
        ("coordinator", "has no pod", ""),
        ("worker", "", "is scaled to 0"),
    ]


def test_a_pod_tells_when_it_began_where_its_jvm_does_not():
    moments = {"sidecar": "2026-11-24T12:00:00Z", "trino": "2026-11-24T13:00:00Z", "other": "2026-11-24T14:00:00Z"}
    state = [{"name": name, "state": {"running": {"startedAt": at}}} for name, at in moments.items()]
    began = member("worker", 1, containerStatuses=state, startTime="2026-11-24T10:00:00Z")
    waits = member("worker", 2, startTime="2026-11-24T13:00:00Z")
    live = objects(deployment("worker"), configured("worker", PLAIN), began, waits)

    assert [each.started for each in found(live, jvm("trino-worker-1", started=None))] == [AFTER, AFTER]


def test_variables_of_the_container_add_arguments():
    options = {"env": [{"name": "JAVA_TOOL_OPTIONS", "value": f"-Da=1 '{KRB5}'"}]}
    live = objects(deployment("worker", container=options), configured("worker", PLAIN), member("worker", 1))
    [node] = found(live, jvm("trino-worker-1", "-Da=1", KRB5, "-Xmx8G", "-Db=1"))

    assert node.config_file.environment_arguments == ("-Da=1", KRB5)
    assert further_arguments(node) == ("-Db=1",)


def test_the_table_counts_the_flags_of_each_node():
    live = stack(RIGHT, PASTED, workers=1)
    shown = nodes_table(find_nodes(find_jvm_config_files(None, live), live, running(*BOTH, workers=0)), BOTH)

    assert shown.to_dict("split")["data"] == [
        [
            *("trino-coordinator-9", "coordinator", "Deployment/trino-coordinator in trino"),
            *("not known", "2 of 2", "2 of 2", 25, "476", ""),
        ],
        [
            *("trino-worker-1", "worker", "Deployment/trino-worker in trino"),
            *("not known", "0 of 2", "not known", None, "476", "no JVM of Trino was found in it"),
        ],
    ]


def test_the_table_by_flag_shows_what_is_void():
    declared, live = stack(RIGHT, RIGHT, side="declared"), stack(RIGHT, PLAIN + f"{KRB5} \n", workers=2)
    jvms = running(f"{KRB5} ", workers=2)
    shown = flags_by_role_table(find_nodes(find_jvm_config_files(declared, live), live, jvms), [KRB5, INTERNAL])
    worker = shown[shown["role"] == "worker"].drop(columns=["role", "workload"])

    assert worker.to_dict("split")["data"] == [
        [INTERNAL, "in force", "not there", "0 of 2", "", ""],
        [KRB5, "in force", "void", "0 of 2", f"{KRB5}␠", "ends in a blank"],
    ]


def test_flags_of_which_the_same_is_to_be_said_share_a_row():
    fused = f"{KRB5} {INTERNAL}"
    live = stack(PLAIN + f"{fused}\n", PLAIN, workers=2)
    shown = flags_by_role_table(
        find_nodes(find_jvm_config_files(None, live), live, running(fused, workers=0)), [KRB5, INTERNAL]
    )

    assert shown[shown["role"] == "coordinator"]["flag"].tolist() == ["each of the 2"]
    assert shown[shown["role"] == "coordinator"]["why"].tolist() == ["two flags in one argument"]


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        (None, FlagStatus("not known")),
        ([], FlagStatus("not there")),
        ([KRB5], FlagStatus("in force")),
        ([INTERNAL, f"{KRB5} {INTERNAL}"], FlagStatus("void", f"{KRB5} {INTERNAL}", "two flags in one argument")),
        ([f"{KRB5}\t", KRB5.replace("krb5", "krb5*")], FlagStatus("void", f"{KRB5}\t", "ends in a tab")),
        ([KRB5.replace("krb5", "krb5*")], FlagStatus("void", KRB5.replace("krb5", "krb5*"), "has a wildcard, which")),
    ],
)
def test_what_arguments_tell_of_a_flag(given, truth):
    found = flag_status_per_side.status_of_flag(KRB5, given, 25)

    assert (found.state, found.argument) == (truth.state, truth.argument)
    assert found.why.startswith(truth.why)


def test_a_setting_with_another_value_is_void():
    assert flag_status_per_side.status_of_flag("-Da=1", ["-Da=3", "-Da=1", "-Da=2"], None) == FlagStatus(
        "void", "-Da=2", "has another value"
    )


def test_a_flag_that_the_jdk_cannot_heed_is_void():
    wrong = KRB5.replace("krb5", "krb9")

    assert flag_status_per_side.status_of_flag(wrong, [wrong], 25).state == "void"
    assert "krb9" in flag_status_per_side.status_of_flag(wrong, [wrong], 25).why
    assert flag_status_per_side.status_of_flag(wrong, [wrong], None) == FlagStatus("in force")


def test_a_long_argument_is_shown_by_its_ends():
    shown = flag_status_per_side.argument_excerpt(" ".join([KRB5] * 5) + " ")

    assert len(shown) == 161
    assert shown.startswith(KRB5)
    assert shown.endswith("ALL-UNNAMED␠")
