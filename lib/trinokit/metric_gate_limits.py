"""Which limits can a gate have, and how are they written on a command line and in a title?"""

import math
from dataclasses import dataclass

from trinokit.errors import ParameterError


@dataclass(frozen=True)
class GateLimits:
    """What a target has to keep for *seconds* after a commit was deployed there.

    At most *failed_percent* of its queries may fail, their 95th percentile of elapsed time may be *p95_ratio* times
    that of the *baseline*, another cluster in the same window or, where that is empty, the same one in the window
    before, and it has at least so many *workers*. Below *minimum* completed queries on either side nothing is said.
    Where a *source* is named, the queries of this client alone count.
    """

    seconds: int = 600
    minimum: int = 100
    failed_percent: float = 5
    p95_ratio: float = 1.5
    workers: int = 1
    baseline: str = ""
    source: str = ""


def validate_limits(limits: GateLimits) -> GateLimits:
    """The *limits* themselves; raises ParameterError where they could not be kept, or could be kept without a query."""
    rules = [
        ("a window of at least 1 s", limits.seconds, limits.seconds >= 1),
        ("a minimum of at least 1 query, since no data never passes", limits.minimum, limits.minimum >= 1),
        ("from 0 to 100 percent that may fail", limits.failed_percent, 0 <= limits.failed_percent <= 100),
        ("a ratio of percentiles above 0", limits.p95_ratio, 0 < limits.p95_ratio < math.inf),
        ("at least 0 workers", limits.workers, limits.workers >= 0),
    ]
    for expected, found, is_kept in rules:
        if not is_kept:
            raise ParameterError(f"Expected {expected}, found {found}.", remedy="see trinokit gate --help")
    return limits


def gate_options(limits: GateLimits) -> tuple[str, ...]:
    """The options of `trinokit gate` that mean *limits*."""
    values = {
        "--for": limits.seconds,
        "--minimum": limits.minimum,
        "--failed-percent": limits.failed_percent,
        "--p95-ratio": limits.p95_ratio,
        "--workers": limits.workers,
    }
    text_options = {"--baseline": limits.baseline, "--source": limits.source}
    written = {name: _format_number(value) for name, value in values.items()} | {
        name: text for name, text in text_options.items() if text
    }
    return tuple(word for option in written.items() for word in option)


def limits_sentence(limits: GateLimits) -> str:
    """The *limits* for a person to read."""
    stable = f"that of {limits.baseline}" if limits.baseline else "that before"
    failed = f"at most {_format_number(limits.failed_percent)}% of at least {limits.minimum:,} queries fail"
    return (
        f"for {limits.seconds} s {failed}, "
        f"p95 is at most {_format_number(limits.p95_ratio)} times {stable}, "
        f"and there are at least {limits.workers:,} workers"
    )


def _format_number(value: float) -> str:
    return repr(value).removesuffix(".0")
