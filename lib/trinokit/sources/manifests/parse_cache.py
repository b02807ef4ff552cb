"""Which documents were parsed before? Their values are kept on this machine, under a hash of their text."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from trinokit.sources import cache_folder
from trinokit.sources.secrets.secret_detection import may_hold_secret

_LIMIT_MB, _PATIENCE_S = 256, 2
_CREATE_TABLE = "CREATE TABLE IF NOT EXISTS parsed (hash BLOB PRIMARY KEY, json BLOB NOT NULL) WITHOUT ROWID"


class ParseCache:
    """Values of documents: those in *database*, if there is one, and in *new* those that are to be kept there.

    What may hold a secret is not kept, and neither is a hash of it.
    """

    def __init__(self, database: sqlite3.Connection | None, code: bytes) -> None:
        self.database, self.code = database, code
        self.new: dict[bytes, bytes] = {}

    def values(self, document: str, parse: Callable[[], list[object]]) -> list[object]:
        """The values of *document*, by *parse* if they are not known."""
        if self.database is None:
            return parse()
        # Whoever changes how documents are parsed gets other hashes.
        key = blake2b(document.encode(), digest_size=20, key=self.code).digest()
        content = self._stored_content(key)
        if content is not None:
            return content
        values = parse()
        json = msgspec.json.encode(values)
        if values and not any(_may_contain_secret(each) for each in (document.encode(), json)):
            self.new[key] = json
        return values

    def keep(self) -> None:
        """Write what is *new* into the database, whole or not at all."""
        if self.database is not None and self.new:
            try:
                with self.database:
                    self.database.executemany("INSERT OR REPLACE INTO parsed VALUES (?, ?)", self.new.items())
            except sqlite3.Error:
                # Another one may be writing, or the disk be full. Then the next run parses once more.
                self.database.rollback()

    def _stored_content(self, key: bytes) -> list[object] | None:
        try:
            row = self.database.execute("SELECT json FROM parsed WHERE hash = ?", (key,)).fetchone()
            return msgspec.json.decode(row[0], type=list) if row else None
        except (sqlite3.Error, msgspec.MsgspecError, UnicodeDecodeError):
            return None


@contextmanager
def open_parse_cache(code: bytes) -> Iterator[ParseCache]:
    """What was parsed before by the same *code*; TRINOKIT_CACHE, or ~/.cache/trinokit, is where it is kept.

    Where that cannot be read or written, nothing is known and nothing kept.
    """
    database = _open_database()
    if database is None:
        yield ParseCache(None, b"")
        return
    with closing(database):
        parsed = ParseCache(database, blake2b(code).digest())
        try:
            yield parsed
        finally:
            parsed.keep()


def _open_database() -> sqlite3.Connection | None:
    try:
        path = cache_folder.cache_folder("manifests") / "parsed.sqlite"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size > _LIMIT_MB * 1_000_000:
            path.unlink()
        return _connect_or_recreate(path)
    except (OSError, RuntimeError, sqlite3.Error):
        return None


def _connect_or_recreate(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_PATIENCE_S)
    try:
        database.execute(_CREATE_TABLE)
    except sqlite3.OperationalError:
        database.close()
        raise
    except sqlite3.DatabaseError:
        # It is no database any more, so it is begun anew.
        database.close()
        path.unlink()
        database = sqlite3.connect(path, timeout=_PATIENCE_S)
        database.execute(_CREATE_TABLE)
    return database


def _may_contain_secret(text: bytes) -> bool:
    return b"binaryData" in text or may_hold_secret(text)
