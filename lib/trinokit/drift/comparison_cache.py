"""What came of comparing an object, and does it still hold? As long as both of its sides are what they were."""

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Literal

import msgspec

from trinokit.drift.comparing import compare
from trinokit.drift.comparing.schemas_of_all_kinds import KindSchemas
from trinokit.drift.differences import ABSENT, ALLOCATED, DEFAULTED, Difference
from trinokit.drift.pairing import ObjectPair
from trinokit.objects import Side

SERVER_EXPLAINED = (DEFAULTED, ALLOCATED)
_CachedStep = str | int | tuple[tuple[str, Any], ...]


class CachedDifference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A difference without its object; *absent_side* is the one that has no value, or empty."""

    path: tuple[_CachedStep, ...]
    declared: Any
    live: Any
    judged: str
    reason: str
    absent_side: Side | Literal[""]


class CachedComparison(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What differs between two sides of an object, known again by its *version* and a digest of what is *declared*.

    *explained* counts what the defaults and allocations of the server explain, by how it was judged and the reason;
    everything else is in *differing*.
    """

    version: str
    declared: bytes
    differing: tuple[CachedDifference, ...]
    explained: tuple[tuple[str, str, int], ...]


class _CacheContent(msgspec.Struct, array_like=True):
    code_digest: bytes
    verdicts: dict[str, CachedComparison]


class _Metadata(msgspec.Struct, rename="camel"):
    uid: str = ""
    resource_version: str = ""


class _Item(msgspec.Struct):
    metadata: _Metadata


def compare_pairs(
    pairs: Iterable[ObjectPair], kinds: KindSchemas, cached: Mapping[str, CachedComparison]
) -> dict[str, CachedComparison]:
    """The verdict on each of *pairs* by the uid of its live side, or its name where it has none.

    Of an object that has the version and the declaration with which it is *cached*, nothing but these is looked at.
    """
    return dict(_compare_pair(pair, kinds, cached) for pair in pairs)


def unexplained_differences(pairs: Iterable[ObjectPair], comparisons: Iterable[CachedComparison]) -> list[Difference]:
    """What is open in *comparisons* of *pairs*, which come in the same order."""
    return [
        Difference(
            object=pair.live,
            path=each.path,
            declared=ABSENT if each.absent_side == "declared" else each.declared,
            live=ABSENT if each.absent_side == "live" else each.live,
            judged=each.judged,
            reason=each.reason,
        )
        for pair, verdict in zip(pairs, comparisons, strict=True)
        for each in verdict.differing
    ]


def explained_counts(comparisons: Iterable[CachedComparison]) -> Counter[tuple[str, str]]:
    """How many differences *comparisons* explain, by how they were judged and the reason."""
    total: Counter[tuple[str, str]] = Counter()
    for verdict in comparisons:
        for difference_class, reason, count in verdict.explained:
            total[difference_class, reason] += count
    return total


def dump_comparisons(comparisons: Mapping[str, CachedComparison], kinds: KindSchemas) -> bytes:
    """*comparisons* with *kinds*, to be kept until the next audit."""
    return msgspec.msgpack.encode(_CacheContent(_code_digest(kinds), dict(comparisons)))


def load_comparisons(content: bytes, kinds: KindSchemas) -> dict[str, CachedComparison]:
    """The verdicts that `dump_comparisons` made, or none where another code or other *kinds* made them."""
    try:
        cached = msgspec.msgpack.decode(content, type=_CacheContent)
    except msgspec.DecodeError:
        return {}
    return cached.verdicts if cached.code_digest == _code_digest(kinds) else {}


def _compare_pair(
    pair: ObjectPair, kinds: KindSchemas, cached: Mapping[str, CachedComparison]
) -> tuple[str, CachedComparison]:
    metadata = msgspec.json.decode(pair.live.raw, type=_Item).metadata
    name, version = metadata.uid or str(pair.live.place), metadata.resource_version
    digest = blake2b(pair.declared.raw, digest_size=16).digest()
    before = cached.get(name)
    if before and version and (before.version, before.declared) == (version, digest):
        return name, before
    differences = compare.compare_objects(pair.declared, pair.live, kinds)
    counts = Counter((each.judged, each.reason) for each in differences if each.judged in SERVER_EXPLAINED)
    differing = tuple(_cached_difference(each) for each in differences if each.judged not in SERVER_EXPLAINED)
    return name, CachedComparison(version, digest, differing, tuple((*key, count) for key, count in counts.items()))


def _cached_difference(each: Difference) -> CachedDifference:
    return CachedDifference(
        path=each.path,
        declared=None if each.declared is ABSENT else each.declared,
        live=None if each.live is ABSENT else each.live,
        judged=each.judged,
        reason=each.reason,
        absent_side="declared" if each.declared is ABSENT else "live" if each.live is ABSENT else "",
    )


def _code_digest(kinds: KindSchemas) -> bytes:
    """What stands for the code and the data of the comparison, and the definitions of custom resources."""
    hasher = blake2b(digest_size=16)
    comparing = files("trinokit.drift.comparing")
    for folder in (comparing, comparing / "data"):
        for each in sorted(folder.iterdir(), key=lambda path: path.name):
            if each.is_file():
                hasher.update(each.read_bytes())
    hasher.update(msgspec.json.encode(sorted(kinds.custom.items(), key=lambda item: item[0])))
    return hasher.digest()
