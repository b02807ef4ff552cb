"""Is each flag in force on every node, will it stay so, and if not: at which of the three truths does it fail?"""

from collections.abc import Iterator, Sequence

from trinokit.architecture.wording import listed
from trinokit.findings import CRITICAL, INFO, WARNING, Finding, Severity
from trinokit.kerberos import truths
from trinokit.kerberos.force import among
from trinokit.kerberos.groups import Group
from trinokit.kerberos.nodes import Node
from trinokit.kerberos.truths import IN_FORCE, LACKING, UNKNOWN, VOID, Truth

_Verdict = tuple[Severity, str]
_FEW = 3


def verdicts(group: Group, groups: Sequence[Group], flags: Sequence[str]) -> Iterator[Finding]:
    """What is to be said of *flags* on the nodes of *group*, one sentence for flags of which the same is to be said.

    *groups* are all there are: another role may have what this one lacks.
    """
    said: dict[_Verdict, list[str]] = {}
    for flag in flags:
        if verdict := _verdict(flag, group, groups):
            said.setdefault(verdict, []).append(flag)
    for (severity, sentence), some in said.items():
        yield Finding(severity, group.subject, f"{_named(some, flags)} {sentence}")


def lacks(flag: str, group: Group) -> list[Node]:
    """The nodes of *group* on which *flag* is known not to be in force."""
    return [node for node in group.read if not truths.of(flag, node.running, node.java).holds]


def _named(some: list[str], flags: Sequence[str]) -> str:
    if len(some) == 1:
        return f"{some[0]} is"
    if len(some) == len(flags) > _FEW:
        return f"each of the {len(flags)} flags is"
    return f"{len(some)} flags ({listed(some)}) are"


def _verdict(flag: str, group: Group, groups: Sequence[Group]) -> _Verdict | None:
    number, missing = len(group.read), lacks(flag, group)
    if missing:
        held = f"in force on {number - len(missing)} of {group.called(number)}"
        whom = f", not on {listed(node.name for node in missing)}" if len(missing) < number else ""
        return CRITICAL, f"{held}{whom}: {_why(flag, group, missing)}{_forgotten(flag, group, groups)}"
    if not number:
        return _not_running(flag, group, groups)
    return _lasting(flag, group)


def _not_running(flag: str, group: Group, groups: Sequence[Group]) -> _Verdict | None:
    """The verdict where it is not known what runs; none where it is not known what is live either, a problem told."""
    if group.live(flag).state in (IN_FORCE, UNKNOWN):
        return None
    return CRITICAL, f"not in force after a start: {_of_sides(flag, group)}{_forgotten(flag, group, groups)}"


def _lasting(flag: str, group: Group) -> _Verdict | None:
    """The verdict on a flag that is in force now."""
    where = f"in force on {group.called(len(group.read))}"
    live, declared = group.live(flag), group.declared(flag)
    if group.place and live.state in (LACKING, VOID):
        if among(flag, group.place.environment):
            return INFO, f"{where} through a variable of the container, not through {group.place.key}"
        return WARNING, f"{where}, but {_of('live', live)}: the next restart takes it away"
    if live.state == IN_FORCE and declared.state in (LACKING, VOID):
        return WARNING, f"{where}, but {_of('declared', declared)}: what is applied next takes it away"
    return None


def _why(flag: str, group: Group, missing: list[Node]) -> str:
    """Where *flag* is lost on the way to the nodes that are *missing* it."""
    running = [truths.of(flag, node.running, node.java) for node in missing]
    worst = next((each for each in running if each.state == VOID), running[0])
    live = group.live(flag)
    if live.state == UNKNOWN:
        return _of("running", worst)
    if live.state != IN_FORCE:
        if worst.state == VOID and worst == live:
            return _of("live and running", live)
        told = _of_sides(flag, group)
        return told if worst in (live, Truth(LACKING)) else f"{told}; {_of('running', worst)}"
    return f"live has it, {_of('running', worst)}; {_since(group, missing)}"


def _since(group: Group, missing: list[Node]) -> str:
    """What to do about nodes that run without what is live."""
    changed = group.place.changed
    if changed is None or any(node.started is None for node in missing):
        return "restart"
    moment = f"{changed:%Y-%m-%d %H:%M:%S}"
    if any(node.started < changed for node in missing):
        return f"restart: it was changed at {moment}, after they had begun"
    return f"it was changed at {moment}, before they began: see whether they are given another {group.place.key}"


def _of_sides(flag: str, group: Group) -> str:
    live, declared = group.live(flag), group.declared(flag)
    if declared.state == IN_FORCE:
        return f"it is declared and not deployed, {_of('live', live)}"
    if declared.state == UNKNOWN or declared.state == live.state == VOID:
        return _of("live", live)
    if declared.state == live.state == LACKING:
        return "neither declared nor live has it"
    return f"{_of('declared', declared)}, {_of('live', live)}"


def _of(which: str, truth: Truth) -> str:
    if truth.state == VOID:
        verb = "have" if " and " in which else "has"
        return f"{which} {verb} `{truths.shown(truth.argument)}` ({truth.why})"
    return f"{which} lacks it"


def _forgotten(flag: str, group: Group, groups: Sequence[Group]) -> str:
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
