"""Security: who may do more or less than git grants, how old are Secrets, and what is known of the images?"""

import re
from collections.abc import Callable

import pandas as pd

from trinokit.drift.categories.category import CategoryContext, Claim, DriftCategory
from trinokit.drift.categories.checks import role_permissions, running_image_vulnerabilities, secret_age
from trinokit.drift.differences import Difference
from trinokit.findings import Finding

_KINDS = ("Secret", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
_KINDS += ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_PATH = re.compile(
    r".*\.(securityContext|serviceAccount(Name)?|automountServiceAccountToken|imagePullSecrets|hostNetwork|hostPID"
    r"|hostIPC)\b.*|metadata\.labels\[\"pod-security\.kubernetes\.io/.*"
)


def _claim(difference: Difference) -> Claim:
    kind = difference.object.kind
    if kind in _KINDS:
        return Claim.KIND
    return Claim.PLACE if kind != "ConfigMap" and _PATH.fullmatch(difference.where) else Claim.NONE


def _permissions(context: CategoryContext) -> pd.DataFrame:
    return role_permissions.permission_drift_table(context.declared, context.live)


def _secret_ages(context: CategoryContext) -> pd.DataFrame:
    return secret_age.secret_age_table(context.live, at=context.moment)


def _vulnerabilities(context: CategoryContext) -> pd.DataFrame:
    return running_image_vulnerabilities.image_vulnerability_table(context.live, context.settings.image_scans)


def _findings(context: CategoryContext, table: Callable[[str], pd.DataFrame]) -> list[Finding]:
    settings = context.settings
    return [
        *role_permissions.permission_findings(table("permissions")),
        *role_permissions.aggregated_role_findings(context.declared, context.live),
        *secret_age.old_secret_findings(table("secret ages"), days=settings.secret_age_days),
        *running_image_vulnerabilities.vulnerability_findings(table("vulnerabilities"), limit=settings.vulnerability),
    ]


SECURITY = DriftCategory(
    "security",
    _claim,
    {"permissions": _permissions, "secret ages": _secret_ages, "vulnerabilities": _vulnerabilities},
    _findings,
)
