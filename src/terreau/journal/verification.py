"""Reading the whole journal again, once, as a stream of raw rows in the order they were written."""

import gc
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from django.db import connection, transaction

from terreau.journal import rules
from terreau.journal.models import Seal
from terreau.journal.rules import Problem, Row

_SQL = "SELECT {} FROM journal_event ORDER BY id"
_COLUMNS = {
    # An expression has no declared type: SQLite hands over its text, not a parsed instant.
    "sqlite": "id, subject_id, seq, verb, at || '', \"by\", data, previous, hash",
    "postgresql": "id, replace(subject_id::text, '-', ''), seq, verb, "
    "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), "
    "coalesce(replace(\"by\"::text, '-', ''), ''), data, previous, hash",
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
#: Small enough to stay in the processor's cache.
_BATCH = 1000


@dataclass(slots=True)
class _Span:
    """A seal, and what is read of the events that it covers."""

    seal: Seal
    count: int = 0
    running: Any = field(default_factory=hashlib.sha256)


def verify() -> list[Problem]:
    """Return what is wrong in the chains and in the seals: an empty list when nothing is.

    One pass over the events, in one transaction: a million take about five seconds of processor. It remembers
    the last hash of every subject: some 300 bytes each.
    """
    with transaction.atomic(), _without_collector():
        spans = [_Span(seal) for seal in Seal.objects.order_by("id")]
        rows = chain.from_iterable(_noting(_batches(), spans))
        return [*rules.check_chains(rows), *_check_seals(spans)]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector of cycles away: millions of rows pass and none of them makes a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _batches() -> Iterator[list[Row]]:
    read = _SQL.format(_COLUMNS[connection.vendor])
    if connection.vendor == "postgresql":
        yield from _streamed(read)
        return
    with connection.cursor() as cursor:
        cursor.execute(read)
        while rows := cursor.fetchmany(_BATCH):
            yield rows


def _streamed(read: str) -> Iterator[list[Row]]:
    """Read through COPY: the server prepares rows while we hash; with a cursor one waits for the other."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({read}) TO STDOUT") as copy:
        lines = iter(copy)
        while batch := [_copied(bytes(line)) for line in islice(lines, _BATCH)]:
            yield batch


def _copied(line: bytes) -> Row:
    """Return a line of COPY as a row; the characters that COPY writes with a backslash are put back."""
    parts = line[:-1].decode().split("\t")
    if b"\\" in line:
        parts = [_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), part) for part in parts]
    identifier, subject, seq, verb, at, by, data, previous, found = parts
    return int(identifier), subject, int(seq), verb, at, by or None, data, previous, found


def _noting(batches: Iterator[list[Row]], spans: list[_Span]) -> Iterator[list[Row]]:
    """Pass the batches on, adding their hashes to the seals that cover them."""
    waiting = iter(spans)
    span = next(waiting, None)
    for rows in batches:
        while span is not None:
            covered = [row[8] for row in rows if span.seal.first_event <= row[0] <= span.seal.last_event]
            span.count += len(covered)
            span.running.update("".join(covered).encode())
            if rows[-1][0] <= span.seal.last_event:
                break
            span = next(waiting, None)
        yield rows


def _check_seals(spans: list[_Span]) -> Iterator[Problem]:
    previous, next_event = "", 1
    for span in spans:
        seal = span.seal
        expected = rules.seal_hash(
            seal.first_event,
            seal.last_event,
            span.count,
            rules.instant(seal.at),
            span.running.hexdigest(),
            seal.previous,
        )
        told = (seal.hash, seal.previous, seal.first_event, seal.count)
        if told != (expected, previous, next_event, span.count):
            message = f"seal {seal.pk} (events {seal.first_event} to {seal.last_event}) no longer holds"
            yield Problem("seal", None, "", message)
        previous, next_event = seal.hash, seal.last_event + 1
