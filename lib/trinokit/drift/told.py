"""Which drift is there? Tables of who changed what, and of what differs and is no drift."""

from collections import Counter

import pandas as pd

from trinokit.architecture import inventory
from trinokit.architecture.wording import table
from trinokit.drift import showing
from trinokit.drift.audit import Audit
from trinokit.drift.differences import DRIFT, Difference
from trinokit.drift.weighing import severity
from trinokit.findings import CRITICAL, WARNING
from trinokit.objects import Objects

_COUNTS = {"category": "str", **dict.fromkeys(DRIFT, "int64"), "critical": "int64", "warning": "int64"}
_EVIDENCE = ("drift", "evidence", "command")


def sides(declared: Objects, live: Objects) -> pd.DataFrame:
    """What is compared with what: what the sources say of both sides."""
    what = {"declared": "git", "live": "another live side"}[declared.side]
    tables = [inventory.about(each).assign(side=name) for name, each in ((what, declared), ("live", live))]
    every = pd.concat(tables, ignore_index=True)[["side", "fact", "value"]]
    return every[every["fact"] != "side"].reset_index(drop=True)


def counts(audit: Audit, chosen: tuple[str, ...]) -> pd.DataFrame:
    """How much drift each of the *chosen* categories has, by how it was judged and by severity."""
    rows = []
    for name in chosen:
        drifted = audit.of(name)
        judged, weighed = Counter(each.judged for each in drifted), Counter(map(severity, drifted))
        rows.append((name, *(judged[each] for each in DRIFT), weighed[CRITICAL], weighed[WARNING]))
    return pd.DataFrame(rows, columns=list(_COUNTS)).astype(_COUNTS)


def drift(audit: Audit, name: str) -> pd.DataFrame:
    """The drift of the category *name*, worst first: what git declares, what lives, who wrote it and when."""
    rows = [(severity(each).name, *showing.row(each)) for each in worst_first(audit.of(name))]
    return pd.DataFrame(rows, columns=["severity", *showing.Row._fields], dtype="str")


def evidence(audit: Audit, name: str) -> pd.DataFrame:
    """What is known about each drift of the category *name*, and the command that shows it."""
    found = [
        (" ".join(showing.row(each)[:2]), showing.evidence(each), showing.command(each))
        for each in worst_first(audit.of(name))
    ]
    return pd.DataFrame(found, columns=list(_EVIDENCE), dtype="str")


def suppressed(audit: Audit) -> pd.DataFrame:
    """What differs and is no drift: how it was judged, why, how often, and one example."""
    counts = audit.suppressed
    examples = {(each.judged, each.reason): each for each in _no_drift(audit)}
    rows = [(*key, counts[key], " ".join(showing.row(each)[:2])) for key, each in examples.items()]
    return table({"judged": "str", "reason": "str", "differences": "int64", "such_as": "str"}, rows)


def listing(audit: Audit, *judged: str) -> pd.DataFrame:
    """Every difference that was *judged* so, with its path, values, reason and author."""
    rows = [(each.judged, *showing.row(each), each.reason) for each in _no_drift(audit) if each.judged in judged]
    return table(dict.fromkeys(("judged", *showing.Row._fields, "reason"), "str"), rows)


def worst_first(found: list[Difference]) -> list[Difference]:
    """The differences *found*, those that matter most in front."""
    return sorted(found, key=lambda each: -severity(each))


def _no_drift(audit: Audit) -> list[Difference]:
    return [each for each in (*audit.differences, *audit.settled) if not each.is_drift]
