"""Which words of a text are a secret? A value is one when its name says so, in whatever syntax it stands."""

import re
from collections.abc import Callable
from functools import lru_cache

HASH = "hmac-sha256"
_NAMED = (
    r"(?:passw(?:or)?ds?|passphrase|(?:\b|[-_./])pass|\w[-_./]?pwd|requirepass|masterauth|secret|token|credentials?"
    r"|(?:access|secret|private|account|api|json|store)[-_. ]?key|access[-_. ]?key[-_. ]?id)[-_.]?\d*(?:\.txt)?"
)
_NAME = re.compile(f"{_NAMED}$", re.IGNORECASE)
# An Ingress names the Secret of its users in an annotation.
_REFERS = re.compile(r"ingress\.kubernetes\.io/[a-z-]+$", re.IGNORECASE)
_HEADER = re.compile(r"(?:basic|bearer|apikey|token)\s+\S", re.IGNORECASE)
# What refers to a secret, is none, or is hashed already: ${ENV:NAME}, ${NAME}, $(NAME), {{ .name }}, env:NAME.
_KEPT = re.compile(
    r"\s*(?:true|false|null|none|~|[|>][-+0-9]*|hmac-sha256(?:-text)?:[0-9a-f]{64}"
    r"|\$\{(?:ENV:[\w.-]+|(?:FILE|DIR|KEYSTORE):[\w./:-]+|[\w.-]+)\}|\$\([\w.-]+\)|\{\{[^{}\"'`]*\}\}"
    r"|env:\w+|file:[\w./-]+|k8s-secret:[\w./#-]+)?\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""(\\*["'])(.*)\1[\s,;)\]}]*(?:#.*)?""", re.DOTALL)
# A name is looked for where a word begins and nowhere else, or a long text would be read again and again.
_WORD = rf"(?<![\w.\-/])(?P<name>[\w.\-/]*(?:{_NAMED}|authorization))"
_BETWEEN = r"(?:[^<]|<(?!/?(?:name|value|property)\b))*?"
_XML_NAME = r"<name>\s*(?P<name>[^<]*?)\s*</name>"
_XML_VALUE = r"<value>(?P<value>(?:[^<]|<(?!/?(?:name|value|property)\b))*)</value>"
_IN_QUOTES = r"(?P=quote)(?s:.*?)(?<!\\)(?P=quote)"
_IN_LINE = r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\$\([^()\n]*\)"""
_PATTERNS = [
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        r"(?P<value>-----BEGIN (?P<name>[A-Z ]*PRIVATE KEY)-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
        # XML: <name>a.password</name><value>x</value> in either order, and <password>x</password>
        rf"{_XML_NAME}{_BETWEEN}{_XML_VALUE}",
        rf"{_XML_VALUE}{_BETWEEN}{_XML_NAME}",
        rf"<{_WORD}(?:\s[^<>]*)?>(?P<value>[^<>]+)</(?P=name)>",
        # JSON and YAML: a name, and its value beside it or on the next line
        rf"""(?<!\\)(?P<quote>\\*["'])name(?P=quote)\s*:\s*(?P=quote){_WORD}(?P=quote)\s*,\s*"""
        rf"(?P=quote)value(?P=quote)\s*:\s*(?P<value>{_IN_QUOTES})",
        rf"""name:[ \t]*["']?{_WORD}["']?[ \t]*\r?\n[ \t]*value:[ \t]*(?P<value>[^\r\n]+)""",
        # JSON: "password": "x", also in a text that is quoted itself
        rf"""(?<!\\)(?P<quote>\\*["']){_WORD}(?P=quote)\s*:\s*(?P<value>{_IN_QUOTES}|[^\s"'\\{{\[][^\r\n,}}\]]*)""",
        # YAML: password: | and the lines below it that are indented
        rf"""^(?P<indent>[ \t]*)(?:-[ \t]+)?{_WORD}:[ \t]*[|>][-+0-9]*[ \t]*(?:#.*)?\r?\n"""
        r"(?P<value>(?:(?P=indent)[ \t]+[^\r\n]*(?:\r?\n|\Z)|[ \t]*\r?\n)+)",
        # a flag that is the first of its line, up to the next one
        rf"^[ \t]*(?=-){_WORD}=(?P<value>[^\r\n]+?)(?=[ \t]+--?[A-Za-z][\w.:-]*(?:[=\s]|$)|[ \t]*$)",
        # a line of properties or of YAML; a backslash goes on with the next line
        rf"^[ \t#!;]*(?:(?:export|set|-)[ \t]+)*(?!-){_WORD}[ \t]*(?:=|:(?![ \t]*[\[{{]))[ \t]*"
        r"(?P<value>(?:\\\r?\n|[^\r\n])+)",
        r"^[ \t]*(?P<name>requirepass|masterauth)[ \t]+(?P<value>[^\r\n]+)",
        # within a line: --name=value, --name value, name=value, {name: value}
        rf"(?<!\S)(?=-){_WORD}=(?P<value>{_IN_LINE}|\S+)",
        rf"""(?<!\S)(?=-){_WORD}[ \t]+(?P<value>{_IN_LINE}|[^\s"'-][^\s"']*)""",
        rf"""{_WORD}=(?P<value>{_IN_LINE}|[^\s&;,"'<>]+)""",
        rf"""[{{,][ \t]*{_WORD}:[ \t]+(?P<value>{_IN_LINE}|[^\s"'{{}}\[\],][^,{{}}\[\]\n]*)""",
    )
]
_ADDRESS = re.compile(r"(?<=://)(?P<user>[^\s/:@\"'<>]*):(?P<value>[^\s/\"'<>]+)@")
_LOWER = bytes(range(256)).lower()
# Each begins with the letters that it is about, which are searched for at the speed of memory. Kubernetes itself says
# "secret" and "token" where no secret follows.
_WORDS = [
    re.compile(word)
    for word in (
        rb"pass",
        rb"pwd",
        rb"credential",
        rb"masterauth",
        rb'secret(?!name|keyref|ref|s":|s/|s"[\],]|\\?":\{)',
        rb'token(?!\\?":(?:\{|true|false)|(?<="path":"token)")',
        rb"key(?:(?<=accesskey)|(?<=private.key)|(?<=privatekey)|(?<=accountkey)|(?<=apikey)|(?<=jsonkey)|(?<=storekey))",
        rb"authorization(?!k8sio)",
        rb"://[^/]*@",
    )
]
_MARK = re.compile(r"[=:<\s]")


def suspicious(raw: bytes) -> bool:
    """Whether the JSON or text *raw* may hold a secret; of most objects it takes microseconds to say no."""
    plain = raw.translate(_LOWER, b"-_.")
    return any(word.search(plain) for word in _WORDS)


def is_secret(name: str, value: str) -> bool:
    """Whether *value* is a secret in itself, as its *name* says, and not a reference to one."""
    named = _names_one(name) or (name[-13:].lower() == "authorization" and bool(_HEADER.match(value)))
    return named and not _KEPT.fullmatch(value)


def hidden(text: str, hide: Callable[[str], str]) -> str:
    """The *text* with each secret in it as *hide* gives it, and every other character as it was."""
    if not _MARK.search(text) or not suspicious(text.encode()):
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: _replaced(match, hide), text)
    return _ADDRESS.sub(lambda match: _in_address(match, hide), text)


@lru_cache(10_000)
def _names_one(name: str) -> bool:
    return bool(_NAME.search(name)) and not _REFERS.search(name)


def _replaced(match: re.Match, hide: Callable[[str], str]) -> str:
    value, begin = match["value"], match.start("value") - match.start()
    quoted = _QUOTED.fullmatch(value.strip())
    inner = quoted[2] if quoted else value.strip()
    if not is_secret(match["name"], inner):
        return match[0]
    begin += value.index(inner)
    return match[0][:begin] + hide(inner) + match[0][begin + len(inner) :]


def _in_address(match: re.Match, hide: Callable[[str], str]) -> str:
    return match[0] if _KEPT.fullmatch(match["value"]) else f"{match['user']}:{hide(match['value'])}@"
