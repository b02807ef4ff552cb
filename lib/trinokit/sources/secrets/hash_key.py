"""With what are secrets hashed, so that they can be compared and not guessed?"""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HashKey:
    """What secrets are hashed with; its *id* is as random, and says only which hashes can be compared.

    With one key for both sides their Secrets can be compared, and with none that is kept nobody can guess them.
    """

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
