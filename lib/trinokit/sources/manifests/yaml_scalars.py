"""What does an unquoted word of YAML mean to kubectl, and what becomes of a number in JSON?"""

import math
import re
from decimal import Decimal
from functools import lru_cache

# kubectl reads YAML 1.1 without dates and base 60, and some of 1.2, and then makes JSON of it.
# https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go
_WORDS_BY_MEANING = {
    True: "y Y yes Yes YES true True TRUE on On ON",
    False: "n N no No NO false False FALSE off Off OFF",
    None: "~ null Null NULL",
    math.nan: ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF",
}
_MEANING_OF_WORD = {"": None} | {
    word: meaning for meaning, words in _WORDS_BY_MEANING.items() for word in words.split()
}
_INTEGER_PATTERNS = (
    (re.compile(r"([-+]?)(0|[1-9][0-9]{0,18})"), 10),
    (re.compile(r"([-+]?)0[oO]?([0-7]+)"), 8),
    (re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)"), 16),
    (re.compile(r"([-+]?)0[bB]([01]+)"), 2),
    (re.compile(r"()0b([-+][01]+)"), 2),
)
_FLOAT_PATTERN = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_POINT_PATTERN = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
INT64_RANGE, _UINT64_RANGE = range(-(2**63), 2**63), range(2**64)


@lru_cache(100_000)
def plain_scalar_value(text: str) -> object:
    """What the unquoted *text* means: a word, a number, a truth value or nothing; NaN for all that is no number.

    >>> [plain_scalar_value(text) for text in ("yes", "0x10", "1e3", "~", "1.0.0")]
    [True, 16, 1000.0, None, '1.0.0']
    """
    if text in _MEANING_OF_WORD:
        return _MEANING_OF_WORD[text]
    if text[0] not in "+-.0123456789":
        return text
    pattern, digits = (_LEADING_POINT_PATTERN, text) if text[0] == "." else (_FLOAT_PATTERN, text.replace("_", ""))
    integer = _parse_integer(digits)
    if integer is not None:
        return integer
    number = float(digits.replace("_", "")) if pattern.fullmatch(digits) else math.inf
    return number if math.isfinite(number) else text


def _parse_integer(digits: str) -> int | None:
    for pattern, base in _INTEGER_PATTERNS:
        matched = pattern.fullmatch(digits)
        if matched:
            number = int(matched[1] + matched[2], base)
            return number if number in (INT64_RANGE if matched[1] else _UINT64_RANGE) or number in INT64_RANGE else None
    return None


def to_json_number(number: int | float) -> int | float:
    """The *number* as kubectl writes it into JSON: an integer if it has 64 bits, or else a float of as many.

    Raises ValueError for what JSON does not have.
    """
    if number.__class__ is int and number in INT64_RANGE:
        return number
    number = float(number)
    if not math.isfinite(number):
        raise ValueError
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number
