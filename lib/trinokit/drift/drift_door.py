"""What drifted in a cluster? One door to the tables and findings of an audit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import pandas as pd

from trinokit.drift import (
    classification,
    comparison_cache,
    completeness,
    drift_findings,
    drift_tables,
    ignore_rules,
    pairing,
    trend,
)
from trinokit.drift.categories import CATEGORIES
from trinokit.drift.categories.category import CategoryContext, DriftCategory
from trinokit.drift.cluster_scoped_objects import apply_live_scopes
from trinokit.drift.detection import DriftEvidence, DriftReport, drift_between
from trinokit.drift.differences import IGNORED, INJECTED, OPERATIONAL, PENDING, UNSTABLE
from trinokit.drift.request import DriftRequest
from trinokit.drift.source_protocol import AuditedSource, ComparedSource
from trinokit.errors import ParameterError, did_you_mean
from trinokit.findings import Finding
from trinokit.objects import Objects

# What the server itself explains is counted only: it is most of all, and nobody did it.
_LISTED = (OPERATIONAL, PENDING, UNSTABLE, INJECTED, IGNORED)
_OWN_NAMES = ("sides", "categories", "suppressed reasons", "suppressed", "completeness", "summary", "ignore rules")
_EVERYTHING = DriftRequest()


@dataclass(frozen=True)
class ComparedSides:
    """Both sides as they were read, and the findings on what could not be looked at."""

    declared: Objects
    live: Objects
    incomplete: tuple[Finding, ...]


@dataclass(frozen=True)
class DetectedDrift:
    """The drift of one *cluster*; its tables and findings are asked for by name, and each is made once.

    *report* has every difference as data, *chosen* are the names of the categories that were looked at, and *context*
    is what the categories look at.

    `table` knows these names, whose columns the functions beside them tell:

    - ``sides`` (`drift_tables.compared_sides_table`) and ``categories`` (`drift_tables.category_counts_table`);
    - each category, such as ``security`` (`drift_tables.drift_table`), and what is looked at in it besides, such as
      ``permissions``: see `table_names`;
    - ``suppressed`` (`drift_tables.suppressed_differences_table`) and ``suppressed reasons``
      (`drift_tables.suppressed_reasons_table`).

    `findings` knows ``completeness``, ``summary``, each category, and ``ignore rules``. A DriftCategory that
    `detect_drift` was given goes wherever the name of a category goes.
    """

    cluster: str
    report: DriftReport = field(repr=False)
    chosen: tuple[str, ...]
    context: CategoryContext = field(repr=False)
    compared: ComparedSides = field(repr=False)
    _made: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def table_names(self) -> tuple[str, ...]:
        """The names that `table` knows, in the order of the report."""
        return tuple(self._tables)

    @property
    def finding_names(self) -> tuple[str, ...]:
        """The names that `findings` knows, in the order of the report."""
        return tuple(self._findings)

    def table(self, name: str | DriftCategory) -> pd.DataFrame:
        """The table *name*; raises ParameterError for one that is not among `table_names`."""
        known_name = self._known_name(name)
        if known_name not in self._made:
            self._made[known_name] = _choose("a table of drift", known_name, self._tables)()
        return self._made[known_name]

    def findings(self, name: str | DriftCategory) -> list[Finding]:
        """The findings *name*; raises ParameterError for one that is not among `finding_names`.

        Of a category there is one for each drift, and what the tables of that category tell besides; a category that
        was not chosen is one INFO.
        """
        return _choose("findings of drift", self._known_name(name), self._findings)()

    def evidence(self, category: str | DriftCategory) -> pd.DataFrame:
        """What proves each drift of the *category*, and the command that shows it: drift, evidence, command."""
        chosen = _choose("a category", self._known_name(category), {each.name: each for each in self.report.categories})
        return drift_tables.drift_evidence_table(self.report, chosen.name)

    def trend(self, earlier: Iterable[Mapping]) -> pd.DataFrame:
        """The drift of *earlier* runs, by their records, and of this one: run, critical, warning, new, mended."""
        drifted = drift_findings.all_drift_findings(self.report, self.chosen)
        return trend.trend_table(earlier, drifted, self.cluster)

    def trend_findings(self, earlier: Iterable[Mapping]) -> list[Finding]:
        """How this run stands against the last of the *earlier* ones, and which of these could not be read."""
        records = list(earlier)
        return trend.trend_findings(self.trend(records), records)

    def comparisons(self) -> bytes:
        """What came of comparing each object, for the argument *cached* of the next `detect_drift`."""
        return comparison_cache.dump_comparisons(self.report.comparisons, self.report.schemas)

    def _known_name(self, name: str | DriftCategory) -> str:
        """The name of a category that the drift was told by, or *name* itself; raises ParameterError for another."""
        if isinstance(name, DriftCategory) and name not in self.report.categories:
            raise ParameterError(
                f"Expected a category that the drift was detected with, found another one, {name.name!r}.",
                remedy="hand it to detect_drift, since it decides to whom a difference belongs: more_categories=[…]",
            )
        return name.name if isinstance(name, DriftCategory) else name

    @cached_property
    def _tables(self) -> dict[str, Callable[[], pd.DataFrame]]:
        report, sides = self.report, self.compared
        makers = {
            "sides": lambda: drift_tables.compared_sides_table(sides.declared, sides.live),
            "categories": lambda: drift_tables.category_counts_table(report, self.chosen),
        }
        for category in report.categories:
            makers[category.name] = partial(drift_tables.drift_table, report, category.name)
            makers |= {name: partial(make, self.context) for name, make in category.tables.items()}
        makers["suppressed reasons"] = lambda: drift_tables.suppressed_reasons_table(report)
        makers["suppressed"] = lambda: drift_tables.suppressed_differences_table(report, *_LISTED)
        return makers

    @cached_property
    def _findings(self) -> dict[str, Callable[[], list[Finding]]]:
        report, day = self.report, self.context.moment.date()
        return {
            "completeness": lambda: list(self.compared.incomplete),
            "summary": lambda: drift_findings.drift_summary_findings(report, self.chosen),
            **{each.name: partial(self._category_findings, each) for each in report.categories},
            "ignore rules": lambda: ignore_rules.ignore_rule_findings(report.rule_matches, on=day),
        }

    def _category_findings(self, category: DriftCategory) -> list[Finding]:
        if category.name not in self.chosen:
            return drift_findings.left_out_findings(category.name)
        own_findings = category.findings(self.context, self.table)
        return drift_findings.category_findings(self.report, category.name, own_findings)


def detect_drift(
    source: AuditedSource,
    request: DriftRequest = _EVERYTHING,
    *,
    against: str | Objects | ComparedSource = "git",
    cached: bytes = b"",
    more_categories: Sequence[DriftCategory] = (),
) -> DetectedDrift:
    """What of the cluster *source* is not as it should be, who made it so, when, and how that is known.

    It is compared *against* what git declares of it, the live side of another source, or objects that were read
    already. *cached* is what `DetectedDrift.comparisons` gave of an earlier audit. *more_categories* are your own, told
    behind those of the kit; each gets the differences that it claims most surely. The cluster is only read.

    Raises ParameterError for an unknown category or namespace and for a table that two categories have, and
    SourceError for what cannot be read at all; what could be read in part is in ``findings("completeness")``.

        from trinokit import sources
        from trinokit.drift import detect_drift

        drift = detect_drift(sources.connect("recorded/drifted"))
        drift.table("security"), drift.findings("security")
    """
    categories = _all_categories(more_categories)
    chosen = classification.chosen_categories(request.categories, categories)
    (declared, live), moment = _read_sides(source, against, request.namespaces), source.objects.observed_at
    log, (releases, unread) = source.provenance.audit_log(request.audit_log), source.provenance.helm_revisions()
    evidence = DriftEvidence(log, releases, request.ignore_rules)
    report = replace(drift_between(declared, live, evidence, on=moment.date(), cached=cached), categories=categories)
    incomplete = completeness.completeness_findings(report, declared, live)
    incomplete += completeness.missing_evidence_findings(log, unread)
    context = CategoryContext(
        declared=declared,
        live=report.without_ignored(live),
        moment=moment,
        settings=request.settings,
        read_prometheus=source.provenance.prometheus_state,
    )
    compared = ComparedSides(declared, live, tuple(incomplete))
    return DetectedDrift(cluster=source.name, report=report, chosen=chosen, context=context, compared=compared)


def _read_sides(
    source: ComparedSource, against: str | Objects | ComparedSource, namespaces: Iterable[str]
) -> tuple[Objects, Objects]:
    """What is compared with what: the declared side, or what stands in its place, and the live one."""
    declared_objects = pairing.select_namespaces(_objects_of(source, against), list(namespaces))
    live = pairing.select_namespaces(source.objects.live(also=declared_objects), list(namespaces))
    return apply_live_scopes(declared_objects, live), live


def _objects_of(source: ComparedSource, against: str | Objects | ComparedSource) -> Objects:
    if isinstance(against, Objects):
        return against
    if not isinstance(against, str):
        return against.objects.live()
    if against != "git":
        raise ParameterError(
            f"Expected git, a source or objects to compare with, found {against!r}.",
            remedy=f"hand over the source: against=sources.connect({against!r}, key_of=source)",
        )
    return source.objects.declared()


def _all_categories(own_categories: Iterable[DriftCategory]) -> tuple[DriftCategory, ...]:
    """Those of the kit and *own_categories*; raises ParameterError for a table that two of them have."""
    categories = (*CATEGORIES, *own_categories)
    makers: dict[str, str] = dict.fromkeys(_OWN_NAMES, "every audit")
    for category in categories:
        for name in (category.name, *category.tables):
            if name in makers:
                raise ParameterError(
                    f"Expected each table of drift once, found {name!r} in {makers[name]} and in {category.name}.",
                    remedy="give one of them another name",
                )
            makers[name] = category.name
    return categories


def _choose(noun: str, name: str, choices: Mapping[str, Any]) -> Any:
    if name not in choices:
        remedy = did_you_mean(name, choices) or f"they are: {', '.join(choices)}"
        raise ParameterError(f"Expected {noun}, found {name!r}.", remedy=remedy)
    return choices[name]
