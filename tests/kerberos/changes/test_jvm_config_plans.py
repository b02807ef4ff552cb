"""The plan that changes flags has a step for each thing that has to change, and none where it must not begin."""

import json
from dataclasses import replace

import pytest
from tests.kerberos.made import KRB5, RIGHT, WRONG, a_clone, a_node, a_place, a_workload, an_object

from trinokit.errors import PlanError
from trinokit.findings import INFO, WARNING, Finding
from trinokit.kerberos.changes import jvm_config_plans, rolling_restart
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.observations import HelmRevision
from trinokit.plan import Command, Plan, Step

KUBECTL = ("kubectl", "--kubeconfig=/config", "--context=test")
IN_TRINO = (*KUBECTL, "-n", "trino")
FLAGS = (KRB5,)
TEMPLATE = {"metadata": {"annotations": {"checksum/worker-config": "1", "checksum/coordinator-config": "2"}}}
VALUES = "worker:\n  additionalJVMConfig: []\ncoordinator:\n  additionalJVMConfig: []\n"
CHART = {"chart/Chart.yaml": "name: trino", "chart/values.yaml": VALUES}


def in_config_maps(*places: object, nodes: object = None, flags: tuple[str, ...] = FLAGS) -> Plan:
    known = [a_node(place) for place in places] if nodes is None else nodes
    return jvm_config_plans.config_map_plan(places, known, flags, KUBECTL, seconds=90)


def a_release(revision: int = 3, status: str = "deployed", **more: object) -> HelmRevision:
    about = {"name": "trino", "namespace": "trino", "moment": None, "items": ()} | more
    return HelmRevision(revision=revision, status=status, **about)


def in_git(*places: object, nodes: tuple = (), files: object = None, releases: tuple = (), **clone: object) -> Plan:
    means = DeployOptions(KUBECTL, 90, clone.pop("remote", ""), releases or (a_release(1, "superseded"), a_release()))
    found = a_clone(files or CHART, **{"release": "trino"} | clone)
    return jvm_config_plans.git_plan(places, nodes, clone.pop("flags", FLAGS), found, means)


def patch(before: str, after: str, name: str = "trino-worker") -> Command:
    operations = [
        {"op": "test", "path": "/data/jvm.config", "value": before},
        {"op": "replace", "path": "/data/jvm.config", "value": after},
    ]
    what = ("patch", "configmap", name, "--type=json", "--field-manager=trinokit", "-p", json.dumps(operations))
    return Command((*IN_TRINO, *what))


def restart(role: str = "worker", kind: str = "deployment") -> Command:
    return Command((*IN_TRINO, "rollout", "restart", f"{kind}/trino-{role}", "--field-manager=trinokit"))


def wait(role: str = "worker", kind: str = "deployment") -> Command:
    return Command((*IN_TRINO, "rollout", "status", f"{kind}/trino-{role}", "--timeout=90s"))


def commands(plan: Plan) -> list[Command]:
    return [step.command for step in plan.steps]


DIFF = f"""\
--- a/ConfigMap/trino-worker in trino jvm.config
+++ b/ConfigMap/trino-worker in trino jvm.config
@@ -1 +1,2 @@
 -server
+{KRB5}
"""


def test_a_config_map_is_changed_from_what_it_is_and_its_workload_rolled():
    assert in_config_maps(a_place(live=WRONG)) == Plan(
        "Put 1 JVM flag in force, in the cluster",
        (
            Step(
                "Change jvm.config of ConfigMap/trino-worker in trino, unless somebody else has",
                patch(WRONG, RIGHT),
                undo=(patch(RIGHT, WRONG), restart(), wait()),
                change=DIFF,
            ),
            Step("Restart Deployment/trino-worker in trino", restart()),
            Step("Wait until every pod of Deployment/trino-worker in trino is new and ready", wait(), seconds=120),
        ),
    )


def test_workers_are_rolled_before_their_coordinator():
    plan = in_config_maps(a_place("coordinator", live=WRONG), a_place(live=WRONG))

    assert commands(plan) == [
        *(patch(WRONG, RIGHT), restart(), wait()),
        *(patch(WRONG, RIGHT, "trino-coordinator"), restart("coordinator"), wait("coordinator")),
    ]


def test_where_every_flag_is_in_force_there_is_nothing_to_do():
    assert in_config_maps(a_place(), a_place("coordinator")).steps == ()
    assert in_config_maps(a_place(), nodes=[a_node(a_place(), None, problem="is Pending")]).steps == ()
    assert in_git(a_place(), a_place("coordinator"), nodes=(a_node(a_place()),)).steps == ()


def test_a_node_that_still_runs_without_a_flag_is_only_rolled():
    place, other = a_place(), a_place("coordinator")
    nodes = [a_node(place, WRONG), a_node(place), a_node(other), a_node(other, WRONG, is_terminating=True)]

    assert commands(in_config_maps(place, other, nodes=nodes)) == [restart(), wait()]
    assert [step.undo for step in in_config_maps(place, other, nodes=nodes).steps] == [(), ()]
    assert commands(in_git(place, other, nodes=nodes)) == [restart(), wait()]


def test_a_node_is_not_rolled_for_a_flag_that_its_file_does_not_give_it_either():
    place, other = a_place(), a_place("coordinator", live=WRONG)
    # It runs another Trino than the tag of its image tells, whose launcher makes something else of the file.
    read_otherwise = replace(a_node(place, WRONG), live=("-server",))

    assert in_config_maps(place, nodes=[read_otherwise]).steps == ()
    assert in_config_maps(place, nodes=[a_node(other, WRONG), a_node(place)]).steps == ()


def test_a_config_map_that_both_roles_have_is_changed_once_and_both_are_rolled():
    shared = an_object("ConfigMap", "trino", data={"jvm.config": WRONG})
    plan = in_config_maps(*(a_place(role, live=WRONG, config_map=shared) for role in ("coordinator", "worker")))

    rolls = [restart(), wait(), restart("coordinator"), wait("coordinator")]
    assert commands(plan) == [patch(WRONG, RIGHT, "trino"), *rolls]
    assert plan.steps[0].undo == (patch(RIGHT, WRONG, "trino"), *rolls)


def test_the_key_of_a_config_map_is_escaped_as_a_json_pointer():
    plan = in_config_maps(a_place(live=WRONG, key="a/b~c"))

    assert [each["path"] for each in json.loads(plan.steps[0].command.argv[-1])] == ["/data/a~1b~0c"] * 2


def test_a_stateful_set_and_a_daemon_set_are_rolled_as_such():
    for kind in ("StatefulSet", "DaemonSet"):
        status = {"observedGeneration": 1, "updatedNumberScheduled": 2, "desiredNumberScheduled": 2}
        status |= {"replicas": 1, "updatedReplicas": 1}
        plan = in_config_maps(a_place(live=WRONG, workload=a_workload("worker", kind, status=status)))

        assert commands(plan)[1:] == [restart(kind=kind.lower()), wait(kind=kind.lower())]


HASHED = f"-Dstore.password=hmac-sha256:{'0' * 64}\n"


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (
            {"config_map": an_object("ConfigMap", "trino-worker", immutable=True)},
            "to be one that changes, found it immutable",
        ),
        ({"live": HASHED}, "Expected no secret in jvm.config of ConfigMap/trino-worker in trino, found one"),
        ({"live": None, "problem": "Secret/x has it, and only as a hash"}, "found that Secret/x has it, and only as a"),
        ({"live": None, "config_map": None, "problem": "no ConfigMap has it"}, "found that no ConfigMap has it"),
        ({"workload": a_workload("worker", "Pod")}, "Expected Pod/trino-worker in trino to be ready .*, found a Pod"),
        ({"workload": a_workload("worker", "ReplicaSet")}, "found a ReplicaSet"),
        (
            {"workload": a_workload("worker", "StatefulSet", spec={"updateStrategy": {"type": "OnDelete"}})},
            "found its update strategy OnDelete",
        ),
        (
            {"workload": a_workload("w", "StatefulSet", spec={"updateStrategy": {"rollingUpdate": {"partition": 2}}})},
            "found its partition 2",
        ),
        ({"workload": a_workload("worker", spec={"paused": True})}, "found its rollout paused"),
        ({"workload": a_workload("worker", metadata={"generation": 2})}, "found its rollout under way"),
    ],
)
def test_what_must_not_be_changed_or_rolled_is_refused(place, found):
    with pytest.raises(PlanError, match=found):
        in_config_maps(a_place(**{"live": WRONG} | place))


@pytest.mark.parametrize(
    "place",
    [
        {"config_map": an_object("ConfigMap", "trino-worker", immutable=True)},
        {"live": RIGHT + HASHED},
        {"workload": a_workload("worker", spec={"paused": True})},
    ],
)
def test_what_is_right_is_never_refused(place):
    assert in_config_maps(a_place(**place)).steps == ()


REST = {"observedGeneration": 1}


@pytest.mark.parametrize(
    ("kind", "status", "spec", "under_way"),
    [
        ("Deployment", {"replicas": 3, "updatedReplicas": 3}, {"replicas": 3}, False),
        ("Deployment", {"replicas": 3, "updatedReplicas": 2}, {"replicas": 3}, True),
        ("Deployment", {"replicas": 4, "updatedReplicas": 3}, {"replicas": 3}, True),
        ("Deployment", {"replicas": 1, "updatedReplicas": 1}, {}, False),
        ("Deployment", {}, {"replicas": 0}, False),
        # All pods are new and none is ready: what keeps them from it may be the very file that is to be changed.
        ("Deployment", {"replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1}, {}, False),
        (
            "Deployment",
            {"replicas": 4, "updatedReplicas": 1, "conditions": [{"reason": "ProgressDeadlineExceeded"}]},
            {"replicas": 3},
            False,
        ),
        ("DaemonSet", {"updatedNumberScheduled": 1, "desiredNumberScheduled": 2}, {}, True),
        ("DaemonSet", {"updatedNumberScheduled": 2, "desiredNumberScheduled": 2}, {}, False),
        ("StatefulSet", {"replicas": 2, "updatedReplicas": 1}, {"replicas": 2}, True),
    ],
)
def test_a_rollout_is_under_way_until_all_pods_are_new_unless_it_has_failed(kind, status, spec, under_way):
    workload = a_workload("worker", kind, status=REST | status, spec=spec)

    if under_way:
        with pytest.raises(PlanError, match="under way"):
            rolling_restart.require_restartable(workload)
    else:
        rolling_restart.require_restartable(workload)


def test_values_are_applied_committed_and_upgraded_and_pods_that_roll_by_that_are_awaited():
    places = [
        a_place(role, WRONG, WRONG, workload=a_workload(role, template=TEMPLATE)) for role in ("worker", "coordinator")
    ]

    plan = in_git(*places, values=("chart/values.yaml",))

    diff = f"""\
--- a/chart/values.yaml
+++ b/chart/values.yaml
@@ -1,4 +1,6 @@
 worker:
-  additionalJVMConfig: []
+  additionalJVMConfig:
+    - {KRB5}
 coordinator:
-  additionalJVMConfig: []
+  additionalJVMConfig:
+    - {KRB5}
"""
    git, apply = ("git", "-C", "/clone"), ("apply", "--index", "--whitespace=nowarn")
    helm = ("helm", "--kubeconfig=/config", "--kube-context=test")
    message = f"Put in force 1 JVM flag\n\n{KRB5}"
    back = f"Take back 1 JVM flag\n\n{KRB5}"
    files = ("--", "chart/values.yaml")
    waits = [
        Step(f"Wait until every pod of Deployment/trino-{role} in trino is new and ready", wait(role), seconds=120)
        for role in ("worker", "coordinator")
    ]
    upgrade = ("/clone/chart", "--reset-then-reuse-values", "--values", "/clone/chart/values.yaml")
    assert plan == Plan(
        "Put 1 JVM flag in force, in git",
        (
            Step(
                "Change chart/values.yaml",
                Command((*git, *apply), diff),
                undo=(Command((*git, "restore", "--staged", "--worktree", *files)),),
                change=diff,
            ),
            Step(
                "Commit it on main",
                Command((*git, "commit", "-m", message, *files)),
                undo=(
                    Command((*git, *apply, "--reverse"), diff),
                    Command((*git, "commit", "-m", back, *files)),
                ),
                seconds=300,
            ),
            Step(
                "Upgrade the release trino in trino",
                Command((*helm, "upgrade", "trino", *upgrade, "--namespace", "trino")),
                undo=(
                    Command((*helm, "rollback", "trino", "3", "--namespace", "trino")),
                    *(step.command for step in waits),
                ),
                seconds=300,
                partial=True,
            ),
            *waits,
        ),
    )


def test_pods_whose_sum_is_turned_off_or_of_another_file_are_restarted():
    for sums in ({"checksum/worker-config": ""}, {"checksum/catalog-config": "3"}, {}):
        template = {"metadata": {"annotations": sums}}

        plan = in_git(a_place("worker", WRONG, WRONG, workload=a_workload("worker", template=template)))

        assert commands(plan)[-2:] == [restart(), wait()]
        assert plan.steps[2].undo[1:] == (restart(), wait())


def test_pods_that_a_change_of_git_long_ago_may_have_rolled_are_restarted():
    place = a_place("worker", RIGHT, WRONG, workload=a_workload("worker", template=TEMPLATE))

    plan = in_git(place)

    assert [command.argv[0] for command in commands(plan)] == ["helm", "kubectl", "kubectl"]
    assert commands(plan)[1:] == [restart(), wait()]


def test_what_was_changed_by_hand_alone_gets_into_git():
    plan = in_git(a_place("worker", WRONG, RIGHT))

    assert [command.argv[0] for command in commands(plan)] == ["git", "git", "helm", "kubectl", "kubectl"]


def test_a_kubeconfig_of_several_files_reaches_helm_too():
    means = DeployOptions(("env", "KUBECONFIG=/a:/b", "kubectl", "--context=kubectl"), 90, releases=(a_release(),))
    place = a_place("worker", WRONG, WRONG)

    plan = jvm_config_plans.git_plan([place], [], FLAGS, a_clone(CHART, release="trino"), means)

    assert plan.steps[2].command.argv[:5] == ("env", "KUBECONFIG=/a:/b", "helm", "--kube-context=kubectl", "upgrade")


def test_the_places_of_another_release_are_left_alone():
    about = {"annotations": {"meta.helm.sh/release-name": "other"}}
    other = a_place("worker", None, WRONG, config_map=an_object("ConfigMap", "other", metadata=about))

    assert in_git(other).steps == ()


CHANGED = a_place("worker", WRONG, WRONG)


@pytest.mark.parametrize(
    ("clone", "found"),
    [
        ({"branch": ""}, "Expected a branch checked out in /clone, found the commit aaaaaaaa"),
        ({"changed": ("chart/templates/a.yaml",)}, "as git has it, found changed: chart/templates/a.yaml"),
        ({"changed": tuple(f"chart/{name}" for name in "abcdef")}, "chart/e and more"),
        ({"releases": (a_release(status="pending-upgrade"),)}, "found its revision 3 pending-upgrade"),
        ({"releases": (a_release(1), a_release(2, "failed"))}, "found its revision 2 failed"),
        ({"releases": (a_release(namespace="other"), a_release(name="other"))}, "found none"),
        (
            {"release": "", "releases": (a_release(),)},
            r"Expected the release \(not named\) deployed in trino, found none",
        ),
    ],
)
def test_a_clone_or_a_release_that_is_not_ready_is_refused(clone, found):
    with pytest.raises(PlanError, match=found):
        in_git(CHANGED, **clone)


def test_what_has_changed_elsewhere_in_the_clone_is_no_matter():
    assert in_git(CHANGED, changed=("README.md", "charts/values.yaml")).steps != ()


def test_a_jvm_config_that_git_has_not_is_refused():
    with pytest.raises(PlanError, match="Expected jvm.config of Deployment/trino-worker in trino in git, found none"):
        in_git(a_place("worker", None, WRONG))


def secret(gap: str) -> dict[str, str]:
    values = f"worker:\n  password: 'x'\n{gap}  additionalJVMConfig:\n    - -server\n"
    return {"chart/Chart.yaml": "name: trino", "chart/values.yaml": values}


def test_a_diff_shows_no_secret():
    with pytest.raises(PlanError, match="Expected no secret in chart/values.yaml beside what is to change, found one"):
        in_git(CHANGED, files={**CHART, "chart/values.yaml": VALUES.replace(": []", ":\n    - -Dapi-key=x", 1)})

    shown = in_git(CHANGED, files=secret("")).steps[0]

    assert shown.change == shown.command.given
    assert shown.change.splitlines()[2:] == [
        "@@ -3,2 +3,3 @@",
        "   additionalJVMConfig:",
        "     - -server",
        f"+    - {KRB5}",
    ]


def test_a_file_with_a_secret_is_not_shown_whole():
    files = {"k8s/a.yaml": f"kind: ConfigMap\nmetadata: {{name: trino-worker}}\ndata:\n  jvm.config: |\n    {HASHED}"}

    with pytest.raises(PlanError, match="Expected no secret in jvm.config of ConfigMap/trino-worker"):
        in_git(a_place("worker", HASHED, WRONG), files=files, path="k8s")


@pytest.mark.parametrize(("namespaced", "where"), [("", ("-n", "trino")), (", namespace: trino", ())])
def test_manifests_without_a_namespace_are_applied_in_that_of_their_part(namespaced, where):
    manifest = f"kind: ConfigMap\nmetadata: {{name: trino-worker{namespaced}}}\ndata:\n  jvm.config: |\n    -server\n"

    plan = in_git(CHANGED, files={"k8s/a.yaml": manifest}, path="k8s")

    apply = Command((*KUBECTL, *where, "apply", "-f", "/clone/k8s/a.yaml"))
    assert commands(plan)[2:] == [apply, restart(), wait()]
    assert plan.steps[1].undo[2:] == (apply, restart(), wait())
    assert [step.undo for step in plan.steps[2:]] == [(), (), ()]


@pytest.mark.parametrize(("namespaced", "where"), [("", ("-n", "trino")), ("namespace: trino\n", ())])
def test_a_kustomize_tree_is_applied_whole(namespaced, where):
    generator = "configMapGenerator: [{name: trino-worker, files: [jvm.config]}]\n"
    files = {"k8s/kustomization.yaml": namespaced + generator, "k8s/jvm.config": WRONG}
    hashed = a_place("worker", WRONG, WRONG, config_map=an_object("ConfigMap", "trino-worker-5t8g2m9k4h"))

    plan = in_git(hashed, files=files, path="k8s")

    assert commands(plan)[2:] == [Command((*KUBECTL, *where, "apply", "-k", "/clone/k8s")), wait()]


def test_a_stateful_set_in_a_tree_that_git_has_right_cannot_be_taken_back():
    files = {"k8s/kustomization.yaml": "configMapGenerator: [{name: trino-worker, files: [jvm.config]}]\n"}
    place = a_place(
        live=WRONG,
        config_map=an_object("ConfigMap", "trino-worker-5t8g2m9k4h"),
        workload=a_workload("worker", "StatefulSet"),
    )

    with pytest.raises(PlanError, match="Expected StatefulSet/trino-worker in trino to tell its revision"):
        in_git(place, files=files, path="k8s")


def test_a_change_by_hand_of_what_helm_has_installed_is_told():
    names = {"annotations": {"meta.helm.sh/release-name": "trino"}}
    labels = {"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "mine"}}
    places = [
        a_place("worker", config_map=an_object("ConfigMap", "b", metadata=labels)),
        a_place("coordinator", config_map=an_object("ConfigMap", "a", metadata=names)),
        a_place("coordinator", config_map=an_object("ConfigMap", "c", metadata={"labels": {"app": "Helm"}})),
        a_place("coordinator", config_map=None),
    ]

    assert jvm_config_plans.helm_config_map_findings(places) == [
        Finding(
            WARNING,
            f"ConfigMap/{name} in trino",
            f"belongs to the Helm release {release}: a change by hand is drift, which its next upgrade takes back; "
            "change the values in git",
        )
        for name, release in (("a", "trino"), ("b", "mine"))
    ]


FINISHES = {"lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "curl -d '\"SHUTTING_DOWN\"'"]}}}}


def test_a_worker_that_is_not_let_finish_is_told_before_it_is_rolled():
    finishing = {"spec": {"terminationGracePeriodSeconds": 60, "containers": [FINISHES]}}
    hasty = {"spec": {"containers": [{"lifecycle": {"preStop": {"sleep": {"seconds": 9}}}}, {}]}}

    assert rolling_restart.restart_cost_findings([a_place(workload=a_workload("worker", template=finishing))]) == []
    assert rolling_restart.restart_cost_findings([a_place(workload=a_workload("worker", template=hasty))]) == [
        Finding(
            WARNING,
            "Deployment/trino-worker in trino",
            "has no preStop hook that tells Trino SHUTTING_DOWN: a restart kills the tasks that run, and their queries "
            "fail; in Trino's chart, set worker.gracefulShutdown.enabled",
        ),
        Finding(
            WARNING,
            "Deployment/trino-worker in trino",
            "has 30 s to end (at least 60 s): a restart kills the tasks that run for longer",
        ),
    ]


def test_two_coordinators_at_a_time_are_told():
    def told(**spec: object) -> list[Finding]:
        return rolling_restart.restart_cost_findings(
            [a_place("coordinator", workload=a_workload("coordinator", spec=spec))]
        )

    assert told(strategy={"type": "Recreate"}) == []
    assert told() == [
        Finding(
            INFO,
            "Deployment/trino-coordinator in trino",
            "is replaced by a rolling update: two coordinators run for a moment, and the running queries end",
        )
    ]
    stateful = a_place("coordinator", workload=a_workload("coordinator", "StatefulSet"))
    assert rolling_restart.restart_cost_findings([stateful]) == []
