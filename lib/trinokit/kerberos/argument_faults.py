"""What is wrong with an argument, so that the JVM does not heed the flag in it or does not start at all?"""

import re

# What cannot be seen in an editor and is no blank to the launcher: soft hyphen, zero-width characters, byte order mark.
INVISIBLE_CHARACTERS = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
DASHES = "‐‑‒–—―−"
QUOTES = "\"'`“”„‘’"
# How a flag begins; within a value a dash alone is none, as in -XX:OnOutOfMemoryError=kill -9 %p.
FLAG_START = (
    r"-(?:-[a-z]|XX:|X[a-z]|D[\w.]|javaagent:|agent(?:lib|path):|add-|(?:server|client|ea|esa|da|dsa|verbose)\b)"
)
_MODULE_FLAG = re.compile(r"--add-(?:exports|opens|reads)(?=[=\s]|$)")
_FUSED_FLAGS = re.compile(
    rf"\s[{QUOTES}]*(?={FLAG_START})|(?<=[^\s{QUOTES}{INVISIBLE_CHARACTERS}])(?=--add-(?:exports|opens|reads)\b)"
)
_MISSPELT_FLAG = re.compile(r"--?add-?(export|open|read)s?(?=[=\s]|$)", re.IGNORECASE)
_FREE_TEXT_FLAG = re.compile(r"-D|-XX:\w+=|-javaagent:|-agent(?:lib|path):")
_JAVA_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_BLANK_NAMES = {
    " ": "a blank",
    "\t": "a tab",
    "\r": "a carriage return",
    "\n": "a line feed",
    "\u00a0": "a no-break space",
}
_NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}
_VISIBLE_SYMBOLS = {"\t": "␉", "\r": "␍", "\n": "␊", "\f": "␌", "\v": "␋", "\u00a0": "⍽"}
_KEYED_HASH = re.compile(r"(hmac-sha256(?:-text)?:[0-9a-f]{8})[0-9a-f]{56}")


def argument_fault(argument: str) -> str:
    """Why the JVM does not heed the flag in *argument*, or does not start; empty when nothing is wrong with it.

    It is the rest of a sentence about the argument. Of several faults, that of the first check is told.

    >>> argument_fault("-Xmx8G ")
    'ends in a blank'
    >>> argument_fault("--add-exports=a/b")
    'lacks a target such as =ALL-UNNAMED'
    """
    return next((fault for check in _CHECKS if (fault := check(argument))), "")


def escape_invisible(argument: str) -> str:
    """*argument* with what the eye does not see made visible, and hashes shortened."""
    body = argument.rstrip()
    escaped = _KEYED_HASH.sub(r"\1…", body) + argument[len(body) :].replace(" ", "␠")
    return "".join(
        f"⟨U+{ord(each):04X}⟩" if each in INVISIBLE_CHARACTERS else _VISIBLE_SYMBOLS.get(each, each) for each in escaped
    )


def _beginning_fault(argument: str) -> str:
    if not argument:
        return "is empty: the JVM takes it for the class to run"
    first = argument[0]
    if first in QUOTES:
        return "stands in quotes, which the launcher does not take off"
    if first in DASHES:
        return f"begins with {first} (U+{ord(first):04X}) in place of -"
    if first in INVISIBLE_CHARACTERS or first.isspace():
        return f"begins with {_character_name(first)}"
    if argument.strip() == "\\":
        return "is a lone backslash: the JVM takes it for the class to run"
    if first not in "-@" and not argument.startswith("hmac-sha256"):
        return "does not begin with -: the JVM takes it for the class to run"
    return ""


def _fused_flags_fault(argument: str) -> str:
    number = 1 + len(_FUSED_FLAGS.findall(argument))
    return f"{_NUMBER_WORDS.get(number, number)} flags in one argument" if number > 1 else ""


def _comment_fault(argument: str) -> str:
    return "has a comment behind the flag, which is part of it" if re.search(r"\s#", argument) else ""


def _ending_fault(argument: str) -> str:
    last = argument[-1]
    if last == "\\" and (argument[-2:-1].isspace() or not _FREE_TEXT_FLAG.match(argument)):
        return "ends in a backslash"
    return f"ends in {_character_name(last)}" if last in INVISIBLE_CHARACTERS or last.isspace() else ""


def _misspelling_fault(argument: str) -> str:
    match = _MISSPELT_FLAG.match(argument)
    if not match or _MODULE_FLAG.match(argument):
        return ""
    return f"is no option of the JVM: --add-{match[1].lower()}s is meant"


def _inner_blank_fault(argument: str) -> str:
    if _MODULE_FLAG.match(argument) and re.match(r"[\w-]+ +\S+$", argument):
        return "has a blank where = belongs"
    odd = [each for each in argument if each in INVISIBLE_CHARACTERS or each.isspace()]
    return f"has {_character_name(odd[0])} in it" if odd and not _FREE_TEXT_FLAG.match(argument) else ""


def _reserved_or_removed_fault(argument: str) -> str:
    if argument.startswith("-Djdk.module."):
        return "is ignored by the JVM: -Djdk.module.* is reserved"
    return "was removed in Java 17" if argument.startswith("--illegal-access") else ""


def _module_flag_fault(argument: str) -> str:
    match = _MODULE_FLAG.match(argument)
    if not match:
        return ""
    source, equals, targets = argument[match.end() :].removeprefix("=").partition("=")
    module, slash, package = source.partition("/")
    whole = match[0] == "--add-reads" or (slash and package)
    if not module or not whole or not equals or not targets.strip(","):
        lacks = "its value" if not source else "a package" if not whole else "a target such as =ALL-UNNAMED"
        return f"lacks {lacks}"
    return _java_name_fault(module, package) or _target_fault(targets)


def _java_name_fault(module: str, package: str) -> str:
    if "*" in module + package:
        return "has a wildcard, which the JVM takes for a name"
    if "," in package:
        return "names several packages: each needs a flag of its own"
    wrong = [each for each in (module, package) if each and not _JAVA_NAME.fullmatch(each)]
    return f"has {escape_invisible(wrong[0])}, which is no name in Java" if wrong else ""


def _target_fault(targets: str) -> str:
    for each in filter(None, targets.split(",")):
        if each != "ALL-UNNAMED" and each.upper().replace("_", "-") == "ALL-UNNAMED":
            return f"has {each} in place of ALL-UNNAMED"
        if each != "ALL-UNNAMED" and not _JAVA_NAME.fullmatch(each):
            return f"is for {escape_invisible(each)}, which is no module: ALL-UNNAMED is meant"
    return ""


def _character_name(character: str) -> str:
    return _BLANK_NAMES.get(character) or f"an invisible character (U+{ord(character):04X})"


# Each says why an argument is void, or nothing; a new kind of fault is one more of them, here and nowhere else.
_CHECKS = (
    _beginning_fault,
    _fused_flags_fault,
    _comment_fault,
    _ending_fault,
    _misspelling_fault,
    _inner_blank_fault,
    _reserved_or_removed_fault,
    _module_flag_fault,
)
