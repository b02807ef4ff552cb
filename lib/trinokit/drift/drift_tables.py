"""Which drift is there? Tables of who changed what, and of what differs and is no drift."""

from collections import Counter
from typing import NamedTuple

import pandas as pd

from trinokit.architecture import inventory
from trinokit.architecture.table_building import table_in_order, table_of_rows
from trinokit.drift import difference_format
from trinokit.drift.classification import difference_severity
from trinokit.drift.detection import DriftReport
from trinokit.drift.differences import DRIFT, Difference
from trinokit.findings import CRITICAL, WARNING
from trinokit.objects import Objects


class _CategoryCountRow(NamedTuple):
    """A row of `category_counts_table`: the drift of a *category* by how it was judged, and by severity."""

    category: str
    changed: int
    missing: int
    undeclared: int
    critical: int
    warning: int


class _DriftRow(NamedTuple):
    """A row of `drift_table`: a `DifferenceRow` with its *severity* in front."""

    severity: str
    object: str
    path: str
    declared: str
    live: str
    who: str
    when: str


class _EvidenceRow(NamedTuple):
    """A row of `drift_evidence_table`."""

    drift: str
    evidence: str
    command: str


class _SuppressedReasonRow(NamedTuple):
    """A row of `suppressed_reasons_table`: how many *differences* were *judged* so for one *reason*."""

    judged: str
    reason: str
    differences: int
    such_as: str


class _SuppressedRow(NamedTuple):
    """A row of `suppressed_differences_table`: a `DifferenceRow` with how and why it was *judged*."""

    judged: str
    object: str
    path: str
    declared: str
    live: str
    who: str
    when: str
    reason: str


def compared_sides_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """What is compared with what: what the sources say of both sides."""
    compared_with = {"declared": "git", "live": "another live side"}[declared.side]
    sides = ((compared_with, declared), ("live", live))
    tables = [inventory.inventory_facts_table(each).assign(side=name) for name, each in sides]
    facts = pd.concat(tables, ignore_index=True)[["side", "fact", "value"]]
    return facts[facts["fact"] != "side"].reset_index(drop=True)


def category_counts_table(drift: DriftReport, categories: tuple[str, ...]) -> pd.DataFrame:
    """How much drift each of *categories*, by their names, has, by how it was judged and by severity."""
    rows = []
    for name in categories:
        drifted = drift.drift_in(name)
        by_class, by_severity = Counter(each.judged for each in drifted), Counter(map(difference_severity, drifted))
        row = _CategoryCountRow(
            category=name,
            **{each: by_class[each] for each in DRIFT},
            critical=by_severity[CRITICAL],
            warning=by_severity[WARNING],
        )
        rows.append(row)
    return table_in_order(_CategoryCountRow, rows)


def drift_table(drift: DriftReport, category: str) -> pd.DataFrame:
    """The drift of the *category*, worst first: what git declares, what lives, who wrote it and when."""
    rows = [
        _DriftRow(severity=difference_severity(each).name, **difference_format.difference_row(each)._asdict())
        for each in sorted_by_severity(drift.drift_in(category))
    ]
    return table_in_order(_DriftRow, rows)


def drift_evidence_table(drift: DriftReport, category: str) -> pd.DataFrame:
    """What is known about each drift of the *category*, and the command that shows it."""
    rows = [
        _EvidenceRow(
            drift=_place_text(each),
            evidence=difference_format.evidence_text(each),
            command=difference_format.kubectl_get_command(each),
        )
        for each in sorted_by_severity(drift.drift_in(category))
    ]
    return table_in_order(_EvidenceRow, rows)


def suppressed_reasons_table(drift: DriftReport) -> pd.DataFrame:
    """What differs and is no drift: how it was judged, why, how often, and one example."""
    counts = drift.suppressed_counts
    examples = {(each.judged, each.reason): each for each in _suppressed_differences(drift)}
    rows = [
        _SuppressedReasonRow(*key, differences=counts[key], such_as=_place_text(each)) for key, each in examples.items()
    ]
    return table_of_rows(_SuppressedReasonRow, rows)


def suppressed_differences_table(drift: DriftReport, *classes: str) -> pd.DataFrame:
    """Every difference that was *judged* so, with its path, values, reason and author."""
    rows = [
        _SuppressedRow(judged=each.judged, **difference_format.difference_row(each)._asdict(), reason=each.reason)
        for each in _suppressed_differences(drift)
        if each.judged in classes
    ]
    return table_of_rows(_SuppressedRow, rows)


def sorted_by_severity(differences: list[Difference]) -> list[Difference]:
    """*differences*, those that matter most in front."""
    return sorted(differences, key=lambda each: -difference_severity(each))


def _place_text(each: Difference) -> str:
    row = difference_format.difference_row(each)
    return f"{row.object} {row.path}"


def _suppressed_differences(drift: DriftReport) -> list[Difference]:
    return [each for each in (*drift.differences, *drift.server_explained) if not each.is_drift]
