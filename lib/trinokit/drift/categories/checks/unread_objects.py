"""What of the live side could not be read, and so cannot be compared?"""

from collections.abc import Iterator

from trinokit.architecture.table_building import was_read
from trinokit.findings import CRITICAL, Finding
from trinokit.objects import Objects

UNREAD_PREFIX = "could not be read"


def is_kind_read(kind: str, namespace: str, live: Objects) -> bool:
    """Whether objects of *kind* in *namespace*, which may be none, were asked for and could be read."""
    is_namespace_asked = not namespace or not live.roles or namespace in live.roles
    return is_namespace_asked and was_read(kind, namespace, live.unread)


def unread_kinds(live: Objects, *kinds: str) -> Iterator[tuple[str, str]]:
    """Each of *kinds*, or a kind in one namespace, that could not be read, and why."""
    for kind, reason in sorted(live.unread.items()):
        if kind.partition(" ")[0] in kinds:
            yield kind, f"{UNREAD_PREFIX}: {reason}"


def unread_finding(kind: str, reason: str) -> Finding:
    """The finding that *kind* could not be judged for this *reason*."""
    return Finding(CRITICAL, kind, f"{reason}; nothing can be said of it")
