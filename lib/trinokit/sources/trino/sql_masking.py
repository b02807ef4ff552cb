"""How does a query's text look without its literals and comments?"""

import re

# One pass over the text, so that a quote inside a comment, or two dashes inside a string, open nothing.
# A string, comment or quoted name that a cut text leaves open runs to the end.
# https://trino.io/docs/current/language/types.html
_SQL_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))
    | (?P<string>(?:\b[xX]|\b[uU]&)?'(?:[^']|'')*(?:'|\Z))
    | (?P<name>"(?:[^"]|"")*(?:"|\Z)|`[^`]*(?:`|\Z)|[^\W\d]\w*)
    | (?P<number>\d\w*(?:\.\d\w*)?(?:(?<=[eE])[+-]\d+)?|\.\d\w*(?:(?<=[eE])[+-]\d+)?)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACEHOLDERS = {"string": "?", "number": "?"}


def mask_sql(text: str) -> str:
    """*text* with every string and number as ``?`` and every comment as ``--?`` or ``/*?*/``.

    Names stay. Masking a masked text changes nothing.

    >>> mask_sql("SELECT * FROM t WHERE name = 'Ann' AND n > 7 -- for Ann")
    'SELECT * FROM t WHERE name = ? AND n > ? --?'
    """
    return _SQL_TOKEN.sub(_token_replacement, text)


def _token_replacement(token: re.Match) -> str:
    if token.lastgroup == "comment":
        return "--?" if token[0].startswith("--") else "/*?*/"
    return _PLACEHOLDERS.get(token.lastgroup, token[0])
