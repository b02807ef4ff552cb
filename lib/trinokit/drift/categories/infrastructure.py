"""Infrastructure: are storage, load balancers, Ingresses and nodes what git and the policy of nodes ask for?"""

import re
from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import claimed_storage, node_requirements
from trinokit.drift.differences import Difference
from trinokit.findings import Finding

_KINDS = ("Ingress", "IngressClass", "Node", "StorageClass", "Gateway", "HTTPRoute")
_KINDS += ("PersistentVolume", "PersistentVolumeClaim")
_LOAD_BALANCER_PATH = re.compile(r"spec\.(loadBalancer|externalTrafficPolicy|externalIPs|type\b).*")
_STORAGE_PATH = re.compile(r"spec\.(volumeClaimTemplates|persistentVolumeClaimRetentionPolicy)\b.*")


def _claim(difference: Difference) -> Claim:
    kind, path_text = difference.object.kind, difference.where
    if kind in _KINDS:
        return Claim.KIND
    is_load_balancer = kind == "Service" and _LOAD_BALANCER_PATH.fullmatch(path_text)
    is_storage = kind != "ConfigMap" and _STORAGE_PATH.fullmatch(path_text)
    return Claim.PLACE if is_load_balancer or is_storage else Claim.NONE


def _claims(context: CategoryContext) -> pd.DataFrame:
    return claimed_storage.storage_table(context.declared, context.live)


def _nodes(context: CategoryContext) -> pd.DataFrame:
    return node_requirements.node_rule_table(context.live, context.settings.node_policy)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    nodes = node_requirements.node_findings(context.live, context.settings.node_policy)
    return claimed_storage.storage_findings(table("claims")) + nodes


INFRASTRUCTURE = DriftCategory("infrastructure", _claim, {"claims": _claims, "nodes": _nodes}, _findings)
