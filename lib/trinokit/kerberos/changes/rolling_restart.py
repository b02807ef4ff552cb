"""How is a workload of Trino rolled, when must it not be, and what does that cost the queries that run?"""

from collections.abc import Iterator, Sequence

from trinokit.architecture import rollout_status
from trinokit.architecture.workloads import Workload
from trinokit.errors import PlanError
from trinokit.findings import INFO, WARNING, Finding
from trinokit.kerberos.changes import kubectl_commands
from trinokit.kerberos.trino_workloads import COORDINATOR, JvmConfigFile
from trinokit.objects import Object
from trinokit.plan import Step

_MIN_GRACE_S, _DEFAULT_GRACE_S = 60, 30
# kubectl says why a rollout has not ended when its own time is over, which is to be before that of the step.
_STEP_MARGIN_S = 30


def restart_order(config_files: Sequence[JvmConfigFile]) -> list[JvmConfigFile]:
    """*config_files* as they are rolled: workers first.

    A flag with which no JVM starts is then found out by one worker while all others go on; and the queries that run
    end with the coordinator, whenever it is rolled.
    """
    return sorted(
        config_files,
        key=lambda config_file: (
            config_file.role == COORDINATOR,
            config_file.workload.namespace,
            str(config_file.workload),
        ),
    )


def restart_steps(workload: Workload, kubectl: Sequence[str], seconds: float) -> tuple[Step, Step]:
    """Roll *workload* and wait until its pods are new and ready, for at most so many *seconds*.

    Neither has an undo: whatever they roll to is undone first, and rolls again.
    """
    restart = Step(
        f"Restart {workload} in {workload.namespace}", kubectl_commands.rollout_restart_command(workload, kubectl)
    )
    return restart, rollout_wait_step(workload, kubectl, seconds)


def rollout_wait_step(workload: Workload, kubectl: Sequence[str], seconds: float) -> Step:
    """Wait until the pods of a *workload* that rolls are new and ready, for at most so many *seconds*."""
    title = f"Wait until every pod of {workload} in {workload.namespace} is new and ready"
    return Step(
        title, kubectl_commands.rollout_status_command(workload, kubectl, seconds), seconds=seconds + _STEP_MARGIN_S
    )


def require_restartable(workload: Workload) -> None:
    """Raises PlanError when *workload* cannot be rolled, or must not be now."""
    object, kubectl = workload.object, f"kubectl -n {workload.namespace} rollout"
    strategy = object.at("spec", "updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition")
    refusals = [
        (object.kind not in rollout_status.ROLLOUT_KINDS, f"a {object.kind}", "roll its pods by hand"),
        (
            strategy.get("type") == "OnDelete",
            "its update strategy OnDelete",
            "delete its pods by hand, one after another, once the file is right",
        ),
        (partition, f"its partition {partition}, below which no pod is", "take the partition away"),
        (
            object.at("spec", "paused"),
            "its rollout paused",
            f"ask who paused it, then: {kubectl} resume {kubectl_commands.kubectl_workload_name(workload)}",
        ),
        (
            _is_rollout_under_way(object),
            "its rollout under way",
            f"wait for it: {kubectl} status {kubectl_commands.kubectl_workload_name(workload)}",
        ),
    ]
    for is_refused, problem, remedy in refusals:
        if is_refused:
            raise PlanError(
                f"Expected {workload} in {workload.namespace} to be ready to be rolled, found {problem}.", remedy=remedy
            )


def restart_cost_findings(config_files: Sequence[JvmConfigFile]) -> list[Finding]:
    """What rolling *config_files* costs the queries that run, where that can be helped."""
    return [
        Finding(severity, config_file.subject, sentence)
        for config_file in restart_order(config_files)
        for severity, sentence in (_coordinator_costs if config_file.role == COORDINATOR else _worker_costs)(
            config_file.workload
        )
    ]


def _is_rollout_under_way(object: Object) -> bool:
    status = rollout_status.rollout_status(object)
    # One that has failed goes no further, and what it failed of may be what is to be mended.
    return status is not None and status.under_way


def _coordinator_costs(workload: Workload) -> Iterator[tuple]:
    strategy = workload.object.at("spec", "strategy", "type") or "RollingUpdate"
    if workload.object.kind == "Deployment" and strategy == "RollingUpdate":
        yield INFO, "is replaced by a rolling update: two coordinators run for a moment, and the running queries end"


def _worker_costs(workload: Workload) -> Iterator[tuple]:
    hooks = [(each.get("lifecycle") or {}).get("preStop") for each in workload.containers]
    if not any("SHUTTING_DOWN" in str(hook) for hook in hooks):
        yield (
            WARNING,
            "has no preStop hook that tells Trino SHUTTING_DOWN: a restart kills the tasks that run, and their queries "
            "fail; in Trino's chart, set worker.gracefulShutdown.enabled",
        )
    grace_s = workload.spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE_S)
    if grace_s < _MIN_GRACE_S:
        yield (
            WARNING,
            f"has {grace_s} s to end (at least {_MIN_GRACE_S} s): a restart kills the tasks that run for longer",
        )
