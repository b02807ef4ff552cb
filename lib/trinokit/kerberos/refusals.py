"""Why can a flag not be asked for? What the JVM does not know or heed, and what does not belong into a jvm.config."""

import re

from trinokit.errors import did_you_mean
from trinokit.kerberos.faults import QUOTES, fault, visible
from trinokit.kerberos.force import takes_next
from trinokit.kerberos.pasted import NEXT

_OPTIONS = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--enable-native-access", "--illegal-native-access", "--sun-misc-unsafe-memory-access", "--enable-preview"),
    *("--finalization", "--module-path", "--upgrade-module-path", "--enable-final-field-mutation"),
    *("--illegal-final-field-mutation", "--show-module-resolution"),
)
_SHORT = re.compile(
    r"-(?:D.+|X[\w:+-].*|(?:javaagent|agentlib|agentpath|splash|verbose):.+|verbose|server|client|esa|dsa"
    r"|(?:ea|da|enableassertions|disableassertions)(?::.+)?|(?:enable|disable)systemassertions)",
    re.DOTALL,
)
_RUNS = re.compile(r"(?:-cp|-classpath|--class-path|-jar|-m|--module|-p|--source)(?=[=\s]|$)")
_PRINTS = re.compile(
    r"-?-(?:version|help|help-extra|show-?version|list-modules|describe-module|dry-run|validate-modules)(?=[=\s]|$)"
    r"|-(?:h|\?|X|d|fullversion)$|-Xlog:help|-XshowSettings|-XX:\+Print(?:Flags\w+|CommandLineFlags)$|--help-extra"
)
_ELSEWHERE = re.compile(r"@|-XX:(?:VMOptionsFile|Flags)=")
# In Java a name may have a $ in it.
_REFERENCE = re.compile(r"\$\{|\$\(|(?<![\w.])\$[A-Z_]+\b|\{\{|%[A-Z_]{2,}%")
_NAMED = re.compile(r"""(?<![\w.-])([\w.-]+)(?:["'`]?\s*[=:]|\s+(?=\S)|$)""")
_SECRET = re.compile(
    r"(?:passw(?:or)?ds?|passphrase|pwd|secret|token|credentials?|(?:api|access|secret|private|account|store)[-_.]?key"
    r"|(?<![A-Za-z0-9])key)[-_.]?\d*$",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s]*@")
# Here it is a package that has such a name.
_PACKAGE = re.compile(r"add-(?:exports|opens)[=\s]+[\w.]+/$")
_LISTS = ("--add-modules", "--limit-modules", "--enable-native-access")
_MODULES = re.compile(r"(?:[A-Za-z_][\w.]*|ALL-[A-Z-]+)(?:,(?:[A-Za-z_][\w.]*|ALL-[A-Z-]+))*", re.ASCII)
_LONGEST = 160


def refusal(flag: str) -> str:
    """Why *flag* is refused, in words that follow it; empty when it may be asked for."""
    checks = (_of_what_is_run, _elsewhere, fault, _unreadable, _unknown)
    return next((why for check in checks if (why := check(flag))), "")


def secret(text: str) -> str:
    """The name of a secret whose value *text* holds, as far as it says so by names; else empty."""
    for found in _NAMED.finditer(text):
        name = found[1]
        # A name alone is one only as an option, whose value follows.
        has_value = name.startswith("-") or found[0][-1] in "=:"
        if has_value and _SECRET.search(name) and not _PACKAGE.search(text[: found.start()]):
            return name
    return "an address" if _IN_ADDRESS.search(text) else ""


def shown(flag: str) -> str:
    """*flag* as a message repeats it."""
    text = visible(flag)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _of_what_is_run(flag: str) -> str:
    if _RUNS.match(flag):
        return "says what is run, which is the launcher's to say"
    if _PRINTS.match(flag):
        return "makes the JVM print something in place of, or before, what it is to run"
    return ""


def _elsewhere(flag: str) -> str:
    return "takes flags out of a file: name the flags themselves" if _ELSEWHERE.match(flag) else ""


def _unreadable(flag: str) -> str:
    if any(ord(each) < 32 or ord(each) == 127 for each in flag):
        return "has a control character in it"
    if _REFERENCE.search(flag):
        return "has a reference in it, which nothing replaces in a jvm.config"
    if any(each in QUOTES for each in flag):
        return "has a quote in it, of which cannot be told whether it belongs there"
    if re.search(rf"\s(?:{NEXT.pattern})", flag):
        return "has something in it that looks like the next flag"
    return ""


def _unknown(flag: str) -> str:
    name, _, value = flag.partition("=")
    if name in _LISTS and value and not _MODULES.fullmatch(value):
        return "is followed by something else than names of modules with commas between them"
    if name in _OPTIONS:
        return "lacks its value" if takes_next(name) and not value else ""
    if _SHORT.fullmatch(flag) and not flag.startswith("-D="):
        return ""
    hint = did_you_mean(f"-{name}" if name[:2] != "--" else name, _OPTIONS)
    return "is no option of the JVM" + (f"; {hint}" if hint else "")
