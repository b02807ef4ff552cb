"""Which versions do the nodes run, and is a rolling upgrade under way? A part of a source, beside those of the kit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from trinokit.errors import SourceError
from trinokit.findings import OK, WARNING, Finding, format_count
from trinokit.sources.source import ClusterObjects


@dataclass(frozen=True, order=True)
class NodeVersion:
    """A node with the versions of its *kubelet* and of its container *runtime*, as it reports them itself."""

    node: str
    kubelet: str
    runtime: str


class SourceWithObjects(Protocol):
    """What this part asks of a source: its objects, which are the same part of one that is live and of a recording."""

    name: str
    objects: ClusterObjects


class NodeVersions:
    """The versions of the nodes of *source*, asked now where it is live, and as they were where it was recorded."""

    def __init__(self, source: SourceWithObjects) -> None:
        self._source = source

    def running(self) -> tuple[NodeVersion, ...]:
        """What each node runs, by name; raises SourceError when nobody may read nodes, or nothing says where they are.

        >>> from trinokit import sources
        >>> NodeVersions(sources.connect("recorded/reference")).running()[0].kubelet
        'kwok-0.8.0'
        """
        live = self._source.objects.live()
        if why := live.unread.get("Node"):
            raise SourceError(
                f"Expected the nodes of {self._source.name}, found {why}.", remedy="kubectl auth can-i list nodes"
            )
        told = [(each.name, each.at("status", "nodeInfo") or {}) for each in live.of("Node")]
        return tuple(
            sorted(
                NodeVersion(
                    node=name, kubelet=info.get("kubeletVersion", ""), runtime=info.get("containerRuntimeVersion", "")
                )
                for name, info in told
            )
        )


def node_version_findings(versions: Iterable[NodeVersion]) -> list[Finding]:
    """Nodes whose kubelet is another one than that of most of them; OK when all run the same."""
    found = list(versions)
    kubelets = [each.kubelet for each in found]
    usual = max(kubelets, key=kubelets.count, default="")
    others = [each for each in found if each.kubelet != usual]
    return [
        Finding(WARNING, f"Node/{each.node}", f"runs kubelet {each.kubelet}, most run {usual}") for each in others
    ] or [Finding(OK, "nodes", f"{format_count(len(found), 'node')}, all of kubelet {usual}")]
