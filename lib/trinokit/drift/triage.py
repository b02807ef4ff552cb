"""Which of the six categories does a drift belong to, and how much does it matter?"""

import re

from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.differences import CHANGED, MISSING, UNDECLARED, Difference
from trinokit.errors import ParameterError, did_you_mean
from trinokit.findings import CRITICAL, INFO, WARNING, Severity

CONFIGURATION, INFRASTRUCTURE, SCALING, DEPENDENCIES, SECURITY, MONITORING = CATEGORIES = (
    *("configuration", "infrastructure", "scaling", "dependencies", "security", "monitoring"),
)
_KINDS_BY_CATEGORY = {
    INFRASTRUCTURE: "Ingress IngressClass Node PersistentVolume PersistentVolumeClaim StorageClass Gateway HTTPRoute",
    SCALING: "HorizontalPodAutoscaler PodDisruptionBudget PriorityClass ScaledObject VerticalPodAutoscaler",
    DEPENDENCIES: "NetworkPolicy EndpointSlice Endpoints",
    SECURITY: "Secret ServiceAccount Role RoleBinding ClusterRole ClusterRoleBinding MutatingWebhookConfiguration "
    "ValidatingWebhookConfiguration",
    MONITORING: "PodMonitor PrometheusRule ServiceMonitor",
}
_CATEGORY_BY_KIND = {kind: category for category, kinds in _KINDS_BY_CATEGORY.items() for kind in kinds.split()}
_SCALING_PATH = re.compile(
    r"spec\.replicas|.*\.(tolerations|nodeSelector|affinity|topologySpreadConstraints|priorityClassName|nodeName)\b.*"
    r"|.*\.resources\b.*"
)
_SECURITY_PATH = re.compile(
    r".*\.(securityContext|serviceAccount(Name)?|automountServiceAccountToken|imagePullSecrets|hostNetwork|hostPID"
    r"|hostIPC)\b.*|metadata\.labels\[\"pod-security\.kubernetes\.io/.*"
)
_LOAD_BALANCER_PATH = re.compile(r"spec\.(loadBalancer|externalTrafficPolicy|externalIPs|type\b).*")
_STORAGE_PATH = re.compile(r"spec\.(volumeClaimTemplates|persistentVolumeClaimRetentionPolicy)\b.*")
_METADATA_PATH = re.compile(r"metadata\.(labels|annotations)\b.*")
_STORAGE_REQUEST_PATH = ("spec", "resources", "requests", "storage")
# An address of something that queries need: metastore, object storage, cache, database.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.:-]*://\S+|[\w.-]+\.svc(\.[\w.-]+)?(:\d+)?|[\w-]+(\.[\w-]+)*:\d{2,5}")
_ESCALATING_PERMISSION = re.compile(
    r"\* .*|\S+ \*.*|(get|list|watch) secrets.*|(escalate|bind|impersonate) .*|create pods/(exec|attach).*"
    r"|(create|patch|update) \w*(rolebindings|webhookconfigurations)\..*"
)


def chosen_categories(categories: list[str]) -> tuple[str, ...]:
    """The *categories* to look at; all of them where none is named. Raises ParameterError for an unknown one."""
    for each in categories:
        if each not in CATEGORIES:
            raise ParameterError(
                f"Expected a category, found {each!r}.",
                remedy=did_you_mean(each, CATEGORIES) or f"they are: {', '.join(CATEGORIES)}",
            )
    return tuple(each for each in CATEGORIES if each in categories or not categories)


def difference_category(difference: Difference) -> str:
    """The one of CATEGORIES in which *difference* is told."""
    kind, where = difference.object.kind, difference.where
    if kind in _CATEGORY_BY_KIND:
        return _CATEGORY_BY_KIND[kind]
    if kind == "Service" and _LOAD_BALANCER_PATH.fullmatch(where):
        return INFRASTRUCTURE
    if kind == "ConfigMap":
        return _config_map_category(difference)
    for pattern, found in ((_STORAGE_PATH, INFRASTRUCTURE), (_SCALING_PATH, SCALING), (_SECURITY_PATH, SECURITY)):
        if pattern.fullmatch(where):
            return found
    return DEPENDENCIES if _is_address_difference(difference) else CONFIGURATION


def difference_severity(difference: Difference) -> Severity:
    """How much *difference* matters: CRITICAL where something stops working, or somebody may do more than before."""
    if not difference.is_drift or is_claim_growth(difference):
        return INFO
    if _stops_something(difference) or _widens_access(difference):
        return CRITICAL
    return WARNING


def is_claim_growth(difference: Difference) -> bool:
    """Whether a claim has only become larger than git says, which Kubernetes cannot undo."""
    if difference.object.kind != "PersistentVolumeClaim" or difference.path != _STORAGE_REQUEST_PATH:
        return False
    asked, has = parse_quantity(difference.declared), parse_quantity(difference.live)
    return asked is not None and has is not None and has > asked


def _config_map_category(difference: Difference) -> str:
    key = next(iter(difference.path[1:2]), "")
    if isinstance(key, str) and re.search(r"prometheus|alert|scrape|rules|dashboard|grafana", key):
        return MONITORING
    if re.search(r"prometheus|alertmanager|grafana", difference.object.name):
        return MONITORING
    return DEPENDENCIES if _is_address_difference(difference) else CONFIGURATION


def _is_address_difference(difference: Difference) -> bool:
    values = (difference.declared, difference.live)
    return any(isinstance(each, str) and bool(_ADDRESS.fullmatch(each.strip())) for each in values)


def _stops_something(difference: Difference) -> bool:
    if difference.path == () and difference.judged == MISSING:
        return True
    if _METADATA_PATH.fullmatch(difference.where):
        return False
    kind, endpoint = (
        difference.object.kind,
        difference_category(difference) == DEPENDENCIES and _is_address_difference(difference),
    )
    changed = difference.judged in (CHANGED, MISSING)
    selects = kind == "Service" and difference.path[:2] in (("spec", "selector"), ("spec", "ports"))
    return changed and (endpoint or selects or kind == "Secret" or difference.path[-1:] == ("image",))


def _widens_access(difference: Difference) -> bool:
    kind, where = difference.object.kind, difference.where
    added = difference.judged == UNDECLARED
    if kind == "NetworkPolicy":
        return not _METADATA_PATH.fullmatch(where) and _allows_more_traffic(difference, added)
    if kind.endswith("Role"):
        return added and isinstance(difference.live, str) and bool(_ESCALATING_PERMISSION.fullmatch(difference.live))
    # What git says of a security context is there to forbid something.
    allowed = "securityContext" in where and (not added or difference.live is True or difference.live == 0)
    return allowed or (added and kind.endswith("RoleBinding"))


def _allows_more_traffic(difference: Difference, added: bool) -> bool:
    if difference.path[:2] in (("spec", "ingress"), ("spec", "egress")):
        return added
    return difference.judged == MISSING or "Selector" in difference.where
