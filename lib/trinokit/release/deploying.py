"""How does a commit get deployed, and how does a target come back to what was good before?"""

import json
import re
from dataclasses import replace

from trinokit import helm
from trinokit.errors import PlanError
from trinokit.evidence import Deployed, Revision
from trinokit.plan import Command, Step
from trinokit.release.wishes import Target

# What Helm itself goes back to: https://helm.sh/docs/helm/helm_upgrade/ (--rollback-on-failure)
_GOOD = ("superseded", "deployed")
_ABSENT = ("uninstalled", "uninstalling")
_ROLLED_BACK = re.compile(r"Rollback to (\d+)")
# A label outlives a failed upgrade, whose description Helm replaces by that of the failure.
_LABEL = "trinokit/commit"
_CAUSE = "kubernetes.io/change-cause"
# The hooks before, the workloads, and the hooks after are each waited for.
_WAITS, _LONGER_S = 3, 30


def steps(target: Target, commit: str, release: str, worktree: str, deployed: Deployed) -> tuple[Step, ...]:
    """Deploy *commit*, checked out in *worktree*, to *target* as *release*, and wait until it has rolled out.

    What does not roll out is rolled back at once. What an earlier attempt has left half done is rolled back first.
    Raises PlanError when *deployed* is no state to begin with, or none to go back to.
    """
    returning = back(target, deployed, commit)
    if target.release:
        return *settled(target, deployed, commit), _upgraded(target, commit, release, worktree, returning)
    wait = Step(
        f"Wait until every pod of {_named(target)} in {target.namespace} is new and ready",
        _waiting(target),
        seconds=target.seconds + _LONGER_S,
        otherwise=returning,
    )
    now = current(deployed)
    if now and now.commit == commit:
        return (replace(wait, undo=returning),)
    image = target.image.format(commit=commit, release=release)
    return _patched(target, image, f"{release} {commit}", deployed), wait


def back(target: Target, deployed: Deployed, commit: str = "") -> tuple[Command, ...]:
    """Go back to the newest good revision that is *deployed* and is not *commit*, and wait until it has rolled out.

    Raises PlanError when there is none.
    """
    if deployed.problem:
        raise PlanError(
            f"Expected to know what is deployed to {target.name}, found that {deployed.problem}.",
            remedy="mend that first: nothing is deployed without a way back",
        )
    found = good(deployed, commit)
    if found is None or deployed.revisions[-1].status in _ABSENT:
        raise PlanError(
            f"Expected a revision of {_named(target)} in {target.namespace} to go back to, found none.",
            remedy=f"install it by hand, and deploy releases then; what there is: {_history(target)}",
        )
    if target.release:
        return (_helm(target, "rollback", target.release, str(found.number), *_waits(target)),)
    # Where the template is that of the revision already, kubectl says so and ends well.
    return _rollout(target, "undo", f"--to-revision={found.number}"), _waiting(target)


def settled(target: Target, deployed: Deployed, commit: str = "") -> tuple[Step, ...]:
    """Take back what an earlier attempt to deploy *commit* to *target* has left failed or half done, if it has.

    Helm refuses every other operation until then. Raises PlanError as `back` does.
    """
    last = deployed.revisions[-1] if deployed.revisions else None
    if last is None or last.status in (*_GOOD, *_ABSENT):
        return ()
    first, *more = back(target, deployed, commit)
    title = f"Take back revision {last.number} of {_named(target)} in {target.namespace}, which is {last.status}"
    found = [Step(title, first, seconds=_limit(target), partial=True)]
    return *found, *(Step(f"{title}: wait", each, seconds=_limit(target)) for each in more)


def current(deployed: Deployed) -> Revision | None:
    """The newest revision where it was deployed as a whole, with the commit that it was rolled back to if it was.

    None where the newest one failed or is under way, since what runs then is not one revision.
    """
    if not deployed.revisions or deployed.revisions[-1].status != "deployed":
        return None
    last = deployed.revisions[-1]
    return replace(last, commit=_commit(last, deployed))


def good(deployed: Deployed, commit: str = "") -> Revision | None:
    """The newest revision to go back to: one that was deployed as a whole, and is not *commit*."""
    found = [replace(each, commit=_commit(each, deployed)) for each in deployed.revisions if each.status in _GOOD]
    return next((each for each in reversed(found) if not commit or each.commit != commit), None)


def history(deployed: Deployed, commit: str) -> tuple[Revision, ...]:
    """The revisions in which *commit* was deployed, or was to be, where something else is deployed now.

    It did not stay then, so that it is not to be deployed again without somebody's asking.
    """
    now = current(deployed)
    if now and now.commit == commit:
        return ()
    under_way = [each for each in deployed.revisions[-1:] if each.status.startswith("pending")]
    return tuple(each for each in deployed.revisions if each.commit == commit and each not in under_way)


def tested(command: str, worktree: str, seconds: float) -> Step:
    """Run the tests, a *command* for the shell that may take so many *seconds*, in *worktree*."""
    return Step(f"Test: {command}", Command(("env", "-C", worktree, "sh", "-c", command)), seconds=seconds)


def _upgraded(target: Target, commit: str, release: str, worktree: str, returning: tuple[Command, ...]) -> Step:
    files = [option for path in target.values for option in ("--values", f"{worktree}/{path}")]
    image = ("--set-string", target.image.format(commit=commit, release=release)) if target.image else ()
    # What the operator once gave helm from elsewhere, such as passwords, is not in git and must not be lost.
    chart = (f"{worktree}/{target.chart}", "--reset-then-reuse-values", *files, *image)
    said = ("--description", f"{release} {commit}", "--labels", f"{_LABEL}={commit}")
    return Step(
        f"Deploy {release} to {target.name}: upgrade the release {target.release} in {target.namespace}",
        _helm(target, "upgrade", target.release, *chart, *said, *_waits(target)),
        undo=returning,
        seconds=_limit(target),
        partial=True,
        otherwise=returning,
    )


def _patched(target: Target, image: str, cause: str, deployed: Deployed) -> Step:
    images = dict(deployed.containers)
    if target.container not in images:
        raise PlanError(
            f"Expected a container {target.container} in {_named(target)}, found {', '.join(images) or 'none'}.",
            remedy=f"such as deployment:{target.namespace}/{target.workload}#{next(iter(images), 'CONTAINER')}",
        )
    before = images[target.container]
    if image == before:
        raise PlanError(
            f"Expected another image than that of {_named(target)} for {cause}, found the same: {image}.",
            remedy="its pods would stay what they are: put {commit} into the image, so that each commit has its own",
        )
    # By its name alone, a container that is not there any more would be added.
    path = f"/spec/template/spec/containers/{[*images].index(target.container)}"
    operations = [
        {"op": "test", "path": f"{path}/name", "value": target.container},
        {"op": "test", "path": f"{path}/image", "value": before},
        {"op": "replace", "path": f"{path}/image", "value": image},
        {"op": "add", "path": f"/metadata/annotations/{_CAUSE.replace('/', '~1')}", "value": cause},
    ]
    # Other than going to a revision, this does no harm where the rollout was taken back already.
    container = {"name": target.container, "image": before}
    again = {
        "metadata": {"annotations": {_CAUSE: deployed.revisions[-1].said or None}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    return Step(
        f"Deploy {cause.split()[0]} to {target.name}: {_named(target)} in {target.namespace}, unless somebody else has",
        _patch(target, "json", operations),
        undo=(_patch(target, "strategic", again), _waiting(target)),
        change=f"-image: {before}\n+image: {image}\n",
        partial=True,
    )


def _patch(target: Target, kind: str, patch: object) -> Command:
    what = ("patch", "deployment", target.workload, f"--type={kind}", "--field-manager=trinokit", "-p")
    return Command((*target.kubectl, "-n", target.namespace, *what, json.dumps(patch)))


def _commit(revision: Revision, deployed: Deployed) -> str:
    """The commit of *revision*, or of the one that it was rolled back to."""
    known = {each.number: each for each in deployed.revisions}
    found = revision
    while found and (to := _ROLLED_BACK.fullmatch(found.said)):
        # Whoever goes back goes to an older revision.
        found = known.get(int(to[1])) if int(to[1]) < found.number else None
    return found.commit if found else ""


def _named(target: Target) -> str:
    return f"the release {target.release}" if target.release else f"Deployment/{target.workload}"


def _history(target: Target) -> str:
    words = ("history", target.release, "--namespace", target.namespace)
    return (Command((*helm.words(target.kubectl), *words)) if target.release else _rollout(target, "history")).shell()


def _helm(target: Target, *words: str) -> Command:
    return Command((*helm.words(target.kubectl), *words, "--namespace", target.namespace))


def _waits(target: Target) -> tuple[str, str]:
    return "--wait", f"--timeout={target.seconds:.0f}s"


def _waiting(target: Target) -> Command:
    return _rollout(target, "status", f"--timeout={target.seconds:.0f}s")


def _rollout(target: Target, verb: str, *words: str) -> Command:
    argv = (*target.kubectl, "-n", target.namespace, "rollout", verb, f"deployment/{target.workload}")
    return Command((*argv, *words))


def _limit(target: Target) -> float:
    return _WAITS * target.seconds + _LONGER_S
