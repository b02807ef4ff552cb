"""Which plan puts the flags in force, or why can there be none?"""

from collections.abc import Sequence
from itertools import product

from trinokit.errors import PlanError
from trinokit.evidence import Clone
from trinokit.findings import CRITICAL, Finding
from trinokit.kerberos import exports
from trinokit.kerberos.changes import changing
from trinokit.kerberos.changes.deploying import Means
from trinokit.kerberos.changes.pending import pending
from trinokit.kerberos.force import lacking
from trinokit.kerberos.nodes import Node
from trinokit.objects import Objects
from trinokit.plan import Plan


def planned(
    nodes: Sequence[Node], declared: Objects | None, flags: Sequence[str], clone: Clone | None, means: Means
) -> tuple[Plan, list[Finding]]:
    """The plan that puts *flags* in force on *nodes* by changing *clone*, or ConfigMaps where that is None.

    The findings say what to bear in mind about it, such as what else of *declared* it would deploy, or why there is
    none.
    """
    places = tuple(dict.fromkeys(node.place for node in nodes if node.place))
    try:
        _check(flags, nodes)
        if clone is None:
            return changing.in_config_maps(places, nodes, flags, means.kubectl, seconds=means.seconds), changing.beside(
                places
            )
        if not clone.problem:
            plan = changing.in_git(places, nodes, flags, clone, means)
            return plan, pending(places, declared, means.releases, clone) if plan.steps else []
        if not _settled(nodes, flags):
            raise PlanError(clone.problem, remedy=clone.remedy)
    except PlanError as error:
        return Plan("No plan", ()), [Finding(CRITICAL, "plan", f"there is none: {error.message} ({error.remedy})")]
    return Plan("Everything is in force", ()), []


def _check(flags: Sequence[str], nodes: Sequence[Node]) -> None:
    for flag, java in product(flags, {node.java for node in nodes}):
        if why := exports.problem(flag, java):
            raise PlanError(
                f"Expected flags that a JDK of the nodes can take, found that {flag} {why}.",
                remedy="correct the flag, or leave it out",
            )


def _settled(nodes: Sequence[Node], flags: Sequence[str]) -> bool:
    """Whether nothing is left to do; what git has is left out where that is not known."""
    lasting = [node for node in nodes if not node.ending]
    known = [node.declared for node in lasting if node.declared is not None]
    given = [*known, *(side for node in lasting for side in (node.live, node.running))]
    return bool(given) and all(each is not None and not lacking(flags, each) for each in given)
