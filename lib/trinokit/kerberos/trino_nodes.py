"""What is declared, live and running of the jvm.config of each node of Trino?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from trinokit.architecture import workloads as made
from trinokit.architecture.table_building import sorted_table as tabled
from trinokit.kerberos import flag_status
from trinokit.kerberos.flags_in_force import reported_arguments
from trinokit.kerberos.jvm_config_files import COORDINATOR, WORKER, JvmConfigFile, trino_container
from trinokit.kerberos.jvm_config_text import config_arguments, launcher_of_version
from trinokit.objects import Object, Objects
from trinokit.observations import Jvm, PodContainer, RunningJvms

EVERY_NODE = "every node"
_NODE_COLUMNS = dict.fromkeys(("node", "role", "workload", "declared", "live", "running"), "str")
_NODE_COLUMNS |= {"java": "Int64", "trino": "str", "note": "str"}
_FLAG_COLUMNS = dict.fromkeys(("role", "workload", "flag", "declared", "live", "running", "argument", "why"), "str")


@dataclass(frozen=True)
class TrinoNode:
    """One node of Trino and the arguments that its JVM is to have by either side, and has; None where not known.

    *place* is None for a JVM of which no pod is known, and *name* empty for a place that has no pod. *problem* says why
    *running* is not known, and *note* what else there is to know; a node that is *ending* is not counted.
    """

    name: str
    role: str
    place: JvmConfigFile | None = None
    declared: tuple[str, ...] | None = None
    live: tuple[str, ...] | None = None
    running: tuple[str, ...] | None = None
    java: int | None = None
    trino: str = ""
    started: datetime | None = None
    problem: str = ""
    note: str = ""
    ending: bool = False
    pod: PodContainer | None = None


def find_nodes(places: Iterable[JvmConfigFile], live: Objects | None, running: RunningJvms) -> tuple[TrinoNode, ...]:
    """Every node: each live pod of *places* with its JVM among *running*, and the JVMs of which no pod is known."""
    of_place = made.pods_by_workload(live) if live else {}
    every = [(place, of_place.get((place.workload.namespace, str(place.workload)), [])) for place in places]
    jvms = _jvms_by_pod([pod for _, some in every for pod in some], running)
    found = [node for place, some in every for node in _nodes_of_config(place, some, jvms, running)]
    found += [_node_without_pod(jvm, bool(every)) for jvm in running.jvms if jvm not in jvms.values()]
    return (*found, *_unread_nodes(found, bool(jvms), running))


def nodes_table(nodes: Iterable[TrinoNode], flags: Sequence[str]) -> pd.DataFrame:
    """Each node, and how many of *flags* are in force by what is declared, what is live and what runs."""
    return tabled(_NODE_COLUMNS, [_node_row(node, flags) for node in nodes])


def flags_by_role_table(nodes: Iterable[TrinoNode], flags: Sequence[str]) -> pd.DataFrame:
    """The *flags* by role: whether either side has them, and on how many nodes they are in force.

    *argument* is what was to be the flag and is void, the worst of the three, and *why* says what is wrong with it.
    Flags of which the same is to be said share a row.
    """
    alike: dict[tuple, list[str]] = {}
    for (role, at), some in _nodes_by_role(nodes).items():
        for flag, *row in _flag_rows(some, flags):
            alike.setdefault((role, at, *row), []).append(flag)
    every = f"each of the {len(flags)}"
    named = [(every if len(some) == len(flags) > 1 else ", ".join(some), row) for row, some in alike.items()]
    return tabled(_FLAG_COLUMNS, [(*row[:2], flag, *row[2:]) for flag, row in named])


def _jvms_by_pod(pods: list[Object], running: RunningJvms) -> dict[tuple, Jvm | None]:
    """The JVM in each of *pods*: the one with its name, unless several pods are called so; else by its address."""
    found = {}
    for pod in pods:
        address = pod.at("status", "podIP") or ""
        alike = sum(each.name == pod.name for each in pods)
        named = [jvm for jvm in running.jvms if jvm.node == pod.name and (alike == 1 or jvm.address == address)]
        by_address = [jvm for jvm in running.jvms if address and jvm.address.strip("[]") == address]
        found[pod.identity] = next(iter([*named, *by_address]), None)
    return found


def _nodes_of_config(
    place: JvmConfigFile, pods: list[Object], jvms: dict[tuple, Jvm | None], running: RunningJvms
) -> Iterator[TrinoNode]:
    for pod in pods:
        yield _node_of_pod(place, pod, jvms[pod.identity], running)
    if not pods:
        unwanted = place.workload.object.at("spec", "replicas") == 0
        why = {"note": "is scaled to 0"} if unwanted else {"problem": "has no pod"}
        yield TrinoNode("", place.role, place, *_arguments_by_side(place, place.launcher), trino=place.trino, **why)


def _node_of_pod(place: JvmConfigFile, pod: Object, jvm: Jvm | None, running: RunningJvms) -> TrinoNode:
    about = jvm or Jvm(pod.name, (), "")
    trino, within = about.trino or place.trino, trino_container(place.workload)
    ending = bool(pod.at("metadata", "deletionTimestamp"))
    return TrinoNode(
        pod.name,
        place.role,
        place,
        *_arguments_by_side(place, launcher_of_version(trino)),
        jvm.arguments if jvm else None,
        _java_major(about.java),
        trino,
        about.started or _container_start(pod, within),
        "" if jvm or ending else _why_not_running(pod, running),
        "is ending" if ending else "",
        ending,
        PodContainer(pod.namespace, pod.name, within),
    )


def _arguments_by_side(place: JvmConfigFile, reads: str) -> Iterator[tuple[str, ...] | None]:
    """The arguments that the declared and the live text of *place* give, the live one as the launcher *reads* it."""
    for text, name in ((place.declared, place.declared_launcher), (place.live, reads)):
        yield None if text is None else config_arguments(text, name)


def _node_without_pod(jvm: Jvm, known: bool) -> TrinoNode:
    role = "" if jvm.coordinator is None else COORDINATOR if jvm.coordinator else WORKER
    note = "runs, and no pod of it is known" if known else ""
    about = (_java_major(jvm.java), jvm.trino, jvm.started)
    return TrinoNode(jvm.node, role, None, None, None, jvm.arguments, *about, note=note)


def _unread_nodes(found: list[TrinoNode], pods: bool, running: RunningJvms) -> Iterator[TrinoNode]:
    """What was asked for and not read under a name that is neither a pod's nor a JVM's, so that it is not lost."""
    named = {each.name for each in found} | {EVERY_NODE if pods else ""}
    return (TrinoNode(name, "", problem=why) for name, why in running.unread.items() if name not in named)


def _why_not_running(pod: Object, running: RunningJvms) -> str:
    if why := running.unread.get(pod.name) or running.unread.get(EVERY_NODE):
        return why
    phase = pod.at("status", "phase") or "Unknown"
    if phase != "Running":
        return f"is {phase}, so that no JVM runs in it"
    return (
        "no JVM of Trino was found in it"
        if made.is_pod_ready(pod)
        else "is not ready, and no JVM of Trino answered for it"
    )


def _container_start(pod: Object, container: str) -> datetime | None:
    """When the *container* of *pod* began, or else the pod."""
    states = {each["name"]: each.get("state") or {} for each in pod.at("status", "containerStatuses") or []}
    moment = (states.get(container, {}).get("running") or {}).get("startedAt") or pod.at("status", "startTime")
    return datetime.fromisoformat(moment) if moment else None


def _java_major(java: str) -> int | None:
    found = re.match(r"(?:1\.)?(\d+)", java)
    return int(found[1]) if found else None


def _node_row(node: TrinoNode, flags: Sequence[str]) -> tuple:
    sides = [_in_force_count(given, node.java, flags) for given in (node.declared, node.live, node.running)]
    note = "; ".join(filter(None, [node.problem, node.note, node.place.problem if node.place else ""]))
    return node.name, node.role, node.place.subject if node.place else "", *sides, node.java, node.trino, note


def _in_force_count(given: tuple[str, ...] | None, java: int | None, flags: Sequence[str]) -> str:
    if given is None:
        return "not known"
    return f"{sum(flag_status.status_of_flag(flag, given, java).holds for flag in flags)} of {len(flags)}"


def _nodes_by_role(nodes: Iterable[TrinoNode]) -> dict[tuple[str, str], list[TrinoNode]]:
    groups: dict[tuple[str, str], list[TrinoNode]] = {}
    for node in nodes:
        if not node.ending:
            groups.setdefault((node.role, node.place.subject if node.place else ""), []).append(node)
    return groups


def _flag_rows(nodes: list[TrinoNode], flags: Sequence[str]) -> Iterator[tuple]:
    read = [node for node in nodes if node.running is not None]
    for flag in flags:
        declared, live = (
            flag_status.status_of_flag(flag, each, nodes[0].java) for each in (nodes[0].declared, nodes[0].live)
        )
        ran = [flag_status.status_of_flag(flag, node.running, node.java) for node in read]
        worst = next(
            (each for each in [*ran, live, declared] if each.argument), flag_status.status_of_flag(flag, None, None)
        )
        held = f"{sum(each.holds for each in ran)} of {len(nodes)}" if ran else "not known"
        yield flag, declared.state, live.state, held, flag_status.argument_excerpt(worst.argument), worst.why


def extra_arguments(node: TrinoNode) -> tuple[str, ...]:
    """What runs on *node* and stands neither in its live jvm.config nor in the variables of its container."""
    live = {*reported_arguments(node.live or ()), *(node.place.environment if node.place else ())}
    return tuple(each for each in node.running or () if each not in live)


def arguments_pending_restart(node: TrinoNode) -> tuple[str, ...]:
    """What the live jvm.config of *node* has and its JVM runs without."""
    return tuple(
        each for each in reported_arguments(node.live or ()) if node.running is not None and each not in node.running
    )
