"""How are the workloads reached inside the cluster, and does anybody answer?"""

from typing import NamedTuple

import pandas as pd

from trinokit.architecture import service_backends
from trinokit.architecture.table_building import join_names, table_of_rows
from trinokit.architecture.workloads import Workload, find_workloads, pods_by_workload
from trinokit.findings import CRITICAL, OK, Finding, format_count
from trinokit.objects import Object, Objects


class ServiceRow(NamedTuple):
    """A row of the table of Services: *leads_to* names the workloads behind it, or addresses where it has no selector.

    *ports* are as in ``http 80→8080/UDP``, TCP left out. Pods are NA on the declared side and where nothing is
    selected. *unnamed_ports* are those whose target is a name that a workload behind it gives to none of its ports.
    """

    namespace: str
    service: str
    type: str
    ports: str
    selector: str
    leads_to: str
    pods_ready: int | None
    pods_total: int | None
    unnamed_ports: str


def service_table(objects: Objects) -> pd.DataFrame:
    """Every Service with its ports, the workloads behind it and how many of their pods are ready.

    A row is a `ServiceRow`.
    """
    all_workloads, live_pods = find_workloads(objects), pods_by_workload(objects)
    rows = []
    for service in objects.of("Service"):
        behind = service_backends.selected_workloads(service, all_workloads)
        ready, total = service_backends.ready_pod_counts(service, behind, live_pods, objects)
        row = ServiceRow(
            namespace=service.namespace,
            service=service.name,
            type=service_backends.service_type(service),
            ports=_ports_text(service),
            selector=_selector_text(service),
            leads_to=_backends_text(service, behind, objects),
            pods_ready=ready,
            pods_total=total,
            unnamed_ports=join_names(_unnamed_ports(service, behind)),
        )
        rows.append(row)
    return table_of_rows(ServiceRow, rows)


def unreachable_service_findings(services: pd.DataFrame, dependencies: pd.DataFrame) -> list[Finding]:
    """Services behind which nobody answers, with everybody who depends on them.

    Their selector selects nothing, no pod is ready, or a port leads to a name that no container has.
    """
    if services.empty:
        return [Finding(CRITICAL, "services", "could not be judged: there is none")]
    selecting = services[services["selector"] != ""]
    unreachable = (selecting["leads_to"] == "") | (selecting["pods_ready"] == 0).fillna(False)
    dependents = dependencies.groupby(["to_namespace", "to"])["from_workload"].agg(join_names).to_dict()
    findings = [
        Finding(
            CRITICAL,
            _subject(row),
            _silence_reason(row) + _dependents_text(dependents.get((row.namespace, f"Service/{row.service}"))),
        )
        for row in selecting[unreachable].itertuples()
    ]
    findings += [
        Finding(CRITICAL, _subject(row), f"leads to a port that no container names: {row.unnamed_ports}")
        for row in services[services["unnamed_ports"] != ""].itertuples()
    ]
    claim = "lead to a workload" if services["pods_ready"].isna().all() else "have a ready pod behind them"
    return findings or [
        Finding(OK, "services", f"all {format_count(len(selecting), 'Service')} that select pods {claim}")
    ]


def _subject(row: tuple) -> str:
    return f"Service/{row.service} in {row.namespace}"


def _silence_reason(row: tuple) -> str:
    if row.leads_to == "":
        return f"selects nothing: no workload's pods have the labels {row.selector}"
    if not row.pods_total:
        return f"has no pod behind it: {row.leads_to} runs none"
    return f"has none of {format_count(row.pods_total, 'pod')} ready behind it: {row.leads_to}"


def _dependents_text(dependents: str | None) -> str:
    return f"; who depends on it: {dependents}" if dependents else ""


def _unnamed_ports(service: Object, behind: list[Workload]) -> list[str]:
    return [
        f"{each['targetPort']} of {workload}"
        for each in service.at("spec", "ports") or []
        for workload in behind
        if service_backends.target_port(each, workload) is None
    ]


def _ports_text(service: Object) -> str:
    return ", ".join(_port_text(each) for each in service.at("spec", "ports") or [])


def _port_text(each: dict) -> str:
    target = each.get("targetPort") or each["port"]
    name = f"{each['name']} " if each.get("name") else ""
    arrow = f"→{target}" if target != each["port"] else ""
    protocol = each.get("protocol") or "TCP"
    return f"{name}{each['port']}{arrow}" + (f"/{protocol}" if protocol != "TCP" else "")


def _selector_text(service: Object) -> str:
    if service.at("spec", "type") == "ExternalName":
        return ""
    return ", ".join(f"{key}={value}" for key, value in sorted((service.at("spec", "selector") or {}).items()))


def _backends_text(service: Object, behind: list[Workload], objects: Objects) -> str:
    if service.at("spec", "type") == "ExternalName":
        return service.at("spec", "externalName") or ""
    if service.at("spec", "selector"):
        return ", ".join(map(str, behind))
    return join_names(
        sorted(
            {address for each in service_backends.service_endpoints(service, objects) for address in each["addresses"]}
        )
    )
