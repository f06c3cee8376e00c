"""A question that every page asks, written by Django once and asked again with other values.

To build a queryset and make SQL of it takes Django longer than the database takes to answer a small question.
Where the shape never changes, it is compiled at its first use, once for each database:

    HELD = Compiled(lambda user, on: Role.objects.held_on(on).filter(user=user).values_list("role"),
                    UUIDField(), DateField())
    HELD.rows(user.pk, today)      # a list of tuples
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import QuerySet

#: Two values of each kind of field, to see where a value goes.
_SAMPLES: Final = {
    "UUIDField": (uuid.UUID(int=0x7E88EA0), uuid.UUID(int=0x7E88EA1)),
    "DateField": (date(1871, 3, 18), date(1871, 3, 19)),
}


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    params: tuple[Any, ...]
    #: Which argument goes at each place of ``params``, ``None`` where the value never changes.
    places: tuple[int | None, ...]
    compiler: Any
    converters: dict[int, Any]


class Compiled:
    """A question of one shape. ``build(*values)`` returns its queryset, of plain columns (``values_list``).

    It depends on nothing else: neither on the instant nor on what else is known of a person. ``fields`` are
    the kinds of its values. Raises ``TypeError`` at the first use when the shape changes with the values, or
    when something else does.
    """

    def __init__(self, build: Callable[..., QuerySet[Any]], *fields: models.Field[Any, Any]) -> None:
        self._build = build
        self._fields = fields
        self._statements: dict[str, _Statement | None] = {}

    def rows(self, *values: Any, using: str = "default") -> list[tuple[Any, ...]]:
        """Return the rows found: one query, none where nothing can ever be found."""
        connection = connections[using]
        kind = connection.vendor
        if kind not in self._statements:
            self._statements[kind] = self._compile(using)
        statement = self._statements[kind]
        if statement is None:
            return []
        given = [
            field.get_db_prep_value(value, connection)
            for field, value in zip(self._fields, values, strict=True)
        ]
        params = [
            fixed if place is None else given[place]
            for fixed, place in zip(statement.params, statement.places, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, params)
            found = cursor.fetchall()
        if not statement.converters:
            return [tuple(row) for row in found]
        return [tuple(row) for row in self._converted(statement, found, connection)]

    def _converted(self, statement: _Statement, found: Sequence[Any], connection: Any) -> Any:
        compiler = statement.compiler
        return compiler.query.get_compiler(connection=connection).apply_converters(
            found, statement.converters
        )

    def _compile(self, using: str) -> _Statement | None:
        connection = connections[using]
        samples = [_SAMPLES[field.get_internal_type()] for field in self._fields]
        first = [one for one, _other in samples]
        try:
            compiler, sql, params = self._written(first, using)
        except EmptyResultSet:
            return None
        same = self._written(first, using)[1:]
        if same != (sql, params):
            raise TypeError(f"asked twice, it is not the same question: {sql}")
        places: list[int | None] = [None] * len(params)
        for rank, (field, (one, other)) in enumerate(zip(self._fields, samples, strict=True)):
            changed = [*first[:rank], other, *first[rank + 1 :]]
            told, values = self._written(changed, using)[1:]
            if told != sql:
                raise TypeError(f"the question changes with its values: {sql}")
            given = field.get_db_prep_value(one, connection)
            for place, (before, after) in enumerate(zip(params, values, strict=True)):
                if before != after:
                    if before != given:
                        raise TypeError(f"{before!r} is made of a value and is not it: {sql}")
                    places[place] = rank
        columns = [column for column, _sql, _alias in compiler.select]
        return _Statement(sql, params, tuple(places), compiler, compiler.get_converters(columns))

    def _written(self, values: Sequence[Any], using: str) -> tuple[Any, str, tuple[Any, ...]]:
        compiler = self._build(*values).query.get_compiler(using)
        sql, params = compiler.as_sql()
        return compiler, sql, tuple(params)
