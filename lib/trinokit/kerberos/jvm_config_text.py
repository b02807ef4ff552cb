"""Which arguments does a launcher make of a jvm.config, and what must change in it for a flag to be in force?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trinokit.kerberos.argument_repair import repair_argument
from trinokit.kerberos.flag_in_arguments import join_two_word_flags, missing_flags, override_key, takes_next_argument

# The program that reads jvm.config and starts the JVM: of Trino up to some version in Python, since then in Go.
Launcher = Literal["python", "go"]
PYTHON_LAUNCHER: Launcher = "python"
GO_LAUNCHER: Launcher = "go"
_FIRST_GO_VERSION = 466
_PHYSICAL_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)")


@dataclass(frozen=True)
class LineEdit:
    """The physical lines from *first* up to, and without, *end* are replaced by *lines*, all without line ends."""

    first: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _ArgumentLines:
    """What makes one argument: the lines from *first* up to *end*, of which each gives one of *pieces*.

    *goes_on* where the last line of all ends in a backslash, so that it would go on with one that is added.
    """

    first: int
    end: int
    pieces: tuple[str, ...]
    continues: bool = False

    @property
    def text(self) -> str:
        """The argument."""
        return "".join(self.pieces)


def launcher_of_version(trino: str) -> Launcher:
    """The launcher of the version *trino*, python or go; that of the newest where the version is not known.

    >>> launcher_of_version("465"), launcher_of_version("466")
    ('python', 'go')
    """
    match = re.match(r"v?(\d{3})(?!\d)", trino)
    return PYTHON_LAUNCHER if match and int(match[1]) < _FIRST_GO_VERSION else GO_LAUNCHER


def config_arguments(text: str, launcher: Launcher) -> tuple[str, ...]:
    """The arguments that *launcher* gives the JVM for a jvm.config with this *text*, to the byte.

    >>> config_arguments("# Memory\\n-Xmx8G \\\\\\n-server\\n", "go")
    ('-Xmx8G -server',)
    """
    arguments = tuple(each.text for each in _parse_lines([line for line, _ in _physical_lines(text)], launcher))
    # The Go launcher gives an empty argument for a lone backslash at the end, unless a CR and LF follow it.
    return arguments[:-1] if arguments[-1:] == ("",) and text.endswith("\r\n") else arguments


def required_edits(lines: Sequence[str], flags: Sequence[str], launcher: Launcher) -> tuple[LineEdit, ...]:
    """What must change in *lines*, without their ends, so that every one of *flags* is in force; () when all are.

    A faulty argument that was to be one of them is replaced by lines with one flag each, a setting with another value
    by the flag; the rest is added at the end, before blank lines. Of *flags* that set the same, the last one counts.
    """
    last_flags = list({override_key(flag) or flag: flag for flag in flags}.values())
    elements = _pair_two_word_flags(_parse_lines(lines, launcher))
    changed: dict[int, tuple[str, ...]] = {}
    for index, each in enumerate(elements):
        missing = missing_flags(last_flags, _resulting_arguments(elements, changed))
        instead = repair_argument(each.pieces)
        if len(missing_flags(missing, instead)) < len(missing):
            changed[index] = instead
    for flag in missing_flags(last_flags, _resulting_arguments(elements, changed)):
        changed |= _override_in_place(flag, elements, changed)
    still_missing = missing_flags(last_flags, _resulting_arguments(elements, changed))
    edits = [
        LineEdit(elements[index].first, elements[index].end, instead) for index, instead in sorted(changed.items())
    ]
    return (*edits, _append_flags(lines, still_missing, elements, changed)) if still_missing else tuple(edits)


def config_with_flags(text: str, flags: Sequence[str], launcher: Launcher) -> str:
    """*text* with every one of *flags* in force; each line that did not have to change is as it was, to the byte."""
    physical = _physical_lines(text)
    usual = next((end for _, end in physical if end), "\n")
    for edit in reversed(required_edits([line for line, _ in physical], flags, launcher)):
        before = physical[edit.first - 1 : edit.first]
        if before and not before[0][1]:
            physical[edit.first - 1] = (before[0][0], usual)
        replaced = physical[edit.first : edit.end]
        ends = [usual] * len(edit.lines)
        if replaced:
            ends = [replaced[0][1] or usual] * (len(edit.lines) - 1) + [replaced[-1][1]]
        physical[edit.first : edit.end] = zip(edit.lines, ends, strict=True)
    return "".join(line + end for line, end in physical)


def _physical_lines(text: str) -> list[tuple[str, str]]:
    """Each line of *text* and what ends it, which is nothing at most for the last one."""
    return [(match[1] or match[3] or "", match[2] or "") for match in _PHYSICAL_LINE.finditer(text)]


def _parse_lines(lines: Sequence[str], launcher: Launcher) -> list[_ArgumentLines]:
    return list(_parse_as_python(lines) if launcher == PYTHON_LAUNCHER else _parse_as_go(lines))


def _parse_as_python(lines: Sequence[str]) -> Iterator[_ArgumentLines]:
    for index, line in enumerate(lines):
        text = line.strip()
        if text and not text.startswith("#"):
            yield _ArgumentLines(index, index + 1, (text,))


def _parse_as_go(lines: Sequence[str]) -> Iterator[_ArgumentLines]:
    """The logical lines of java.util.Properties, in which no escape is undone."""
    first, pieces = 0, []
    for index, line in enumerate(lines):
        content = line.lstrip(" \t\f")
        # A lone backslash joins the next line to nothing, so that one may still be a comment.
        if not any(pieces) and content[:1] in ("", "#", "!"):
            first, pieces = index + 1, []
            continue
        goes_on = _ends_in_backslash(content)
        pieces.append(content[:-1] if goes_on else content)
        if not goes_on:
            yield _ArgumentLines(first, index + 1, tuple(pieces))
            first, pieces = index + 1, []
    if pieces:
        yield _ArgumentLines(first, len(lines), tuple(pieces), continues=True)


def _ends_in_backslash(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _pair_two_word_flags(elements: list[_ArgumentLines]) -> list[_ArgumentLines]:
    """*elements* with an option and its value as one where their lines follow each other."""
    paired: list[_ArgumentLines] = []
    option: _ArgumentLines | None = None
    for each in elements:
        if option and option.end == each.first:
            pieces = (f"{option.text}={each.pieces[0]}", *each.pieces[1:])
            paired[-1] = _ArgumentLines(option.first, each.end, pieces, each.continues)
        else:
            paired.append(each)
        option = each if not option and takes_next_argument(each.text) else None
    return paired


def _resulting_arguments(elements: list[_ArgumentLines], changed: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The arguments of *elements* of which some are *changed*."""
    every = [changed.get(index, (each.text,)) for index, each in enumerate(elements)]
    return join_two_word_flags([line for lines in every for line in lines if not line.startswith("#")])


def _override_in_place(
    flag: str, elements: list[_ArgumentLines], changed: dict[int, tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """The lines of the last of *elements* that sets what *flag* does, with *flag* in its place; none if none does."""
    key = override_key(flag)
    for index in reversed(range(len(elements))) if key else ():
        lines = list(changed.get(index) or repair_argument(elements[index].pieces))
        line_numbers = [number for number, line in enumerate(lines) if override_key(line) == key]
        if line_numbers:
            lines[line_numbers[-1]] = flag
            return {index: tuple(lines)}
    return {}


def _append_flags(
    lines: Sequence[str], flags: list[str], elements: list[_ArgumentLines], changed: dict[int, tuple[str, ...]]
) -> LineEdit:
    """The edit that adds *flags* behind the last line that is not blank."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    last = elements[-1] if elements else None
    if last is None or len(elements) - 1 in changed:
        end = max(end, last.end if last else 0)
        return LineEdit(end, end, tuple(flags))
    if takes_next_argument(_resulting_arguments(elements, {})[-1]):
        return LineEdit(last.first, last.first, tuple(flags))
    end = max(end, last.end)
    # An empty line ends what would go on with the first of the flags.
    return LineEdit(end, end, ("", *flags) if last.continues else tuple(flags))
