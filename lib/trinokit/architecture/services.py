"""How are the workloads reached inside the cluster, and does anybody answer?"""

import pandas as pd

from trinokit.architecture import serving
from trinokit.architecture import workloads as made
from trinokit.architecture.wording import listed, table
from trinokit.architecture.workloads import Workload
from trinokit.findings import CRITICAL, OK, Finding, counted
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


def services(objects: Objects) -> pd.DataFrame:
    """Every Service with its ports, the workloads behind it and how many of their pods are ready.

    *unnamed_ports* are those whose target is a name that a workload behind it gives to none of its ports.
    """
    known = made.found(objects)
    running = made.pods(objects)
    rows = []
    for each in objects.of("Service"):
        behind = serving.chosen(each, known)
        ready, total = serving.answering(each, behind, running, objects)
        rows.append((each.namespace, each.name, serving.kind(each), _ports(each), _selector(each)))
        rows[-1] += (_leads_to(each, behind, objects), ready, total, listed(_unnamed(each, behind)))
    return table(_COLUMNS, rows)


def unanswered(services: pd.DataFrame, dependencies: pd.DataFrame) -> list[Finding]:
    """Services behind which nobody answers, with everybody who depends on them.

    Their selector selects nothing, no pod is ready, or a port leads to a name that no container has.
    """
    if services.empty:
        return [Finding(CRITICAL, "services", "could not be judged: there is none")]
    selecting = services[services["selector"] != ""]
    silent = (selecting["leads_to"] == "") | (selecting["pods_ready"] == 0).fillna(False)
    needed = dependencies.groupby(["to_namespace", "to"])["from_workload"].agg(listed).to_dict()
    findings = [
        Finding(CRITICAL, _subject(row), _silent(row) + _hit(needed.get((row.namespace, f"Service/{row.service}"))))
        for row in selecting[silent].itertuples()
    ]
    findings += [
        Finding(CRITICAL, _subject(row), f"leads to a port that no container names: {row.unnamed_ports}")
        for row in services[services["unnamed_ports"] != ""].itertuples()
    ]
    what = "lead to a workload" if services["pods_ready"].isna().all() else "have a ready pod behind them"
    return findings or [Finding(OK, "services", f"all {counted(len(selecting), 'Service')} that select pods {what}")]


def _subject(row: tuple) -> str:
    return f"Service/{row.service} in {row.namespace}"


def _silent(row: tuple) -> str:
    if row.leads_to == "":
        return f"selects nothing: no workload's pods have the labels {row.selector}"
    if not row.pods_total:
        return f"has no pod behind it: {row.leads_to} runs none"
    return f"has none of {counted(row.pods_total, 'pod')} ready behind it: {row.leads_to}"


def _hit(dependents: str | None) -> str:
    return f"; who depends on it: {dependents}" if dependents else ""


def _unnamed(service: Object, behind: list[Workload]) -> list[str]:
    return [
        f"{each['targetPort']} of {workload}"
        for each in service.at("spec", "ports") or []
        for workload in behind
        if serving.pod_port(each, workload) is None
    ]


def _ports(service: Object) -> str:
    return ", ".join(_port(each) for each in service.at("spec", "ports") or [])


def _port(each: dict) -> str:
    target = each.get("targetPort") or each["port"]
    name = f"{each['name']} " if each.get("name") else ""
    arrow = f"→{target}" if target != each["port"] else ""
    protocol = each.get("protocol") or "TCP"
    return f"{name}{each['port']}{arrow}" + (f"/{protocol}" if protocol != "TCP" else "")


def _selector(service: Object) -> str:
    if service.at("spec", "type") == "ExternalName":
        return ""
    return ", ".join(f"{key}={value}" for key, value in sorted((service.at("spec", "selector") or {}).items()))


def _leads_to(service: Object, behind: list[Workload], objects: Objects) -> str:
    if service.at("spec", "type") == "ExternalName":
        return service.at("spec", "externalName") or ""
    if service.at("spec", "selector"):
        return ", ".join(map(str, behind))
    return listed(sorted({address for each in serving.endpoints(service, objects) for address in each["addresses"]}))
