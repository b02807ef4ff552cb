"""Which flags did somebody mean who pasted this? Out of a shell, YAML, JSON, a word processor, or a jvm.config."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trinokit.kerberos.argument_faults import DASHES, FLAG_START, INVISIBLE_CHARACTERS, QUOTES
from trinokit.kerberos.flag_in_arguments import takes_next_argument

# Besides what is invisible: marks that turn the direction of writing.
_INVISIBLE_CHARACTER = re.compile(f"[{INVISIBLE_CHARACTERS}\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ODD_BLANK = re.compile(r"[^\S \t\r\n]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_SMART_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})
_BULLET = re.compile(rf"[-*•+{DASHES}]\s+(?=[{QUOTES}]*[-{DASHES}])")
_WORD = re.compile(r"""(\s*)((?:"[^"]*"|'[^']*'|`[^`]*`|[^\s"'`]|["'`].*)+)""", re.DOTALL)
_QUOTED_TEXT = re.compile(r""""[^"]*"|'[^']*'|`[^`]*`""")
_COMMA_AFTER_QUOTE = re.compile(r"""(?<=["'`])[,;]+$""")
_COMMA_BETWEEN_QUOTES = re.compile(r"""(?<=["'])[ \t]*,[ \t]*(?=["'])""")
_SEVERAL_FLAGS = re.compile(rf"\s(?:{FLAG_START}|[{DASHES}])|\n")
# How a flag begins that stands behind a blank; in -XX:OnOutOfMemoryError=kill -9 %p none does.
NEXT_FLAG = re.compile(rf"{FLAG_START}|-(?:cp|classpath|jar|m|p)(?=\s|$)|[@{DASHES}]")
_FREE_TEXT_FLAG = re.compile(r"-D|-XX:\w+=")
_LEADING_DASHES = re.compile(rf"[-{DASHES}]+")
_ONE_DASH_FLAG = re.compile(r"[DX]|javaagent|agent|verbose|server\b|client\b|e?s?[ed]s?a\b")
_UNNAMED_TARGET = re.compile(r"(?<=[=,])all[-_]unnamed(?=,|$)", re.IGNORECASE)
_SHELL_ASSIGNMENT = re.compile(r"\s*(?:(?:export|set|ENV)\s+)?[A-Z_]*(?:JAVA|JVM|JDK|OPTS|OPTIONS)[A-Z_]*=(?!\s*$)")
_JAVA_PROGRAM = re.compile(r"\s*(?:[\w./~-]*/)?java(?:\.exe)?\s+(?=\S)")
_MODULE_FLAGS = ("--add-exports", "--add-opens", "--add-reads", "--enable-native-access")
_EQUALS_REASON = "an option and its value became one, with ="
_DROPPED_LINES = (
    (re.compile(r"#.*"), "is a comment, which was left out"),
    (re.compile(r"(?:- )?[A-Za-z][\w.-]*:\s*(?:[|>][-+]?)?"), "is a key of YAML, which was left out"),
    (re.compile(r"```\w*|---"), "marks where a text begins or ends, and was left out"),
    (re.compile(r"[\\,\[\]{}]+"), "is no flag, and was left out"),
)


@dataclass(frozen=True)
class ParsedLine:
    """The *flags* that a line of what was *pasted* means, not yet judged, and *why* they are not the line itself."""

    pasted: str
    flags: tuple[str, ...]
    why: tuple[str, ...] = ()


def parse_pasted_flags(pasted: Sequence[str]) -> list[ParsedLine]:
    """What each line of the items *pasted* means; an option and its value that are two items are one.

    >>> [line.flags for line in parse_pasted_flags(["-Xmx8G \\\\\\\\", "–server"])]
    [('-Xmx8G',), ('-server',)]
    """
    lines: list[ParsedLine] = []
    for piece in (piece for item in pasted for piece in _parse_item(item)):
        both = (*lines[-1].flags[-1:], *piece.flags[:1]) if lines else ()
        if len(_join_flag_values(both)) == 1 < len(both):
            lines[-1] = _merge_lines(lines[-1], piece)
        else:
            lines.append(piece)
    return lines


def _merge_lines(first: ParsedLine, second: ParsedLine) -> ParsedLine:
    flags, repairs = _repair_flags(_join_flag_values((*first.flags, *second.flags)))
    reasons = (*first.why, *second.why, _EQUALS_REASON, *repairs)
    return ParsedLine(f"{first.pasted}\n{second.pasted}", flags, tuple(dict.fromkeys(reasons)))


def _join_flag_values(words: Sequence[str]) -> tuple[str, ...]:
    """*words* with each option and its value as one; what begins with a dash is no value."""
    flags: list[str] = []
    for word in words:
        if flags and takes_next_argument(flags[-1]) and not _LEADING_DASHES.match(word):
            flags[-1] += f"={word}"
        else:
            flags.append(word)
    return tuple(flags)


def _parse_item(item: str) -> Iterator[ParsedLine]:
    in_shell = False
    for pattern, reason in (
        (_SHELL_ASSIGNMENT, "is a variable, which a jvm.config cannot set, and was left out"),
        (_JAVA_PROGRAM, "is the program, and was left out"),
    ):
        if match := pattern.match(item):
            yield ParsedLine(match[0].strip(), (), (reason,))
            item, in_shell = _strip_enclosure(item[match.end() :])[0], True
    item, reason = _strip_enclosure(item)
    for line in filter(None, _LINE.findall(_COMMA_BETWEEN_QUOTES.sub("\n", item))):
        yield from _parse_line(line, in_shell, reason)


def _strip_enclosure(item: str) -> tuple[str, tuple[str, ...]]:
    """*item* without what stands around all of its flags, and why that is not there."""
    text, reasons = item.strip(), ()
    if text[:1] == "[" and text[-1:] == "]":
        return text[1:-1], ("the brackets of a list were removed",)
    first = text[:1].translate(_SMART_QUOTES)
    if first and first in "\"'`" and text[-1].translate(_SMART_QUOTES) == first and _SEVERAL_FLAGS.search(text):
        inner = text[1:-1]
        if first not in inner.translate(_SMART_QUOTES):
            return inner, ("quotes around several flags were removed",)
    return item, reasons


def _parse_line(line: str, in_shell: bool, because: tuple[str, ...]) -> Iterator[ParsedLine]:
    text, reasons = _clean_line(line)
    if not text:
        return
    for pattern, reason in _DROPPED_LINES:
        if pattern.fullmatch(text):
            yield ParsedLine(line.strip("\r\n"), (), (reason,))
            return
    words, word_reasons = _split_words(text, in_shell or bool(re.search(r"\\$|\\\s", text)))
    flags = _join_flag_values(words)
    if len(flags) < len(words):
        word_reasons.append(_EQUALS_REASON)
    if len(flags) > 1:
        word_reasons.append(f"the line was taken apart into {len(flags)} flags")
    flags, repairs = _repair_flags(flags)
    yield ParsedLine(line.rstrip("\n"), flags, tuple(dict.fromkeys((*because, *reasons, *word_reasons, *repairs))))


def _clean_line(line: str) -> tuple[str, list[str]]:
    text, reasons = line.rstrip("\n"), []
    if text.endswith("\r"):
        text, _ = text[:-1], reasons.append("the line end of Windows was removed")
    if unseen := sorted(set(_INVISIBLE_CHARACTER.findall(text))):
        reasons.append(f"invisible characters were removed ({', '.join(f'U+{ord(each):04X}' for each in unseen)})")
    if _ODD_BLANK.search(text):
        reasons.append("blanks of another kind, such as a no-break space, became plain ones")
    text = _ODD_BLANK.sub(" ", _INVISIBLE_CHARACTER.sub("", text))
    if text != text.strip() and text.strip():
        reasons.append("blanks around it were removed")
    text = text.strip()
    if bullet := _BULLET.match(text):
        text, _ = text[bullet.end() :], reasons.append("the dash of a list was removed")
    return text, reasons


def _split_words(text: str, in_shell: bool) -> tuple[list[str], list[str]]:
    """The flags, options and values in *text*, each without quotes, and why they are not as they stand there."""
    words, reasons = [], []
    for blanks, raw in _WORD.findall(text.translate(_SMART_QUOTES)):
        if raw.startswith("#"):
            reasons.append("the comment behind it was removed")
            break
        word = _remove_quotes(raw, reasons)
        if not word:
            continue
        if _is_quoted_wholly(raw) and _SEVERAL_FLAGS.search(word):
            inner, inner_reasons = _split_words(word, in_shell)
            words, reasons = [*words, *inner], [*reasons, *inner_reasons, "quotes around several flags were removed"]
        elif words and _FREE_TEXT_FLAG.match(words[-1]) and not in_shell and not NEXT_FLAG.match(word):
            words[-1] += blanks + word
        else:
            words.append(word)
    return words, reasons


def _is_quoted_wholly(raw: str) -> bool:
    return bool(_QUOTED_TEXT.fullmatch(_COMMA_AFTER_QUOTE.sub("", raw)))


def _remove_quotes(raw: str, reasons: list[str]) -> str:
    text = _COMMA_AFTER_QUOTE.sub("", raw)
    if text != raw:
        reasons.append("the comma behind it was removed")
    if text.endswith("\\"):
        reasons.append("the backslash at its end was removed: it is a shell's")
    text = text.rstrip("\\")
    bare = _QUOTED_TEXT.sub(lambda quoted: quoted[0][1:-1], text)
    if bare != text:
        reasons.append("quotes were removed: nothing takes them off in a jvm.config")
    return bare


def _repair_flags(flags: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    reasons = []
    for change, reason in (
        (_replace_dashes, "a long dash became the hyphens that were meant"),
        (_strip_comma, "the comma behind it was removed"),
        (_correct_target, "the target became ALL-UNNAMED"),
    ):
        changed = tuple(map(change, flags))
        if changed != tuple(flags):
            reasons.append(reason)
        flags = changed
    return tuple(flags), reasons


def _replace_dashes(flag: str) -> str:
    match = _LEADING_DASHES.match(flag)
    if not match:
        return flag
    dashes, tail = match[0], flag[match.end() :]
    if not dashes.isascii():
        dashes = "-" if _ONE_DASH_FLAG.match(tail) else "--"
    return dashes + (re.sub(f"[{DASHES}]", "-", tail) if dashes == "--" else tail)


def _strip_comma(flag: str) -> str:
    return flag.rstrip(",;") if flag.startswith("--") else flag


def _correct_target(flag: str) -> str:
    return _UNNAMED_TARGET.sub("ALL-UNNAMED", flag) if flag.startswith(_MODULE_FLAGS) else flag
