"""Why can a flag not be asked for? What the JVM does not know or heed, and what does not belong into a jvm.config."""

import re

from trinokit.errors import did_you_mean
from trinokit.kerberos.argument_faults import QUOTES, argument_fault, escape_invisible
from trinokit.kerberos.flag_in_arguments import takes_next_argument
from trinokit.kerberos.pasted_flags import NEXT_FLAG

_LONG_FLAGS = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--enable-native-access", "--illegal-native-access", "--sun-misc-unsafe-memory-access", "--enable-preview"),
    *("--finalization", "--module-path", "--upgrade-module-path", "--enable-final-field-mutation"),
    *("--illegal-final-field-mutation", "--show-module-resolution"),
)
_SHORT_FLAG = re.compile(
    r"-(?:D.+|X[\w:+-].*|(?:javaagent|agentlib|agentpath|splash|verbose):.+|verbose|server|client|esa|dsa"
    r"|(?:ea|da|enableassertions|disableassertions)(?::.+)?|(?:enable|disable)systemassertions)",
    re.DOTALL,
)
_LAUNCHING_FLAG = re.compile(r"(?:-cp|-classpath|--class-path|-jar|-m|--module|-p|--source)(?=[=\s]|$)")
_PRINTING_FLAG = re.compile(
    r"-?-(?:version|help|help-extra|show-?version|list-modules|describe-module|dry-run|validate-modules)(?=[=\s]|$)"
    r"|-(?:h|\?|X|d|fullversion)$|-Xlog:help|-XshowSettings|-XX:\+Print(?:Flags\w+|CommandLineFlags)$|--help-extra"
)
_FLAG_FILE = re.compile(r"@|-XX:(?:VMOptionsFile|Flags)=")
# In Java a name may have a $ in it.
_VARIABLE_REFERENCE = re.compile(r"\$\{|\$\(|(?<![\w.])\$[A-Z_]+\b|\{\{|%[A-Z_]{2,}%")
_NAMED_VALUE = re.compile(r"""(?<![\w.-])([\w.-]+)(?:["'`]?\s*[=:]|\s+(?=\S)|$)""")
_SECRET_NAME = re.compile(
    r"(?:passw(?:or)?ds?|passphrase|pwd|secret|token|credentials?|(?:api|access|secret|private|account|store)[-_.]?key"
    r"|(?<![A-Za-z0-9])key)[-_.]?\d*$",
    re.IGNORECASE,
)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s]*@")
# Here it is a package that has such a name.
_PACKAGE_PREFIX = re.compile(r"add-(?:exports|opens)[=\s]+[\w.]+/$")
_MODULE_LIST_FLAGS = ("--add-modules", "--limit-modules", "--enable-native-access")
_MODULE_LIST = re.compile(r"(?:[A-Za-z_][\w.]*|ALL-[A-Z-]+)(?:,(?:[A-Za-z_][\w.]*|ALL-[A-Z-]+))*", re.ASCII)
_MAX_LENGTH = 160


def flag_refusal(flag: str) -> str:
    """Why *flag* is refused, in words that follow it; empty when it may be asked for.

    >>> flag_refusal("-version"), flag_refusal("-Xmx8G")
    ('makes the JVM print something in place of, or before, what it is to run', '')
    """
    checks = (_launching_refusal, _flag_file_refusal, argument_fault, _unreadable_refusal, _unknown_flag_refusal)
    return next((refusal for check in checks if (refusal := check(flag))), "")


def secret_name_in(text: str) -> str:
    """The name of a secret whose value *text* holds, as far as it says so by names; else empty.

    >>> secret_name_in("-Djavax.net.ssl.keyStorePassword=hunter2"), secret_name_in("-Xmx8G")
    ('-Djavax.net.ssl.keyStorePassword', '')
    """
    for match in _NAMED_VALUE.finditer(text):
        name = match[1]
        # A name alone is one only as an option, whose value follows.
        has_value = name.startswith("-") or match[0][-1] in "=:"
        if has_value and _SECRET_NAME.search(name) and not _PACKAGE_PREFIX.search(text[: match.start()]):
            return name
    return "an address" if _PASSWORD_IN_ADDRESS.search(text) else ""


def flag_excerpt(flag: str) -> str:
    """*flag* as a message repeats it."""
    text = escape_invisible(flag)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"


def _launching_refusal(flag: str) -> str:
    if _LAUNCHING_FLAG.match(flag):
        return "says what is run, which is the launcher's to say"
    if _PRINTING_FLAG.match(flag):
        return "makes the JVM print something in place of, or before, what it is to run"
    return ""


def _flag_file_refusal(flag: str) -> str:
    return "takes flags out of a file: name the flags themselves" if _FLAG_FILE.match(flag) else ""


def _unreadable_refusal(flag: str) -> str:
    if any(ord(each) < 32 or ord(each) == 127 for each in flag):
        return "has a control character in it"
    if _VARIABLE_REFERENCE.search(flag):
        return "has a reference in it, which nothing replaces in a jvm.config"
    if any(each in QUOTES for each in flag):
        return "has a quote in it, of which cannot be told whether it belongs there"
    if re.search(rf"\s(?:{NEXT_FLAG.pattern})", flag):
        return "has something in it that looks like the next flag"
    return ""


def _unknown_flag_refusal(flag: str) -> str:
    name, _, value = flag.partition("=")
    if name in _MODULE_LIST_FLAGS and value and not _MODULE_LIST.fullmatch(value):
        return "is followed by something else than names of modules with commas between them"
    if name in _LONG_FLAGS:
        return "lacks its value" if takes_next_argument(name) and not value else ""
    if _SHORT_FLAG.fullmatch(flag) and not flag.startswith("-D="):
        return ""
    hint = did_you_mean(f"-{name}" if name[:2] != "--" else name, _LONG_FLAGS)
    return "is no option of the JVM" + (f"; {hint}" if hint else "")
