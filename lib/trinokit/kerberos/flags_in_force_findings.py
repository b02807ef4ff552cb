"""Is each flag in force on every node, will it stay so, and if not: at which of the three truths does it fail?"""

from collections.abc import Iterator, Sequence

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, WARNING, Finding, Severity
from trinokit.kerberos import flag_status_per_side
from trinokit.kerberos.flag_in_arguments import is_flag_given
from trinokit.kerberos.flag_status_per_side import FlagState, FlagStatus
from trinokit.kerberos.node_groups import NodeGroup
from trinokit.kerberos.node_jvm_configs import TrinoNode

_Statement = tuple[Severity, str]
_FEW = 3


def group_flag_findings(group: NodeGroup, groups: Sequence[NodeGroup], flags: Sequence[str]) -> Iterator[Finding]:
    """What is to be said of *flags* on the nodes of *group*, one sentence for flags of which the same is to be said.

    *groups* are all there are: another role may have what this one lacks.
    """
    flags_by_statement: dict[_Statement, list[str]] = {}
    for flag in flags:
        if verdict := _flag_statement(flag, group, groups):
            flags_by_statement.setdefault(verdict, []).append(flag)
    for (severity, sentence), some in flags_by_statement.items():
        yield Finding(severity, group.subject, f"{_flags_subject(some, flags)} {sentence}")


def nodes_without_flag(flag: str, group: NodeGroup) -> list[TrinoNode]:
    """The nodes of *group* on which *flag* is known not to be in force."""
    return [
        node
        for node in group.known_nodes
        if not flag_status_per_side.status_of_flag(flag, node.running, node.java).is_in_force
    ]


def _flags_subject(some: list[str], flags: Sequence[str]) -> str:
    if len(some) == 1:
        return f"{some[0]} is"
    if len(some) == len(flags) > _FEW:
        return f"each of the {len(flags)} flags is"
    return f"{len(some)} flags ({join_names(some)}) are"


def _flag_statement(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> _Statement | None:
    number, missing = len(group.known_nodes), nodes_without_flag(flag, group)
    if missing:
        in_force = f"in force on {number - len(missing)} of {group.count_text(number)}"
        whom = f", not on {join_names(node.name for node in missing)}" if len(missing) < number else ""
        return (
            CRITICAL,
            f"{in_force}{whom}: {_where_flag_is_lost(flag, group, missing)}{_other_role_hint(flag, group, groups)}",
        )
    if not number:
        return _running_unknown_statement(flag, group, groups)
    return _in_force_statement(flag, group)


def _running_unknown_statement(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> _Statement | None:
    """The verdict where it is not known what runs; none where it is not known what is live either, a problem told."""
    if group.live_status(flag).state in (FlagState.IN_FORCE, FlagState.NOT_KNOWN):
        return None
    return CRITICAL, f"not in force after a start: {_sides_text(flag, group)}{_other_role_hint(flag, group, groups)}"


def _in_force_statement(flag: str, group: NodeGroup) -> _Statement | None:
    """The verdict on a flag that is in force now."""
    nodes_text = f"in force on {group.count_text(len(group.known_nodes))}"
    live, declared = group.live_status(flag), group.declared_status(flag)
    if group.config_file and live.state in (FlagState.NOT_THERE, FlagState.VOID):
        if is_flag_given(flag, group.config_file.environment_arguments):
            return INFO, f"{nodes_text} through a variable of the container, not through {group.config_file.key}"
        return WARNING, f"{nodes_text}, but {_status_text('live', live)}: the next restart takes it away"
    if live.state == FlagState.IN_FORCE and declared.state in (FlagState.NOT_THERE, FlagState.VOID):
        return WARNING, f"{nodes_text}, but {_status_text('declared', declared)}: what is applied next takes it away"
    return None


def _where_flag_is_lost(flag: str, group: NodeGroup, missing: list[TrinoNode]) -> str:
    """Where *flag* is lost on the way to the nodes that are *missing* it."""
    running = [flag_status_per_side.status_of_flag(flag, node.running, node.java) for node in missing]
    worst = next((each for each in running if each.state == FlagState.VOID), running[0])
    live = group.live_status(flag)
    if live.state == FlagState.NOT_KNOWN:
        return _status_text("running", worst)
    if live.state != FlagState.IN_FORCE:
        if worst.state == FlagState.VOID and worst == live:
            return _status_text("live and running", live)
        sides_text = _sides_text(flag, group)
        return (
            sides_text
            if worst in (live, FlagStatus(FlagState.NOT_THERE))
            else f"{sides_text}; {_status_text('running', worst)}"
        )
    return f"live has it, {_status_text('running', worst)}; {_restart_advice(group, missing)}"


def _restart_advice(group: NodeGroup, missing: list[TrinoNode]) -> str:
    """What to do about nodes that run without what is live."""
    changed = group.config_file.last_written
    if changed is None or any(node.started is None for node in missing):
        return "restart"
    moment = f"{changed:%Y-%m-%d %H:%M:%S}"
    if any(node.started < changed for node in missing):
        return f"restart: it was changed at {moment}, after they had begun"
    return f"it was changed at {moment}, before they began: see whether they are given another {group.config_file.key}"


def _sides_text(flag: str, group: NodeGroup) -> str:
    live, declared = group.live_status(flag), group.declared_status(flag)
    if declared.state == FlagState.IN_FORCE:
        return f"it is declared and not deployed, {_status_text('live', live)}"
    if declared.state == FlagState.NOT_KNOWN or declared.state == live.state == FlagState.VOID:
        return _status_text("live", live)
    if declared.state == live.state == FlagState.NOT_THERE:
        return "neither declared nor live has it"
    return f"{_status_text('declared', declared)}, {_status_text('live', live)}"


def _status_text(side: str, truth: FlagStatus) -> str:
    if truth.state == FlagState.VOID:
        verb = "have" if " and " in side else "has"
        return f"{side} {verb} `{flag_status_per_side.argument_excerpt(truth.argument)}` ({truth.why})"
    return f"{side} lacks it"


def _other_role_hint(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> str:
    """That another role of the same namespace has *flag* where *group* lacks it."""
    config_file = group.config_file
    if (
        not config_file
        or group.live_status(flag).state != FlagState.NOT_THERE
        or group.declared_status(flag).state == FlagState.IN_FORCE
    ):
        return ""
    other_roles = [
        other.role
        for other in groups
        if other.config_file
        and other.role != group.role
        and other.config_file.workload.namespace == config_file.workload.namespace
        if other.live_status(flag).is_in_force
    ]
    return f"; the {other_roles[0]} has it, and each role has a {config_file.key} of its own" if other_roles else ""
