"""Which nodes have one jvm.config, and what is each flag there?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from trinokit.kerberos import flag_status_per_side
from trinokit.kerberos.flag_status_per_side import FlagStatus
from trinokit.kerberos.node_jvm_configs import TrinoNode
from trinokit.kerberos.trino_workloads import JvmConfigFile, TrinoRole


@dataclass(frozen=True)
class NodeGroup:
    """The *nodes* of one *role* that share a jvm.config, without those that are ending."""

    role: TrinoRole | Literal[""]
    config_file: JvmConfigFile | None
    nodes: tuple[TrinoNode, ...]

    @property
    def subject(self) -> str:
        """Who a finding is about."""
        return self.config_file.subject if self.config_file else self.count_text(0)

    @property
    def known_nodes(self) -> list[TrinoNode]:
        """The nodes of which it is known what runs."""
        return [node for node in self.nodes if node.running is not None]

    def count_text(self, number: int) -> str:
        """*number* of nodes in words, such as 3 workers; for 0 only the word."""
        word = (self.role or "node") + ("" if number == 1 else "s")
        return f"{number} {word}" if number else word

    def declared_status(self, flag: str) -> FlagStatus:
        """What *flag* is by the declared side."""
        return flag_status_per_side.status_of_flag(flag, self.nodes[0].declared, self._java_major)

    def live_status(self, flag: str) -> FlagStatus:
        """What *flag* is by the live side."""
        return flag_status_per_side.status_of_flag(flag, self.nodes[0].live, self._java_major)

    @property
    def _java_major(self) -> int | None:
        return next((node.java for node in self.known_nodes if node.java), None)


def group_nodes(nodes: Iterable[TrinoNode]) -> list[NodeGroup]:
    """The groups of *nodes*, in their order; without nodes of which nothing but a problem is known."""
    nodes_by_group: dict[tuple[str, str], list[TrinoNode]] = {}
    for node in nodes:
        if not node.is_terminating and (node.config_file or node.running is not None):
            nodes_by_group.setdefault((node.role, node.config_file.subject if node.config_file else ""), []).append(
                node
            )
    return [NodeGroup(role, some[0].config_file, tuple(some)) for (role, _), some in nodes_by_group.items()]
