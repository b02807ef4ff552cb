"""Does a text tell a secret? Then it is neither shown nor put into a plan."""

import re

_SECRET_PATTERN = re.compile(
    r"(?:passw|passphrase|secret|token|credential|(?:private|access|account|api)[-_. ]?key)[\w.-]*[\"']?\s*[:=]\s*\S"
    r"|://[^/\s:@]+:[^/\s@]+@|-----BEGIN",
    re.IGNORECASE,
)


def contains_secret(text: str) -> bool:
    """Whether *text* looks like one with a secret: a name of one with a value, an address with a password, or a key."""
    return bool(_SECRET_PATTERN.search(text))
