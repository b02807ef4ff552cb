"""Which plan puts the flags in force, or why can there be none?"""

from collections.abc import Sequence
from itertools import product

from trinokit.errors import PlanError
from trinokit.findings import CRITICAL, Finding
from trinokit.kerberos import module_export_checks
from trinokit.kerberos.changes import jvm_config_plans
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.kerberos.changes.undeployed_changes import undeployed_change_findings
from trinokit.kerberos.flag_in_arguments import missing_flags
from trinokit.kerberos.node_jvm_configs import TrinoNode
from trinokit.objects import Objects
from trinokit.observations import Clone
from trinokit.plan import Plan


def plan_flag_changes(
    nodes: Sequence[TrinoNode],
    declared: Objects | None,
    flags: Sequence[str],
    clone: Clone | None,
    options: DeployOptions,
) -> tuple[Plan, list[Finding]]:
    """The plan that puts *flags* in force on *nodes* by changing *clone*, or ConfigMaps where that is None.

    The findings say what to bear in mind about it, such as what else of *declared* it would deploy, or why there is
    none.
    """
    config_files = tuple(dict.fromkeys(node.config_file for node in nodes if node.config_file))
    try:
        _require_usable_flags(flags, nodes)
        if clone is None:
            return jvm_config_plans.config_map_plan(
                config_files, nodes, flags, options.kubectl, seconds=options.seconds
            ), jvm_config_plans.helm_config_map_findings(config_files)
        if not clone.problem:
            plan = jvm_config_plans.git_plan(config_files, nodes, flags, clone, options)
            return plan, undeployed_change_findings(
                config_files, declared, options.releases, clone
            ) if plan.steps else []
        if not _is_everything_in_force(nodes, flags):
            raise PlanError(clone.problem, remedy=clone.remedy)
    except PlanError as error:
        return Plan("No plan", ()), [Finding(CRITICAL, "plan", f"there is none: {error.message} ({error.remedy})")]
    return Plan("Everything is in force", ()), []


def _require_usable_flags(flags: Sequence[str], nodes: Sequence[TrinoNode]) -> None:
    for flag, java in product(flags, {node.java for node in nodes}):
        if reason := module_export_checks.void_reason(flag, java):
            raise PlanError(
                f"Expected flags that a JDK of the nodes can take, found that {flag} {reason}.",
                remedy="correct the flag, or leave it out",
            )


def _is_everything_in_force(nodes: Sequence[TrinoNode], flags: Sequence[str]) -> bool:
    """Whether nothing is left to do; what git has is left out where that is not known."""
    lasting = [node for node in nodes if not node.is_terminating]
    declared_sides = [node.declared for node in lasting if node.declared is not None]
    sides = [*declared_sides, *(side for node in lasting for side in (node.live, node.running))]
    return bool(sides) and all(each is not None and not missing_flags(flags, each) for each in sides)
