"""What of a cluster drifted? Every object of both sides, compared, attributed and judged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from trinokit.drift import comparison_cache, ignore_rules, legitimate_differences, pairing
from trinokit.drift.authors import attribution
from trinokit.drift.categories import CATEGORIES
from trinokit.drift.categories.category import DriftCategory
from trinokit.drift.classification import difference_category
from trinokit.drift.comparing import compare
from trinokit.drift.comparing.schemas_of_all_kinds import KindSchemas, cluster_kind_schemas
from trinokit.drift.comparison_cache import CachedComparison
from trinokit.drift.differences import DRIFT, IGNORED, Difference
from trinokit.drift.ignore_rules import IgnoreRule
from trinokit.drift.pairing import ObjectPair
from trinokit.objects import Objects
from trinokit.observations import AuditLog, HelmRevision


@dataclass(frozen=True)
class DriftEvidence:
    """What tells who made a difference and who accepted it: an audit log, Helm releases, and ignore rules."""

    log: AuditLog = AuditLog()
    releases: tuple[HelmRevision, ...] = ()
    rules: tuple[IgnoreRule, ...] = ()


@dataclass(frozen=True)
class DriftReport:
    """Every difference, judged; those that the server itself explains are in the *comparisons* of *pairs* only.

    *uncompared* are secrets of which nobody can tell whether they differ. *rule_matches* has how often each rule did.
    What is drift is told in *categories*.
    """

    differences: tuple[Difference, ...]
    uncompared: tuple[Difference, ...]
    rule_matches: tuple[tuple[IgnoreRule, int], ...]
    pairs: tuple[ObjectPair, ...]
    schemas: KindSchemas
    comparisons: Mapping[str, CachedComparison] = field(repr=False)
    categories: tuple[DriftCategory, ...] = field(default=CATEGORIES, repr=False)

    @property
    def drift(self) -> list[Difference]:
        """The differences that nobody was entitled to make."""
        return [each for each in self.differences if each.is_drift]

    def category_of(self, difference: Difference) -> str:
        """The name of the category in which *difference* is told."""
        return difference_category(difference, self.categories)

    def drift_in(self, category: str) -> list[Difference]:
        """The drift of the *category* with that name."""
        return [each for each in self.drift if self.category_of(each) == category]

    def without_ignored(self, live: Objects) -> Objects:
        """*live* without the objects that a rule accepts as a whole, of which nothing else is to be told either."""
        ignored = {id(each.object) for each in self.differences if each.judged == IGNORED and not each.path}
        return replace(live, items=tuple(each for each in live.items if id(each) not in ignored))

    @property
    def suppressed_counts(self) -> Counter[tuple[str, str]]:
        """How many differences are no drift, by how they were judged and the reason."""
        counts = Counter((each.judged, each.reason) for each in self.differences if each.judged not in DRIFT)
        return counts + comparison_cache.explained_counts(self.comparisons.values())

    @cached_property
    def server_explained(self) -> list[Difference]:
        """The differences that the server itself explains, for which the objects are compared once more."""
        every = (compare.compare_objects(pair.declared, pair.live, self.schemas) for pair in self.pairs)
        return [each for difference in every for each in difference if each.judged in comparison_cache.SERVER_EXPLAINED]


def drift_between(
    declared: Objects, live: Objects, evidence: DriftEvidence, *, on: date, cached: bytes = b""
) -> DriftReport:
    """What differs between what git declares and what lives, judged with *evidence* on that day.

    *declared* may also be the live side of another cluster, or of an earlier moment. *cached* are comparisons of an
    earlier audit, as `comparison_cache.dump_comparisons` made them.
    """
    schemas = cluster_kind_schemas(live)
    pairs, only_declared, only_live = pairing.pair_objects(_without_controller_made(declared), live)
    cached_comparisons = comparison_cache.load_comparisons(cached, schemas) if cached else {}
    comparisons = comparison_cache.compare_pairs(pairs, schemas, cached_comparisons)
    differences = comparison_cache.unexplained_differences(pairs, comparisons.values())
    differences += pairing.missing_differences(only_declared, live) + pairing.undeclared_differences(only_live, live)
    secrets = [] if declared.key == live.key else [each for each in differences if _is_hashed_secret(each)]
    unknown = set(map(id, secrets))
    authored = attribution.attribute_authors(
        [each for each in differences if id(each) not in unknown], live, evidence.log, evidence.releases
    )
    marked = legitimate_differences.mark_legitimate_differences(
        authored, legitimate_differences.ClusterContext(declared, live, evidence.releases)
    )
    applied = ignore_rules.apply_ignore_rules(marked, evidence.rules, on=on)
    return DriftReport(
        differences=tuple(sorted(applied.differences, key=_sort_key)),
        uncompared=tuple(secrets),
        rule_matches=applied.matches,
        pairs=tuple(pairs),
        schemas=schemas,
        comparisons=comparisons,
    )


def _without_controller_made(declared: Objects) -> Objects:
    """*declared* without what controllers made there, where it is a live side itself."""
    if declared.side == "declared":
        return declared
    undeclared_ids = {
        id(each.object) for each in pairing.undeclared_differences(declared.items, declared) if not each.is_drift
    }
    return replace(declared, items=tuple(each for each in declared.items if id(each) not in undeclared_ids))


def _is_hashed_secret(each: Difference) -> bool:
    return all(isinstance(side, str) and "hmac-sha256" in side for side in (each.declared, each.live))


def _sort_key(each: Difference) -> tuple:
    return each.object.place, each.where, str(each.declared), str(each.live)
