"""Who made each difference, and since when? Asked only of what is drift, or may be."""

from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from trinokit.drift.authors import managers, revisions
from trinokit.drift.authors.audit_log_authors import WritesByObject, match_audited_authors
from trinokit.drift.authors.revisions import RevisionHistory
from trinokit.drift.differences import ABSENT, MANAGED, OPERATIONAL, Author, Difference
from trinokit.drift.paths import REPLICAS_PATH
from trinokit.objects import Object, Objects
from trinokit.observations import AuditedWrite, AuditLog, HelmRevision


def attribute_authors(
    differences: Iterable[Difference], live: Objects, log: AuditLog, releases: tuple[HelmRevision, ...]
) -> list[Difference]:
    """*differences* in their order, each that is drift with its authors, and since when.

    So is what was done in operation, and replicas that somebody manages; the others are as they were.
    """
    plurals, writes, history = _custom_resource_plurals(live), WritesByObject.of(log), RevisionHistory(live, releases)
    fill = partial(_with_authors, about=lambda each: writes.about(each, plurals.get((each.group, each.kind), "")))
    return [fill(each, history=history) if _needs_authors(each) else each for each in differences]


def _needs_authors(difference: Difference) -> bool:
    is_managed = difference.judged == MANAGED and difference.path == REPLICAS_PATH
    return difference.is_drift or difference.judged == OPERATIONAL or is_managed


def _with_authors(
    difference: Difference, *, about: Callable[[Object], list[AuditedWrite]], history: RevisionHistory
) -> Difference:
    authors = match_audited_authors(difference, _managed_authors(difference), about(difference.object))
    return msgspec.structs.replace(difference, authors=authors, since=revisions.value_since(difference, history))


def _managed_authors(difference: Difference) -> tuple[Author, ...]:
    # A declared object that does not live was made by nobody.
    if not difference.path and difference.live is ABSENT:
        return ()
    return managers.value_authors(difference.object, difference.path, difference.live)


def _custom_resource_plurals(live: Objects) -> dict[tuple[str, str], str]:
    """What definitions call the kinds of custom resources in addresses."""
    plurals = {}
    for each in live.of("CustomResourceDefinition"):
        names = each.at("spec", "names") or {}
        plurals[each.at("spec", "group"), names.get("kind")] = names.get("plural", "")
    return plurals
