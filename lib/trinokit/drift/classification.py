"""Which of the categories does a drift belong to, and how much does it matter?"""

import re
from collections.abc import Iterable

from trinokit.drift.categories import CATEGORIES
from trinokit.drift.categories.category import DriftCategory
from trinokit.drift.categories.dependencies import DEPENDENCIES, is_address_difference
from trinokit.drift.comparing.quantities import parse_quantity
from trinokit.drift.differences import CHANGED, MISSING, UNDECLARED, Difference
from trinokit.errors import ParameterError, did_you_mean
from trinokit.findings import CRITICAL, INFO, WARNING, Severity

_METADATA_PATH = re.compile(r"metadata\.(labels|annotations)\b.*")
_STORAGE_REQUEST_PATH = ("spec", "resources", "requests", "storage")
_ESCALATING_PERMISSION = re.compile(
    r"\* .*|\S+ \*.*|(get|list|watch) secrets.*|(escalate|bind|impersonate) .*|create pods/(exec|attach).*"
    r"|(create|patch|update) \w*(rolebindings|webhookconfigurations)\..*"
)


def chosen_categories(names: Iterable[str], categories: tuple[DriftCategory, ...] = CATEGORIES) -> tuple[str, ...]:
    """The *names* of those to look at, in the order of *categories*; all of them where none is named.

    Raises ParameterError for a name that none of *categories* has.

    >>> chosen_categories(["security", "scaling"])
    ('scaling', 'security')
    """
    registered, chosen = [each.name for each in categories], list(names)
    for name in chosen:
        if name not in registered:
            raise ParameterError(
                f"Expected a category, found {name!r}.",
                remedy=did_you_mean(name, registered) or f"they are: {', '.join(registered)}",
            )
    return tuple(name for name in registered if name in chosen or not chosen)


def difference_category(difference: Difference, categories: tuple[DriftCategory, ...] = CATEGORIES) -> str:
    """The name of the one of *categories* in which *difference* is told: the one with the surest claim to it."""
    return max(categories, key=lambda each: each.claim(difference)).name


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
    declared_size, live_size = parse_quantity(difference.declared), parse_quantity(difference.live)
    return declared_size is not None and live_size is not None and live_size > declared_size


def _stops_something(difference: Difference) -> bool:
    if difference.path == () and difference.judged == MISSING:
        return True
    if _METADATA_PATH.fullmatch(difference.where):
        return False
    kind = difference.object.kind
    leads = difference_category(difference) == DEPENDENCIES.name and is_address_difference(difference)
    changed = difference.judged in (CHANGED, MISSING)
    selects = kind == "Service" and difference.path[:2] in (("spec", "selector"), ("spec", "ports"))
    return changed and (leads or selects or kind == "Secret" or difference.path[-1:] == ("image",))


def _widens_access(difference: Difference) -> bool:
    kind, path_text = difference.object.kind, difference.where
    is_undeclared = difference.judged == UNDECLARED
    if kind == "NetworkPolicy":
        return not _METADATA_PATH.fullmatch(path_text) and _allows_more_traffic(difference, is_undeclared)
    if kind.endswith("Role"):
        return (
            is_undeclared
            and isinstance(difference.live, str)
            and bool(_ESCALATING_PERMISSION.fullmatch(difference.live))
        )
    # What git says of a security context is there to forbid something.
    allowed = "securityContext" in path_text and (not is_undeclared or difference.live is True or difference.live == 0)
    return allowed or (is_undeclared and kind.endswith("RoleBinding"))


def _allows_more_traffic(difference: Difference, is_undeclared: bool) -> bool:
    if difference.path[:2] in (("spec", "ingress"), ("spec", "egress")):
        return is_undeclared
    return difference.judged == MISSING or "Selector" in difference.where
