"""What is hashed and what a sound journal looks like. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

#: One row as the database holds it: id, subject (32 hexadecimal digits), rank, verb, instant, person
#: (32 hexadecimal digits or None), canonical data, hash of the event before, hash.
Row = tuple[int, str, int, str, str, str | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the journal. ``kind``: altered, chain, missing or seal."""

    kind: str
    event: int | None
    subject: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """Return the problem as JSON types."""
        return {"kind": self.kind, "event": self.event, "subject": self.subject, "message": self.message}


def instant(at: datetime) -> str:
    """Return an aware instant as it is hashed: UTC to the microsecond, ``2026-11-21 15:00:00.000000``."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def event_hash(  # noqa: PLR0913, PLR0917
    subject: str, seq: int, verb: str, at: str, by: str | None, data: str, previous: str
) -> str:
    """Return the SHA-256 of an event: the canonical JSON of what it says and of the event before it.

    ``subject`` and ``by`` are identifiers, never names, so that erasing a person breaks no chain.
    """
    who = f'"{by}"' if by else "null"
    line = f'["{subject}",{seq},"{verb}","{at}",{who},{data},"{previous}"]'
    return hashlib.sha256(line.encode()).hexdigest()


def seal_hash(  # noqa: PLR0913, PLR0917
    first: int, last: int, count: int, at: str, digest: str, previous: str
) -> str:
    """Return the SHA-256 of a seal; ``digest`` covers the hashes of its events in order of id."""
    line = f'[{first},{last},{count},"{at}","{digest}","{previous}"]'
    return hashlib.sha256(line.encode()).hexdigest()


def digest_of(hashes: Iterable[str]) -> tuple[int, str]:
    """Return how many hashes there are and the SHA-256 of all of them one after the other."""
    total, running = 0, hashlib.sha256()
    for value in hashes:
        total += 1
        running.update(value.encode())
    return total, running.hexdigest()


def check_chains(rows: Iterable[Row]) -> Iterator[Problem]:
    """Yield the problems of events that come in the order of their identifiers.

    Each is hashed again and must follow the one before it on the same subject; those of many
    subjects are mixed. A million rows take a few seconds.
    """
    ends: dict[str, tuple[int, str]] = {}
    nothing = (0, "")
    for identifier, subject, seq, verb, at, by, data, previous, found in rows:
        rank, before = ends.get(subject, nothing)
        if seq != rank + 1:
            yield Problem("missing", identifier, subject, f"rank {seq} follows rank {rank}")
        elif previous != before:
            yield Problem("chain", identifier, subject, "it does not name the hash of the event before it")
        # SQLite holds « 2026-11-21 15:00:00 » for an instant that falls on a whole second.
        moment = at if len(at) > 19 else f"{at}.000000"
        if event_hash(subject, seq, verb, moment, by, data, previous) != found:
            yield Problem("altered", identifier, subject, "its content no longer matches its hash")
        ends[subject] = (seq, found)
