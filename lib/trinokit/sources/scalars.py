"""What does an unquoted word of YAML mean to kubectl, and what becomes of a number in JSON?"""

import math
import re
from decimal import Decimal
from functools import lru_cache

# kubectl reads YAML 1.1 without dates and base 60, and some of 1.2, and then makes JSON of it.
# https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go
_MEANINGS = {
    True: "y Y yes Yes YES true True TRUE on On ON",
    False: "n N no No NO false False FALSE off Off OFF",
    None: "~ null Null NULL",
    math.nan: ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF",
}
_WORDS = {"": None} | {word: meaning for meaning, words in _MEANINGS.items() for word in words.split()}
_INTEGERS = (
    (re.compile(r"([-+]?)(0|[1-9][0-9]{0,18})"), 10),
    (re.compile(r"([-+]?)0[oO]?([0-7]+)"), 8),
    (re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)"), 16),
    (re.compile(r"([-+]?)0[bB]([01]+)"), 2),
    (re.compile(r"()0b([-+][01]+)"), 2),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FIRST = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
INT64, _UINT64 = range(-(2**63), 2**63), range(2**64)


@lru_cache(100_000)
def plain(text: str) -> object:
    """What the unquoted *text* means: a word, a number, a truth value or nothing; NaN for all that is no number."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    pattern, digits = (_POINT_FIRST, text) if text[0] == "." else (_FLOAT, text.replace("_", ""))
    integer = _integer(digits)
    if integer is not None:
        return integer
    number = float(digits.replace("_", "")) if pattern.fullmatch(digits) else math.inf
    return number if math.isfinite(number) else text


def _integer(digits: str) -> int | None:
    for pattern, base in _INTEGERS:
        matched = pattern.fullmatch(digits)
        if matched:
            number = int(matched[1] + matched[2], base)
            return number if number in (INT64 if matched[1] else _UINT64) or number in INT64 else None
    return None


def in_json(number: int | float) -> int | float:
    """The *number* as kubectl writes it into JSON: an integer if it has 64 bits, or else a float of as many.

    Raises ValueError for what JSON does not have.
    """
    if number.__class__ is int and number in INT64:
        return number
    number = float(number)
    if not math.isfinite(number):
        raise ValueError
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number
