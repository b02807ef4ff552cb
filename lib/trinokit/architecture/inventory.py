"""What was read, and what is the cluster made of?"""

from typing import NamedTuple

import pandas as pd

from trinokit.architecture.table_building import table_of_rows
from trinokit.architecture.workloads import find_workloads
from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.objects import Objects

_COUNTED_KINDS = {
    "pods": ("Pod",),
    "services": ("Service",),
    "entries": ("Ingress", "HTTPRoute"),
    "claims": ("PersistentVolumeClaim",),
    "config_maps": ("ConfigMap",),
    "secrets": ("Secret",),
    "policies": ("NetworkPolicy",),
}


class NamespaceRow(NamedTuple):
    """A row of the table of namespaces: its role, and how many objects of some kinds are in it."""

    namespace: str
    role: str
    objects: int
    workloads: int
    pods: int
    services: int
    entries: int
    claims: int
    config_maps: int
    secrets: int
    policies: int


def inventory_facts_table(objects: Objects) -> pd.DataFrame:
    """What is read: the side, how many objects of how many kinds, and what the source says of itself."""
    kinds = {(each.api_version, each.kind) for each in objects.items}
    facts = {"side": objects.side, **objects.about, "objects": f"{len(objects.items):,} of {len(kinds)} kinds"}
    return pd.DataFrame({"fact": list(facts), "value": list(facts.values())}, dtype="str")


def namespace_table(objects: Objects) -> pd.DataFrame:
    """Every namespace with its role and how much is in it, a `NamespaceRow` each.

    What belongs to no namespace stands in the first line.
    """
    names = {*objects.roles, *(each.namespace for each in objects.items)}
    names |= {each.name for each in objects.of("Namespace")}
    everything = find_workloads(objects)
    rows = []
    for name in names:
        inside = [each for each in objects.items if each.namespace == name]
        row = NamespaceRow(
            namespace=name,
            role=objects.roles.get(name, "") if name else "(cluster)",
            objects=len(inside),
            workloads=sum(each.namespace == name for each in everything),
            **{column: sum(each.kind in kinds for each in inside) for column, kinds in _COUNTED_KINDS.items()},
        )
        rows.append(row)
    return table_of_rows(NamespaceRow, rows)


def unread_object_findings(objects: Objects) -> list[Finding]:
    """What could not be read: CRITICAL, since nothing here can be said of it."""
    findings = [
        Finding(CRITICAL, kind, f"could not be read, and every answer about it is missing: {reason}")
        for kind, reason in sorted(objects.unread.items())
    ]
    if not objects.items:
        return [*findings, Finding(CRITICAL, "objects", "could not be judged: there is none")]
    empty = set(objects.roles) - {each.namespace for each in objects.items}
    findings += [Finding(WARNING, f"Namespace/{name}", "has nothing in it") for name in sorted(empty)]
    return findings or [Finding(OK, "objects", f"all {len(objects.items):,} were read")]
