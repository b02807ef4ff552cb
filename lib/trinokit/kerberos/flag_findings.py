"""Are the flags in force on every node of Trino, and what else is wrong with what its JVMs are started with?"""

import re
from collections.abc import Iterable, Iterator, Sequence

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.kerberos import flag_status_per_side, node_groups
from trinokit.kerberos.argument_faults import argument_fault
from trinokit.kerberos.flag_in_arguments import join_two_word_flags
from trinokit.kerberos.flag_status_per_side import FlagState
from trinokit.kerberos.flags_in_force_findings import group_flag_findings, nodes_without_flag
from trinokit.kerberos.node_groups import NodeGroup
from trinokit.kerberos.node_jvm_configs import TrinoNode, arguments_pending_restart, further_arguments

# What the launcher adds by itself, from node.properties and by the JDK.
# https://github.com/airlift/airlift/tree/master/launcher/src/main/go/args
_LAUNCHER_ARGUMENT = re.compile(
    r"-D(?:node\.|catalog\.|plugin\.|log\.|config=|secretsConfig=)|-agentpath:"
    r"|--add-modules=jdk\.incubator\.vector$|--sun-misc-unsafe-memory-access=allow$"
    r"|--enable-native-access=ALL-UNNAMED$|-XX:[+-](?:EnableDynamicAgentLoading|UseCompactObjectHeaders|RewriteBytecodes)$"
)


def flag_findings(nodes: Sequence[TrinoNode], flags: Sequence[str]) -> list[Finding]:
    """Whether *flags* are in force on all *nodes* and will stay so, and what of the nodes could not be read."""
    groups = node_groups.group_nodes(nodes)
    findings = list(_unread_findings(nodes))
    for group in groups:
        findings += group_flag_findings(group, groups, flags)
    findings += _all_in_force_findings(groups, nodes, flags)
    for group in groups:
        findings += [
            *_void_argument_findings(group, flags),
            *_pending_restart_findings(group, flags),
            *_further_argument_findings(group, flags),
        ]
    return [*findings, *_mixed_version_findings(groups), *_note_findings(nodes)]


def _unread_findings(nodes: Sequence[TrinoNode]) -> Iterator[Finding]:
    if not nodes:
        yield Finding(CRITICAL, "Trino", "no node was found: no workload is one of Trino, and no JVM told what it runs")
    for subject, config_file in {
        node.config_file.subject: node.config_file for node in nodes if node.config_file
    }.items():
        if config_file.problem:
            yield Finding(CRITICAL, subject, f"its {config_file.key} could not be read: {config_file.problem}")
    for (subject, problem), who in _nodes_by_text(nodes, "problem"):
        sentence = f"what runs on {who} could not be read: {problem}" if who else f"{problem}: nothing of it runs"
        yield Finding(CRITICAL, subject, sentence)


def _nodes_by_text(nodes: Sequence[TrinoNode], field: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Subject and text of what the *field* of *nodes* says, and the nodes that say so."""
    nodes_by_text: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        if text := getattr(node, field):
            nodes_by_text.setdefault((node.config_file.subject if node.config_file else "Trino", text), []).append(
                node.name
            )
    return ((config_file, join_names(filter(None, names))) for config_file, names in nodes_by_text.items())


def _all_in_force_findings(
    groups: list[NodeGroup], nodes: Sequence[TrinoNode], flags: Sequence[str]
) -> Iterator[Finding]:
    """That all is well with *flags*, where it is."""
    is_complete = any(group.known_nodes for group in groups) and not any(node.problem for node in nodes)
    if not is_complete or not flags or any(nodes_without_flag(flag, group) for group in groups for flag in flags):
        return
    all_of = f"all {len(flags)} flags are" if len(flags) > 1 else f"{flags[0]} is"
    roles = " and ".join(group.count_text(len(group.known_nodes)) for group in groups if group.known_nodes)
    yield Finding(OK, "flags", f"{all_of} in force on {roles}, each of which was asked")


def _void_argument_findings(group: NodeGroup, flags: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with other arguments: a flag that nobody asked for may be meant as well."""
    first = group.nodes[0]
    running = group.known_nodes[0].running if group.known_nodes and first.live is None else ()
    wrong: dict[str, list[str]] = {}
    for side, arguments in (("declared", first.declared), ("live", first.live), ("running", running)):
        for each in join_two_word_flags(arguments or ()):
            if argument_fault(each) and not _is_meant_as_any(each, flags):
                wrong.setdefault(each, []).append(side)
    for argument, sides in wrong.items():
        sentence = f"{' and '.join(sides)} {'has' if len(sides) == 1 else 'have'}"
        yield Finding(
            WARNING,
            group.subject,
            f"{sentence} `{flag_status_per_side.argument_excerpt(argument)}` ({argument_fault(argument)})",
        )


def _pending_restart_findings(group: NodeGroup, flags: Sequence[str]) -> Iterator[Finding]:
    missing = {
        node.name: [each for each in arguments_pending_restart(node) if not _is_meant_as_any(each, flags)]
        for node in group.known_nodes
    }
    names = [name for name, some in missing.items() if some]
    if names:
        arguments_text = join_names(
            flag_status_per_side.argument_excerpt(each) for some in missing.values() for each in some
        )
        of_all = f"{len(names)} of {group.count_text(len(group.known_nodes))}"
        runs = "runs" if len(names) == 1 else "run"
        yield Finding(
            WARNING,
            group.subject,
            f"{of_all} {runs} without what is live: {arguments_text}; restart {join_names(names)}",
        )


def _further_argument_findings(group: NodeGroup, flags: Sequence[str]) -> Iterator[Finding]:
    config_file = group.config_file
    if not config_file:
        return
    if arguments := config_file.environment_arguments:
        comes = f"{format_count(len(arguments), 'argument')} {'comes' if len(arguments) == 1 else 'come'}"
        names = join_names(map(flag_status_per_side.argument_excerpt, arguments))
        yield Finding(INFO, group.subject, f"{comes} with a variable of the container: {names}")
    if config_file.live is None:
        return
    additions = [
        flag_status_per_side.argument_excerpt(each)
        for node in group.known_nodes
        for each in further_arguments(node)
        if not _LAUNCHER_ARGUMENT.match(each) and not _is_meant_as_any(each, flags)
    ]
    if additions:
        source = f"{config_file.key}, from the launcher or before the last change"
        sentence = f"what runs has more than {source}: {join_names(additions)}"
        yield Finding(INFO, group.subject, sentence)


def _is_meant_as_any(argument: str, flags: Iterable[str]) -> bool:
    """Whether *argument* is one of *flags* or was to be one."""
    return any(
        flag_status_per_side.status_of_flag(flag, (argument,), None).state != FlagState.NOT_THERE for flag in flags
    )


def _mixed_version_findings(groups: list[NodeGroup]) -> Iterator[Finding]:
    for name in ("java", "trino"):
        nodes_by_version: dict[object, list[str]] = {}
        for node in [node for group in groups for node in group.known_nodes if getattr(node, name)]:
            nodes_by_version.setdefault(getattr(node, name), []).append(node.name)
        if len(nodes_by_version) > 1:
            parts = [f"{version} on {join_names(names)}" for version, names in sorted(nodes_by_version.items())]
            noun = "JDKs" if name == "java" else "versions of Trino"
            yield Finding(WARNING, "nodes", f"have different {noun}: {'; '.join(parts)}")


def _note_findings(nodes: Sequence[TrinoNode]) -> Iterator[Finding]:
    for (subject, note), who in _nodes_by_text(nodes, "note"):
        yield Finding(INFO, subject, f"{who} {note}".strip())
