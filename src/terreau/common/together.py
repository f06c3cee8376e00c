"""Many small questions to the database asked as one: a page that gathers from every room asks each once.

Each question is a queryset and the fields wanted of it; the rows come back as objects, in one statement, on
both databases. Nothing is ordered nor limited there: who asks sorts what came back, which is little.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

Row = dict[str, Any]


def ask(questions: Mapping[str, tuple[QuerySet[Any], Sequence[str]]]) -> dict[str, list[Row]]:
    """Return the rows of each question, by its name: fields → values as the models have them.

    A field is written as in ``values()`` (``actor__name``). Dates, instants, identifiers, decimals, booleans
    come back as themselves; an annotation must say its ``output_field``. One query; none for no question.
    """
    if not questions:
        return {}
    kinds = {name: _kinds(rows, fields) for name, (rows, fields) in questions.items()}
    parts = [_part(name, rows, fields) for name, (rows, fields) in questions.items()]
    found: dict[str, list[Row]] = {name: [] for name in questions}
    for name, row in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        found[name].append({field: _value(row[field], kinds[name][field]) for field in row})
    return found


def _part(name: str, rows: QuerySet[Any], fields: Sequence[str]) -> QuerySet[Any]:
    told = JSONObject(**{field: F(field) for field in fields})
    named = Value(name, output_field=models.CharField())
    asked: QuerySet[Any] = rows.order_by().annotate(_asked=named, _told=told)
    return asked.values_list("_asked", "_told")


def _kinds(rows: QuerySet[Any], fields: Sequence[str]) -> dict[str, models.Field[Any, Any]]:
    """Return what kind of value each field is: followed through its relations, or that of its annotation."""
    return {field: _field(rows, field) for field in fields}


def _field(rows: QuerySet[Any], name: str) -> models.Field[Any, Any]:
    if name in rows.query.annotations:
        found: models.Field[Any, Any] = rows.query.annotations[name].output_field
        return found
    model: Any = rows.model
    field: Any = None
    for part in name.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = field.related_model
    while getattr(field, "target_field", None) is not None:
        field = field.target_field
    kind: models.Field[Any, Any] = field
    return kind


def _value(raw: Any, field: models.Field[Any, Any]) -> Any:
    """Return a value as its model has it: JSON knows neither dates nor identifiers."""
    read = _READERS.get(field.get_internal_type())
    return raw if raw is None or read is None else read(raw)


def _instant(text: str) -> datetime | None:
    """Read an instant: with its zone on PostgreSQL, in UTC without one on SQLite."""
    found = parse_datetime(text)
    if found is not None and timezone.is_naive(found):
        return timezone.make_aware(found, timezone.get_fixed_timezone(0))
    return found


def _object(raw: Any) -> Any:
    return json.loads(raw) if isinstance(raw, str) else raw


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "UUIDField": lambda raw: UUID(str(raw)),
    "BooleanField": bool,
    "DecimalField": lambda raw: Decimal(str(raw)),
    "DateTimeField": lambda raw: _instant(str(raw)),
    "DateField": lambda raw: parse_date(str(raw)[:10]),
    "JSONField": _object,
}
