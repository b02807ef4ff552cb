"""Which categories of drift are there, in the order in which they are told? Here, and only here, one is registered."""

from trinokit.drift.categories.category import CategoryContext, CategorySettings, Claim, DriftCategory
from trinokit.drift.categories.configuration import CONFIGURATION
from trinokit.drift.categories.dependencies import DEPENDENCIES
from trinokit.drift.categories.infrastructure import INFRASTRUCTURE
from trinokit.drift.categories.monitoring import MONITORING
from trinokit.drift.categories.scaling import SCALING
from trinokit.drift.categories.security import SECURITY

__all__ = ["CATEGORIES", "CategoryContext", "CategorySettings", "Claim", "DriftCategory"]

CATEGORIES = (CONFIGURATION, INFRASTRUCTURE, SCALING, DEPENDENCIES, SECURITY, MONITORING)
