"""What is wrong with an argument, so that the JVM does not heed the flag in it or does not start at all?"""

import re

# What cannot be seen in an editor and is no blank to the launcher: soft hyphen, zero-width characters, byte order mark.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
DASHES = "‐‑‒–—―−"
QUOTES = "\"'`“”„‘’"
# How a flag begins; within a value a dash alone is none, as in -XX:OnOutOfMemoryError=kill -9 %p.
FLAG = r"-(?:-[a-z]|XX:|X[a-z]|D[\w.]|javaagent:|agent(?:lib|path):|add-|(?:server|client|ea|esa|da|dsa|verbose)\b)"
_OPTION = re.compile(r"--add-(?:exports|opens|reads)(?=[=\s]|$)")
_FUSED = re.compile(rf"\s[{QUOTES}]*(?={FLAG})|(?<=[^\s{QUOTES}{INVISIBLE}])(?=--add-(?:exports|opens|reads)\b)")
_MISSPELT = re.compile(r"--?add-?(export|open|read)s?(?=[=\s]|$)", re.IGNORECASE)
_FREE = re.compile(r"-D|-XX:\w+=|-javaagent:|-agent(?:lib|path):")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_BLANKS = {" ": "a blank", "\t": "a tab", "\r": "a carriage return", "\n": "a line feed", "\u00a0": "a no-break space"}
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
_SHOWN = {"\t": "␉", "\r": "␍", "\n": "␊", "\f": "␌", "\v": "␋", "\u00a0": "⍽"}
_HASH = re.compile(r"(hmac-sha256(?:-text)?:[0-9a-f]{8})[0-9a-f]{56}")


def fault(argument: str) -> str:
    """Why the JVM does not heed the flag in *argument*, or does not start; empty when nothing is wrong with it."""
    checks = (_beginning, _fused, _comment, _ending, _misspelt, _blank_inside, _reserved, _of_modules)
    return next((why for check in checks if (why := check(argument))), "")


def visible(argument: str) -> str:
    """*argument* with what the eye does not see made visible, and hashes shortened."""
    body = argument.rstrip()
    shown = _HASH.sub(r"\1…", body) + argument[len(body) :].replace(" ", "␠")
    return "".join(f"⟨U+{ord(each):04X}⟩" if each in INVISIBLE else _SHOWN.get(each, each) for each in shown)


def _beginning(argument: str) -> str:
    if not argument:
        return "is empty: the JVM takes it for the class to run"
    first = argument[0]
    if first in QUOTES:
        return "stands in quotes, which the launcher does not take off"
    if first in DASHES:
        return f"begins with {first} (U+{ord(first):04X}) in place of -"
    if first in INVISIBLE or first.isspace():
        return f"begins with {_named(first)}"
    if argument.strip() == "\\":
        return "is a lone backslash: the JVM takes it for the class to run"
    if first not in "-@" and not argument.startswith("hmac-sha256"):
        return "does not begin with -: the JVM takes it for the class to run"
    return ""


def _fused(argument: str) -> str:
    number = 1 + len(_FUSED.findall(argument))
    return f"{_NUMBERS.get(number, number)} flags in one argument" if number > 1 else ""


def _comment(argument: str) -> str:
    return "has a comment behind the flag, which is part of it" if re.search(r"\s#", argument) else ""


def _ending(argument: str) -> str:
    last = argument[-1]
    if last == "\\" and (argument[-2:-1].isspace() or not _FREE.match(argument)):
        return "ends in a backslash"
    return f"ends in {_named(last)}" if last in INVISIBLE or last.isspace() else ""


def _misspelt(argument: str) -> str:
    found = _MISSPELT.match(argument)
    if not found or _OPTION.match(argument):
        return ""
    return f"is no option of the JVM: --add-{found[1].lower()}s is meant"


def _blank_inside(argument: str) -> str:
    if _OPTION.match(argument) and re.match(r"[\w-]+ +\S+$", argument):
        return "has a blank where = belongs"
    odd = [each for each in argument if each in INVISIBLE or each.isspace()]
    return f"has {_named(odd[0])} in it" if odd and not _FREE.match(argument) else ""


def _reserved(argument: str) -> str:
    if argument.startswith("-Djdk.module."):
        return "is ignored by the JVM: -Djdk.module.* is reserved"
    return "was removed in Java 17" if argument.startswith("--illegal-access") else ""


def _of_modules(argument: str) -> str:
    found = _OPTION.match(argument)
    if not found:
        return ""
    source, equals, targets = argument[found.end() :].removeprefix("=").partition("=")
    module, slash, package = source.partition("/")
    whole = found[0] == "--add-reads" or (slash and package)
    if not module or not whole or not equals or not targets.strip(","):
        lacks = "its value" if not source else "a package" if not whole else "a target such as =ALL-UNNAMED"
        return f"lacks {lacks}"
    return _in_names(module, package) or _in_targets(targets)


def _in_names(module: str, package: str) -> str:
    if "*" in module + package:
        return "has a wildcard, which the JVM takes for a name"
    if "," in package:
        return "names several packages: each needs a flag of its own"
    wrong = [each for each in (module, package) if each and not _NAME.fullmatch(each)]
    return f"has {visible(wrong[0])}, which is no name in Java" if wrong else ""


def _in_targets(targets: str) -> str:
    for each in filter(None, targets.split(",")):
        if each != "ALL-UNNAMED" and each.upper().replace("_", "-") == "ALL-UNNAMED":
            return f"has {each} in place of ALL-UNNAMED"
        if each != "ALL-UNNAMED" and not _NAME.fullmatch(each):
            return f"is for {visible(each)}, which is no module: ALL-UNNAMED is meant"
    return ""


def _named(character: str) -> str:
    return _BLANKS.get(character) or f"an invisible character (U+{ord(character):04X})"
