"""Which JVM flags are wanted? As they were pasted, what was changed in them, and what is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from trinokit.errors import ParameterError
from trinokit.kerberos import flag_validation
from trinokit.kerberos.argument_faults import escape_invisible
from trinokit.kerberos.flag_in_arguments import override_key
from trinokit.kerberos.pasted_flags import ParsedLine, parse_pasted_flags

_SAMPLE_FLAG = "--add-exports=MODULE/PACKAGE=ALL-UNNAMED"
_SECRET_REFUSAL = (
    "has a secret behind it, which is not repeated here and would stand in every list of processes: keep it in a file"
    " or in an environment variable"
)


@dataclass(frozen=True)
class FlagCorrection:
    """What was *pasted*, the *flags* that came of it, and *why* they are not the same."""

    pasted: str
    flags: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class RequestedFlags:
    """The JVM *flags* that are wanted, each once and in the order in which they were given."""

    flags: tuple[str, ...]
    corrections: tuple[FlagCorrection, ...] = ()


def requested_flags(pasted: Sequence[str]) -> RequestedFlags:
    """The flags that the items *pasted* mean, however they were pasted, and what had to be changed.

    Raises ParameterError with every flag that is refused and why, or when there is none at all. A secret is named
    and never repeated, and of the item that holds it nothing else is.
    """
    refusals, items = _separate_secrets([pasted] if isinstance(pasted, str) else pasted)
    lines = parse_pasted_flags(items)
    refusals += _flag_refusals(lines)
    flags = tuple(dict.fromkeys(flag for piece in lines for flag in piece.flags))
    if refusals:
        raise ParameterError(
            f"Expected JVM flags, found {len(refusals)} that cannot be taken: {'; '.join(refusals)}.",
            remedy=f"correct the parameter: a flag is such as {_SAMPLE_FLAG}",
        )
    if not flags:
        raise ParameterError("Expected JVM flags, found none.", remedy=f"name at least one, such as {_SAMPLE_FLAG}")
    return RequestedFlags(flags, tuple(_flag_corrections(lines)))


def render_jvm_config(flags: Iterable[str]) -> str:
    """The *flags* as lines of a jvm.config."""
    return "".join(f"{flag}\n" for flag in flags)


def requested_flags_table(request: RequestedFlags) -> pd.DataFrame:
    """A row for each flag, with what was pasted and what was changed in it; what was left out comes last."""
    changed = {flag: each for each in request.corrections for flag in each.flags}
    rows = [
        (escape_invisible(changed[flag].pasted), flag, changed[flag].why)
        if flag in changed
        else (flag, flag, "nothing")
        for flag in request.flags
    ]
    rows += [(escape_invisible(each.pasted), "–", each.why) for each in request.corrections if not each.flags]
    return pd.DataFrame(rows, columns=["pasted", "flag", "what was changed"])


def _separate_secrets(pasted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Why items are refused that hold a secret, and those that hold none."""
    refusals, items, follows = [], [], False
    for item in filter(str.strip, pasted):
        name = flag_validation.secret_name_in(item)
        if name:
            refusals.append(f"{flag_validation.flag_excerpt(name)}: {_SECRET_REFUSAL}")
        elif not follows:
            items.append(item)
        # An option alone has its value in the next item.
        follows = bool(name) and item.rstrip().endswith(name)
    return refusals, items


def _flag_refusals(lines: Sequence[ParsedLine]) -> list[str]:
    refusals, settings = {}, {}
    for piece in lines:
        # What hid the name of a secret, such as quotes or an invisible character, is gone now.
        if name := next(filter(None, map(flag_validation.secret_name_in, piece.flags)), ""):
            refusals[flag_validation.flag_excerpt(name)] = _SECRET_REFUSAL
            continue
        for flag in piece.flags:
            first = settings.setdefault(override_key(flag) or flag, flag)
            refusal = flag_validation.flag_refusal(flag)
            if refusal or first != flag:
                refusals[flag_validation.flag_excerpt(flag)] = (
                    refusal or f"sets otherwise what {flag_validation.flag_excerpt(first)} sets"
                )
    return [f"{flag}: {refusal}" for flag, refusal in refusals.items()]


def _flag_corrections(lines: Sequence[ParsedLine]) -> list[FlagCorrection]:
    corrections, flags_so_far = [], set()
    for piece in lines:
        own = tuple(dict.fromkeys(flag for flag in piece.flags if flag not in flags_so_far))
        reasons = list(piece.why)
        if len(own) < len(piece.flags):
            reasons.append("what is wanted twice is kept once")
        if reasons:
            corrections.append(FlagCorrection(piece.pasted, own, "; ".join(reasons)))
        flags_so_far.update(own)
    return corrections
