"""What was read, kept by a process until anything at all is written to the database.

What is kept goes with the state of the database that it was made from. Any commit, by any process, is another
state: nothing has to be declared, nothing can be forgotten. SQLite counts the commits of others in ``PRAGMA
data_version``, read on a connection that never writes; PostgreSQL says which transactions are visible
(``pg_current_snapshot``). The day is part of it, because much speaks of today.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from typing import Generic, TypeVar

from django.db import DatabaseError, connection
from django.utils import timezone

State = tuple[str, date]
T = TypeVar("T")


class _Watch:
    """A connection to the SQLite file that reads nothing but how many times others wrote."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.name = ""
        self.connection: sqlite3.Connection | None = None
        self.opened = 0

    def version(self, name: str) -> str:
        """Return a text that changes with every commit to the file ``name``."""
        with self.lock:
            if self.connection is None or self.name != name:
                self.connection = sqlite3.connect(
                    f"file:{name}?mode=ro", uri=True, check_same_thread=False, isolation_level=None
                )
                self.name = name
                self.opened += 1
            (number,) = self.connection.execute("PRAGMA data_version").fetchone()
            return f"{self.opened}.{number}"


_watch = _Watch()


def state() -> State | None:
    """Return what distinguishes the database now from any other moment; None when it cannot be known.

    Inside a transaction nothing is known: what is read there may be undone.
    """
    if connection.in_atomic_block:
        return None
    try:
        if connection.vendor == "sqlite":
            name = str(connection.settings_dict["NAME"])
            if "memory" in name:
                return None
            return _watch.version(name), timezone.localdate()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0]), timezone.localdate()
    except (DatabaseError, sqlite3.Error):
        return None


class Kept(Generic[T]):
    """At most ``most`` things under their keys, each with the state of the database it was made from.

    What is kept is shared by all requests of the process: nobody changes it.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: OrderedDict[Hashable, tuple[State, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key, made again when anything was written since."""
        now = state()
        if now is None:
            return make()
        with self._lock:
            known = self._held.get(key)
        if known is not None and known[0] == now:
            return known[1]
        found = make()
        # Written meanwhile: what was read may be half old, half new.
        if state() == now:
            self._keep(key, now, found)
        return found

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._held.clear()

    def _keep(self, key: Hashable, now: State, found: T) -> None:
        with self._lock:
            self._held[key] = (now, found)
            self._held.move_to_end(key)
            while len(self._held) > self.most:
                self._held.popitem(last=False)
