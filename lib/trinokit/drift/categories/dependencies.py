"""Dependencies: do the workloads lead where git says, and is the way there open?"""

import re
from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import dependency_addresses
from trinokit.drift.differences import Difference
from trinokit.findings import Finding

_KINDS = ("NetworkPolicy", "EndpointSlice", "Endpoints")
# An address of something that queries need: metastore, object storage, cache, database.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.:-]*://\S+|[\w.-]+\.svc(\.[\w.-]+)?(:\d+)?|[\w-]+(\.[\w-]+)*:\d{2,5}")


def is_address_difference(difference: Difference) -> bool:
    """Whether one of the two values is an address: a URL, a name within the cluster, or a host with its port."""
    values = (difference.declared, difference.live)
    return any(isinstance(each, str) and bool(_ADDRESS.fullmatch(each.strip())) for each in values)


def _claim(difference: Difference) -> Claim:
    if difference.object.kind in _KINDS:
        return Claim.KIND
    return Claim.VALUE if is_address_difference(difference) else Claim.NONE


def _addresses(context: CategoryContext) -> pd.DataFrame:
    return dependency_addresses.address_drift_table(context.declared, context.live)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    drifted = dependency_addresses.address_drift_findings(table("addresses"))
    return drifted + dependency_addresses.inconsistent_address_findings(context.live)


DEPENDENCIES = DriftCategory("dependencies", _claim, {"addresses": _addresses}, _findings)
