"""What was found out about a cluster when it was looked at last? Kept in the cache, and no loss when it is gone."""

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from trinokit.sources import cache_folder
from trinokit.sources.recorded import Recorded
from trinokit.sources.source import Source

if TYPE_CHECKING:
    from trinokit.sources.live import Live


def read_cluster_cache(source: Source) -> bytes:
    """What `write_cluster_cache` kept of *source*; nothing the first time, and nothing of a recording."""
    try:
        return b"" if isinstance(source, Recorded) else _cache_file(source).read_bytes()
    except OSError:
        return b""


def write_cluster_cache(source: Source, content: bytes) -> None:
    """Keep the *content* that was found out about *source* for the next time, where there is a place for it."""
    if isinstance(source, Recorded):
        return
    path = _cache_file(source)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()


def _cache_file(source: "Live") -> Path:
    kubernetes = source.cluster.kubernetes
    identity = f"{source.name} {kubernetes.context} {kubernetes.kubeconfig}" if kubernetes else source.name
    return cache_folder.cache_folder("verdicts") / blake2b(identity.encode(), digest_size=12).hexdigest()
