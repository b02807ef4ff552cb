"""Which words of a text are a secret? A value is one when its name says so, in whatever syntax it stands."""

import re
from collections.abc import Callable
from functools import lru_cache

HASH_PREFIX = "hmac-sha256"
_SECRET_NAME_REGEX = (
    r"(?:passw(?:or)?ds?|passphrase|(?:\b|[-_./])pass|\w[-_./]?pwd|requirepass|masterauth|secret|token|credentials?"
    r"|(?:access|secret|private|account|api|json|store)[-_. ]?key|access[-_. ]?key[-_. ]?id)[-_.]?\d*(?:\.txt)?"
)
_SECRET_NAME = re.compile(f"{_SECRET_NAME_REGEX}$", re.IGNORECASE)
# An Ingress names the Secret of its users in an annotation.
_SECRET_REFERENCE_NAME = re.compile(r"ingress\.kubernetes\.io/[a-z-]+$", re.IGNORECASE)
_AUTHORIZATION_VALUE = re.compile(r"(?:basic|bearer|apikey|token)\s+\S", re.IGNORECASE)
# What refers to a secret, is none, or is hashed already: ${ENV:NAME}, ${NAME}, $(NAME), {{ .name }}, env:NAME.
_HARMLESS_VALUE = re.compile(
    r"\s*(?:true|false|null|none|~|[|>][-+0-9]*|hmac-sha256(?:-text)?:[0-9a-f]{64}"
    r"|\$\{(?:ENV:[\w.-]+|(?:FILE|DIR|KEYSTORE):[\w./:-]+|[\w.-]+)\}|\$\([\w.-]+\)|\{\{[^{}\"'`]*\}\}"
    r"|env:\w+|file:[\w./-]+|k8s-secret:[\w./#-]+)?\s*",
    re.IGNORECASE,
)
_QUOTED_VALUE = re.compile(r"""(\\*["'])(.*)\1[\s,;)\]}]*(?:#.*)?""", re.DOTALL)
# A name is looked for where a word begins and nowhere else, or a long text would be read again and again.
_NAME_REGEX = rf"(?<![\w.\-/])(?P<name>[\w.\-/]*(?:{_SECRET_NAME_REGEX}|authorization))"
_XML_BETWEEN = r"(?:[^<]|<(?!/?(?:name|value|property)\b))*?"
_XML_NAME = r"<name>\s*(?P<name>[^<]*?)\s*</name>"
_XML_VALUE = r"<value>(?P<value>(?:[^<]|<(?!/?(?:name|value|property)\b))*)</value>"
_QUOTED_TEXT_REGEX = r"(?P=quote)(?s:.*?)(?<!\\)(?P=quote)"
_LINE_VALUE_REGEX = r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\$\([^()\n]*\)"""
_SECRET_PATTERNS = [
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        r"(?P<value>-----BEGIN (?P<name>[A-Z ]*PRIVATE KEY)-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
        # XML: <name>a.password</name><value>x</value> in either order, and <password>x</password>
        rf"{_XML_NAME}{_XML_BETWEEN}{_XML_VALUE}",
        rf"{_XML_VALUE}{_XML_BETWEEN}{_XML_NAME}",
        rf"<{_NAME_REGEX}(?:\s[^<>]*)?>(?P<value>[^<>]+)</(?P=name)>",
        # JSON and YAML: a name, and its value beside it or on the next line
        rf"""(?<!\\)(?P<quote>\\*["'])name(?P=quote)\s*:\s*(?P=quote){_NAME_REGEX}(?P=quote)\s*,\s*"""
        rf"(?P=quote)value(?P=quote)\s*:\s*(?P<value>{_QUOTED_TEXT_REGEX})",
        rf"""name:[ \t]*["']?{_NAME_REGEX}["']?[ \t]*\r?\n[ \t]*value:[ \t]*(?P<value>[^\r\n]+)""",
        # JSON: "password": "x", also in a text that is quoted itself
        rf"""(?<!\\)(?P<quote>\\*["']){_NAME_REGEX}(?P=quote)\s*:\s*(?P<value>{_QUOTED_TEXT_REGEX}|[^\s"'\\{{\[][^\r\n,}}\]]*)""",
        # YAML: password: | and the lines below it that are indented
        rf"""^(?P<indent>[ \t]*)(?:-[ \t]+)?{_NAME_REGEX}:[ \t]*[|>][-+0-9]*[ \t]*(?:#.*)?\r?\n"""
        r"(?P<value>(?:(?P=indent)[ \t]+[^\r\n]*(?:\r?\n|\Z)|[ \t]*\r?\n)+)",
        # a flag that is the first of its line, up to the next one
        rf"^[ \t]*(?=-){_NAME_REGEX}=(?P<value>[^\r\n]+?)(?=[ \t]+--?[A-Za-z][\w.:-]*(?:[=\s]|$)|[ \t]*$)",
        # a line of properties or of YAML; a backslash goes on with the next line
        rf"^[ \t#!;]*(?:(?:export|set|-)[ \t]+)*(?!-){_NAME_REGEX}[ \t]*(?:=|:(?![ \t]*[\[{{]))[ \t]*"
        r"(?P<value>(?:\\\r?\n|[^\r\n])+)",
        r"^[ \t]*(?P<name>requirepass|masterauth)[ \t]+(?P<value>[^\r\n]+)",
        # within a line: --name=value, --name value, name=value, {name: value}
        rf"(?<!\S)(?=-){_NAME_REGEX}=(?P<value>{_LINE_VALUE_REGEX}|\S+)",
        rf"""(?<!\S)(?=-){_NAME_REGEX}[ \t]+(?P<value>{_LINE_VALUE_REGEX}|[^\s"'-][^\s"']*)""",
        rf"""{_NAME_REGEX}=(?P<value>{_LINE_VALUE_REGEX}|[^\s&;,"'<>]+)""",
        rf"""[{{,][ \t]*{_NAME_REGEX}:[ \t]+(?P<value>{_LINE_VALUE_REGEX}|[^\s"'{{}}\[\],][^,{{}}\[\]\n]*)""",
    )
]
_URL_CREDENTIALS = re.compile(r"(?<=://)(?P<user>[^\s/:@\"'<>]*):(?P<value>[^\s/\"'<>]+)@")
_LOWER_CASE_TABLE = bytes(range(256)).lower()
# Each begins with the letters that it is about, which are searched for at the speed of memory. Kubernetes itself says
# "secret" and "token" where no secret follows.
_SECRET_WORDS = [
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
_ASSIGNMENT_MARK = re.compile(r"[=:<\s]")


def may_hold_secret(raw: bytes) -> bool:
    """Whether the JSON or text *raw* may hold a secret; of most objects it takes microseconds to say no."""
    plain = raw.translate(_LOWER_CASE_TABLE, b"-_.")
    return any(word.search(plain) for word in _SECRET_WORDS)


def is_secret_value(name: str, value: str) -> bool:
    """Whether *value* is a secret in itself, as its *name* says, and not a reference to one.

    >>> is_secret_value("db.password", "hunter2"), is_secret_value("db.password", "${ENV:DB_PASSWORD}")
    (True, False)
    """
    is_secret_name = _is_secret_name(name) or (
        name[-13:].lower() == "authorization" and bool(_AUTHORIZATION_VALUE.match(value))
    )
    return is_secret_name and not _HARMLESS_VALUE.fullmatch(value)


def redact_text(text: str, hide: Callable[[str], str]) -> str:
    """The *text* with each secret in it as *hide* gives it, and every other character as it was.

    >>> redact_text("user=ann\\npassword=hunter2\\n", lambda secret: "…")
    'user=ann\\npassword=…\\n'
    """
    if not _ASSIGNMENT_MARK.search(text) or not may_hold_secret(text.encode()):
        return text
    for pattern in _SECRET_PATTERNS:
        text = pattern.sub(lambda match: _redact_match(match, hide), text)
    return _URL_CREDENTIALS.sub(lambda match: _redact_url_password(match, hide), text)


@lru_cache(10_000)
def _is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _SECRET_REFERENCE_NAME.search(name)


def _redact_match(match: re.Match, hide: Callable[[str], str]) -> str:
    value, begin = match["value"], match.start("value") - match.start()
    quoted = _QUOTED_VALUE.fullmatch(value.strip())
    inner = quoted[2] if quoted else value.strip()
    if not is_secret_value(match["name"], inner):
        return match[0]
    begin += value.index(inner)
    return match[0][:begin] + hide(inner) + match[0][begin + len(inner) :]


def _redact_url_password(match: re.Match, hide: Callable[[str], str]) -> str:
    return match[0] if _HARMLESS_VALUE.fullmatch(match["value"]) else f"{match['user']}:{hide(match['value'])}@"
