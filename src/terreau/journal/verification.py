"""Reading the whole journal again, as a stream of raw rows."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from terreau.journal import rules
from terreau.journal.models import Seal
from terreau.journal.rules import Problem, Row

_COLUMNS = {
    # An expression has no declared type: SQLite hands over its text, not a parsed instant.
    "sqlite": "id, subject_id, seq, verb, at || '', \"by\", data, previous, hash",
    "postgresql": "id, replace(subject_id::text, '-', ''), seq, verb, "
    "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), "
    "replace(\"by\"::text, '-', ''), data, previous, hash",
}
_BATCH = 10_000


def verify() -> list[Problem]:
    """Return what is wrong in the chains and in the seals: an empty list when nothing is.

    Streamed in one transaction; reads every row of the journal twice.
    """
    with transaction.atomic():
        return [*rules.check_chains(_rows()), *_check_seals()]


def _stream(sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _rows() -> Iterator[Row]:
    sql = f"SELECT {_COLUMNS[connection.vendor]} FROM journal_event ORDER BY subject_id, seq"  # noqa: S608
    if connection.vendor == "sqlite":
        return (_with_microseconds(row) for row in _stream(sql))
    return _stream(sql)


def _with_microseconds(row: tuple[Any, ...]) -> Row:
    """SQLite holds « 2026-11-21 15:00:00 » for an instant that falls on a whole second."""
    return row if len(row[4]) > 19 else (*row[:4], f"{row[4]}.000000", *row[5:])


def _check_seals() -> Iterator[Problem]:
    previous, next_event = "", 1
    for seal in Seal.objects.order_by("id"):
        count, digest = rules.digest_of(
            row[0]
            for row in _stream(
                "SELECT hash FROM journal_event WHERE id BETWEEN %s AND %s ORDER BY id",
                (seal.first_event, seal.last_event),
            )
        )
        expected = rules.seal_hash(
            seal.first_event, seal.last_event, count, rules.instant(seal.at), digest, seal.previous
        )
        if (expected, seal.previous, seal.first_event, seal.count) != (
            seal.hash,
            previous,
            next_event,
            count,
        ):
            message = f"seal {seal.pk} (events {seal.first_event} to {seal.last_event}) no longer holds"
            yield Problem("seal", None, "", message)
        previous, next_event = seal.hash, seal.last_event + 1
