"""How are the workloads reached inside the cluster, and does anybody answer?"""

import pandas as pd

from trinokit.architecture import service_backends
from trinokit.architecture import workloads as made
from trinokit.architecture.table_building import join_names, sorted_table
from trinokit.architecture.workloads import Workload
from trinokit.findings import CRITICAL, OK, Finding, format_count
from trinokit.objects import Object, Objects

_COLUMNS = {
    "namespace": "str",
    "service": "str",
    "type": "str",
    "ports": "str",
    "selector": "str",
    "leads_to": "str",
    "pods_ready": "Int64",
    "pods_total": "Int64",
    "unnamed_ports": "str",
}


def service_table(objects: Objects) -> pd.DataFrame:
    """Every Service with its ports, the workloads behind it and how many of their pods are ready.

    *unnamed_ports* are those whose target is a name that a workload behind it gives to none of its ports.
    """
    known = made.find_workloads(objects)
    running = made.pods_by_workload(objects)
    rows = []
    for each in objects.of("Service"):
        behind = service_backends.selected_workloads(each, known)
        ready, total = service_backends.ready_pod_counts(each, behind, running, objects)
        rows.append(
            (each.namespace, each.name, service_backends.service_type(each), _ports_text(each), _selector_text(each))
        )
        rows[-1] += (_backends_text(each, behind, objects), ready, total, join_names(_unnamed_ports(each, behind)))
    return sorted_table(_COLUMNS, rows)


def unreachable_service_findings(services: pd.DataFrame, dependencies: pd.DataFrame) -> list[Finding]:
    """Services behind which nobody answers, with everybody who depends on them.

    Their selector selects nothing, no pod is ready, or a port leads to a name that no container has.
    """
    if services.empty:
        return [Finding(CRITICAL, "services", "could not be judged: there is none")]
    selecting = services[services["selector"] != ""]
    silent = (selecting["leads_to"] == "") | (selecting["pods_ready"] == 0).fillna(False)
    needed = dependencies.groupby(["to_namespace", "to"])["from_workload"].agg(join_names).to_dict()
    findings = [
        Finding(
            CRITICAL,
            _subject(row),
            _silence_reason(row) + _dependents_text(needed.get((row.namespace, f"Service/{row.service}"))),
        )
        for row in selecting[silent].itertuples()
    ]
    findings += [
        Finding(CRITICAL, _subject(row), f"leads to a port that no container names: {row.unnamed_ports}")
        for row in services[services["unnamed_ports"] != ""].itertuples()
    ]
    what = "lead to a workload" if services["pods_ready"].isna().all() else "have a ready pod behind them"
    return findings or [
        Finding(OK, "services", f"all {format_count(len(selecting), 'Service')} that select pods {what}")
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
