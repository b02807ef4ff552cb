"""Commits are deployed on a real API server by Helm and by kubectl, and taken back where they do not roll out."""

import json
import subprocess
from dataclasses import replace

import pytest
from tests.release.deployed import NEW, OLD, OTHER, Place, carried_out
from tests.servers.process import wait

from trinokit.errors import PlanError
from trinokit.observations import DeployedRevision, DeploymentHistory
from trinokit.plan import Command, Plan, undo_plan
from trinokit.release import deploy_and_rollback_steps, running_and_good_revisions
from trinokit.release.deploy_targets import DeployTarget

NOWHERE = {"disk": "none-has-it"}
RELEASE = DeployTarget(
    "staging", "test", "trino", ("kubectl", "--context=test"), 60, release="stack", chart="charts/stack"
)
DEPLOYMENT = DeployTarget(
    "staging", "test", "trino", ("kubectl",), 60, workload="gateway", container="web", image="w:{commit}"
)
FIRST = DeployedRevision(1, "superseded", OLD, f"v1.0.0 {OLD}")
SECOND = DeployedRevision(2, "deployed", NEW, f"v1.1.0 {NEW}")
FAILED = DeployedRevision(2, "failed", NEW, 'Upgrade "stack" failed: context canceled')
PENDING = DeployedRevision(2, "pending-upgrade", NEW, "Preparing upgrade")
BACK = DeployedRevision(3, "deployed", "", "Rollback to 1")
BY_HAND = DeployedRevision(2, "deployed", "", "Upgrade complete")


@pytest.fixture
def place(namespace, kubectl, tmp_path, monkeypatch) -> Place:
    """A namespace with nothing in it."""
    return Place(namespace, kubectl, tmp_path, monkeypatch)


@pytest.fixture
def installed(place) -> Place:
    """A namespace in which the chart is installed."""
    place.installed()
    return place


@pytest.fixture
def applied(place) -> Place:
    """A namespace in which the Deployment is applied."""
    place.applied()
    return place


def told(deployed: DeploymentHistory) -> list[tuple]:
    assert deployed.problem == ""
    return [(each.number, each.status, each.commit, each.said.partition(":")[0]) for each in deployed.revisions]


def statuses(outcomes: list) -> list[str]:
    return [each.status for each in outcomes]


def test_a_release_is_upgraded_to_a_commit_which_is_told_afterwards_and_goes_back(installed):
    installed.develop("gateway:2")
    [step] = installed.steps(installed.release, NEW)
    helm = (
        "helm",
        *(word.replace("--context", "--kube-context") for word in installed.live.commands.kubectl_prefix[1:]),
    )
    chart = (f"{installed.worktree}/chart", "--reset-then-reuse-values")
    values = ("--values", f"{installed.worktree}/values/own.yaml")
    said = ("--description", f"v1.1.0 {NEW}", "--labels", f"trinokit/commit={NEW}", "--wait", "--timeout=20s")
    where = ("--namespace", installed.namespace)
    rollback = Command((*helm, "rollback", "stack", "1", "--wait", "--timeout=20s", *where))

    assert step.title == f"Deploy v1.1.0 to staging: upgrade the release stack in {installed.namespace}"
    assert step.command == Command((*helm, "upgrade", "stack", *chart, *values, *said, *where))
    assert (step.undo, step.otherwise, step.partial, step.seconds) == ((rollback,), (rollback,), True, 90)

    outcomes = carried_out([step])

    assert statuses(outcomes) == ["done"]
    found = installed.deployed(installed.release)
    assert told(found) == [(1, "superseded", OLD, f"v1.0.0 {OLD}"), (2, "deployed", NEW, f"v1.1.0 {NEW}")]
    assert (found.unready, installed.image) == ((), "gateway:2")
    assert running_and_good_revisions.current_revision(found).commit == NEW

    back = undo_plan(Plan("Deploy", (step,)), outcomes)
    assert statuses(carried_out(back.steps)) == ["done"]
    found = installed.deployed(installed.release)
    assert running_and_good_revisions.current_revision(found) == DeployedRevision(3, "deployed", OLD, "Rollback to 1")
    assert (found.unready, installed.image) == ((), "gateway:1")
    assert running_and_good_revisions.rolled_back_revisions(found, NEW) == (
        DeployedRevision(2, "superseded", NEW, f"v1.1.0 {NEW}"),
    )


def test_a_release_that_never_becomes_ready_is_rolled_back_at_once(installed):
    installed.develop("gateway:2", NOWHERE)

    [outcome] = carried_out(installed.steps(installed.release, NEW, seconds=6))

    assert (outcome.status, outcome.stuck, len(outcome.fell_back)) == ("failed", (), 1)
    assert "Rollback was a success" in outcome.said
    found = installed.deployed(installed.release)
    assert told(found) == [
        (1, "superseded", OLD, f"v1.0.0 {OLD}"),
        (2, "failed", NEW, 'Upgrade "stack" failed'),
        (3, "deployed", "", "Rollback to 1"),
    ]
    assert (found.unready, installed.image) == ((), "gateway:1")
    assert running_and_good_revisions.current_revision(found).commit == OLD
    assert [each.number for each in running_and_good_revisions.rolled_back_revisions(found, NEW)] == [2]
    assert deploy_and_rollback_steps.failed_deploy_rollback_steps(installed.release, found) == ()


def killed(place: Place, command: Command, image: str) -> None:
    """Kill helm while it waits for the pods of *image*."""
    with subprocess.Popen(command.argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as helm:
        try:
            assert wait(lambda: place.image == image, 60)
        finally:
            helm.kill()


def test_an_upgrade_that_was_killed_is_told_and_helm_refuses_the_next_one_which_is_taken_back(installed):
    installed.develop("gateway:2", NOWHERE)
    [step] = installed.steps(installed.release, NEW)
    killed(installed, step.command, "gateway:2")
    found = installed.deployed(installed.release)

    assert told(found)[1:] == [(2, "pending-upgrade", NEW, "Preparing upgrade")]
    assert running_and_good_revisions.current_revision(found) is None
    assert running_and_good_revisions.rolled_back_revisions(found, NEW) == ()
    [unready] = found.unready
    assert unready.startswith("Deployment/gateway: 1 of 2 pods are updated, 2 old pods not gone")

    [outcome] = carried_out([step])

    assert (outcome.status, outcome.stuck) == ("failed", ())
    assert "another operation (install/upgrade/rollback) is in progress" in outcome.said
    assert running_and_good_revisions.current_revision(installed.deployed(installed.release)).commit == OLD


def test_what_was_left_half_done_is_a_step_of_its_own(installed):
    installed.develop("gateway:2", NOWHERE)
    [step] = installed.steps(installed.release, NEW)
    killed(installed, step.command, "gateway:2")
    installed.develop("gateway:2")

    steps = installed.steps(installed.release, NEW)
    outcomes = carried_out(steps)

    where = f"in {installed.namespace}"
    assert [(each.step.title, each.status) for each in outcomes] == [
        (f"Take back revision 2 of the release stack {where}, which is pending-upgrade", "done"),
        (f"Deploy v1.1.0 to staging: upgrade the release stack {where}", "done"),
    ]
    found = installed.deployed(installed.release)
    assert [each[:3] for each in told(found)] == [
        (1, "superseded", OLD),
        (2, "pending-upgrade", NEW),
        (3, "superseded", ""),
        (4, "deployed", NEW),
    ]
    assert (running_and_good_revisions.current_revision(found).commit, found.unready) == (NEW, ())
    assert running_and_good_revisions.last_good_revision(found, NEW) == DeployedRevision(
        3, "superseded", OLD, "Rollback to 1"
    )


def test_a_rollback_that_was_killed_is_taken_back_as_well(installed):
    chart, said = f"{installed.worktree}/chart", f"--description=v1.0.1 {OTHER}"
    installed.develop("gateway:2", NOWHERE)
    installed.helm("upgrade", "stack", chart)
    installed.develop("gateway:3")
    installed.helm("upgrade", "stack", chart, said, "--wait", "--timeout=20s")
    [rollback] = deploy_and_rollback_steps.rollback_commands(
        installed.release, installed.deployed(installed.release), OTHER
    )
    killed(installed, rollback, "gateway:2")
    assert told(installed.deployed(installed.release))[3:] == [(4, "pending-rollback", "", "Rollback to 2")]

    assert statuses(carried_out(installed.steps(installed.release, NEW))) == ["done", "done"]
    found = installed.deployed(installed.release)
    assert told(found)[4:] == [(5, "superseded", "", "Rollback to 3"), (6, "deployed", NEW, f"v1.1.0 {NEW}")]
    assert (found.unready, installed.image) == ((), "gateway:3")


def test_whoever_upgraded_a_release_by_hand_tells_no_commit_and_is_what_the_next_one_goes_back_to(installed):
    installed.develop("gateway:hand")
    installed.helm("upgrade", "stack", f"{installed.worktree}/chart", f"--labels=trinokit/commit={OTHER}", "--wait")
    installed.helm("upgrade", "stack", f"{installed.worktree}/chart", "--wait")
    found = installed.deployed(installed.release)

    assert told(found)[1:] == [(2, "superseded", "", "Upgrade complete"), (3, "deployed", "", "Upgrade complete")]
    assert running_and_good_revisions.current_revision(found) == DeployedRevision(3, "deployed", "", "Upgrade complete")

    installed.develop("gateway:2", NOWHERE)
    assert statuses(carried_out(installed.steps(installed.release, NEW, seconds=5))) == ["failed"]
    assert installed.image == "gateway:hand"


def test_what_the_operator_once_gave_helm_stays_and_the_image_is_set_where_it_is_asked_for(installed):
    target = replace(installed.release, image="image=gateway:{release}-{commit}")
    chart = f"{installed.worktree}/chart"
    installed.helm("upgrade", "stack", chart, "--set=password=sesame,image=other", f"--description=v1.0.1 {OTHER}")

    assert statuses(carried_out(installed.steps(target, NEW))) == ["done"]
    assert installed.image == f"gateway:v1.1.0-{NEW}"
    values = json.loads(installed.helm("get", "values", "stack", "-o", "json"))
    assert values == {"image": f"gateway:v1.1.0-{NEW}", "password": "sesame"}


def test_a_deployment_gets_the_image_of_a_commit_as_one_revision_and_goes_back(applied):
    steps = applied.steps(applied.deployment, NEW)
    kubectl = (*applied.live.commands.kubectl_prefix, "-n", applied.namespace)
    status = Command((*kubectl, "rollout", "status", "deployment/gateway", "--timeout=20s"))
    back = (Command((*kubectl, "rollout", "undo", "deployment/gateway", "--to-revision=1")), status)
    image, path = f"gateway:v1.1.0-{NEW}", "/spec/template/spec/containers/1"

    patch, waiting = steps
    assert json.loads(patch.command.argv[-1]) == [
        {"op": "test", "path": f"{path}/name", "value": "gateway"},
        {"op": "test", "path": f"{path}/image", "value": f"gateway:v1.0.0-{OLD}"},
        {"op": "replace", "path": f"{path}/image", "value": image},
        {"op": "add", "path": "/metadata/annotations/kubernetes.io~1change-cause", "value": f"v1.1.0 {NEW}"},
    ]
    assert (patch.otherwise, patch.partial, patch.change) == (
        (),
        True,
        f"-image: gateway:v1.0.0-{OLD}\n+image: {image}\n",
    )
    assert (waiting.command, waiting.otherwise, waiting.undo, waiting.seconds) == (status, back, (), 50)

    outcomes = carried_out(steps)

    assert statuses(outcomes) == ["done", "done"]
    found = applied.deployed(applied.deployment)
    assert found == DeploymentHistory(
        (FIRST, SECOND), (), containers=(("log", "log:1"), ("gateway", f"gateway:v1.1.0-{NEW}"))
    )
    assert applied.kubectl("rollout", "history", "deployment/gateway").splitlines()[2:4] == [
        f"1         v1.0.0 {OLD}",
        f"2         v1.1.0 {NEW}",
    ]

    plan = Plan("Deploy", steps)
    assert statuses(carried_out(undo_plan(plan, outcomes).steps)) == ["done", "done"]
    found = applied.deployed(applied.deployment)
    assert running_and_good_revisions.current_revision(found) == DeployedRevision(3, "deployed", OLD, f"v1.0.0 {OLD}")
    assert (found.unready, applied.image) == ((), f"gateway:v1.0.0-{OLD}")
    assert running_and_good_revisions.rolled_back_revisions(found, NEW) == (replace(SECOND, status="superseded"),)
    # Once more does no harm, as after a fallback that took it back already.
    assert statuses(carried_out(undo_plan(plan, outcomes).steps)) == ["done", "done"]


def test_a_deployment_that_never_becomes_ready_is_rolled_back_at_once(applied):
    applied.full()

    outcomes = carried_out(applied.steps(applied.deployment, NEW, seconds=5))

    assert statuses(outcomes) == ["done", "failed"]
    assert (outcomes[1].stuck, len(outcomes[1].fell_back)) == ((), 2)
    found = applied.deployed(applied.deployment)
    assert running_and_good_revisions.current_revision(found) == DeployedRevision(3, "deployed", OLD, f"v1.0.0 {OLD}")
    assert (found.unready, applied.image) == ((), f"gateway:v1.0.0-{OLD}")
    assert [each.number for each in running_and_good_revisions.rolled_back_revisions(found, NEW)] == [2]


def test_a_deployment_that_was_left_half_rolled_out_is_only_waited_for(applied):
    applied.full()
    patch, waiting = applied.steps(applied.deployment, NEW, seconds=5)
    carried_out([patch])
    assert wait(lambda: len(applied.deployed(applied.deployment).revisions) == 2, 60)

    again = applied.steps(applied.deployment, NEW, seconds=5)

    assert again == (replace(waiting, undo=waiting.otherwise),)
    assert running_and_good_revisions.current_revision(applied.deployed(applied.deployment)).commit == NEW
    assert applied.deployed(applied.deployment).unready == (
        "Deployment/gateway: 0 of 2 pods are updated, 2 old pods not gone",
    )
    assert statuses(carried_out(again)) == ["failed"]
    assert running_and_good_revisions.current_revision(applied.deployed(applied.deployment)).commit == OLD


def test_a_deployment_that_somebody_else_has_changed_meanwhile_is_left_as_it_is(applied):
    steps = applied.steps(applied.deployment, NEW)
    applied.kubectl("set", "image", "deployment/gateway", "gateway=gateway:hand")
    applied.at_rest()

    assert statuses(carried_out(steps)) == ["failed", "not reached"]
    found = applied.deployed(applied.deployment)
    # Whoever sets the image by hand leaves the change-cause, which names another commit then.
    assert told(found) == [(1, "superseded", OLD, f"v1.0.0 {OLD}"), (2, "deployed", "", f"v1.0.0 {OLD}")]
    assert applied.image == "gateway:hand"


def test_tests_are_run_in_the_worktree_and_their_exit_code_decides(tmp_path):
    (tmp_path / "suite").write_text("echo $1; exit $2\n")

    outcomes = carried_out(
        [deploy_and_rollback_steps.run_tests_step(f"sh suite 'two words' {code}", str(tmp_path), 60) for code in (0, 3)]
    )

    assert [(each.status, each.said.splitlines()[0], each.step.seconds) for each in outcomes] == [
        ("done", "two words", 60),
        ("failed", "two words", 60),
    ]
    assert outcomes[0].step.title == "Test: sh suite 'two words' 0"
    assert outcomes[0].step.command.shell() == f"""env -C {tmp_path} sh -c 'sh suite '"'"'two words'"'"' 0'"""


@pytest.mark.parametrize(
    ("revisions", "current", "good", "before"),
    [
        ((), None, None, None),
        ((SECOND,), (2, NEW), (2, NEW), None),
        ((FIRST, SECOND), (2, NEW), (2, NEW), (1, OLD)),
        ((FIRST, FAILED), None, (1, OLD), (1, OLD)),
        ((FIRST, PENDING), None, (1, OLD), (1, OLD)),
        ((FIRST, FAILED, BACK), (3, OLD), (3, OLD), (3, OLD)),
        ((FIRST, replace(SECOND, status="superseded"), BACK), (3, OLD), (3, OLD), (3, OLD)),
        ((FIRST, BY_HAND), (2, ""), (2, ""), (2, "")),
        # A rollback that failed goes back to what was before the commit, which is a good one only in Helm's eyes.
        ((FIRST, replace(SECOND, status="superseded"), replace(BACK, status="failed")), None, (2, NEW), (1, OLD)),
        # What was gone back to is not kept any more; or it claims to be itself.
        ((BACK,), (3, ""), (3, ""), (3, "")),
        ((replace(BACK, said="Rollback to 3"),), (3, ""), (3, ""), (3, "")),
        ((FIRST, FAILED, BACK, replace(BACK, number=4, said="Rollback to 3")), (4, OLD), (4, OLD), (4, OLD)),
    ],
)
def test_which_revision_runs_and_which_one_is_gone_back_to(revisions, current, good, before):
    deployed = DeploymentHistory(revisions)
    found = (
        running_and_good_revisions.current_revision(deployed),
        running_and_good_revisions.last_good_revision(deployed),
        running_and_good_revisions.last_good_revision(deployed, NEW),
    )

    assert [each and (each.number, each.commit) for each in found] == [current, good, before]


@pytest.mark.parametrize(
    ("revisions", "history"),
    [
        ((), ()),
        ((FIRST, SECOND), ()),
        ((FIRST, PENDING), ()),
        ((FIRST, FAILED), (FAILED,)),
        ((FIRST, FAILED, BACK), (FAILED,)),
        ((FIRST, PENDING, BACK), (PENDING,)),
        ((FIRST, FAILED, BACK, replace(SECOND, number=4)), ()),
    ],
)
def test_a_commit_that_did_not_stay_is_known_again(revisions, history):
    assert running_and_good_revisions.rolled_back_revisions(DeploymentHistory(revisions), NEW) == history


@pytest.mark.parametrize(
    ("target", "deployed", "said"),
    [
        (RELEASE, DeploymentHistory(problem="Secret could not be read: no"), "found that Secret could not be read: no"),
        (
            RELEASE,
            DeploymentHistory(),
            r"the release stack in trino to go back to, found none\.\n.*helm --kube-context=test history",
        ),
        (RELEASE, DeploymentHistory((SECOND,)), "to go back to, found none"),
        (RELEASE, DeploymentHistory((FAILED,)), "to go back to, found none"),
        (RELEASE, DeploymentHistory((FIRST, DeployedRevision(2, "uninstalled"))), "to go back to, found none"),
        (
            DEPLOYMENT,
            DeploymentHistory(),
            "Deployment/gateway in trino to go back to, found none.*\n.*kubectl -n trino rollout history",
        ),
        (
            DEPLOYMENT,
            DeploymentHistory((FIRST,), containers=(("a", "b"),)),
            r"a container web in Deployment/gateway, found a",
        ),
        (
            DEPLOYMENT,
            DeploymentHistory((FIRST,), containers=(("web", f"w:{NEW}"),)),
            f"another image than that of Deployment/gateway for v1.1.0 {NEW}, found the same: w:{NEW}",
        ),
    ],
)
def test_nothing_is_deployed_where_there_is_no_way_back_or_nothing_would_change(target, deployed, said):
    with pytest.raises(PlanError, match=said):
        deploy_and_rollback_steps.deploy_steps(target, NEW, "v1.1.0", "/worktree", deployed)


def test_the_way_back_is_that_to_the_newest_good_revision():
    deployed = DeploymentHistory((FIRST, SECOND))
    wait = Command(("kubectl", "-n", "trino", "rollout", "status", "deployment/gateway", "--timeout=60s"))
    helm = ("helm", "--kube-context=test", "rollback", "stack")
    end = ("--wait", "--timeout=60s", "--namespace", "trino")

    assert deploy_and_rollback_steps.rollback_commands(RELEASE, deployed) == (Command((*helm, "2", *end)),)
    assert deploy_and_rollback_steps.rollback_commands(RELEASE, deployed, NEW) == (Command((*helm, "1", *end)),)
    assert deploy_and_rollback_steps.rollback_commands(DEPLOYMENT, deployed, NEW) == (
        Command(("kubectl", "-n", "trino", "rollout", "undo", "deployment/gateway", "--to-revision=1")),
        wait,
    )


@pytest.mark.parametrize("last", [PENDING, FAILED])
def test_what_was_left_half_done_is_taken_back_first_and_the_same_facts_give_the_same_commands(last):
    deployed = DeploymentHistory((FIRST, last))
    first, second = (
        deploy_and_rollback_steps.deploy_steps(RELEASE, NEW, "v1.1.0", "/worktree", deployed) for _ in range(2)
    )

    assert first == second
    assert [each.title.split()[0] for each in first] == ["Take", "Deploy"]
    assert first[:1] == deploy_and_rollback_steps.failed_deploy_rollback_steps(RELEASE, deployed, NEW)
    assert [first[0].command] == [*deploy_and_rollback_steps.rollback_commands(RELEASE, deployed, NEW)]
