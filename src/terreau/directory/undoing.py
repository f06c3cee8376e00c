"""Taking a batch back: what it changed and removed is put back, what it added goes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from terreau.directory.models import Batch, Before
from terreau.directory.tables import TABLES, Table
from terreau.directory.writing import Pace, put_rows, short


def undo(batch: Batch, progress: Callable[[int], None]) -> Pace:
    """Put back the rows of before, then delete what the batch added, by short transactions.

    What is put back is forgotten in the same transaction, so that it goes on by itself after a kill.
    """
    pace, done = Pace(), 0
    for table in reversed(TABLES[batch.register]):
        while count := _put_back(batch, table, pace):
            done += count
            progress(done)
        for count in _take_away(batch, table, pace):
            done += count
            progress(done)
    return pace


def _put_back(batch: Batch, table: Table, pace: Pace) -> int:
    kept = Before.objects.filter(batch=batch, table=table.name).order_by("id")
    rows = list(kept.values_list("id", "row")[: min(pace.rows, 5000)])
    if rows:
        values = [json.loads(row) for _id, row in rows]
        with short(pace, batch), connection.cursor() as cursor:
            put_rows(cursor, table, values, new=False)
            Before.objects.filter(batch=batch, table=table.name, id__lte=rows[-1][0]).delete()
    return len(rows)


def _take_away(batch: Batch, table: Table, pace: Pace) -> Iterator[int]:
    """Delete the rows that still bear the batch, walking along the keys once."""
    last: Any = "" if table.key_is_text else -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {table.key} FROM {table.name} WHERE {table.key} > %s AND batch_id = %s "
                f"ORDER BY {table.key} LIMIT %s",
                [last, batch.pk, pace.rows],
            )
            keys = [row[0] for row in cursor.fetchall()]
        if not keys:
            return
        with short(pace, batch), connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table.name} WHERE {table.key} BETWEEN %s AND %s AND batch_id = %s",
                [keys[0], keys[-1], batch.pk],
            )
        last = keys[-1]
        yield len(keys)
