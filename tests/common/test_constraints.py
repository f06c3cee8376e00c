"""What the database itself refuses: overlapping periods, changes to the past."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terreau.common.busy import met_others, settled
from terreau.common.constraints import AppendOnly, NoOverlap, ends_after_start
from terreau.common.periods import Period
from tests.two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def day(number: int | None) -> date | None:
    return None if number is None else date(2020, 1, 1) + timedelta(number)


def make(note: models.Field[Any, Any]) -> tuple[type[models.Model], type[models.Model]]:
    with isolate_apps("terreau.common"):

        class Stay(models.Model):  # noqa: DJ008
            room = models.IntegerField(null=True)
            start = models.DateField(null=True)
            end = models.DateField(null=True)

            class Meta:
                app_label = "common"
                constraints = [
                    NoOverlap(fields=["room"], start="start", end="end", name="common_stay_no_overlap"),
                    ends_after_start("start", "end", "common_stay_ends_after"),
                ]

        class Line(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "common"
                constraints = [AppendOnly(name="common_line_append_only")]

        for model in (Stay, Line):
            note.clone().contribute_to_class(model, "note")
    return Stay, Line


@pytest.fixture
def tables() -> Iterator[tuple[Any, Any]]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    found = make(models.IntegerField(default=0))
    with connection.schema_editor() as editor:
        for model in found:
            editor.create_model(model)
    yield found
    with connection.schema_editor() as editor:
        for model in found:
            editor.delete_model(model)


def remake(tables: tuple[Any, Any]) -> None:
    """Change the type of a column, as a later migration may: SQLite makes the table again."""
    for old, new in zip(tables, make(models.TextField(default="")), strict=True):
        with connection.schema_editor() as editor:
            editor.alter_field(old, old._meta.get_field("note"), new._meta.get_field("note"))


def refused(write: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("again", [False, True])
def test_overlaps_are_refused(tables: tuple[Any, Any], again: bool) -> None:
    stay = tables[0]
    if again:
        remake(tables)
    first = stay.objects.create(room=1, start=day(0), end=day(10))
    assert refused(lambda: stay.objects.create(room=1, start=day(9), end=day(12)))
    assert refused(lambda: stay.objects.create(room=1))
    assert not refused(lambda: stay.objects.create(room=2, start=day(9), end=day(12)))
    assert not refused(lambda: stay.objects.create(room=1, start=day(10), end=None)), "the end is not in"
    assert not refused(lambda: stay.objects.create(start=day(0), end=day(1))), "no room, nothing to share"
    assert refused(lambda: stay.objects.filter(pk=first.pk).update(end=day(11)))
    assert not refused(lambda: stay.objects.filter(pk=first.pk).update(end=day(9)))
    assert refused(lambda: stay.objects.create(room=3, start=day(2), end=day(2)))


spans = st.tuples(st.none() | st.integers(0, 12), st.none() | st.integers(0, 12)).filter(
    lambda span: None in span or span[0] < span[1]  # type: ignore[operator]
)


@given(st.lists(spans, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_decides_as_the_rule(tables: tuple[Any, Any], wanted: list[Any]) -> None:
    stay = tables[0]
    stay.objects.all().delete()
    kept: list[Period] = []
    for start, end in wanted:
        period = Period(day(start), day(end))
        clash = any(period.overlaps(other) for other in kept)
        new = stay(room=1, start=period.start, end=period.end)
        try:
            stay._meta.constraints[0].validate(stay, new)
            valid = True
        except ValidationError:
            valid = False
        assert valid != clash
        assert refused(new.save) == clash
        if not clash:
            kept.append(period)


def test_of_two_at_once_one_wins(tables: tuple[Any, Any]) -> None:
    stay = tables[0]
    results = at_once(*[lambda: stay.objects.create(room=1, start=day(0), end=day(9))] * 2)
    refusals = [result for result in results if not isinstance(result, stay)]
    assert len(refusals) == 1
    assert isinstance(refusals[0], IntegrityError) or met_others(refusals[0]), refusals
    assert stay.objects.count() == 1


def test_of_two_at_once_one_is_told_why(tables: tuple[Any, Any]) -> None:
    """On PostgreSQL one of the two may meet a deadlock: its next try says what the constraint says."""
    stay = tables[0]
    for room in range(10):
        write = partial(stay.objects.create, room=room, start=day(0), end=day(9))
        results = at_once(*[lambda write=write: settled(write)] * 2)
        assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Stay"]
    assert stay.objects.count() == 10


@pytest.mark.parametrize("again", [False, True])
def test_the_past_does_not_change(tables: tuple[Any, Any], again: bool) -> None:
    past = tables[1]
    if again:
        remake(tables)
    line = past.objects.create()
    past.objects.create()
    assert refused(lambda: past.objects.filter(pk=line.pk).update(note="9"))
    assert refused(lambda: past.objects.filter(pk=line.pk).delete())
    with pytest.raises(ValidationError):
        past._meta.constraints[0].validate(past, line)
    assert past.objects.count() == 2
