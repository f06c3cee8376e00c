"""Writing the book of a pole: all or nothing, numbered without a gap, corrected by counter-entries."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError
from terreau.flows import actions, read
from terreau.flows.models import Closing, Flow
from terreau.flows.rules import Entry
from terreau.journal.models import Event
from tests.two_connections import at_once

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def trio(db: None) -> tuple[Actor, Actor, Actor]:
    return make()


def make() -> tuple[Actor, Actor, Actor]:
    book, one, two = (
        create_actor(name, source=None, public=False) for name in ("Pôle d'essai", "Atelier", "Cantine")
    )
    return book, one, two


def paid(giver: Actor, receiver: Actor, cents: int = 12_345, **more: Any) -> Entry:
    values = {"nature": "cash", "on": YESTERDAY, "label": "Loyer d'octobre", "cents": cents, **more}
    return Entry(giver=giver.pk, receiver=receiver.pk, **values)


def hours(giver: Actor, receiver: Actor, thousandths: int = 2_500, **more: Any) -> Entry:
    values = {"nature": "time", "on": YESTERDAY, "label": "Atelier", "unit": "hours", **more}
    return Entry(giver=giver.pk, receiver=receiver.pk, thousandths=thousandths, **values)


def test_lines_are_numbered_and_journalled(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    actions.record(book, [paid(one, two), hours(two, one)], by=None)
    actions.record(book, [paid(two, one, 1)], by=None)
    assert list(Flow.objects.filter(book=book).values_list("rank", "cents", "thousandths")) == [
        (1, 12_345, None),
        (2, None, 2_500),
        (3, 1, None),
    ]
    event = Event.objects.filter(subject=book.subject, verb="flow.recorded").order_by("seq").first()
    assert event is not None
    assert (event.data["first"], event.data["last"], event.data["count"]) == (1, 2, 2)


def test_all_or_nothing_with_every_problem(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    with pytest.raises(DomainError) as refused:
        actions.record(book, [paid(one, two), paid(one, one, -5)], by=None)
    assert refused.value.code == "flows_refused"
    found = [(one["line"], one["code"]) for one in refused.value.facts["problems"]]
    assert found == [(1, "same_party"), (1, "negative")]
    assert not Flow.objects.exists()
    assert not Event.objects.filter(verb="flow.recorded").exists()


def test_what_only_the_register_knows(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    ghost = Actor(pk=book.pk.__class__(int=7))
    line = paid(one, ghost, purpose=ghost.pk, piece=ghost.pk)
    codes = {problem.code for problem in actions.problems(book, [line], today=timezone.localdate())}
    assert codes == {"unknown_party", "unknown_purpose", "unknown_piece"}
    actions.record(book, [paid(one, two, origin="booking:1")], by=None)
    again = actions.problems(book, [paid(one, two, origin="booking:1")], today=timezone.localdate())
    assert [problem.code for problem in again] == ["known"]
    assert "1" in again[0].message


def test_a_correction_is_a_counter_entry(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    (line,) = actions.record(book, [paid(one, two)], by=None)
    counter = actions.reverse(line, reason="saisie deux fois", by=None)
    assert (counter.cents, counter.rank, counter.reverses_id) == (-12_345, 2, line.pk)
    assert read.reconcile(book).totals["cash", ""].cents == 0
    for wrong, code in ((line, "already_corrected"), (counter, "already_a_correction")):
        with pytest.raises(DomainError) as refused:
            actions.reverse(wrong, reason="encore", by=None)
        assert refused.value.code == code
    with pytest.raises(DomainError) as refused:
        actions.reverse(line, reason=" ", by=None)
    assert refused.value.code == "reason_needed"


def test_a_closed_period_is_final(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    (line,) = actions.record(book, [paid(one, two, on=date(2026, 1, 31))], by=None)
    actions.close(book, date(2026, 6, 30), by=None)
    for attempt in (
        lambda: actions.record(book, [paid(one, two, on=date(2026, 6, 30))], by=None),
        lambda: actions.reverse(line, reason="erreur", by=None, on=date(2026, 6, 1)),
        lambda: actions.close(book, date(2026, 6, 30), by=None),
        lambda: actions.close(book, timezone.localdate(), by=None),
    ):
        with pytest.raises(DomainError):
            attempt()
    assert actions.reverse(line, reason="erreur", by=None, on=date(2026, 7, 1)).on == date(2026, 7, 1)
    assert actions.record(book, [paid(one, two, on=date(2026, 7, 1))], by=None)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_changes_no_line(trio: tuple[Actor, Actor, Actor], change: str) -> None:
    book, one, two = trio
    actions.record(book, [paid(one, two)], by=None)
    actions.close(book, YESTERDAY, by=None)
    for rows in (Flow.objects.filter(book=book), Closing.objects.filter(book=book)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete() if change == "delete" else rows.update(by=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cents": -1},
        {"cents": None},
        {"nature": "time", "thousandths": 1, "unit": "hours"},
        {"thousandths": 5},
        {"attributable": True},
        {"reason": "sans correction"},
    ],
)
def test_the_database_refuses_nonsense(trio: tuple[Actor, Actor, Actor], wrong: dict[str, Any]) -> None:
    book, one, two = trio
    values = {"nature": "cash", "cents": 1, "on": YESTERDAY, "label": "x", "rank": 1, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Flow.objects.create(book=book, giver=one, receiver=two, **values)


def test_statement_and_day_book_agree(trio: tuple[Actor, Actor, Actor]) -> None:
    book, one, two = trio
    actions.record(
        book,
        [paid(one, two, 30), paid(two, one, 10), hours(one, book), paid(one, book, 7, on=date(2025, 3, 1))],
        by=None,
    )
    found = read.reconcile(book)
    assert found.agrees
    assert found.totals["cash", ""].cents == 47
    mine = read.statement(book, one)
    assert (mine.given["cash", ""].cents, mine.received["cash", ""].cents) == (37, 10)
    assert mine.given["time", "hours"].thousandths == 2_500
    assert mine == found.statements[one.pk]
    assert read.reconcile(book, last=date(2025, 12, 31)).totals["cash", ""].cents == 7


@pytest.mark.django_db(transaction=True)
def test_two_people_write_and_correct_at_once() -> None:
    book, one, two = make()
    done = at_once(*(lambda: actions.record(book, [paid(one, two), hours(one, two)], by=None),) * 4)
    assert not [result for result in done if isinstance(result, Exception)]
    assert list(Flow.objects.values_list("rank", flat=True)) == list(range(1, 9))
    line = Flow.objects.get(rank=1)
    results = at_once(*(lambda: actions.reverse(Flow.objects.get(pk=line.pk), reason="double", by=None),) * 2)
    assert sorted(type(result).__name__ for result in results) == ["DomainError", "Flow"]
    assert Flow.objects.filter(reverses=line).count() == 1
    same = at_once(*(lambda: actions.record(book, [paid(one, two, origin="booking:9")], by=None),) * 2)
    assert sorted(type(result).__name__ for result in same) == ["DomainError", "list"]
    assert Flow.objects.filter(origin="booking:9").count() == 1
