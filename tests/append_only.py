"""Lets the test session empty the tables that the database itself refuses to empty.

A test with two connections commits for real; afterwards Django empties every table. Tables that
are append-only refuse that, as they must: their triggers step aside for that one transaction.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management.commands import flush
from django.db import connections, models

from terreau.common.constraints import AppendOnly


def guarded() -> list[tuple[type[models.Model], AppendOnly]]:
    """Return the models that are append-only."""
    found = [(model, guard) for model in apps.get_models() for guard in model._meta.constraints]
    return [(model, guard) for model, guard in found if isinstance(guard, AppendOnly)]


def stepping_aside(connection: Any, statements: list[str]) -> list[str]:
    """Return the statements between what removes the triggers and what puts them back."""
    before: list[str] = []
    after: list[str] = []
    for model, guard in guarded():
        table = connection.ops.quote_name(model._meta.db_table)
        if connection.vendor == "postgresql":
            before.append(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            after.append(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            continue
        before += [f'DROP TRIGGER "{guard.name}_{event}"' for event in ("update", "delete")]
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        after += [str(statement) for statement in guard.refusals(model, editor)]
    return [*before, *statements, *after] if statements else []


@pytest.fixture(scope="session", autouse=True)
def _flush_append_only_tables() -> Iterator[None]:
    plain = flush.sql_flush

    def sql_flush(style: Any, connection: Any, **options: Any) -> list[str]:
        return stepping_aside(connections[connection.alias], plain(style, connection, **options))

    flush.sql_flush = sql_flush  # type: ignore[assignment]
    yield
    flush.sql_flush = plain
