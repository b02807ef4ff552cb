"""Where is kept what saves work, and is no loss when it is gone?"""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder *name* of the cache, which TRINOKIT_CACHE names, or else ~/.cache/trinokit; it need not be there.

    Raises RuntimeError where nobody knows the home.
    """
    return Path(os.environ.get("TRINOKIT_CACHE") or "~/.cache/trinokit").expanduser() / name
