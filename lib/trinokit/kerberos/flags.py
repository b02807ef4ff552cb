"""Which JVM flags are wanted? As they were pasted, what was changed in them, and what is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from trinokit.errors import ParameterError
from trinokit.kerberos import refusals
from trinokit.kerberos.faults import visible
from trinokit.kerberos.force import setting
from trinokit.kerberos.pasted import Piece, pieces

_SAMPLE = "--add-exports=MODULE/PACKAGE=ALL-UNNAMED"
_IS_SECRET = (
    "has a secret behind it, which is not repeated here and would stand in every list of processes: keep it in a file"
    " or in an environment variable"
)


@dataclass(frozen=True)
class Correction:
    """What was *pasted*, the *flags* that came of it, and *why* they are not the same."""

    pasted: str
    flags: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Wanted:
    """The JVM *flags* that are wanted, each once and in the order in which they were given."""

    flags: tuple[str, ...]
    corrections: tuple[Correction, ...] = ()


def wanted(pasted: Sequence[str]) -> Wanted:
    """The flags that the items *pasted* mean, however they were pasted, and what had to be changed.

    Raises ParameterError with every flag that is refused and why, or when there is none at all. A secret is named
    and never repeated, and of the item that holds it nothing else is.
    """
    refused, items = _without_secrets([pasted] if isinstance(pasted, str) else pasted)
    found = pieces(items)
    refused += _refused(found)
    flags = tuple(dict.fromkeys(flag for piece in found for flag in piece.flags))
    if refused:
        raise ParameterError(
            f"Expected JVM flags, found {len(refused)} that cannot be taken: {'; '.join(refused)}.",
            remedy=f"correct the parameter: a flag is such as {_SAMPLE}",
        )
    if not flags:
        raise ParameterError("Expected JVM flags, found none.", remedy=f"name at least one, such as {_SAMPLE}")
    return Wanted(flags, tuple(_corrections(found)))


def rendered(flags: Iterable[str]) -> str:
    """The *flags* as lines of a jvm.config."""
    return "".join(f"{flag}\n" for flag in flags)


def table(found: Wanted) -> pd.DataFrame:
    """A row for each flag, with what was pasted and what was changed in it; what was left out comes last."""
    changed = {flag: each for each in found.corrections for flag in each.flags}
    rows = [
        (visible(changed[flag].pasted), flag, changed[flag].why) if flag in changed else (flag, flag, "nothing")
        for flag in found.flags
    ]
    rows += [(visible(each.pasted), "–", each.why) for each in found.corrections if not each.flags]
    return pd.DataFrame(rows, columns=["pasted", "flag", "what was changed"])


def _without_secrets(pasted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Why items are refused that hold a secret, and those that hold none."""
    refused, items, follows = [], [], False
    for item in filter(str.strip, pasted):
        name = refusals.secret(item)
        if name:
            refused.append(f"{refusals.shown(name)}: {_IS_SECRET}")
        elif not follows:
            items.append(item)
        # An option alone has its value in the next item.
        follows = bool(name) and item.rstrip().endswith(name)
    return refused, items


def _refused(found: Sequence[Piece]) -> list[str]:
    refused, settings = {}, {}
    for piece in found:
        # What hid the name of a secret, such as quotes or an invisible character, is gone now.
        if name := next(filter(None, map(refusals.secret, piece.flags)), ""):
            refused[refusals.shown(name)] = _IS_SECRET
            continue
        for flag in piece.flags:
            first = settings.setdefault(setting(flag) or flag, flag)
            why = refusals.refusal(flag)
            if why or first != flag:
                refused[refusals.shown(flag)] = why or f"sets otherwise what {refusals.shown(first)} sets"
    return [f"{flag}: {why}" for flag, why in refused.items()]


def _corrections(found: Sequence[Piece]) -> list[Correction]:
    corrections, seen = [], set()
    for piece in found:
        own = tuple(dict.fromkeys(flag for flag in piece.flags if flag not in seen))
        why = list(piece.why)
        if len(own) < len(piece.flags):
            why.append("what is wanted twice is kept once")
        if why:
            corrections.append(Correction(piece.pasted, own, "; ".join(why)))
        seen.update(own)
    return corrections
