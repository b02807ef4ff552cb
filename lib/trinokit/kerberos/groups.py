"""Which nodes have one jvm.config, and what is each flag there?"""

from collections.abc import Iterable
from dataclasses import dataclass

from trinokit.kerberos import truths
from trinokit.kerberos.nodes import Node
from trinokit.kerberos.places import Place
from trinokit.kerberos.truths import Truth


@dataclass(frozen=True)
class Group:
    """The *nodes* of one *role* that share a *place*, without those that are ending."""

    role: str
    place: Place | None
    nodes: tuple[Node, ...]

    @property
    def subject(self) -> str:
        """Who a finding is about."""
        return self.place.subject if self.place else self.called(0)

    @property
    def read(self) -> list[Node]:
        """The nodes of which it is known what runs."""
        return [node for node in self.nodes if node.running is not None]

    def called(self, number: int) -> str:
        """*number* of nodes in words, such as 3 workers; for 0 only the word."""
        word = (self.role or "node") + ("" if number == 1 else "s")
        return f"{number} {word}" if number else word

    def declared(self, flag: str) -> Truth:
        """What *flag* is by the declared side."""
        return truths.of(flag, self.nodes[0].declared, self._java)

    def live(self, flag: str) -> Truth:
        """What *flag* is by the live side."""
        return truths.of(flag, self.nodes[0].live, self._java)

    @property
    def _java(self) -> int | None:
        return next((node.java for node in self.read if node.java), None)


def of(nodes: Iterable[Node]) -> list[Group]:
    """The groups of *nodes*, in their order; without nodes of which nothing but a problem is known."""
    found: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        if not node.ending and (node.place or node.running is not None):
            found.setdefault((node.role, node.place.subject if node.place else ""), []).append(node)
    return [Group(role, some[0].place, tuple(some)) for (role, _), some in found.items()]
