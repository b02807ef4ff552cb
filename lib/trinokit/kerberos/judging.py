"""Are the flags in force on every node of Trino, and what else is wrong with what its JVMs are started with?"""

import re
from collections.abc import Iterable, Iterator, Sequence

from trinokit.architecture.wording import listed
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, counted
from trinokit.kerberos import groups as grouped
from trinokit.kerberos import truths
from trinokit.kerberos.faults import fault
from trinokit.kerberos.force import joined
from trinokit.kerberos.groups import Group
from trinokit.kerberos.heard import said as said
from trinokit.kerberos.nodes import Node, behind, beyond
from trinokit.kerberos.verdicts import lacks, verdicts

# What the launcher adds by itself, from node.properties and by the JDK.
# https://github.com/airlift/airlift/tree/master/launcher/src/main/go/args
_OF_LAUNCHER = re.compile(
    r"-D(?:node\.|catalog\.|plugin\.|log\.|config=|secretsConfig=)|-agentpath:"
    r"|--add-modules=jdk\.incubator\.vector$|--sun-misc-unsafe-memory-access=allow$"
    r"|--enable-native-access=ALL-UNNAMED$|-XX:[+-](?:EnableDynamicAgentLoading|UseCompactObjectHeaders|RewriteBytecodes)$"
)


def judged(nodes: Sequence[Node], flags: Sequence[str]) -> list[Finding]:
    """Whether *flags* are in force on all *nodes* and will stay so, and what of the nodes could not be read."""
    groups = grouped.of(nodes)
    findings = list(_problems(nodes))
    for group in groups:
        findings += verdicts(group, groups, flags)
    findings += _in_force(groups, nodes, flags)
    for group in groups:
        findings += [*_void(group, flags), *_behind(group, flags), *_beyond(group, flags)]
    return [*findings, *_javas(groups), *_noted(nodes)]


def _problems(nodes: Sequence[Node]) -> Iterator[Finding]:
    if not nodes:
        yield Finding(CRITICAL, "Trino", "no node was found: no workload is one of Trino, and no JVM told what it runs")
    for subject, place in {node.place.subject: node.place for node in nodes if node.place}.items():
        if place.problem:
            yield Finding(CRITICAL, subject, f"its {place.key} could not be read: {place.problem}")
    for (subject, problem), who in _told(nodes, "problem"):
        sentence = f"what runs on {who} could not be read: {problem}" if who else f"{problem}: nothing of it runs"
        yield Finding(CRITICAL, subject, sentence)


def _told(nodes: Sequence[Node], field: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Subject and text of what the *field* of *nodes* says, and the nodes that say so."""
    found: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        if text := getattr(node, field):
            found.setdefault((node.place.subject if node.place else "Trino", text), []).append(node.name)
    return ((place, listed(filter(None, names))) for place, names in found.items())


def _in_force(groups: list[Group], nodes: Sequence[Node], flags: Sequence[str]) -> Iterator[Finding]:
    """That all is well with *flags*, where it is."""
    read = any(group.read for group in groups) and not any(node.problem for node in nodes)
    if not read or not flags or any(lacks(flag, group) for group in groups for flag in flags):
        return
    all_of = f"all {len(flags)} flags are" if len(flags) > 1 else f"{flags[0]} is"
    roles = " and ".join(group.called(len(group.read)) for group in groups if group.read)
    yield Finding(OK, "flags", f"{all_of} in force on {roles}, each of which was asked")


def _void(group: Group, flags: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with other arguments: a flag that nobody asked for may be meant as well."""
    first = group.nodes[0]
    running = group.read[0].running if group.read and first.live is None else ()
    wrong: dict[str, list[str]] = {}
    for side, given in (("declared", first.declared), ("live", first.live), ("running", running)):
        for each in joined(given or ()):
            if fault(each) and not _is_of(each, flags):
                wrong.setdefault(each, []).append(side)
    for argument, where in wrong.items():
        sentence = f"{' and '.join(where)} {'has' if len(where) == 1 else 'have'}"
        yield Finding(WARNING, group.subject, f"{sentence} `{truths.shown(argument)}` ({fault(argument)})")


def _behind(group: Group, flags: Sequence[str]) -> Iterator[Finding]:
    missing = {node.name: [each for each in behind(node) if not _is_of(each, flags)] for node in group.read}
    names = [name for name, some in missing.items() if some]
    if names:
        what = listed(truths.shown(each) for some in missing.values() for each in some)
        of_all = f"{len(names)} of {group.called(len(group.read))}"
        runs = "runs" if len(names) == 1 else "run"
        yield Finding(WARNING, group.subject, f"{of_all} {runs} without what is live: {what}; restart {listed(names)}")


def _beyond(group: Group, flags: Sequence[str]) -> Iterator[Finding]:
    place = group.place
    if not place:
        return
    if place.environment:
        comes = "comes" if len(place.environment) == 1 else "come"
        sentence = f"{counted(len(place.environment), 'argument')} {comes} with a variable of the container: "
        yield Finding(INFO, group.subject, sentence + listed(map(truths.shown, place.environment)))
    if place.live is None:
        return
    more = [
        truths.shown(each)
        for node in group.read
        for each in beyond(node)
        if not _OF_LAUNCHER.match(each) and not _is_of(each, flags)
    ]
    if more:
        sentence = f"what runs has more than {place.key}, from the launcher or before the last change: {listed(more)}"
        yield Finding(INFO, group.subject, sentence)


def _is_of(argument: str, flags: Iterable[str]) -> bool:
    """Whether *argument* is one of *flags* or was to be one."""
    return any(truths.of(flag, (argument,), None).state != truths.LACKING for flag in flags)


def _javas(groups: list[Group]) -> Iterator[Finding]:
    for name in ("java", "trino"):
        found: dict[object, list[str]] = {}
        for node in [node for group in groups for node in group.read if getattr(node, name)]:
            found.setdefault(getattr(node, name), []).append(node.name)
        if len(found) > 1:
            parts = [f"{version} on {listed(names)}" for version, names in sorted(found.items())]
            what = "JDKs" if name == "java" else "versions of Trino"
            yield Finding(WARNING, "nodes", f"have different {what}: {'; '.join(parts)}")


def _noted(nodes: Sequence[Node]) -> Iterator[Finding]:
    for (subject, note), who in _told(nodes, "note"):
        yield Finding(INFO, subject, f"{who} {note}".strip())
