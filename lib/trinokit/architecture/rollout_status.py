"""How far has a workload rolled out?"""

from dataclasses import dataclass

from trinokit.objects import Object

ROLLOUT_KINDS = ("DaemonSet", "Deployment", "StatefulSet")
_REPLICA_FIELDS = ("updatedReplicas", "availableReplicas")
_DAEMON_SET_FIELDS = ("updatedNumberScheduled", "numberAvailable")


@dataclass(frozen=True)
class RolloutStatus:
    """How many pods of a workload are *wanted*, are *updated*, are *available*, and are *old* and not gone yet.

    *seen* says whether its controller has seen the last change, without which the numbers are those before it, and
    *failed* whether the controller has waited for longer than the workload allows.
    """

    wanted: int
    updated: int
    available: int
    old: int
    seen: bool
    failed: bool

    @property
    def under_way(self) -> bool:
        """Whether pods are still being replaced; a rollout that has failed goes no further."""
        return not self.seen or (not self.failed and (self.updated < self.wanted or self.old > 0))

    @property
    def is_complete(self) -> bool:
        """Whether every pod is new and available."""
        return self.seen and not self.failed and not self.old and min(self.updated, self.available) >= self.wanted


def rollout_status(object: Object) -> RolloutStatus | None:
    """How far *object* has come, one of KINDS; None where it has no status, as on the declared side."""
    status = object.at("status")
    if not status:
        return None
    daemons = object.kind == "DaemonSet"
    replicas_wanted = status.get("desiredNumberScheduled", 0) if daemons else object.at("spec", "replicas")
    updated, available = (status.get(field, 0) for field in (_DAEMON_SET_FIELDS if daemons else _REPLICA_FIELDS))
    return RolloutStatus(
        wanted=1 if replicas_wanted is None else replicas_wanted,
        updated=updated,
        available=available,
        old=0 if daemons else max(status.get("replicas", 0) - updated, 0),
        seen=(object.at("metadata", "generation") or 0) <= status.get("observedGeneration", 0),
        failed=any(each.get("reason") == "ProgressDeadlineExceeded" for each in status.get("conditions") or []),
    )
