"""How much is a quantity, however it is written?"""

import re
from fractions import Fraction
from functools import lru_cache
from math import ceil

_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3}|)")
_SUFFIX_FACTORS = {"": Fraction(1)}
_SUFFIX_FACTORS |= {suffix: Fraction(1000) ** power for suffix, power in zip("num", (-3, -2, -1), strict=True)}
_SUFFIX_FACTORS |= {suffix: Fraction(1000) ** power for power, suffix in enumerate("kMGTPE", 1)}
_SUFFIX_FACTORS |= {f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", 1)}


@lru_cache(maxsize=65_536, typed=True)
def parse_quantity(quantity: str | int | float) -> Fraction | None:
    """The *quantity* as an exact number, or None where it is none.

    The API server rounds up, away from zero, what is finer than a thousandth.

    >>> parse_quantity("1500m") == parse_quantity(1.5), parse_quantity("1K")
    (True, None)
    """
    if isinstance(quantity, bool):
        return None
    match = _QUANTITY.fullmatch(quantity if isinstance(quantity, str) else repr(quantity))
    if match is None:
        return None
    digits, suffix = match.groups()
    exact = Fraction(digits) * (_SUFFIX_FACTORS.get(suffix) or Fraction(10) ** int(suffix[1:]))
    thousandths = ceil(abs(exact) * 1000)
    return Fraction(thousandths if exact >= 0 else -thousandths, 1000)
