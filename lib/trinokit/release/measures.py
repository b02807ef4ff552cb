"""What is measured while a gate is kept, and how slow may queries be that are compared with a baseline?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from trinokit.release.wishes import Limits

HISTORY, BASELINE, WORKERS, ROLLOUT = "failed queries", "p95", "workers", "rollout"


@dataclass(frozen=True)
class Sample:
    """What the history tells of a window: how many queries *completed*, how many of them *failed*, and by whose error.

    *p95_ms* is of the elapsed time of those that finished and of *overdue* ones, which run longer than they may.
    """

    completed: int
    failed: int = 0
    user_errors: int = 0
    overdue: int = 0
    p95_ms: float | None = None

    @property
    def failed_percent(self) -> float:
        """The share of completed queries that failed, in percent."""
        return 100 * self.failed / self.completed if self.completed else 0

    @property
    def timed(self) -> bool:
        """Whether there was a query that tells a percentile."""
        return self.p95_ms is not None and not math.isnan(self.p95_ms)


@dataclass(frozen=True)
class Measures:
    """What was measured; None where it could not be, for the reason that *unread* has by the measure's name.

    *unready* has the workloads of the *rollout*, which is empty where nobody asks for one.
    """

    target: Sample | None = None
    baseline: Sample | None = None
    workers: int | None = None
    unready: tuple[str, ...] | None = None
    rollout: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)


def slowest_ms(baseline: Sample | None, limits: Limits) -> float | None:
    """How long the 95th percentile may be; None where the *baseline* does not tell."""
    if baseline is None or baseline.completed < limits.minimum or not baseline.timed:
        return None
    # The history tells whole milliseconds, of which a percentage may be nothing.
    return limits.p95_ratio * max(baseline.p95_ms, 1)
