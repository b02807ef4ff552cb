"""How does a commit get deployed, and how does a target come back to what was good before?"""

import json
from collections.abc import Sequence
from dataclasses import replace

from trinokit import helm_command_prefix
from trinokit.errors import PlanError
from trinokit.observations import DeploymentHistory
from trinokit.plan import Command, Step
from trinokit.release import running_and_good_revisions
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.running_and_good_revisions import GOOD_STATUSES

_ABSENT_STATUSES = ("uninstalled", "uninstalling")
# A label outlives a failed upgrade, whose description Helm replaces by that of the failure.
_COMMIT_LABEL = "trinokit/commit"
_CHANGE_CAUSE = "kubernetes.io/change-cause"
# The hooks before, the workloads, and the hooks after are each waited for.
_WAITS, _MARGIN_S = 3, 30


def deploy_steps(
    target: DeployTarget, commit: str, release: str, worktree: str, deployed: DeploymentHistory
) -> tuple[Step, ...]:
    """Deploy *commit*, checked out in *worktree*, to *target* as *release*, and wait until it has rolled out.

    What does not roll out is rolled back at once. What an earlier attempt has left half done is rolled back first.
    Raises PlanError when *deployed* is no state to begin with, or none to go back to.
    """
    returning = rollback_commands(target, deployed, commit)
    if target.release:
        return *failed_deploy_rollback_steps(target, deployed, commit), _helm_upgrade_step(
            target, commit, release, worktree, returning
        )
    wait = Step(
        f"Wait until every pod of {_target_description(target)} in {target.namespace} is new and ready",
        _wait_command(target),
        seconds=target.seconds + _MARGIN_S,
        otherwise=returning,
    )
    now = running_and_good_revisions.current_revision(deployed)
    if now and now.commit == commit:
        return (replace(wait, undo=returning),)
    image = target.image.format(commit=commit, release=release)
    return _image_patch_step(target, image, f"{release} {commit}", deployed), wait


def rollback_commands(target: DeployTarget, deployed: DeploymentHistory, commit: str = "") -> tuple[Command, ...]:
    """Go back to the newest good revision that is *deployed* and is not *commit*, and wait until it has rolled out.

    Raises PlanError when there is none.
    """
    if deployed.problem:
        raise PlanError(
            f"Expected to know what is deployed to {target.name}, found that {deployed.problem}.",
            remedy="mend that first: nothing is deployed without a way back",
        )
    good_revision = running_and_good_revisions.last_good_revision(deployed, commit)
    if good_revision is None or deployed.revisions[-1].status in _ABSENT_STATUSES:
        raise PlanError(
            f"Expected a revision of {_target_description(target)} in {target.namespace} to go back to, found none.",
            remedy=f"install it by hand, and deploy releases then; what there is: {_history_command(target)}",
        )
    if target.release:
        return (_helm_command(target, "rollback", target.release, str(good_revision.number), *_wait_options(target)),)
    # Where the template is that of the revision already, kubectl says so and ends well.
    return _rollout_command(target, "undo", f"--to-revision={good_revision.number}"), _wait_command(target)


def failed_deploy_rollback_steps(
    target: DeployTarget, deployed: DeploymentHistory, commit: str = ""
) -> tuple[Step, ...]:
    """Take back what an earlier attempt to deploy *commit* to *target* has left failed or half done, if it has.

    Helm refuses every other operation until then. Raises PlanError as `rollback_commands` does.
    """
    last = deployed.revisions[-1] if deployed.revisions else None
    if last is None or last.status in (*GOOD_STATUSES, *_ABSENT_STATUSES):
        return ()
    revision = f"revision {last.number} of {_target_description(target)} in {target.namespace}"
    commands = rollback_commands(target, deployed, commit)
    return rollback_command_steps(target, f"Take back {revision}, which is {last.status}", commands)


def rollback_command_steps(target: DeployTarget, title: str, commands: Sequence[Command]) -> tuple[Step, ...]:
    """A step under *title* for the first of the *commands* that take *target* back, and one for each that waits."""
    seconds = _time_limit_s(target)
    first, *waits = commands
    steps = (Step(f"{title}: wait", command, seconds=seconds) for command in waits)
    return Step(title, first, seconds=seconds, partial=True), *steps


def run_tests_step(command: str, worktree: str, seconds: float) -> Step:
    """Run the tests, a *command* for the shell that may take so many *seconds*, in *worktree*."""
    return Step(f"Test: {command}", Command(("env", "-C", worktree, "sh", "-c", command)), seconds=seconds)


def _helm_upgrade_step(
    target: DeployTarget, commit: str, release: str, worktree: str, returning: tuple[Command, ...]
) -> Step:
    files = [option for path in target.values for option in ("--values", f"{worktree}/{path}")]
    image = ("--set-string", target.image.format(commit=commit, release=release)) if target.image else ()
    # What the operator once gave helm from elsewhere, such as passwords, is not in git and must not be lost.
    chart = (f"{worktree}/{target.chart}", "--reset-then-reuse-values", *files, *image)
    description_arguments = ("--description", f"{release} {commit}", "--labels", f"{_COMMIT_LABEL}={commit}")
    return Step(
        f"Deploy {release} to {target.name}: upgrade the release {target.release} in {target.namespace}",
        _helm_command(target, "upgrade", target.release, *chart, *description_arguments, *_wait_options(target)),
        undo=returning,
        seconds=_time_limit_s(target),
        partial=True,
        otherwise=returning,
    )


def _image_patch_step(target: DeployTarget, image: str, cause: str, deployed: DeploymentHistory) -> Step:
    images = dict(deployed.containers)
    if target.container not in images:
        raise PlanError(
            f"Expected a container {target.container} in {_target_description(target)}, "
            f"found {', '.join(images) or 'none'}.",
            remedy=f"such as deployment:{target.namespace}/{target.workload}#{next(iter(images), 'CONTAINER')}",
        )
    before = images[target.container]
    if image == before:
        raise PlanError(
            f"Expected another image than that of {_target_description(target)} for {cause}, found the same: {image}.",
            remedy="its pods would stay what they are: put {commit} into the image, so that each commit has its own",
        )
    # By its name alone, a container that is not there any more would be added.
    path = f"/spec/template/spec/containers/{[*images].index(target.container)}"
    operations = [
        {"op": "test", "path": f"{path}/name", "value": target.container},
        {"op": "test", "path": f"{path}/image", "value": before},
        {"op": "replace", "path": f"{path}/image", "value": image},
        {"op": "add", "path": f"/metadata/annotations/{_CHANGE_CAUSE.replace('/', '~1')}", "value": cause},
    ]
    # Other than going to a revision, this does no harm where the rollout was taken back already.
    container = {"name": target.container, "image": before}
    image_patch = {
        "metadata": {"annotations": {_CHANGE_CAUSE: deployed.revisions[-1].said or None}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    return Step(
        f"Deploy {cause.split()[0]} to {target.name}: {_target_description(target)} in {target.namespace}, "
        "unless somebody else has",
        _patch_command(target, "json", operations),
        undo=(_patch_command(target, "strategic", image_patch), _wait_command(target)),
        change=f"-image: {before}\n+image: {image}\n",
        partial=True,
    )


def _patch_command(target: DeployTarget, kind: str, patch: object) -> Command:
    patch_arguments = ("patch", "deployment", target.workload, f"--type={kind}", "--field-manager=trinokit", "-p")
    return Command((*target.kubectl, "-n", target.namespace, *patch_arguments, json.dumps(patch)))


def _target_description(target: DeployTarget) -> str:
    return f"the release {target.release}" if target.release else f"Deployment/{target.workload}"


def _history_command(target: DeployTarget) -> str:
    words = ("history", target.release, "--namespace", target.namespace)
    return (
        Command((*helm_command_prefix.helm_prefix(target.kubectl), *words))
        if target.release
        else _rollout_command(target, "history")
    ).shell()


def _helm_command(target: DeployTarget, *words: str) -> Command:
    return Command((*helm_command_prefix.helm_prefix(target.kubectl), *words, "--namespace", target.namespace))


def _wait_options(target: DeployTarget) -> tuple[str, str]:
    return "--wait", f"--timeout={target.seconds:.0f}s"


def _wait_command(target: DeployTarget) -> Command:
    return _rollout_command(target, "status", f"--timeout={target.seconds:.0f}s")


def _rollout_command(target: DeployTarget, verb: str, *words: str) -> Command:
    argv = (*target.kubectl, "-n", target.namespace, "rollout", verb, f"deployment/{target.workload}")
    return Command((*argv, *words))


def _time_limit_s(target: DeployTarget) -> float:
    return _WAITS * target.seconds + _MARGIN_S
