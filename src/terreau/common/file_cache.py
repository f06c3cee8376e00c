"""A cache that the processes of one machine share, in a file of the data folder beside the database.

Limits of sign-in must hold whatever worker answers: memory of one process is not enough, and a table of
the database would take its write lock for each stranger's attempt. Keys are kept as keyed digests, because
they hold addresses of networks and of people.
"""

import json
import sqlite3
import threading
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

_TABLE = """CREATE TABLE IF NOT EXISTS kept
(key BLOB PRIMARY KEY, value TEXT NOT NULL, until REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_until ON kept (until)"""
#: Seconds a process waits for another that writes.
_PATIENCE = 5.0


class FileCache(BaseCache):
    """Values that JSON can write (lists of instants, texts, yes or no), under ``LOCATION``, a file.

    ``add`` is atomic between processes: it is what locks are made of.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._path = Path(location)
        self._local = threading.local()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value unless there is one already; say whether it was kept."""
        name, now = self._name(key, version), time.time()
        with self._open() as file:
            file.execute("DELETE FROM kept WHERE until <= ?", (now,))
            row = (name, json.dumps(value), self._until(timeout, now))
            return file.execute("INSERT OR IGNORE INTO kept VALUES (?, ?, ?)", row).rowcount == 1

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value kept, else ``default``."""
        query = "SELECT value FROM kept WHERE key = ? AND (until IS NULL OR until > ?)"
        found = self._open().execute(query, (self._name(key, version), time.time())).fetchone()
        return json.loads(found[0]) if found else default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value, over the one before."""
        row = (self._name(key, version), json.dumps(value), self._until(timeout, time.time()))
        with self._open() as file:
            file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", row)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value for longer; say whether there was one."""
        now = time.time()
        query = "UPDATE kept SET until = ? WHERE key = ? AND (until IS NULL OR until > ?)"
        values = (self._until(timeout, now), self._name(key, version), now)
        with self._open() as file:
            return file.execute(query, values).rowcount == 1

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget a value; say whether there was one."""
        with self._open() as file:
            query = "DELETE FROM kept WHERE key = ?"
            return file.execute(query, (self._name(key, version),)).rowcount == 1

    def clear(self) -> None:
        """Forget everything."""
        with self._open() as file:
            file.execute("DELETE FROM kept")

    def close(self, **_kwargs: Any) -> None:
        """Give the file back at the end of a request."""
        held = getattr(self._local, "file", None)
        if held is not None:
            held.close()
            self._local.file = None

    def _open(self) -> sqlite3.Connection:
        held = getattr(self._local, "file", None)
        if held is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            held = sqlite3.connect(self._path, timeout=_PATIENCE)
            self._path.chmod(0o600)
            held.executescript(f"PRAGMA synchronous=OFF; {_TABLE}")
            self._local.file = held
        return held

    def _name(self, key: Any, version: int | None) -> bytes:
        made = self.make_and_validate_key(key, version=version)
        secret = blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"terreau-cache").digest()
        return blake2b(made.encode(), digest_size=16, key=secret).digest()

    def _until(self, timeout: Any, now: float) -> float | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else now + float(seconds)
