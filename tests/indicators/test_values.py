"""Values of indicators: once a period, corrected with why, said in the register when they are public."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from terreau.common.errors import DomainError, StaleWriteError
from terreau.facts.models import Fact
from terreau.indicators import actions, amounts, library
from terreau.indicators.models import Indicator, Value
from terreau.journal.models import Event
from tests.indicators.conftest import Plot
from tests.two_connections import at_once

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


@pytest.fixture
def persons(plot: Plot) -> Indicator:
    """An indicator of the core whose value is a fact of the catalogue."""
    return actions.follow(plot.pole, ["persons_served"], by=plot.animator)[0]


def test_the_core_and_the_library_are_whole() -> None:
    known = library.load()
    assert sum(one.library == library.CORE for one in known.values()) >= 12
    assert {one.family for one in known.values()} == {"process", "result"}
    assert {"direct", "indirect"} <= {one.beneficiaries for one in known.values()}
    assert all(one.to_check for one in known.values() if one.source == "R-96")


def test_following_twice_is_following_once(plot: Plot) -> None:
    assert len(actions.follow(plot.pole, ["meetings", "trust"], by=plot.animator)) == 2
    assert len(actions.follow(plot.pole, ["meetings", "jobs"], by=plot.animator)) == 1
    with pytest.raises(DomainError, match="n'existe pas"):
        actions.follow(plot.pole, ["bonheur_national"], by=plot.animator)


def test_a_name_is_followed_once(plot: Plot) -> None:
    own = {"label": "Repas servis", "unit": "repas", "family": "result"}
    actions.create(plot.pole, by=plot.animator, **own)
    with pytest.raises(DomainError, match="déjà un indicateur de ce nom"):
        actions.create(plot.pole, by=plot.animator, **own)
    with pytest.raises(DomainError):
        actions.create(plot.pole, by=plot.animator, **{**own, "label": "  "})


def test_a_value_is_added_once_a_period_and_stays_private(plot: Plot, persons: Indicator) -> None:
    value = actions.add_value(persons, 120_000, first=FIRST, last=LAST, by=plot.animator)
    assert value.number == Decimal(120)
    assert value.fact is None
    assert not Fact.objects.filter(subject=plot.pole.pk).exists()
    with pytest.raises(DomainError, match="déjà une valeur"):
        actions.add_value(persons, 90_000, first=FIRST, last=LAST, by=plot.animator)
    assert Event.objects.filter(subject=plot.pole.pk, verb="indicator.value_added").count() == 1


def test_a_public_value_of_the_catalogue_is_a_fact_and_follows_its_correction(
    plot: Plot, persons: Indicator
) -> None:
    persons = actions.change(persons, base={"public": False}, mine={"public": True}, by=plot.animator)
    value = actions.add_value(persons, 120_000, first=FIRST, last=LAST, by=plot.animator)
    assert value.fact is not None
    assert (value.fact.code, value.fact.number) == ("pole.persons_served", Decimal(120))
    again = actions.correct(value, 118_000, reason="deux doublons", by=plot.animator)
    assert again.fact is not None
    assert again.fact.supersedes_id == value.fact_id
    gone = actions.correct(again, None, reason="comptage à refaire", by=plot.animator)
    assert gone.fact is None
    assert not Fact.objects.filter(subject=plot.pole.pk, superseded_at=None).exists()


def test_a_correction_says_why_and_keeps_what_was_said(plot: Plot, persons: Indicator) -> None:
    value = actions.add_value(persons, 1_000, first=FIRST, last=LAST, by=plot.animator)
    with pytest.raises(DomainError, match="pourquoi"):
        actions.correct(value, 2_000, reason=" ", by=plot.animator)
    actions.correct(value, 2_000, reason="relu", by=plot.animator)
    with pytest.raises(DomainError) as refused:
        actions.correct(value, 3_000, reason="relu aussi", by=plot.animator)
    assert refused.value.status == 409
    assert list(Value.objects.filter(superseded_by=None).values_list("amount", flat=True)) == [2_000]


def test_the_database_keeps_values(plot: Plot, persons: Indicator) -> None:
    value = actions.add_value(persons, 1_000, first=FIRST, last=LAST, by=plot.animator)
    for change in (lambda: Value.objects.filter(pk=value.pk).update(amount=5), value.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("amount", "first", "last", "status", "words"),
    [
        (-1, FIRST, LAST, "declare", "pas possible"),
        (1, LAST, FIRST, "declare", "suit son début"),
        (1, date(2999, 1, 1), date(2999, 12, 31), "declare", "n'a pas commencé"),
        (1, FIRST, LAST, "justifie", "dit par quoi"),
    ],
)
def test_what_makes_no_sense_is_refused(
    plot: Plot, persons: Indicator, amount: int, first: date, last: date, status: str, words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        actions.add_value(persons, amount, first=first, last=last, status=status, by=plot.animator)


def test_the_unit_stays_while_there_are_values(plot: Plot) -> None:
    own = actions.create(plot.pole, by=plot.animator, label="Repas", unit="repas", family="result")
    own = actions.change(own, base={"unit": "repas"}, mine={"unit": "repas servis"}, by=plot.animator)
    actions.add_value(own, 1_000, first=FIRST, last=LAST, by=plot.animator)
    with pytest.raises(DomainError, match="autre indicateur"):
        actions.change(own, base={"unit": "repas servis"}, mine={"unit": "kilos"}, by=plot.animator)


def test_two_people_change_different_fields_then_the_same(plot: Plot, persons: Indicator) -> None:
    base = {"target": None, "method": persons.method}
    actions.change(persons, base=base, mine={"target": 200_000, "method": persons.method}, by=plot.animator)
    other = actions.change(persons, base=base, mine={"target": None, "method": "au guichet"}, by=plot.member)
    assert (other.target, other.method) == (200_000, "au guichet")
    with pytest.raises(StaleWriteError):
        actions.change(persons, base={"target": None}, mine={"target": 300_000}, by=plot.member)


@pytest.mark.parametrize(
    ("typed", "unit", "amount"),
    [("1 234,5", "hours", 1_234_500), ("12,50", "EUR", 12_500), ("", "jobs", None), ("0", "jobs", 0)],
)
def test_amounts_are_read_as_people_type_them(typed: str, unit: str, amount: int | None) -> None:
    assert amounts.read(typed, unit) == amount
    assert amounts.read(amounts.typed(amount), unit) == amount


@pytest.mark.parametrize(
    ("typed", "unit"), [("12,505", "EUR"), ("1,2345", "t"), ("-3", "jobs"), ("x", "jobs")]
)
def test_other_amounts_are_refused(typed: str, unit: str) -> None:
    with pytest.raises(DomainError):
        amounts.read(typed, unit)


@pytest.mark.django_db(transaction=True)
def test_two_first_values_of_a_period_one_wins() -> None:
    from tests.indicators.conftest import make

    plot = make()
    row = actions.follow(plot.pole, ["meetings"], by=plot.animator)[0]
    row = Indicator.objects.select_related("pole__actor__subject").get(pk=row.pk)

    def add(amount: int) -> Value:
        return actions.add_value(row, amount, first=FIRST, last=LAST, by=plot.animator)

    done = at_once(lambda: add(4_000), lambda: add(5_000))
    assert sorted(type(one).__name__ for one in done) == ["DomainError", "Value"]
    assert Value.objects.count() == 1
