"""What do policies and budgets protect, and do they find anything to protect?"""

from typing import NamedTuple

import pandas as pd

from trinokit.architecture import network_policy_evaluation
from trinokit.architecture.allowed_traffic import Network
from trinokit.architecture.label_selectors import format_selector, selector_matches
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, format_count
from trinokit.objects import Object, Objects


class PolicyRow(NamedTuple):
    """A row of the table of policies: a *protector* (Kind/name), whose pods it selects, and what *rule* it sets.

    *protects* names the workloads whose pods it selects, and is empty where there is none.
    """

    namespace: str
    protector: str
    selector: str
    rule: str
    protects: str


def policy_coverage_table(objects: Objects) -> pd.DataFrame:
    """Every NetworkPolicy and PodDisruptionBudget with the workloads whose pods it selects; a `PolicyRow` each."""
    network = Network(objects)
    rows = []
    for each in objects.of("NetworkPolicy", "PodDisruptionBudget"):
        selector = each.at("spec", "podSelector" if each.kind == "NetworkPolicy" else "selector") or {}
        chosen = [
            str(workload)
            for workload in network.workloads
            if workload.namespace == each.namespace and selector_matches(selector, workload.labels)
        ]
        row = PolicyRow(
            namespace=each.namespace,
            protector=f"{each.kind}/{each.name}",
            selector=format_selector(selector),
            rule=_rule_summary(each),
            protects=", ".join(chosen),
        )
        rows.append(row)
    return table_of_rows(PolicyRow, rows)


def unmatched_policy_findings(protections: pd.DataFrame) -> list[Finding]:
    """Policies and budgets that select nothing, and so protect nothing."""
    if protections.empty:
        return [Finding(INFO, "policies", "there is no NetworkPolicy and no PodDisruptionBudget")]
    idle = protections[protections["protects"] == ""]
    findings = [
        Finding(
            WARNING,
            f"{row.protector} in {row.namespace}",
            f"selects nothing: no workload's pods there have the labels {row.selector}",
        )
        for row in idle.itertuples()
    ]
    number = format_count(len(protections), "policy or budget", "policies and budgets")
    return findings or [Finding(OK, "policies", f"{number}, each selects a workload")]


def blocked_dns_findings(objects: Objects) -> list[Finding]:
    """Workloads that may send to some places only and may ask no name server, so that every name fails them."""
    network = Network(objects)
    findings = []
    for workload in network.workloads:
        refusing = network_policy_evaluation.policies_blocking_dns(network.traffic_ends[workload], objects)
        if refusing:
            by = join_names(f"NetworkPolicy/{each.name}" for each in refusing)
            findings.append(
                Finding(CRITICAL, f"{workload} in {workload.namespace}", f"can look up no name: {by} allows no port 53")
            )
    return findings or [Finding(OK, "policies", "every workload may look up names")]


def _rule_summary(each: Object) -> str:
    if each.kind == "NetworkPolicy":
        return ", ".join(
            f"{side} {format_count(len(each.at('spec', side) or []), 'rule')}"
            for side in network_policy_evaluation.isolated_sides(each)
        )
    limits = {key: each.at("spec", key) for key in ("minAvailable", "maxUnavailable")}
    return ", ".join(f"{key} {value}" for key, value in limits.items() if value is not None)
