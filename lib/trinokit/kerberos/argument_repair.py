"""Which lines of a jvm.config say rightly what a faulty argument was to say?"""

import re
from collections.abc import Iterator, Sequence

from trinokit.kerberos.argument_faults import DASHES, FLAG_START, INVISIBLE_CHARACTERS, QUOTES
from trinokit.kerberos.flag_in_arguments import takes_next_argument

_FLAG_BEGINNING = rf"[{QUOTES}{INVISIBLE_CHARACTERS}]*(?:{FLAG_START}|[{DASHES}]{{1,2}}add-)"
_FLAG_BOUNDARY = re.compile(
    rf"\s+(?=#|{_FLAG_BEGINNING})|(?<=[^\s{QUOTES}{INVISIBLE_CHARACTERS}])(?=--add-(?:exports|opens|reads)\b)"
)
_MODULE_FLAG = re.compile(r"-{1,2}add-?(export|open|read)s?(?:=|\s)(.+)", re.IGNORECASE | re.DOTALL)
_ALL_UNNAMED = re.compile(r"all[-_]unnamed", re.IGNORECASE)


def repair_argument(pieces: Sequence[str]) -> tuple[str, ...]:
    """The lines, each with one flag or one comment, for an argument that was joined of *pieces*, one a line.

    A comment comes in front of the flag that it stood behind.

    >>> repair_argument(["-Xmx8G -server", "# G1 is the default"])
    ('-Xmx8G', '# G1 is the default', '-server')
    """
    lines: list[str] = []
    for token in _split_flags_and_comments(pieces):
        if token.startswith("#"):
            lines.insert(max(len(lines) - 1, 0), token.rstrip())
        else:
            lines += _repair_flag(token)
    return tuple(lines)


def _split_flags_and_comments(pieces: Sequence[str]) -> list[str]:
    """What stands in *pieces*: flags and comments; a piece that begins with neither goes on with the one before it."""
    flag_parts: list[str] = []
    for piece in pieces:
        flags, mark, comment = _split_comment(piece)
        parts = _FLAG_BOUNDARY.split(flags) if flags.strip() else []
        if parts and flag_parts and not re.match(_FLAG_BEGINNING, parts[0]):
            flag_parts[-1] += parts.pop(0)
        flag_parts += [each for each in parts if each.strip()]
        if mark:
            flag_parts.append(f"#{comment}")
    return flag_parts


def _split_comment(piece: str) -> tuple[str, str, str]:
    """The flags of *piece*, the mark of a comment, and the comment, in which a flag is none."""
    match = re.search(r"(?:^|\s)#", piece)
    return (piece[: match.start()], "#", piece[match.end() :]) if match else (piece, "", "")


def _repair_flag(token: str) -> Iterator[str]:
    """The flags that *token* was to be, without what made it void."""
    text = _strip_ends(token)
    dashes = len(text) - len(text.lstrip(DASHES))
    match = _MODULE_FLAG.fullmatch("-" * dashes + text[dashes:])
    if not match:
        # An option without its value would take the next line for it.
        yield from [text] if text and not takes_next_argument(text) else []
        return
    value = re.sub(rf"[\s\\{QUOTES}{INVISIBLE_CHARACTERS}]+", "", match[2])
    source, _, targets = value.partition("=")
    module, slash, packages = source.partition("/")
    targets = _ALL_UNNAMED.sub("ALL-UNNAMED", targets.rstrip(",;"))
    for package in packages.split(","):
        yield f"--add-{match[1].lower()}s={module}{slash}{package}={targets}"


def _strip_ends(token: str) -> str:
    """*token* without blanks and a backslash around it, and without a pair of quotes."""
    text = token.strip().strip(INVISIBLE_CHARACTERS)
    # A line that ended in an odd number of backslashes would go on with the next one.
    while (len(text) - len(text.rstrip("\\"))) % 2:
        text = text[:-1].rstrip().rstrip(INVISIBLE_CHARACTERS)
    quoted = len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES
    return text[1:-1].strip() if quoted else text.lstrip(QUOTES) if re.match(_FLAG_BEGINNING, text) else text
