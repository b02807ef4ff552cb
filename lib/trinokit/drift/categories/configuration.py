"""Configuration: is everything configured as git declares it, and do the pods run what is configured?"""

from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import outdated_pods
from trinokit.drift.differences import Difference
from trinokit.findings import Finding


def _claim(difference: Difference) -> Claim:
    return Claim.REST


def _images(context: CategoryContext) -> pd.DataFrame:
    return outdated_pods.running_image_table(context.declared, context.live)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    outdated = outdated_pods.outdated_image_findings(table("images"))
    return outdated + outdated_pods.outdated_config_findings(context.live)


CONFIGURATION = DriftCategory("configuration", _claim, {"images": _images}, _findings)
