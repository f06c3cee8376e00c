"""Reading the whole journal again, once, as a stream of raw rows in the order they were written."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    "replace(\"by\"::text, '-', ''), data, previous, hash",
}
_BATCH = 10_000


@dataclass(slots=True)
class _Span:
    """A seal, and what is read of the events that it covers."""

    seal: Seal
    count: int = 0
    running: Any = field(default_factory=hashlib.sha256)


def verify() -> list[Problem]:
    """Return what is wrong in the chains and in the seals: an empty list when nothing is.

    One pass over the events, in one transaction. It remembers the last hash of every subject: some
    300 bytes each.
    """
    with transaction.atomic():
        spans = [_Span(seal) for seal in Seal.objects.order_by("id")]
        return [*rules.check_chains(_noting(_rows(), spans)), *_check_seals(spans)]


def _rows() -> Iterator[Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_SQL.format(_COLUMNS[connection.vendor]))
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _noting(rows: Iterator[Row], spans: list[_Span]) -> Iterator[Row]:
    """Pass the rows on, adding the hash of each to the seal that covers it."""
    waiting = iter(spans)
    span = next(waiting, None)
    for row in rows:
        while span is not None and row[0] > span.seal.last_event:
            span = next(waiting, None)
        if span is not None and row[0] >= span.seal.first_event:
            span.count += 1
            span.running.update(row[8].encode())
        yield row


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
