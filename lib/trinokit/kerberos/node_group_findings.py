"""Is each flag in force on every node, will it stay so, and if not: at which of the three truths does it fail?"""

from collections.abc import Iterator, Sequence

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, WARNING, Finding, Severity
from trinokit.kerberos import flag_status
from trinokit.kerberos.flag_status import IN_FORCE, LACKING, NOT_KNOWN, VOID, FlagStatus
from trinokit.kerberos.flags_in_force import is_flag_given
from trinokit.kerberos.node_groups import NodeGroup
from trinokit.kerberos.trino_nodes import TrinoNode

_Statement = tuple[Severity, str]
_FEW = 3


def group_flag_findings(group: NodeGroup, groups: Sequence[NodeGroup], flags: Sequence[str]) -> Iterator[Finding]:
    """What is to be said of *flags* on the nodes of *group*, one sentence for flags of which the same is to be said.

    *groups* are all there are: another role may have what this one lacks.
    """
    said: dict[_Statement, list[str]] = {}
    for flag in flags:
        if verdict := _flag_statement(flag, group, groups):
            said.setdefault(verdict, []).append(flag)
    for (severity, sentence), some in said.items():
        yield Finding(severity, group.subject, f"{_flags_subject(some, flags)} {sentence}")


def nodes_without_flag(flag: str, group: NodeGroup) -> list[TrinoNode]:
    """The nodes of *group* on which *flag* is known not to be in force."""
    return [node for node in group.read if not flag_status.status_of_flag(flag, node.running, node.java).holds]


def _flags_subject(some: list[str], flags: Sequence[str]) -> str:
    if len(some) == 1:
        return f"{some[0]} is"
    if len(some) == len(flags) > _FEW:
        return f"each of the {len(flags)} flags is"
    return f"{len(some)} flags ({join_names(some)}) are"


def _flag_statement(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> _Statement | None:
    number, missing = len(group.read), nodes_without_flag(flag, group)
    if missing:
        held = f"in force on {number - len(missing)} of {group.called(number)}"
        whom = f", not on {join_names(node.name for node in missing)}" if len(missing) < number else ""
        return (
            CRITICAL,
            f"{held}{whom}: {_where_flag_is_lost(flag, group, missing)}{_other_role_hint(flag, group, groups)}",
        )
    if not number:
        return _running_unknown_statement(flag, group, groups)
    return _in_force_statement(flag, group)


def _running_unknown_statement(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> _Statement | None:
    """The verdict where it is not known what runs; none where it is not known what is live either, a problem told."""
    if group.live(flag).state in (IN_FORCE, NOT_KNOWN):
        return None
    return CRITICAL, f"not in force after a start: {_sides_text(flag, group)}{_other_role_hint(flag, group, groups)}"


def _in_force_statement(flag: str, group: NodeGroup) -> _Statement | None:
    """The verdict on a flag that is in force now."""
    where = f"in force on {group.called(len(group.read))}"
    live, declared = group.live(flag), group.declared(flag)
    if group.place and live.state in (LACKING, VOID):
        if is_flag_given(flag, group.place.environment):
            return INFO, f"{where} through a variable of the container, not through {group.place.key}"
        return WARNING, f"{where}, but {_status_text('live', live)}: the next restart takes it away"
    if live.state == IN_FORCE and declared.state in (LACKING, VOID):
        return WARNING, f"{where}, but {_status_text('declared', declared)}: what is applied next takes it away"
    return None


def _where_flag_is_lost(flag: str, group: NodeGroup, missing: list[TrinoNode]) -> str:
    """Where *flag* is lost on the way to the nodes that are *missing* it."""
    running = [flag_status.status_of_flag(flag, node.running, node.java) for node in missing]
    worst = next((each for each in running if each.state == VOID), running[0])
    live = group.live(flag)
    if live.state == NOT_KNOWN:
        return _status_text("running", worst)
    if live.state != IN_FORCE:
        if worst.state == VOID and worst == live:
            return _status_text("live and running", live)
        told = _sides_text(flag, group)
        return told if worst in (live, FlagStatus(LACKING)) else f"{told}; {_status_text('running', worst)}"
    return f"live has it, {_status_text('running', worst)}; {_restart_advice(group, missing)}"


def _restart_advice(group: NodeGroup, missing: list[TrinoNode]) -> str:
    """What to do about nodes that run without what is live."""
    changed = group.place.changed
    if changed is None or any(node.started is None for node in missing):
        return "restart"
    moment = f"{changed:%Y-%m-%d %H:%M:%S}"
    if any(node.started < changed for node in missing):
        return f"restart: it was changed at {moment}, after they had begun"
    return f"it was changed at {moment}, before they began: see whether they are given another {group.place.key}"


def _sides_text(flag: str, group: NodeGroup) -> str:
    live, declared = group.live(flag), group.declared(flag)
    if declared.state == IN_FORCE:
        return f"it is declared and not deployed, {_status_text('live', live)}"
    if declared.state == NOT_KNOWN or declared.state == live.state == VOID:
        return _status_text("live", live)
    if declared.state == live.state == LACKING:
        return "neither declared nor live has it"
    return f"{_status_text('declared', declared)}, {_status_text('live', live)}"


def _status_text(which: str, truth: FlagStatus) -> str:
    if truth.state == VOID:
        verb = "have" if " and " in which else "has"
        return f"{which} {verb} `{flag_status.argument_excerpt(truth.argument)}` ({truth.why})"
    return f"{which} lacks it"


def _other_role_hint(flag: str, group: NodeGroup, groups: Sequence[NodeGroup]) -> str:
    """That another role of the same namespace has *flag* where *group* lacks it."""
    place = group.place
    if not place or group.live(flag).state != LACKING or group.declared(flag).state == IN_FORCE:
        return ""
    others = [
        other.role
        for other in groups
        if other.place and other.role != group.role and other.place.workload.namespace == place.workload.namespace
        if other.live(flag).holds
    ]
    return f"; the {others[0]} has it, and each role has a {place.key} of its own" if others else ""
