"""Who made each difference, and since when? Asked only of what is drift, or may be."""

from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from trinokit.drift.authors import managers, revisions
from trinokit.drift.authors.auditing import Writes, matched
from trinokit.drift.authors.revisions import History
from trinokit.drift.differences import ABSENT, MANAGED, OPERATIONAL, Author, Difference
from trinokit.drift.paths import REPLICAS
from trinokit.evidence import AuditLog, Release, Write
from trinokit.objects import Object, Objects


def attributed(
    differences: Iterable[Difference], live: Objects, log: AuditLog, releases: tuple[Release, ...]
) -> list[Difference]:
    """*differences* in their order, each that is drift with its authors, and since when.

    So is what was done in operation, and replicas that somebody manages; the others are as they were.
    """
    plurals, writes, history = _plurals(live), Writes.of(log), History(live, releases)
    fill = partial(_filled, about=lambda each: writes.about(each, plurals.get((each.group, each.kind), "")))
    return [fill(each, history=history) if _asked(each) else each for each in differences]


def _asked(difference: Difference) -> bool:
    is_managed = difference.judged == MANAGED and difference.path == REPLICAS
    return difference.is_drift or difference.judged == OPERATIONAL or is_managed


def _filled(difference: Difference, *, about: Callable[[Object], list[Write]], history: History) -> Difference:
    authors = matched(difference, _owners(difference), about(difference.object))
    return msgspec.structs.replace(difference, authors=authors, since=revisions.told(difference, history))


def _owners(difference: Difference) -> tuple[Author, ...]:
    # A declared object that does not live was made by nobody.
    if not difference.path and difference.live is ABSENT:
        return ()
    return managers.of(difference.object, difference.path, difference.live)


def _plurals(live: Objects) -> dict[tuple[str, str], str]:
    """What definitions call the kinds of custom resources in addresses."""
    found = {}
    for each in live.of("CustomResourceDefinition"):
        names = each.at("spec", "names") or {}
        found[each.at("spec", "group"), names.get("kind")] = names.get("plural", "")
    return found
