"""What is a category of drift: which differences belong to it, and what else is looked at in it?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cached_property

import pandas as pd

from trinokit.drift.categories.checks.image_scan_reports import ImageScan
from trinokit.drift.categories.checks.node_requirements import NodePolicy
from trinokit.drift.differences import Difference
from trinokit.findings import Finding
from trinokit.objects import Objects
from trinokit.observations import PrometheusState


class Claim(IntEnum):
    """How surely a category claims a difference: the surest one gets it, and of equals the first in the table.

    By the *KIND* of its object, by the *PLACE* where it stands, by the *VALUE* that is written there, as the *REST*
    that nobody else claims, or with *NONE* not at all.
    """

    NONE = 0
    REST = 1
    VALUE = 2
    PLACE = 3
    KIND = 4


@dataclass(frozen=True)
class CategorySettings:
    """What those who look at a cluster ask of it: its nodes, what its images may have, and how old a Secret may be.

    *vulnerability* is one of low, medium, high and critical: the severity from which on one is told.
    """

    node_policy: NodePolicy = NodePolicy()
    image_scans: tuple[ImageScan, ...] = ()
    vulnerability: str = "critical"
    secret_age_days: int = 90


@dataclass(frozen=True)
class CategoryContext:
    """What a category has to look at: both sides at that *moment*, the *settings*, and what Prometheus has loaded.

    The *live* side lacks what an ignore rule accepts as a whole. Prometheus is asked when a category first looks.
    """

    declared: Objects
    live: Objects
    moment: datetime
    settings: CategorySettings = CategorySettings()
    read_prometheus: Callable[[], PrometheusState] = PrometheusState

    @cached_property
    def prometheus(self) -> PrometheusState:
        """What Prometheus has loaded, or why nobody knows."""
        return self.read_prometheus()


def _no_findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    return []


@dataclass(frozen=True)
class DriftCategory:
    """A category by its *name*, with the differences that it *claims* and what no single difference tells.

    *tables* are made of the context, by names that no other category has; *findings* are made of the context and of
    those tables, each of which is made once.
    """

    name: str
    claim: Callable[[Difference], Claim]
    tables: Mapping[str, Callable[[CategoryContext], pd.DataFrame]] = field(default_factory=dict)
    findings: Callable[[CategoryContext, Callable[[str], pd.DataFrame]], list[Finding]] = _no_findings
