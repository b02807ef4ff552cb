"""What is measured while a gate is kept, and how slow may queries be that are compared with a baseline?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trinokit.metric_gate_limits import GateLimits


class MeasureName(StrEnum):
    """What a gate measures."""

    FAILED_QUERIES = "failed queries"
    P95 = "p95"
    WORKERS = "workers"
    ROLLOUT = "rollout"


FAILED_QUERIES, P95, WORKERS, ROLLOUT = MeasureName


@dataclass(frozen=True)
class QuerySample:
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
    def has_p95(self) -> bool:
        """Whether there was a query that tells a percentile."""
        return self.p95_ms is not None and not math.isnan(self.p95_ms)


@dataclass(frozen=True)
class GateMeasures:
    """What was measured; None where it could not be, for the reason that *unread* has by the measure's name.

    *unready* has the workloads of the *rollout*, which is empty where nobody asks for one.
    """

    target: QuerySample | None = None
    baseline: QuerySample | None = None
    workers: int | None = None
    unready: tuple[str, ...] | None = None
    rollout: str = ""
    unread: Mapping[MeasureName, str] = field(default_factory=dict)


def p95_limit_ms(baseline: QuerySample | None, limits: GateLimits) -> float | None:
    """How long the 95th percentile may be; None where the *baseline* does not tell."""
    if baseline is None or baseline.completed < limits.minimum or not baseline.has_p95:
        return None
    # The history tells whole milliseconds, of which a percentage may be nothing.
    return limits.p95_ratio * max(baseline.p95_ms, 1)
