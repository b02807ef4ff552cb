"""How does a text look with some of its parts replaced, and with every other byte as it was?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, order=True)
class TextEdit:
    """What stands from *start* to *end* of a text becomes *text*."""

    start: int
    end: int
    text: str


def apply_text_edits(text: str, splices: Iterable[TextEdit]) -> str:
    """*text* with all *splices*, which do not overlap; of those at one place the first comes first."""
    parts, at = [], 0
    for each in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        parts += [text[at : each.start], each.text]
        at = each.end
    return "".join([*parts, text[at:]])


def insert_lines_before(text: str, at: int, lines: Sequence[str]) -> TextEdit:
    """*lines* in front of the line at *at*."""
    start = text.rfind("\n", 0, at) + 1
    return TextEdit(start, start, "".join(line + line_ending(text, at) for line in lines))


def insert_lines_after(text: str, at: int, lines: Sequence[str]) -> TextEdit:
    """*lines* behind the line at *at*; a text without a line end at its end stays so."""
    end, last = _next_line_start(text, at), line_ending(text, at)
    if end and end == len(text) and not text.endswith("\n"):
        return TextEdit(end, end, "".join(last + line for line in lines))
    return TextEdit(end, end, "".join(line + last for line in lines))


def delete_lines(text: str, start: int, end: int) -> TextEdit:
    """The lines from *start* to *end* are gone."""
    return TextEdit(text.rfind("\n", 0, start) + 1, _next_line_start(text, end), "")


def split_lines(text: str) -> list[str]:
    """The lines of *text* with their ends, which are line feeds and nothing else."""
    return _LINE.findall(text)


def line_ending(text: str, at: int) -> str:
    """How the line at *at* ends, or else the first one."""
    for position in (text.find("\n", at), text.find("\n")):
        if position >= 0:
            return "\r\n" if text[position - 1 : position] == "\r" else "\n"
    return "\n"


def _next_line_start(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)
