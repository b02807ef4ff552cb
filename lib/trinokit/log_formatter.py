"""What does a log say of an event? One line: when, how grave, who, and what, with no secret in it."""

import logging
import re
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import quote

# The secrets that this process was handed; a server that refuses one may repeat it in its answer.
_known: set[str] = set()
# What is shorter is part of many a text by chance.
_TELLING_LENGTH = 4
_SECRET_NAME = r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credential|(?:api|access|private)[-_]?key)"
_PATTERNS = (
    # https://user:password@host
    (re.compile(r"(?<=://)(?:[^/?#\s:@]+:(?!\d+[/?#])[^\s@]*|[^/?#\s]*)@"), ""),
    # Authorization: Bearer eyJh…; a word that is only a word stays
    (re.compile(r"\b(basic|bearer|negotiate)(\s+)(?=[^\s\"']*[\d=])[\w.~+/=-]+", re.IGNORECASE), r"\1\2..."),
    # password=x, "token": "x", password:x
    (
        re.compile(
            rf"(?<![\w.-])([\w.-]{{0,80}}{_SECRET_NAME}[\w.-]{{0,80}}(?<!k8s-secret)[\"']?(?:\s*=\s*|\s*:\s*(?=[\"'])|:(?=\S)))"
            r"(\"[^\"]*\"|'[^']*'|[^\s,;&)\]}\"']+)",
            re.IGNORECASE,
        ),
        r"\1...",
    ),
)
# Line ends would begin a line of their own, and a terminal obeys the others.
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class LineFormatter(logging.Formatter):
    """Makes one line of a record: the moment in UTC to the millisecond, the level, the logger, and the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without an end and without a traceback."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = _CONTROL_CHARACTERS.sub(" ", without_secrets(record.getMessage()))
        return f"{moment.removesuffix('+00:00')}Z {record.levelname} {record.name}: {message}"


def remember_secret(secret: str | bytes) -> None:
    """Let no line that this process logs repeat *secret*; one that is shorter than four characters, or no text, may."""
    text = (secret.decode(errors="replace") if isinstance(secret, bytes) else secret).strip()
    if len(text) >= _TELLING_LENGTH:
        _known.update({text, quote(text, safe="")})


def remember_login(user: str, password: str) -> None:
    """Let no line that this process logs repeat the *password*, nor what HTTP makes of it together with its *user*."""
    remember_secret(password)
    remember_secret(b64encode(f"{user}:{password}".encode()))


def without_secrets(text: str) -> str:
    """The *text* without the secrets that were remembered, and without what looks like one.

    >>> without_secrets("GET https://u:hunter2@host/x: password=hunter2")
    'GET https://host/x: password=...'
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "...")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
