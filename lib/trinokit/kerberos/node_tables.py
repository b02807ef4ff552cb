"""How many flags are in force on each node, and what is each flag by role? Nodes and flags in, tables out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_of_rows
from trinokit.kerberos.flag_status_per_side import FlagState, argument_excerpt, status_of_flag
from trinokit.kerberos.node_jvm_configs import TrinoNode


class _NodeRow(NamedTuple):
    """A row of `nodes_table`; of the three truths, how many flags are in force by each, such as 3 of 5."""

    node: str
    role: str
    workload: str
    declared: str
    live: str
    running: str
    java: int | None
    trino: str
    note: str


class _FlagRow(NamedTuple):
    """A row of `flags_by_role_table`."""

    role: str
    workload: str
    flag: str
    declared: str
    live: str
    running: str
    argument: str
    why: str


def nodes_table(nodes: Iterable[TrinoNode], flags: Sequence[str]) -> pd.DataFrame:
    """Each node, and how many of *flags* are in force by what is declared, what is live and what runs.

    The columns are node, role, workload, declared, live and running (such as `3 of 5`, or `not known`), java (its
    major), trino (its version) and note; in this order they sort the rows.
    """
    return table_of_rows(_NodeRow, [_node_row(node, flags) for node in nodes])


def flags_by_role_table(nodes: Iterable[TrinoNode], flags: Sequence[str]) -> pd.DataFrame:
    """The *flags* by role: whether either side has them, and on how many nodes they are in force.

    The columns are role, workload, flag, declared and live (each a `FlagState`), running (such as `1 of 3`, or `not
    known`), argument and why; in this order they sort the rows. *argument* is what was to be the flag and is void, the
    worst of the three, and *why* says what is wrong with it. Flags of which the same is to be said share a row.
    """
    alike: dict[_FlagRow, list[str]] = {}
    for (role, workload), group in _nodes_by_role(nodes).items():
        for flag in flags:
            alike.setdefault(_flag_row(flag, role, workload, group), []).append(flag)
    every = f"each of the {len(flags)}"
    rows = [row._replace(flag=every if len(same) == len(flags) > 1 else ", ".join(same)) for row, same in alike.items()]
    return table_of_rows(_FlagRow, rows)


def _node_row(node: TrinoNode, flags: Sequence[str]) -> _NodeRow:
    config_file = node.config_file
    return _NodeRow(
        node=node.name,
        role=node.role,
        workload=config_file.subject if config_file else "",
        declared=_in_force_count(node.declared, node.java, flags),
        live=_in_force_count(node.live, node.java, flags),
        running=_in_force_count(node.running, node.java, flags),
        java=node.java,
        trino=node.trino,
        note="; ".join(filter(None, [node.problem, node.note, config_file.problem if config_file else ""])),
    )


def _in_force_count(arguments: tuple[str, ...] | None, java: int | None, flags: Sequence[str]) -> str:
    if arguments is None:
        return FlagState.NOT_KNOWN
    return f"{sum(status_of_flag(flag, arguments, java).is_in_force for flag in flags)} of {len(flags)}"


def _nodes_by_role(nodes: Iterable[TrinoNode]) -> dict[tuple[str, str], list[TrinoNode]]:
    groups: dict[tuple[str, str], list[TrinoNode]] = {}
    for node in nodes:
        if not node.is_terminating:
            groups.setdefault((node.role, node.config_file.subject if node.config_file else ""), []).append(node)
    return groups


def _flag_row(flag: str, role: str, workload: str, nodes: list[TrinoNode]) -> _FlagRow:
    """What is to be said of *flag*, without its name, so that flags of which the same is to be said are alike."""
    first = nodes[0]
    declared, live = (status_of_flag(flag, each, first.java) for each in (first.declared, first.live))
    running = [status_of_flag(flag, node.running, node.java) for node in nodes if node.running is not None]
    void = next((each for each in [*running, live, declared] if each.argument), None)
    return _FlagRow(
        role=role,
        workload=workload,
        flag="",
        declared=declared.state,
        live=live.state,
        running=f"{sum(each.is_in_force for each in running)} of {len(nodes)}" if running else FlagState.NOT_KNOWN,
        argument=argument_excerpt(void.argument) if void else "",
        why=void.why if void else "",
    )
