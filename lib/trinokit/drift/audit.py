"""What of a cluster drifted? Every object of both sides, compared, attributed and judged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from trinokit.drift import classify, ignoring, pairing, verdicts
from trinokit.drift.authors import attribute
from trinokit.drift.comparing import compare
from trinokit.drift.comparing.kinds import Kinds, known
from trinokit.drift.differences import DRIFT, IGNORED, Difference
from trinokit.drift.ignoring import Rule
from trinokit.drift.pairing import Pair
from trinokit.drift.verdicts import Verdict
from trinokit.drift.weighing import category
from trinokit.evidence import AuditLog, Release
from trinokit.objects import Objects


@dataclass(frozen=True)
class Evidence:
    """What tells who made a difference and who accepted it: an audit log, Helm releases, and ignore rules."""

    log: AuditLog = AuditLog()
    releases: tuple[Release, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Audit:
    """Every difference, judged, but for those that the server itself explains; those are in the *verdicts* on *pairs*.

    *uncompared* are secrets of which nobody can tell whether they differ. *matches* has how often each rule did.
    """

    differences: tuple[Difference, ...]
    uncompared: tuple[Difference, ...]
    matches: tuple[tuple[Rule, int], ...]
    pairs: tuple[Pair, ...]
    kinds: Kinds
    verdicts: Mapping[str, Verdict] = field(repr=False)

    @property
    def drift(self) -> list[Difference]:
        """The differences that nobody was entitled to make."""
        return [each for each in self.differences if each.is_drift]

    def of(self, wanted: str) -> list[Difference]:
        """The drift of the category *wanted*."""
        return [each for each in self.drift if category(each) == wanted]

    def without_ignored(self, live: Objects) -> Objects:
        """*live* without the objects that a rule accepts as a whole, of which nothing else is to be told either."""
        ignored = {id(each.object) for each in self.differences if each.judged == IGNORED and not each.path}
        return replace(live, items=tuple(each for each in live.items if id(each) not in ignored))

    @property
    def suppressed(self) -> Counter[tuple[str, str]]:
        """How many differences are no drift, by how they were judged and the reason."""
        judged = Counter((each.judged, each.reason) for each in self.differences if each.judged not in DRIFT)
        return judged + verdicts.settled(self.verdicts.values())

    @cached_property
    def settled(self) -> list[Difference]:
        """The differences that the server itself explains, for which the objects are compared once more."""
        found = [each for pair in self.pairs for each in compare.differences(pair.declared, pair.live, self.kinds)]
        return [each for each in found if each.judged in verdicts.SETTLED]


def audit(declared: Objects, live: Objects, evidence: Evidence, *, on: date, kept: bytes = b"") -> Audit:
    """What differs between what git declares and what lives, judged with *evidence* on that day.

    *declared* may also be the live side of another cluster, or of an earlier moment. *kept* are verdicts of an earlier
    audit, as `verdicts.dumps` made them.
    """
    kinds = known(live)
    pairs, only_declared, only_live = pairing.paired(_promised(declared), live)
    found = verdicts.verdicts(pairs, kinds, verdicts.loads(kept, kinds) if kept else {})
    differing = verdicts.differences(pairs, found.values())
    differing += pairing.missing(only_declared, live) + pairing.undeclared(only_live, live)
    secrets = [] if declared.key == live.key else [each for each in differing if _hashed(each)]
    unknown = set(map(id, secrets))
    authored = attribute.attributed(
        [each for each in differing if id(each) not in unknown], live, evidence.log, evidence.releases
    )
    judged = classify.classified(authored, classify.World(declared, live, evidence.releases))
    ignored = ignoring.ignored(judged, evidence.rules, on=on)
    differences = tuple(sorted(ignored.differences, key=_order))
    return Audit(differences, tuple(secrets), ignored.matches, tuple(pairs), kinds, found)


def _promised(declared: Objects) -> Objects:
    """*declared* without what controllers made there, where it is a live side itself."""
    if declared.side == "declared":
        return declared
    made = {id(each.object) for each in pairing.undeclared(declared.items, declared) if not each.is_drift}
    return replace(declared, items=tuple(each for each in declared.items if id(each) not in made))


def _hashed(each: Difference) -> bool:
    return all(isinstance(side, str) and "hmac-sha256" in side for side in (each.declared, each.live))


def _order(each: Difference) -> tuple:
    return each.object.place, each.where, str(each.declared), str(each.live)
