"""What is declared, live and running of the jvm.config of each node of Trino?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trinokit.architecture import workloads
from trinokit.kerberos.flag_in_arguments import reported_arguments
from trinokit.kerberos.jvm_config_text import Launcher, config_arguments, launcher_of_version
from trinokit.kerberos.trino_workloads import COORDINATOR, WORKER, JvmConfigFile, TrinoRole, trino_container
from trinokit.objects import Object, Objects
from trinokit.observations import Jvm, PodContainer, RunningJvms

EVERY_NODE = "every node"


@dataclass(frozen=True)
class TrinoNode:
    """One node of Trino and the arguments that its JVM is to have by either side, and has; None where not known.

    *config_file* is None for a JVM of which no pod is known, and *name* empty for a jvm.config that has no pod.
    *problem* says why *running* is not known, and *note* what else there is to know; one that *is_terminating* is not
    counted. *java* is the major of its JDK.
    """

    name: str
    role: TrinoRole | Literal[""]
    config_file: JvmConfigFile | None = None
    declared: tuple[str, ...] | None = None
    live: tuple[str, ...] | None = None
    running: tuple[str, ...] | None = None
    java: int | None = None
    trino: str = ""
    started: datetime | None = None
    problem: str = ""
    note: str = ""
    is_terminating: bool = False
    pod: PodContainer | None = None


def find_nodes(
    config_files: Iterable[JvmConfigFile], live: Objects | None, running: RunningJvms
) -> tuple[TrinoNode, ...]:
    """Every node: each live pod of *config_files* with its JVM among *running*, and the JVMs that have no known pod."""
    by_workload = workloads.pods_by_workload(live) if live else {}
    pods_of = {each: by_workload.get((each.workload.namespace, str(each.workload)), []) for each in config_files}
    jvms = _jvms_by_pod([pod for pods in pods_of.values() for pod in pods], running)
    nodes = [
        node for config_file, pods in pods_of.items() for node in _nodes_of_config(config_file, pods, jvms, running)
    ]
    nodes += [_node_without_pod(jvm, bool(pods_of)) for jvm in running.jvms if jvm not in jvms.values()]
    return (*nodes, *_unread_nodes(nodes, bool(jvms), running))


def further_arguments(node: TrinoNode) -> tuple[str, ...]:
    """What runs on *node* and stands neither in its live jvm.config nor in the variables of its container."""
    live = {*reported_arguments(node.live or ()), *(node.config_file.environment_arguments if node.config_file else ())}
    return tuple(each for each in node.running or () if each not in live)


def arguments_pending_restart(node: TrinoNode) -> tuple[str, ...]:
    """What the live jvm.config of *node* has and its JVM runs without."""
    return tuple(
        each for each in reported_arguments(node.live or ()) if node.running is not None and each not in node.running
    )


def _jvms_by_pod(pods: list[Object], running: RunningJvms) -> dict[tuple, Jvm | None]:
    """The JVM in each of *pods*: the one with its name, unless several pods are called so; else by its address."""
    jvms = {}
    for pod in pods:
        address = pod.at("status", "podIP") or ""
        alike = sum(each.name == pod.name for each in pods)
        candidates = [jvm for jvm in running.jvms if jvm.node == pod.name and (alike == 1 or jvm.address == address)]
        by_address = [jvm for jvm in running.jvms if address and jvm.address.strip("[]") == address]
        jvms[pod.identity] = next(iter([*candidates, *by_address]), None)
    return jvms


def _nodes_of_config(
    config_file: JvmConfigFile, pods: list[Object], jvms: dict[tuple, Jvm | None], running: RunningJvms
) -> Iterator[TrinoNode]:
    for pod in pods:
        yield _node_of_pod(config_file, pod, jvms[pod.identity], running)
    if not pods:
        declared, live = _arguments_by_side(config_file, config_file.launcher)
        unwanted = config_file.workload.object.at("spec", "replicas") == 0
        yield TrinoNode(
            name="",
            role=config_file.role,
            config_file=config_file,
            declared=declared,
            live=live,
            trino=config_file.trino,
            problem="" if unwanted else "has no pod",
            note="is scaled to 0" if unwanted else "",
        )


def _node_of_pod(config_file: JvmConfigFile, pod: Object, jvm: Jvm | None, running: RunningJvms) -> TrinoNode:
    trino = (jvm.trino if jvm else "") or config_file.trino
    container = trino_container(config_file.workload)
    declared, live = _arguments_by_side(config_file, launcher_of_version(trino))
    is_terminating = bool(pod.at("metadata", "deletionTimestamp"))
    return TrinoNode(
        name=pod.name,
        role=config_file.role,
        config_file=config_file,
        declared=declared,
        live=live,
        running=jvm.arguments if jvm else None,
        java=_java_major(jvm.java) if jvm else None,
        trino=trino,
        started=(jvm.started if jvm else None) or _container_start(pod, container),
        problem="" if jvm or is_terminating else _why_not_running(pod, running),
        note="is ending" if is_terminating else "",
        is_terminating=is_terminating,
        pod=PodContainer(pod.namespace, pod.name, container),
    )


def _arguments_by_side(
    config_file: JvmConfigFile, live_launcher: Launcher
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The arguments that the declared and the live text give, as its launcher reads each; None where there is none."""
    sides = ((config_file.declared, config_file.declared_launcher), (config_file.live, live_launcher))
    declared, live = (None if text is None else config_arguments(text, launcher) for text, launcher in sides)
    return declared, live


def _node_without_pod(jvm: Jvm, has_pods: bool) -> TrinoNode:
    return TrinoNode(
        name=jvm.node,
        role="" if jvm.coordinator is None else COORDINATOR if jvm.coordinator else WORKER,
        running=jvm.arguments,
        java=_java_major(jvm.java),
        trino=jvm.trino,
        started=jvm.started,
        note="runs, and no pod of it is known" if has_pods else "",
    )


def _unread_nodes(nodes: list[TrinoNode], pods: bool, running: RunningJvms) -> Iterator[TrinoNode]:
    """What was asked for and not read under a name that is neither a pod's nor a JVM's, so that it is not lost."""
    node_names = {each.name for each in nodes} | {EVERY_NODE if pods else ""}
    return (TrinoNode(name, "", problem=reason) for name, reason in running.unread.items() if name not in node_names)


def _why_not_running(pod: Object, running: RunningJvms) -> str:
    if reason := running.unread.get(pod.name) or running.unread.get(EVERY_NODE):
        return reason
    phase = pod.at("status", "phase") or "Unknown"
    if phase != "Running":
        return f"is {phase}, so that no JVM runs in it"
    return (
        "no JVM of Trino was found in it"
        if workloads.is_pod_ready(pod)
        else "is not ready, and no JVM of Trino answered for it"
    )


def _container_start(pod: Object, container: str) -> datetime | None:
    """When the *container* of *pod* began, or else the pod."""
    states = {each["name"]: each.get("state") or {} for each in pod.at("status", "containerStatuses") or []}
    moment = (states.get(container, {}).get("running") or {}).get("startedAt") or pod.at("status", "startTime")
    return datetime.fromisoformat(moment) if moment else None


def _java_major(java: str) -> int | None:
    match = re.match(r"(?:1\.)?(\d+)", java)
    return int(match[1]) if match else None
