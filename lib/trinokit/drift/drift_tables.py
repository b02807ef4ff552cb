"""Which drift is there? Tables of who changed what, and of what differs and is no drift."""

from collections import Counter

import pandas as pd

from trinokit.architecture import inventory
from trinokit.architecture.table_building import sorted_table
from trinokit.drift import difference_format
from trinokit.drift.detection import DriftReport
from trinokit.drift.differences import DRIFT, Difference
from trinokit.drift.triage import difference_severity
from trinokit.findings import CRITICAL, WARNING
from trinokit.objects import Objects

_COUNT_COLUMNS = {"category": "str", **dict.fromkeys(DRIFT, "int64"), "critical": "int64", "warning": "int64"}
_EVIDENCE_COLUMNS = ("drift", "evidence", "command")


def compared_sides_table(declared: Objects, live: Objects) -> pd.DataFrame:
    """What is compared with what: what the sources say of both sides."""
    what = {"declared": "git", "live": "another live side"}[declared.side]
    sides = ((what, declared), ("live", live))
    tables = [inventory.inventory_facts_table(each).assign(side=name) for name, each in sides]
    facts = pd.concat(tables, ignore_index=True)[["side", "fact", "value"]]
    return facts[facts["fact"] != "side"].reset_index(drop=True)


def category_counts_table(drift: DriftReport, categories: tuple[str, ...]) -> pd.DataFrame:
    """How much drift each of *categories*, by their names, has, by how it was judged and by severity."""
    rows = []
    for name in categories:
        drifted = drift.drift_in(name)
        judged, weighed = Counter(each.judged for each in drifted), Counter(map(difference_severity, drifted))
        rows.append((name, *(judged[each] for each in DRIFT), weighed[CRITICAL], weighed[WARNING]))
    return pd.DataFrame(rows, columns=list(_COUNT_COLUMNS)).astype(_COUNT_COLUMNS)


def drift_table(drift: DriftReport, category: str) -> pd.DataFrame:
    """The drift of the *category*, worst first: what git declares, what lives, who wrote it and when."""
    rows = [
        (difference_severity(each).name, *difference_format.difference_row(each))
        for each in sorted_by_severity(drift.drift_in(category))
    ]
    return pd.DataFrame(rows, columns=["severity", *difference_format.DifferenceRow._fields], dtype="str")


def drift_evidence_table(drift: DriftReport, category: str) -> pd.DataFrame:
    """What is known about each drift of the *category*, and the command that shows it."""
    found = [
        (
            " ".join(difference_format.difference_row(each)[:2]),
            difference_format.evidence_text(each),
            difference_format.kubectl_get_command(each),
        )
        for each in sorted_by_severity(drift.drift_in(category))
    ]
    return pd.DataFrame(found, columns=list(_EVIDENCE_COLUMNS), dtype="str")


def suppressed_reasons_table(drift: DriftReport) -> pd.DataFrame:
    """What differs and is no drift: how it was judged, why, how often, and one example."""
    counts = drift.suppressed_counts
    examples = {(each.judged, each.reason): each for each in _suppressed_differences(drift)}
    rows = [(*key, counts[key], " ".join(difference_format.difference_row(each)[:2])) for key, each in examples.items()]
    return sorted_table({"judged": "str", "reason": "str", "differences": "int64", "such_as": "str"}, rows)


def suppressed_differences_table(drift: DriftReport, *judged: str) -> pd.DataFrame:
    """Every difference that was *judged* so, with its path, values, reason and author."""
    rows = [
        (each.judged, *difference_format.difference_row(each), each.reason)
        for each in _suppressed_differences(drift)
        if each.judged in judged
    ]
    return sorted_table(dict.fromkeys(("judged", *difference_format.DifferenceRow._fields, "reason"), "str"), rows)


def sorted_by_severity(found: list[Difference]) -> list[Difference]:
    """The differences *found*, those that matter most in front."""
    return sorted(found, key=lambda each: -difference_severity(each))


def _suppressed_differences(drift: DriftReport) -> list[Difference]:
    return [each for each in (*drift.differences, *drift.server_explained) if not each.is_drift]
