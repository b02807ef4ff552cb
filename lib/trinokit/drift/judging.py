"""What does the drift amount to? A finding each, which somebody can act on and a program can read."""

from collections.abc import Iterable

from trinokit.drift import showing
from trinokit.drift.audit import Audit
from trinokit.drift.differences import MISSING, UNDECLARED, Difference
from trinokit.drift.told import worst_first
from trinokit.drift.weighing import category, is_growth, severity
from trinokit.findings import INFO, OK, Finding, counted


def total(audit: Audit, chosen: tuple[str, ...]) -> list[Finding]:
    """How much drift there is in the *chosen* categories together, which are judged one by one."""
    drifted, other = [each for each in audit.drift if category(each) in chosen], sum(audit.suppressed.values())
    objects = counted(len({each.object.place for each in drifted}), "object")
    number = counted(len(audit.pairs), "object")
    sentence = f"{counted(len(drifted), 'difference')} in {objects}, {other:,} that are none; {number} on both sides"
    return [Finding(INFO if drifted else OK, "drift", sentence)]


def findings(audit: Audit, name: str, chosen: tuple[str, ...], more: Iterable[Finding] = ()) -> list[Finding]:
    """One finding per drift of the category *name*, and *more* that was found in it; OK when there is no drift.

    Of *more* only what the drift of the same object does not tell as gravely. INFO, and nothing else, when the
    category is not among the *chosen*.
    """
    if name not in chosen:
        return [Finding(INFO, name, "was left out: it is not among the categories of this run")]
    found = [_finding(each, name) for each in worst_first(audit.of(name))]
    number = counted(len(audit.pairs), "object")
    none = Finding(OK, name, f"no drift in {number} that git declares and the cluster has")
    graves = {each.subject: each.severity for each in reversed(found)}
    return [*(found or [none]), *(each for each in more if each.severity > graves.get(each.subject, -1))]


def every(audit: Audit, chosen: tuple[str, ...]) -> list[Finding]:
    """The drift of all *chosen* categories, a finding each."""
    return [_finding(each, name) for name in chosen for each in audit.of(name)]


def _finding(each: Difference, name: str) -> Finding:
    row, author = showing.row(each), showing.author_of(each)
    details = {
        "rule": f"drift/{name}/{each.judged}",
        **{"path": each.where, "judged": each.judged, "declared": row.declared, "live": row.live},
        **{"manager": author.manager, "user": author.user, "address": author.address},
        **{"moment": author.moment.isoformat() if author.moment else "", "match": author.match},
        **{"evidence": showing.evidence(each), "since": each.since, "command": showing.command(each)},
    }
    return Finding(severity(each), row.object, f"{_sentence(each, row)}; {_by(row)}", details)


def _sentence(each: Difference, row: showing.Row) -> str:
    if not each.path:
        return "is declared and not there" if each.judged == MISSING else "is there and not declared"
    more = f" ({each.reason})" if each.reason else ""
    if is_growth(each):
        return f"{row.path} has grown to {row.live}, git declares {row.declared}"
    if each.judged == UNDECLARED:
        return f"{row.path} is {row.live} and not declared{more}"
    if each.judged == MISSING:
        return f"{row.path} is gone, git declares {row.declared}{more}"
    return f"{row.path} is {row.live}, git declares {row.declared}{more}"


def _by(row: showing.Row) -> str:
    if row.who == "–":
        return "nothing tells who did it"
    return f"{row.who} at {row.when}" if row.when != "–" else f"{row.who}, no time recorded"
