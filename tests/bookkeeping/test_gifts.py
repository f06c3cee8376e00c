"""Gifts said, valued and stated: rates that follow one another, what is paid elsewhere, closed periods."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from terreau.bookkeeping import gifts
from terreau.bookkeeping.gifts import Words
from terreau.bookkeeping.models import Contribution, Rate
from terreau.common.errors import DomainError, RefusedError
from terreau.flows import actions as ledger
from tests.two_connections import at_once
from tests.web import espace_yard
from tests.web.espace_yard import Yard

YEAR = date(2026, 1, 1), date(2026, 12, 31)
DAY = date(2026, 3, 2)


def rate(yard: Yard, **values: Any) -> Rate:
    plain: dict[str, Any] = {
        "what": "Heure de bénévolat",
        "nature": "time",
        "unit": "hours",
        "method": "minimum_wage",
    }
    plain |= {"cents": 1202, "since": date(2026, 1, 1), "source": "Décret, à vérifier"}
    return gifts.add_rate(yard.ws(yard.animator), **{**plain, **values})


def test_an_hour_is_said_and_valued_beside_the_ledger(yard: Yard) -> None:
    flow = yard.line(on=DAY, thousandths=1_500)
    row = gifts.say(yard.ws(yard.baker), flow, Words(role="volunteer", function="animation", rate=rate(yard)))
    flow.refresh_from_db()
    assert (row.value, flow.cents) == (1803, None)
    found = gifts.read(yard.pole, *YEAR).statement
    assert found.uses["864"].cents == found.resources["875"].cents == 1803
    assert found.by_function["animation"].quantities == {"hours": 1_500}


def test_a_correction_takes_what_was_said_with_it(yard: Yard) -> None:
    flow = yard.line(on=DAY)
    gifts.say(yard.ws(yard.baker), flow, Words(role="elected", rate=rate(yard)))
    ledger.reverse(flow, reason="Erreur", by=yard.animator, on=DAY)
    found = gifts.read(yard.pole, *YEAR).statement
    assert (found.total.lines, found.total.cents) == (0, 0)
    assert found.balanced


def test_what_comes_from_the_pole_or_passes_between_members_is_no_gift_to_it(yard: Yard) -> None:
    yard.line(on=DAY, giver=yard.pole.pk, receiver=yard.bakery.pk)
    yard.line(on=DAY, giver=yard.orchard.pk, receiver=yard.bakery.pk)
    yard.line(on=DAY, giver=yard.orchard.pk, receiver=yard.carrier.pk)
    yard.line(on=DAY, giver=yard.carrier.pk)
    found = gifts.read(yard.pole, *YEAR)
    assert {one.giver for one in found.gifts} == {yard.orchard.pk, yard.carrier.pk}


def test_a_rate_is_followed_never_changed(yard: Yard) -> None:
    first = rate(yard)
    with pytest.raises(DomainError, match="commence déjà"):
        rate(yard, cents=1300)
    second = rate(yard, cents=1300, since=date(2026, 7, 1))
    assert [one.pk for one in gifts.rates_on(yard.pole, DAY)] == [first.pk]
    assert [one.pk for one in gifts.rates_on(yard.pole, date(2026, 8, 1))] == [second.pk]
    with pytest.raises(DatabaseError), transaction.atomic():
        Rate.objects.filter(pk=first.pk).update(cents=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        first.delete()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"unit": "kg"}, "wrong_unit"),
        ({"source": " "}, "no_source"),
        ({"what": " "}, "no_name"),
        ({"cents": 0}, "rate_refused"),
        ({"until": date(2025, 1, 1)}, "rate_refused"),
    ],
)
def test_a_rate_that_says_too_little_is_refused(yard: Yard, values: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rate(yard, **values)
    assert refusal.value.code == code


def test_value_all_takes_the_rate_of_each_day(yard: Yard) -> None:
    first, _second = rate(yard), rate(yard, cents=1300, since=date(2026, 7, 1))
    early, late = yard.line(on=DAY), yard.line(on=date(2026, 8, 1))
    kept = yard.line(on=DAY + timedelta(days=1), cents=500, method="agreed")
    assert gifts.value_all(yard.ws(yard.animator), first, *YEAR) == 1
    assert gifts.value_all(yard.ws(yard.animator), first, *YEAR) == 0
    assert {one.flow_id: one.value for one in Contribution.objects.all()} == {early.pk: 1202}
    assert gifts.read(yard.pole, *YEAR).statement.total.unvalued == 1
    assert {late.pk, kept.pk}.isdisjoint(Contribution.objects.values_list("flow", flat=True))


def test_only_who_animates_decides_what_is_paid_elsewhere(yard: Yard) -> None:
    flow = yard.line(on=DAY)
    words = Words(role="volunteer", elsewhere=True, elsewhere_why="Facturé")
    with pytest.raises(RefusedError):
        gifts.say(yard.ws(yard.baker), flow, words)
    assert not Contribution.objects.exists()
    gifts.say(yard.ws(yard.animator), flow, words)
    found = gifts.read(yard.pole, *YEAR).statement
    assert (found.total.lines, found.apart.lines) == (0, 1)
    with pytest.raises(RefusedError):
        gifts.say(yard.ws(yard.grower), flow, Words(role="volunteer"))


def test_a_closed_period_does_not_change(yard: Yard) -> None:
    flow, known = yard.line(on=DAY), rate(yard)
    ledger.close(yard.pole.actor, DAY, by=yard.animator)
    with pytest.raises(DomainError, match="close"):
        gifts.say(yard.ws(yard.animator), flow, Words(role="volunteer"))
    assert gifts.value_all(yard.ws(yard.animator), known, *YEAR) == 0
    with pytest.raises(DomainError, match="période close"):
        rate(yard, since=DAY, cents=1300)


def test_a_stale_word_is_refused(yard: Yard) -> None:
    flow = yard.line(on=DAY)
    gifts.say(yard.ws(yard.animator), flow, Words(role="volunteer"), seen=0)
    with pytest.raises(DomainError) as refusal:
        gifts.say(yard.ws(yard.baker), flow, Words(role="elected"), seen=0)
    assert refusal.value.status == 409
    assert Contribution.objects.get().role == "volunteer"


def test_paid_hours_are_found(yard: Yard) -> None:
    yard.line(
        on=DAY, giver=yard.bakery.pk, receiver=yard.orchard.pk, origin="job:a:1", cents=2_000, method="agreed"
    )
    doubtful = yard.line(on=DAY)
    found = gifts.read(yard.pole, *YEAR)
    assert [one.pk for one in found.waiting] == [doubtful.pk]
    assert "emploi partagé" in gifts.said_doubt(found.doubts[doubtful.pk])
    assert found.statement.total.lines == 0
    gifts.say(
        yard.ws(yard.animator), doubtful, Words(elsewhere=False, elsewhere_why="Le soir, en plus du poste")
    )
    assert gifts.read(yard.pole, *YEAR).statement.total.lines == 1


@pytest.mark.django_db(transaction=True)
def test_a_correction_during_a_statement_leaves_both_sides_equal(transactional_db: None) -> None:
    yard = espace_yard.make()
    ws, today = yard.ws(yard.animator), timezone.localdate()
    flows = ledger.record(
        yard.pole.actor,
        [
            yard.entry(on=today, cents=1000 + one, method="agreed", thousandths=1000 + one)
            for one in range(40)
        ],
        by=yard.animator,
    )
    for flow in flows[:3]:
        gifts.say(ws, flow, Words(role="volunteer"))

    def correct() -> None:
        for flow in flows[:20]:
            ledger.reverse(flow, reason="Erreur", by=yard.animator)

    def state() -> list[tuple[bool, int, int]]:
        made = [gifts.read(yard.pole, today, today).statement for _turn in range(15)]
        return [(one.balanced, one.total.lines, one.total.cents) for one in made]

    corrected, states, again = at_once(correct, state, state)
    assert corrected is None
    for balanced, lines, cents in [*states, *again]:
        gone = 40 - lines
        assert balanced
        assert cents == sum(1000 + one for one in range(gone, 40))
