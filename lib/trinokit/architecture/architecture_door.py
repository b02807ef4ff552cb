"""What is one cluster made of, who depends on whom, and what is wired wrong? The door to its architecture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from trinokit.architecture import (
    address_mentions,
    autoscaling,
    catalog_consistency,
    config_maps_and_secrets,
    dependencies,
    entry_points,
    inventory,
    monitoring_coverage,
    persistent_volumes,
    policy_and_budget_coverage,
    services,
    workloads,
)
from trinokit.errors import ParameterError, did_you_mean
from trinokit.findings import Finding, Findings
from trinokit.objects import Objects

if TYPE_CHECKING:
    from trinokit.figures import Chart


class _ClusterObjects(Protocol):
    def of_side(self, side: str) -> Objects:
        """The objects of one *side*, declared or live."""


class ObjectSource(Protocol):
    """What `map_cluster` needs of a source: a part of `trinokit.sources.source.Source`."""

    objects: _ClusterObjects


class ClusterMap:
    """Tables, findings and the diagram of the *objects* of one side of a cluster, each made when it is first needed.

    The names are those of `ASPECTS`; an Aspect of your own goes wherever a name goes.
    """

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._tables: dict[Callable, pd.DataFrame] = {}

    def table(self, name: "str | Aspect", *, every_column: bool = False) -> pd.DataFrame:
        """The table of the aspect *name*, without the columns that are no use to a reader unless *every_column*.

        Raises ParameterError when there is no such aspect.
        """
        aspect = _aspect(name)
        if aspect.make_table not in self._tables:
            self._tables[aspect.make_table] = aspect.make_table(self.objects)
        table = self._tables[aspect.make_table].copy(deep=False)
        return table if every_column or not aspect.shown else table[list(aspect.shown)]

    def findings(self, *names: "str | Aspect") -> Findings:
        """What deserves attention in the aspects *names*, or in all of them where none is given; worst first.

        Raises ParameterError when there is no such aspect.
        """
        chosen = [_aspect(name) for name in names or ASPECTS]
        return Findings(finding for aspect in chosen for finding in aspect.judge(self))

    def diagram(self) -> "Chart":
        """The architecture as a figure, which a notebook draws: namespaces, workloads, and who depends on whom."""
        # Loading matplotlib takes a second, and most of what uses a map draws nothing.
        from trinokit.figures import cluster_diagram

        tables = {name: self.table(name, every_column=True) for name in ("dependencies", "volumes", "namespaces")}
        entries = self.table("entry_points", every_column=True)
        return cluster_diagram(self.table("workloads"), entries=entries, **tables)

    def __repr__(self) -> str:
        """How many objects of which side, and what can be asked."""
        return f"{len(self.objects.items):,} {self.objects.side} objects: {', '.join(ASPECTS)}"


def map_cluster(source: ObjectSource, *, side: str = "live") -> ClusterMap:
    """The architecture of the cluster of *source*: as its API server has it, or with *side* declared, as git has it.

    Raises SourceError when that side cannot be read.
    """
    return ClusterMap(source.objects.of_side(side))


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """One thing that is told of a cluster: *make_table* makes a table of its objects, *judge* findings of its map.

    *judge* takes the whole ClusterMap, since what one table shows may be needed to judge another one. The columns that
    are *shown* are for readers; without any all are.
    """

    make_table: Callable[[Objects], pd.DataFrame]
    judge: Callable[[ClusterMap], list[Finding]] = lambda _: []
    shown: tuple[str, ...] = ()


def _judge_table(judge: Callable[[pd.DataFrame], list[Finding]], name: str) -> Callable[[ClusterMap], list[Finding]]:
    return lambda cluster: judge(cluster.table(name, every_column=True))


def _judge_services(cluster: ClusterMap) -> list[Finding]:
    tables = [cluster.table(name, every_column=True) for name in ("services", "dependencies")]
    return services.unreachable_service_findings(*tables)


def _judge_configuration(cluster: ClusterMap) -> list[Finding]:
    return [
        *config_maps_and_secrets.missing_config_findings(cluster.objects),
        *config_maps_and_secrets.unused_config_findings(cluster.objects),
        *address_mentions.unreadable_config_findings(cluster.objects),
    ]


def _judge_policies(cluster: ClusterMap) -> list[Finding]:
    protections = cluster.table("policies", every_column=True)
    return [
        *policy_and_budget_coverage.unmatched_policy_findings(protections),
        *policy_and_budget_coverage.blocked_dns_findings(cluster.objects),
    ]


ASPECTS: dict[str, Aspect] = {
    "objects": Aspect(
        make_table=inventory.inventory_facts_table,
        judge=lambda cluster: inventory.unread_object_findings(cluster.objects),
    ),
    "namespaces": Aspect(make_table=inventory.namespace_table),
    "workloads": Aspect(
        make_table=workloads.workload_table, judge=_judge_table(workloads.unready_workload_findings, "workloads")
    ),
    "entry_points": Aspect(
        make_table=entry_points.entry_point_table,
        judge=_judge_table(entry_points.broken_entry_findings, "entry_points"),
        shown=("namespace", "entry", "entry_class", "host", "path", "service", "port", "address"),
    ),
    "services": Aspect(
        make_table=services.service_table,
        judge=_judge_services,
        shown=("namespace", "service", "type", "ports", "leads_to", "pods_ready", "pods_total"),
    ),
    "volumes": Aspect(
        make_table=persistent_volumes.volume_table,
        judge=_judge_table(persistent_volumes.unbound_claim_findings, "volumes"),
    ),
    "configuration": Aspect(make_table=config_maps_and_secrets.config_usage_table, judge=_judge_configuration),
    "catalogs": Aspect(
        make_table=catalog_consistency.catalog_table,
        judge=lambda cluster: catalog_consistency.inconsistent_catalog_findings(cluster.objects),
    ),
    "dependencies": Aspect(
        make_table=dependencies.dependency_table,
        judge=_judge_table(dependencies.broken_dependency_findings, "dependencies"),
        shown=("from_namespace", "from_workload", "to_namespace", "to", "port", "protocol", "state"),
    ),
    "addresses": Aspect(
        make_table=dependencies.dependency_table, shown=("from_workload", "address", "evidence", "evidence_key")
    ),
    "policies": Aspect(
        make_table=policy_and_budget_coverage.policy_coverage_table,
        judge=_judge_policies,
        shown=("namespace", "protector", "rule", "protects"),
    ),
    "autoscalers": Aspect(
        make_table=autoscaling.autoscaler_table,
        judge=_judge_table(autoscaling.autoscaler_findings, "autoscalers"),
        shown=(
            *("namespace", "autoscaler", "target", "replicas_min", "replicas_max"),
            *("replicas_current", "replicas_desired", "metrics"),
        ),
    ),
    "monitoring": Aspect(
        make_table=monitoring_coverage.monitoring_table,
        judge=lambda cluster: monitoring_coverage.monitoring_gap_findings(cluster.objects),
    ),
}


def _aspect(name: str | Aspect) -> Aspect:
    if isinstance(name, Aspect):
        return name
    if name not in ASPECTS:
        raise ParameterError(
            f"Expected something that is told of a cluster, found {name!r}.",
            remedy=did_you_mean(name, ASPECTS) or f"told are: {', '.join(ASPECTS)}",
        )
    return ASPECTS[name]
