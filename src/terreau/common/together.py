"""Many small questions to the database asked as one: a page that gathers from every room asks each once.

What a room looks up is written as a *step*: a generator that yields querysets and is given back their rows.

    def due(ws):
        rows = yield Task.objects.filter(pole=ws.pole)         # one question: a list of rows
        names, counts = yield (Actor.objects.…, Body.objects.…)   # several at once: as many lists
        return [Due(…) for row in rows]

``gather`` runs many steps side by side: what they all ask first is one statement, what they then ask is the
second, and so on. Rows are what the queryset would give (models with what ``select_related`` names, values,
tuples), in its order, on both databases.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import QuerySet, Value
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesIterable, ValuesListIterable
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time

T = TypeVar("T")
Question = QuerySet[Any] | tuple[QuerySet[Any], ...]
Step = Generator[Question, Any, T]
Build = Callable[[Sequence[Any]], Any]
Read = Callable[[Any], Any]
#: Arguments that a function takes at most, on PostgreSQL (100) and on SQLite (127).
_MOST: Final = 90


def gather(*steps: Step[Any]) -> list[Any]:
    """Run steps side by side and return what each returns: one query for each round of questions."""
    return run(abreast(*steps))


def run(step: Step[T]) -> T:
    """Run one step; as many queries as it asks times."""
    try:
        asked = next(step)
        while True:
            asked = step.send(_answered(asked))
    except StopIteration as end:
        found: T = end.value
        return found


def abreast(*steps: Step[Any]) -> Step[list[Any]]:
    """Return the step that runs steps side by side (``yield from abreast(…)``), and what each returns."""
    returned: dict[int, Any] = {}
    asked = {place: _next(step, None, returned, place) for place, step in enumerate(steps)}
    while waiting := {place: question for place, question in asked.items() if place not in returned}:
        flat = [rows for question in waiting.values() for rows in _each(question)]
        answers = iter((yield tuple(flat)))
        asked = {}
        for place, question in waiting.items():
            given = tuple(next(answers) for _one in _each(question))
            answer = given if isinstance(question, tuple) else given[0]
            asked[place] = _next(steps[place], answer, returned, place)
    return [returned[place] for place in range(len(steps))]


def ask(*rows: QuerySet[Any]) -> list[list[Any]]:
    """Return the rows of each queryset: one query, none when nothing can be found."""
    shapes = [_shape(one) for one in rows]
    found: list[list[Any]] = [[] for _one in rows]
    parts = [(place, *part) for place, one in enumerate(shapes) if (part := _compiled(one)) is not None]
    if not parts:
        return found
    connection = connections[rows[0].db]
    sqlite = connection.vendor == "sqlite"
    tables = ", ".join(f"q{place}({_columns(shapes[place])}) AS ({sql})" for place, sql, _params in parts)
    wanted = ", ".join(f"({_gathered(place, shapes[place], sqlite=sqlite)})" for place, _s, _p in parts)
    with connection.cursor() as cursor:
        # Compiled by Django from querysets; the rest is names that are numbers.
        cursor.execute(f"WITH {tables} SELECT {wanted}", [value for part in parts for value in part[2]])
        row = cursor.fetchone()
    for (place, _sql, _params), told in zip(parts, row, strict=True):
        read = [_reader(field, sqlite=sqlite) for field in shapes[place].fields]
        found[place] = [_row(values, read, shapes[place].build) for values in _lines(told)]
    return found


def total(rows: QuerySet[Any], **aggregates: Any) -> QuerySet[Any]:
    """Return the question that ``rows.aggregate(…)`` is: one row, a dictionary."""
    found: QuerySet[Any] = rows.order_by().values(_all=Value(1)).annotate(**aggregates).values(*aggregates)
    return found


def _answered(asked: Question) -> Any:
    return tuple(ask(*asked)) if isinstance(asked, tuple) else ask(asked)[0]


def _next(step: Step[Any], answer: Any, returned: dict[int, Any], place: int) -> Any:
    try:
        return step.send(answer)
    except StopIteration as end:
        returned[place] = end.value
        return ()


def _each(question: Question) -> tuple[QuerySet[Any], ...]:
    return question if isinstance(question, tuple) else (question,)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A queryset of plain columns, the field of each column, and what makes a row of their values."""

    rows: QuerySet[Any]
    fields: tuple[models.Field[Any, Any], ...]
    build: Build


def _shape(rows: QuerySet[Any]) -> _Shape:
    kind = rows._iterable_class
    if (
        getattr(rows, "_prefetch_related_lookups", ())
        or not rows.query.deferred_loading[1]
        or rows.query.deferred_loading[0]
    ):
        raise TypeError("neither prefetched nor deferred rows are asked for together")
    if issubclass(kind, ModelIterable):
        return _models(rows)
    query = rows.query
    names = list(query.selected or (*query.values_select, *query.annotation_select))
    fields = tuple(_field(rows, name) for name in names)
    if issubclass(kind, ValuesIterable):
        return _Shape(rows, fields, lambda values: dict(zip(names, values, strict=True)))
    if issubclass(kind, FlatValuesListIterable):
        return _Shape(rows, fields, lambda values: values[0])
    if issubclass(kind, ValuesListIterable):
        return _Shape(rows, fields, tuple)
    raise TypeError(f"{kind.__name__} is not asked for together")


def _models(rows: QuerySet[Any]) -> _Shape:
    """Return the shape of rows that are models: their columns, those of what they name, annotations."""
    tree = rows.query.select_related
    if tree is True:
        raise TypeError("select_related says what it names")
    paths: list[str] = []
    fields: list[models.Field[Any, Any]] = []
    make = _maker(rows.model, tree or {}, "", paths, fields)
    more = list(rows.query.annotation_select)
    count = len(paths)

    def build(values: Sequence[Any]) -> Any:
        row = make(values)
        for name, value in zip(more, values[count:], strict=True):
            setattr(row, name, value)
        return row

    fields += [_field(rows, name) for name in more]
    plain = rows.select_related(None).values_list(*paths, *more)
    return _Shape(plain, tuple(fields), build)


def _maker(
    model: type[models.Model],
    tree: Mapping[str, Any],
    prefix: str,
    paths: list[str],
    fields: list[models.Field[Any, Any]],
) -> Build:
    """Add the columns of a model and of what it names; return what makes one of a line of values."""
    own = model._meta.concrete_fields
    start = len(paths)
    paths += [f"{prefix}{field.attname}" for field in own]
    fields += [_target(field) for field in own]
    key = start + own.index(model._meta.pk)
    named = []
    for name, below in tree.items():
        field: Any = model._meta.get_field(name)
        if not field.concrete:
            raise TypeError(f"{name} is no column of {model.__name__}")
        made = _maker(field.related_model, below, f"{prefix}{name}__", paths, fields)
        named.append((field, made))
    attributes = [field.attname for field in own]

    def make(values: Sequence[Any]) -> Any:
        if values[key] is None:
            return None
        row: Any = model.from_db("default", attributes, values[start : start + len(attributes)])
        for field, made in named:
            other = made(values)
            field.set_cached_value(row, other)
            if other is not None and field.one_to_one:
                field.remote_field.set_cached_value(other, row)
        return row

    return make


def _field(rows: QuerySet[Any], name: str) -> models.Field[Any, Any]:
    """Return what kind of value a column is: followed through its relations, or that of its annotation."""
    if name in rows.query.annotations:
        found: models.Field[Any, Any] = rows.query.annotations[name].output_field
        return found
    model: Any = rows.model
    field: Any = None
    for part in name.split("__"):
        field = model._meta.pk if part == "pk" else _named(model, part)
        model = field.related_model
    return _target(field)


def _named(model: type[models.Model], part: str) -> Any:
    """Return the field of a name, or of the column that holds its key."""
    for field in model._meta.concrete_fields:
        if part in {field.name, field.attname}:
            return field
    return model._meta.get_field(part)


def _target(field: Any) -> models.Field[Any, Any]:
    while getattr(field, "target_field", None) is not None:
        field = field.target_field
    kind: models.Field[Any, Any] = field
    return kind


def _compiled(shape: _Shape) -> tuple[str, tuple[Any, ...]] | None:
    """Return the statement of a question and its values; ``None`` when it can find nothing."""
    try:
        sql, params = shape.rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, params


def _columns(shape: _Shape) -> str:
    return ", ".join(f"c{rank}" for rank in range(len(shape.fields)))


def _gathered(place: int, shape: _Shape, *, sqlite: bool) -> str:
    """Return what makes one text of the rows: lists of lists of at most ``_MOST`` values."""
    row, rows = ("json_array", "json_group_array") if sqlite else ("json_build_array", "json_agg")
    names = [f"c{rank}" for rank in range(len(shape.fields))]
    parts = [f"{row}({', '.join(names[at : at + _MOST])})" for at in range(0, len(names), _MOST)]
    text = f"{rows}({row}({', '.join(parts)}))"
    return f"SELECT {text if sqlite else f'{text}::text'} FROM q{place}"  # noqa: S608 - names that are numbers


def _lines(told: str | None) -> list[list[Any]]:
    found = json.loads(told, parse_float=Decimal) if told else []
    return [[value for part in line for value in part] for line in found]


def _row(values: list[Any], read: Sequence[Read | None], build: Build) -> Any:
    said = [
        value if reader is None or value is None else reader(value)
        for value, reader in zip(values, read, strict=True)
    ]
    return build(said)


def _reader(field: models.Field[Any, Any], *, sqlite: bool) -> Read | None:
    """Return what makes a value of the model from that of JSON; ``None``: it is the same."""
    kind = field.get_internal_type()
    if kind in {"BinaryField", "DurationField"} or hasattr(field, "from_db_value"):
        if kind == "JSONField" and type(field) is models.JSONField:
            return json.loads if sqlite else None
        raise TypeError(f"{field!r} is not asked for together")
    if kind == "DecimalField":
        places: int | None = getattr(field, "decimal_places", None)
        return _decimal if places is None else lambda raw: round(_decimal(raw), places)
    return _READERS.get(kind)


def _decimal(raw: Any) -> Decimal:
    return Decimal(str(raw))


def _instant(text: str) -> datetime | None:
    """Read an instant: with its zone on PostgreSQL, in UTC without one on SQLite."""
    found = parse_datetime(text)
    if found is not None and timezone.is_naive(found):
        return timezone.make_aware(found, timezone.get_fixed_timezone(0))
    return found


_READERS: Final[Mapping[str, Read]] = {
    "UUIDField": UUID,
    "BooleanField": bool,
    "FloatField": float,
    "DateTimeField": _instant,
    "DateField": lambda raw: parse_date(raw[:10]),
    "TimeField": parse_time,
}
