"""An outside directory (API Recherche d'entreprises), when a site says so: never needed, never waited for.

``TERREAU_OUTSIDE_DIRECTORY`` is its address; empty, nothing leaves the machine. What is asked is what
somebody
types: it is asked only when nothing is held locally. A directory that fails three times in a row is left
alone
for a minute, then tried once.
"""

import http.client
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from terreau.directory.completion import Organisation
from terreau.territories import base

#: Seconds for the whole exchange; failures in a row that open the circuit; seconds before it is tried again.
DEADLINE, FAILURES, PAUSE = 1.0, 3, 60.0
_MOST_BYTES = 1_000_000
_log = logging.getLogger("terreau.directory")


class UnavailableError(Exception):
    """The outside directory did not answer as it should, in time."""


@dataclass
class Circuit:
    """Counts failures in a row; open, nothing is asked until ``PAUSE`` has gone, then one is let through."""

    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    open_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_through(self) -> bool:
        """Say whether to ask now; when it half-opens, the caller is the only one let through."""
        with self.lock:
            now = self.clock()
            if self.failures < FAILURES:
                return True
            if now < self.open_until:
                return False
            self.open_until = now + PAUSE
            return True

    def learn(self, *, ok: bool) -> None:
        """Learn how an exchange ended."""
        with self.lock:
            self.failures = 0 if ok else self.failures + 1
            if not ok and self.failures >= FAILURES:
                self.open_until = self.clock() + PAUSE


circuit = Circuit()


def search(typed: str, *, limit: int = 10) -> list[Organisation]:
    """Return what the outside directory finds; nothing when it is off, resting, slow or broken."""
    address = settings.OUTSIDE_DIRECTORY
    if not address or not circuit.lets_through():
        return []
    try:
        rows = _ask(address, typed, limit)
        found = [one for row in rows if (one := _organisation(row))]
    except (UnavailableError, OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        circuit.learn(ok=False)
        _log.warning("the outside directory failed: %s", type(error).__name__)
        return []
    circuit.learn(ok=True)
    return found[:limit]


def _ask(address: str, typed: str, limit: int) -> list[dict[str, Any]]:
    """Return the rows of one answer, within the deadline whatever the other side does; no redirection."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    end = time.monotonic() + DEADLINE
    link = kind(parts.hostname or "", parts.port, timeout=DEADLINE)
    try:
        query = urlencode({"q": typed[:200], "per_page": min(limit, 25), "page": 1})
        link.request(
            "GET", f"{parts.path.rstrip('/')}/search?{query}", headers={"Accept": "application/json"}
        )
        _wait_at_most(link, end)
        response = link.getresponse()
        if response.status != 200:
            raise UnavailableError
        body = b""
        while True:
            _wait_at_most(link, end)
            if not (piece := response.read1(65536)):
                break
            body += piece
            if len(body) > _MOST_BYTES:
                raise UnavailableError
    finally:
        link.close()
    rows = json.loads(body)["results"]
    if not isinstance(rows, list):
        raise UnavailableError
    return rows


def _wait_at_most(link: http.client.HTTPConnection, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise UnavailableError
    if link.sock:
        link.sock.settimeout(left)


def _organisation(row: dict[str, Any]) -> Organisation | None:
    """One row of the answer; natural persons and what is not fully published are left out, as at home."""
    category = str(row.get("nature_juridique") or "")
    if category.startswith("1") or row.get("statut_diffusion", "O") != "O":
        return None
    seat = row.get("siege") or {}
    known = base.load()
    given = str(seat.get("commune") or "")
    commune = given if given in known.index else known.former.get(given, "")
    return Organisation(
        name=str(row.get("nom_raison_sociale") or row["nom_complet"])[:250],
        source="outside",
        siren=str(row["siren"]),
        siret=str(seat.get("siret") or ""),
        acronym=str(row.get("sigle") or "")[:60],
        commune=commune,
        commune_name=known.names[known.index[commune]] if commune else "",
        postcode=str(seat.get("code_postal") or "")[:5],
        state=str(row.get("etat_administratif") or "")[:1],
        legal_category=category[:4],
    )
